r"""Learns regular expressions that fit a portal's article URLs and none of its other pages.

Belongs here: from URLs of known articles and of known other pages to `article_patterns`. Does not belong here: which
URLs are known (see `spiders.onboarding.survey`), and how a crawl uses the patterns (see
`spiders.platforms.generic.platform`).

A *shape* is what URLs have in common: folders, the end of the last part, query parameters. A *specific* shape has a
number or a date in it (`/2026/11/27/slug/`, `/node/12`, `/slug-c12a345.html`, `?p=12`); a *wide* one has none
(`/slug/`), so that lists and static pages may have it too. Wide shapes are tried if specific ones do not fit enough of
the articles; exceptions (`^(?!/gioi-thieu/?$)/[^/]+/?$`) if no pattern without them does. Every pattern is made of
classes like `[^/]+` and `\d+` without nested repetition, so that none takes long on any URL.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from spiders.platforms.parts.urls import fits_pattern, names_query
from warehouse.text.address import untracked

COVERAGE_MIN: Final = 0.9
"""Patterns agree with a portal if they fit at least this share of its known articles."""

# Below this coverage, the articles have no common form.
_COVERAGE_USEFUL: Final = 0.7
# A pattern must add this share of the articles: one stray link is no form of its own.
_GAIN_MIN: Final = 0.05
# With fewer articles, a wide form without a suffix, or one with exceptions, would be a guess.
_WIDE_ARTICLES_MIN: Final = 3
_EXCEPTIONS_ARTICLES_MIN: Final = 5
_EXCEPTIONS_MAX: Final = 40
_EXCEPTED_URLS_MAX: Final = 200  # several may be pages of one list, and one exception
_FOLDER_NAMES_MAX: Final = 12
# A sitemap may hold 50,000 URLs, but a portal's URLs have few forms.
_URLS_MAX: Final = 2000
_URL_CHARACTERS_MAX: Final = 500
_SHAPES_MAX: Final = 24

_SUFFIX: Final = re.compile(r"\.[a-z]{2,5}$", re.IGNORECASE)
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_LEADING_NUMBER: Final = re.compile(r"\d+(?=-[^/]*\D)")
# `-123`, `-c12a345`, `_n7`; or digits after a single letter, as in `tin123`.
_LAST_TOKEN: Final = re.compile(r"(?:[-_.][a-z]{0,6}|[a-z]|^)\d+(?:[a-z]{1,6}\d+){0,3}$", re.IGNORECASE)
_DIGITS: Final = re.compile(r"\d+")
_NUMBERED_PAGE: Final = re.compile(r"((?:^|[/_.-])(?:index|page|trang|p)[-_/]?)\d+", re.IGNORECASE)
# No list and no static page has such a path, wherever it is linked.
_DATED: Final = re.compile(r"(?:/[^/]*)?/(?:19|20)\d\d/\d{1,2}/(?:\d{1,2}/)?\d*[^/\d?][^/?]*/?$")
_LONG_NUMBER: Final = r"\d{6,}"
_WORD: Final = ""


@dataclass(frozen=True, slots=True)
class LearntPattern:
    """One pattern for article URLs.

    Attributes:
        fits: number of known articles that it fits.
        is_wide: whether nothing in it is particular to articles, so that unknown pages may fit it too.
        exceptions: number of known pages that have the form but are excluded by name.
    """

    pattern: str
    fits: int
    is_wide: bool
    exceptions: int


@dataclass(frozen=True, slots=True)
class Learnt:
    """The patterns of a portal.

    Attributes:
        fits: number of known articles that some pattern fits.
        total: number of known articles.
    """

    patterns: tuple[LearntPattern, ...]
    fits: int
    total: int

    @property
    def regexes(self) -> tuple[str, ...]:
        """The patterns as a portal file has them."""
        return tuple(one.pattern for one in self.patterns)


class _Shape(NamedTuple):
    """The form of a URL.

    Attributes:
        is_wide: whether neither a number nor a date is in it.
        folders: a pattern for each folder of digits; empty for a folder that is a word.
        last: pattern for the last part of the path.
        query: pattern for each parameter; empty if the query does not identify the article.
        names: the parameters' names, or the file in front of a query.
    """

    is_wide: bool
    folders: tuple[str, ...]
    last: str
    query: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    pattern: str
    is_wide: bool
    articles: frozenset[str]
    others: tuple[str, ...]


def learn(articles: Iterable[str], others: Iterable[str]) -> Learnt:
    """Return the fewest patterns that fit the article URLs and none of the others.

    There are none if the articles have no common form.
    """
    known = _targets(articles)
    are_known = frozenset(known)
    elsewhere = [target for target in _targets(others) if target not in are_known and not _DATED.match(target)]
    candidates = list(_candidates(known, elsewhere))
    honest = [one for one in candidates if not one.others]
    excepting = [one for one in map(_with_exceptions, candidates) if one]
    levels = ([one for one in honest if not one.is_wide], honest, [*honest, *excepting])
    chosen: list[_Candidate] = []
    for level in levels:
        found = _cover(level, len(known))
        if _covered(found) > _covered(chosen):
            chosen = found
        if known and _covered(chosen) >= COVERAGE_MIN * len(known):
            break
    if _covered(chosen) < _COVERAGE_USEFUL * len(known):
        chosen = []
    learnt = tuple(LearntPattern(one.pattern, len(one.articles), one.is_wide, len(one.others)) for one in chosen)
    return Learnt(learnt, _covered(chosen), len(known))


def article_patterns(urls: Iterable[str], others: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Return the patterns of `learn`, each with the number of article URLs that it fits."""
    return tuple((one.pattern, one.fits) for one in learn(urls, others).patterns)


def sampled(urls: Iterable[str]) -> list[str]:
    """Return the URLs, once each; if they are many, evenly spaced ones."""
    every = list(dict.fromkeys(urls))
    return every[:: len(every) // _URLS_MAX + 1]


def same_form(urls: Sequence[str], as_urls: Sequence[str]) -> list[str]:
    """Return those of `urls` that share a shape with `as_urls`, or a specific one among each other.

    A shape is shared among each other if a fifth of the URLs has it.
    """
    targets = {url: _target(url) for url in sampled(urls)}
    shapes = {url: tuple(_shapes(target)) for url, target in targets.items() if target}
    wanted = {shape for url in sampled(as_urls) if (target := _target(url)) for shape in _shapes(target)}
    counted: dict[_Shape, int] = defaultdict(int)
    for url in shapes:
        for shape in shapes[url]:
            counted[shape] += 1
    wanted.update(shape for shape, count in counted.items() if not shape.is_wide and count >= max(5, len(shapes) / 5))
    return [url for url in shapes if not wanted.isdisjoint(shapes[url])]


def _targets(urls: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(target for url in sampled(urls) if (target := _target(url))))


def _target(url: str) -> str | None:
    """Return path and query, in which patterns are searched; None if no pattern should be made of the URL."""
    try:
        parts = urlsplit(untracked(url))
    except ValueError:  # such as http://[
        return None
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return target if len(target) <= _URL_CHARACTERS_MAX and target.isprintable() else None


def _fits(pattern: str, target: str) -> bool:
    return fits_pattern(pattern, f"http://host{target}")


def _path(target: str) -> str:
    return target.partition("?")[0]


def _shapes(target: str) -> Iterator[_Shape]:
    """Yield the shapes of a URL, specific ones first; none for a home page."""
    path, _, query = target.partition("?")
    if query:
        yield from _query_shapes(path, query)
    *folders, name = path.strip("/").split("/")
    if not name:
        return
    kinds = tuple(_kind(folder) for folder in folders)
    suffix = _escaped(found[0]) if (found := _SUFFIX.search(name)) else ""
    stem = name[: found.start()] if found else name
    dates = [kind for kind in kinds if kind.startswith((r"\d{4}", r"\d{1"))]
    if dates and dates[0] == r"\d{4}":
        # Without a day, `/2026/11/27/` of an archive would fit.
        anything = "[^/]+" if len(dates) > 2 else r"\d*[^/\d][^/]*"
        yield _Shape(False, kinds, f"[^/]*{suffix}" if suffix else anything)
    if stem.isdecimal():  # nothing wide: no slug is a number
        yield _Shape(False, kinds, rf"\d+{suffix}")
        return
    if token := _LAST_TOKEN.search(stem):
        yield _Shape(False, kinds, f"[^/]*{_numbered(token[0])}{suffix}")
    if _LEADING_NUMBER.match(stem):
        yield _Shape(False, kinds, rf"\d+-[^/]*{suffix}")
    yield _Shape(r"\d+" not in kinds, kinds, f"[^/]*{suffix}" if suffix else "[^/]+")


def _query_shapes(path: str, query: str) -> Iterator[_Shape]:
    pairs = [pair.partition("=")[::2] for pair in query.split("&")[:10]]
    kinds = tuple(_value_kind(value) for _, value in pairs)
    *folders, name = path.strip("/").split("/") if path.strip("/") else [""]
    shape = _Shape(
        not any(r"\d" in kind for kind in kinds),
        tuple(_kind(folder) for folder in folders),
        _escaped(name),
        kinds,
        (*(key for key, _ in pairs), name),
    )
    yield shape


def _kind(folder: str) -> str:
    """Return a pattern for a folder of digits; empty for any other."""
    if not folder.isdecimal():
        return _WORD
    if _YEAR.fullmatch(folder):
        return r"\d{4}"
    return r"\d{1,2}" if len(folder) <= 2 else r"\d+"


def _value_kind(value: str) -> str:
    """Return a pattern for a parameter's value of digits or of digits and a slug; empty for any other."""
    if value.isdecimal():
        return r"\d+"
    return r"\d+(?::|%3A)[^&]*" if re.match(r"\d+(?::|%3A)", value, re.IGNORECASE) else _WORD


def _numbered(token: str) -> str:
    r"""Return a pattern for a token with any numbers, such as `-c\d+a\d+`."""
    return r"\d+".join(_escaped(part) for part in _DIGITS.split(token))


def _escaped(text: str) -> str:
    return re.escape(text).replace(r"\-", "-")


def _candidates(known: Sequence[str], others: Sequence[str]) -> Iterator[_Candidate]:
    """Yield the patterns of the commonest shapes, with the articles and the other pages that each fits."""
    by_shape: dict[_Shape, list[str]] = defaultdict(list)
    for target in known:
        for shape in _shapes(target):
            by_shape[shape].append(target)
    for shape, targets in sorted(by_shape.items(), key=lambda item: len(item[1]), reverse=True)[:_SHAPES_MAX]:
        is_guess = shape.is_wide and not _SUFFIX.search(targets[0]) and len(targets) < _WIDE_ARTICLES_MIN
        # A path that several articles share does not identify one.
        is_shared = not shape.query and len(targets) > 1 and len({_path(target) for target in targets}) == 1
        if is_guess or is_shared:
            continue
        yield from _patterns_of(shape, targets, known, others)


def _patterns_of(
    shape: _Shape, targets: Sequence[str], known: Sequence[str], others: Sequence[str]
) -> Iterator[_Candidate]:
    """Yield the pattern of one shape; if it is wide or fits other pages, with the names of folders."""
    names = (set(column) for column in zip(*(_folders(target) for target in targets), strict=True))
    columns = list(zip(shape.folders, names, strict=True))
    found = _fitted(_pattern(shape, targets, [_folder(*column) for column in columns]), shape, known, others)
    named = [_folder(*column, _FOLDER_NAMES_MAX) for column in columns]
    if shape.is_wide or found.others:
        found = _fitted(_pattern(shape, targets, named), shape, known, others)
    yield found
    if found.others and r"\d+" in shape.last:
        long = _fitted(found.pattern.replace(r"\d+", _LONG_NUMBER), shape, known, others)
        if len(long.articles) == len(found.articles):
            yield long


def _fitted(pattern: str, shape: _Shape, known: Sequence[str], others: Sequence[str]) -> _Candidate:
    fitting = frozenset(target for target in known if _fits(pattern, target))
    return _Candidate(pattern, shape.is_wide, fitting, tuple(other for other in others if _fits(pattern, other)))


def _folders(target: str) -> list[str]:
    return _path(target).strip("/").split("/")[:-1]


def _folder(kind: str, names: set[str], names_max: int = 1) -> str:
    """Return the pattern of a folder: digits, the names that it has if they are few, or anything."""
    if kind == r"\d{1,2}":
        return r"\d{2}" if {len(name) for name in names} == {2} else kind
    if kind:
        return kind
    if len(names) == 1:
        return _escaped(next(iter(names)))
    return f"(?:{'|'.join(map(_escaped, sorted(names)))})" if len(names) <= names_max else "[^/]+"


def _pattern(shape: _Shape, targets: Sequence[str], folders: Sequence[str]) -> str:
    path = "/" + "".join(f"{folder}/" for folder in folders) + shape.last
    if not shape.query:
        return f"^{path}/?$"
    values = [[pair.partition("=")[::2] for pair in target.partition("?")[2].split("&")] for target in targets]
    parameters = [
        f"{_escaped(column[0][0])}={kind or _value({value for _, value in column})}"
        for kind, column in zip(shape.query, zip(*values, strict=False), strict=False)
    ]
    return rf"^{path}{'' if _SUFFIX.search(shape.names[-1]) or not shape.last else '/?'}\?{'&'.join(parameters)}(?:&|$)"


def _value(values: set[str]) -> str:
    return _escaped(next(iter(values))) if len(values) == 1 else "[^&]+"


def _with_exceptions(candidate: _Candidate) -> _Candidate | None:
    """Return the pattern without the known other pages; None if they are many, or the articles few."""
    if len(candidate.articles) < _EXCEPTIONS_ARTICLES_MIN or not 0 < len(candidate.others) <= _EXCEPTED_URLS_MAX:
        return None
    has_query = names_query(candidate.pattern)
    targets = candidate.others if has_query else map(_path, candidate.others)
    excepted = dict.fromkeys(_excepted(target, candidate.articles) for target in targets)
    if len(excepted) > min(_EXCEPTIONS_MAX, 2 * len(candidate.articles)):
        return None
    end = "(?:&|$)" if has_query else "/?$"
    pattern = f"^(?!(?:{'|'.join(excepted)}){end}){candidate.pattern.removeprefix('^')}"
    articles = frozenset(article for article in candidate.articles if _fits(pattern, article))
    return _Candidate(pattern, candidate.is_wide, articles, tuple(excepted))


def _excepted(target: str, articles: Iterable[str]) -> str:
    """Return a pattern for one excluded page.

    `/index2.html` stands for all numbers, unless an article has such a URL.
    """
    target = target.rstrip("/")
    numbered = r"\d+".join(_escaped(part) for part in _NUMBERED_PAGE.sub("\\1\0", target).split("\0"))
    is_safe = not any(re.match(numbered, article) for article in articles)
    return numbered if is_safe else _escaped(target)


def _cover(candidates: Sequence[_Candidate], total: int) -> list[_Candidate]:
    """Return candidates that together fit most articles.

    Each is the one that adds most to those before it; of several, the most specific.
    """
    left = candidates[:]
    covered: frozenset[str] = frozenset()
    chosen: list[_Candidate] = []
    while left:
        best = max(left, key=lambda one: (len(one.articles - covered), not one.is_wide, -len(one.others)))
        if len(best.articles - covered) < max(2, _GAIN_MIN * total):
            break
        chosen.append(best)
        covered |= best.articles
        left = [one for one in left if one is not best]
    return [one for one in chosen if not one.articles <= _union(other for other in chosen if other is not one)]


def _covered(candidates: Sequence[_Candidate]) -> int:
    return len(_union(candidates))


def _union(candidates: Iterable[_Candidate]) -> frozenset[str]:
    return frozenset().union(*(one.articles for one in candidates))
