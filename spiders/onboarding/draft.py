"""From what a portal showed to a first visitor to the portal file that a person then corrects.

Here: what is proposed, and the file's text with a comment at everything that is guessed. Not here: what was looked at
(`spiders.onboarding.survey`), and whether the file fits (`spiders.onboarding.probe`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import yaml

from spiders.onboarding.survey import SeenList, Survey, bare_host, site_name
from spiders.platform_registry import GENERIC
from spiders.platforms import PLATFORMS
from spiders.platforms.parts.addresses import origin
from spiders.portal import Expectations, Portal, PortalError, check_slug, parse_portal
from warehouse.durable import replacing
from warehouse.text.normal import clean

_NAME_CHARACTERS_MAX: Final = 200
_FEEDS_KEPT_MAX: Final = 4
_SHAPE_SHARE_MIN: Final = 0.1
# Sitemaps may hold 50,000 addresses; those of a portal have a handful of forms.
_ADDRESSES_MAX: Final = 2000
_SHAPES_MAX: Final = 5
_GAPS_MIN: Final = 5
_SILENCE_DAYS: Final = (7, 365)

# What no portal's crawl should follow; its platform adds to it.
_DENIED: Final = (
    r"(?i)^/(?:en|english)(?:[/?]|$)",
    r"(?i)/(?:dang-nhap|login|account)(?:[/?.]|$)",
    r"(?i)/(?:tim-kiem|search)(?:[/?.]|$)|[?&](?:keyword|search|q)=",
    r"(?i)/(?:print|in-an)(?:[/?.]|$)",
)
_UNIT: Final = re.compile(r"(?<!\w)(phường|xã|thị trấn|quận|huyện|thị xã)\s+((?:\w+\s?){1,4})", re.IGNORECASE)
_SITE_WORDS: Final = re.compile(r"(?i)^(?:cổng|trang)\s+thông\s+tin\s+điện\s+tử\s+(?:của\s+)?")
_CITY: Final = "Thành phố Hà Nội"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who publishes a portal.

    Attributes:
        guessed: what the values were taken from; None where they are known.
    """

    name: str
    office: str
    administrative_unit: str
    active_from: date | None = None
    active_until: date | None = None
    guessed: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A portal's definition, and the text of its file."""

    portal: Portal
    text: str


def identity_of(seen: Survey) -> Identity:
    """Return who seems to publish the portal, from what its home page calls itself."""
    name = clean(site_name(seen.home) or "")[:_NAME_CHARACTERS_MAX] or bare_host(seen.home.url)
    if name.isupper():
        name = name.title()
    unit = unit_named(name)
    office = office_of_unit(unit) if unit else office_of_site(name)
    return Identity(name, office, unit or _CITY, guessed="from what the home page calls itself")


def unit_named(text: str) -> str | None:
    """Return the district, ward or commune that a text names first, such as `Phường Tây Hồ`, or None."""
    found = _UNIT.search(text)
    proper = " ".join(takewhile(_is_capital, found[2].split())) if found else ""
    return f"{found[1].capitalize()} {proper}" if found and proper else None


def office_of_unit(unit: str) -> str:
    """Return the office that publishes for a unit: its people's committee."""
    return f"Ủy ban nhân dân {unit[0].lower()}{unit[1:]}"


def office_of_site(name: str) -> str:
    """Return the office that a portal's name ends in."""
    return _SITE_WORDS.sub("", name) or name


def _is_capital(word: str) -> bool:
    return word[0].isupper()


def slug_of(url: str) -> str:
    """Return a slug for the portal at an address: the first part of its host's name."""
    label = bare_host(url).split(".")[0]
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") or "portal"


def propose(
    seen: Survey, slug: str, identity: Identity, today: date, delay_seconds: float, *, verified: bool = False
) -> Proposal:
    """Return the portal file for what was seen.

    Args:
        seen: what the portal showed.
        slug: the definition's slug.
        identity: who publishes the portal.
        today: the day of the visit.
        delay_seconds: what the crawl should keep to; longer where robots.txt asks for it.
        verified: whether to write that the portal was seen to fit on that day.

    Raises:
        PortalError: the values cannot make a portal file, such as a slug with capitals.
    """
    check_slug(slug)
    text = _text(seen, slug, identity, today, delay_seconds, verified=verified)
    return Proposal(parse_portal(text, Path(f"{slug}.yml")), text)


def write_new(proposal: Proposal, folder: Path) -> Path:
    """Write the portal file into a folder, and return where it stands.

    Raises:
        PortalError: there is such a file already; it was not touched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{proposal.portal.slug}.yml"
    if file.exists():
        raise PortalError(f"{file}: there is such a file already; nothing was overwritten")
    with replacing(file) as temporary:
        temporary.write_text(proposal.text, encoding="utf-8")
    return file


def article_patterns(addresses: Iterable[str], others: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Return patterns that articles' addresses have in common and lists' have not, each with how many it fits.

    Args:
        addresses: of articles.
        others: addresses that must not look like an article's: those of the lists.
    """
    paths = list(dict.fromkeys(urlsplit(url).path for url in addresses))[:_ADDRESSES_MAX]
    other_paths = [urlsplit(url).path for url in others]
    shapes = Counter(shape for path in paths if (shape := _shape(path)))
    found = []
    for shape, count in shapes.most_common(_SHAPES_MAX):
        pattern = _pattern(shape, [path for path in paths if _shape(path) == shape])
        if count >= _SHAPE_SHARE_MIN * len(paths) and not any(re.search(pattern, path) for path in other_paths):
            found.append((pattern, count))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Shape:
    """How an article's path is made: folders, and how its last part ends."""

    folders: int
    ending: str


_ENDING: Final = re.compile(r"(?P<before>[-_/.a-z]?)(?P<number>\d+)(?P<after>\.[a-z]{2,5})?/?$", re.IGNORECASE)
_SUFFIX: Final = re.compile(r"\.[a-z]{2,5}$", re.IGNORECASE)


def _shape(path: str) -> _Shape | None:
    folders = path.rstrip("/").count("/") - 1
    if number := _ENDING.search(path):
        before = "" if number["before"] == "/" else re.escape(number["before"])
        return _Shape(folders, rf"{before}\d+{re.escape(number['after'] or '')}")
    if suffix := _SUFFIX.search(path):
        return _Shape(folders, re.escape(suffix[0]))
    return None


def _pattern(shape: _Shape, paths: Sequence[str]) -> str:
    """Return the pattern of all paths of one shape: folders that all share as they are, any others as such."""
    columns = zip(*(path.strip("/").split("/")[: shape.folders] for path in paths), strict=False)
    folders = [re.escape(column[0]) if len(set(column)) == 1 else "[^/]+" for column in map(list, columns)]
    folders = [folder.replace(r"\-", "-") for folder in folders]
    last = shape.ending.replace(r"\-", "-")
    return "^/" + "".join(f"{folder}/" for folder in folders) + f"[^/]*{last}/?$"


def _text(seen: Survey, slug: str, identity: Identity, today: date, delay_seconds: float, *, verified: bool) -> str:
    guess = f" # guessed {identity.guessed}" if identity.guessed else ""
    seeds = seen.lists
    feeds = seen.feeds[:_FEEDS_KEPT_MAX]
    sitemaps = seen.sitemaps
    counted = [*seeds, *feeds] or sitemaps
    rows = sum(one.rows for one in counted)
    lines = [
        f"slug: {_scalar(slug)}",
        f"name: {_scalar(identity.name)}{guess}",
        "owner:",
        f"  office: {_scalar(identity.office)}{guess}",
        f"  administrative_unit: {_scalar(identity.administrative_unit)}{guess}",
        f"platform: {seen.platform} # {_why_platform(seen)}",
        *_addresses("seed_urls", seeds, "rows"),
        *_addresses("feeds", feeds, "entries"),
        *_addresses("sitemaps", sitemaps, "articles"),
    ]
    if not counted:
        lines += ["seed_urls:", f"  - {_scalar(seen.home.url)} # guessed: no list, feed or sitemap was found"]
    lines += [
        "scope:",
        "  hosts:",
        *(f"    - {_scalar(host)}" for host in _hosts(seen)),
        "  deny: # guessed: what this kind of site usually has",
        *(f"    - {_quoted(pattern)}" for pattern in _denied(seen, counted)),
        *_patterns(seen, [*seeds, *feeds, *sitemaps]),
        "tier: daily # guessed",
        "politeness:",
        f"  delay_seconds: {_delay(seen, delay_seconds)}",
        "expectations:",
        f"  list_rows_min: {max(1, rows // 2)} # half of the {rows} rows that were seen on {today}",
        f"  silence_days_max: {_silence(counted)}",
    ]
    lines += [f"active_from: {identity.active_from}"] if identity.active_from else []
    lines += [f"active_until: {identity.active_until}"] if identity.active_until else []
    lines += [f"verified_on: {today if verified else 'null'}", "note: >-", *_note(seen, today)]
    return "\n".join(lines) + "\n"


def _hosts(seen: Survey) -> list[str]:
    """Return the portal's host, and its other name (with or without `www.`) where lists or articles use it."""
    addresses = [seen.home.url, *(one.url for one in (*seen.lists, *seen.feeds, *seen.sitemaps))]
    addresses += [url for one in (*seen.lists, *seen.feeds) for url in one.articles]
    own = bare_host(seen.home.url)
    return list(dict.fromkeys(urlsplit(origin(url)).netloc for url in addresses if bare_host(url) == own))


def _denied(seen: Survey, starts: Sequence[SeenList]) -> list[str]:
    """Return what the crawl should not follow, less what would keep out a start address."""
    targets = [
        f"{parts.path}?{parts.query}" if parts.query else parts.path
        for parts in (urlsplit(url) for url in (seen.home.url, *(one.url for one in starts)))
    ]
    patterns = (*_DENIED, *PLATFORMS[seen.platform].DENY)
    return [pattern for pattern in patterns if not any(re.search(pattern, target) for target in targets)]


def _addresses(key: str, found: Sequence[SeenList], unit: str) -> list[str]:
    return [f"{key}:", *(f"  - {_scalar(one.url)} # {one.rows} {unit}" for one in found)] if found else []


def _patterns(seen: Survey, found: Sequence[SeenList]) -> list[str]:
    if seen.platform != GENERIC:
        return []
    # Where lists have dates, their rows are articles whatever their addresses look like.
    addresses = [url for one in found for url in one.articles]
    addresses += [one.article.url for one in seen.articles if one.article]
    lists = [seen.home.url, *(one.url for one in seen.lists)]
    proposed = article_patterns(dict.fromkeys(addresses), lists)
    if not proposed:
        return ["# article_patterns: the articles seen have no form of address in common that lists have not"]
    total = len({urlsplit(url).path for url in addresses})
    return [
        "article_patterns:",
        *(f"  - {_quoted(pattern)} # guessed: fits {count} of {total} addresses seen" for pattern, count in proposed),
    ]


def _why_platform(seen: Survey) -> str:
    if seen.platform != GENERIC:
        return f"guessed by {'; '.join(seen.match.signatures)}"
    return f"guessed: {'; '.join(seen.remarks) or 'no sign of a known system'}"


def _delay(seen: Survey, delay_seconds: float) -> str:
    if seen.crawl_delay_seconds and seen.crawl_delay_seconds > delay_seconds:
        return f"{seen.crawl_delay_seconds:g} # as its robots.txt asks for"
    return f"{delay_seconds:g}"


def _silence(counted: Sequence[SeenList]) -> str:
    """Return twice the longest gap between the rows' dates, or the default where too few rows have one."""
    days = sorted({moment.date() for one in counted for moment in one.dates})
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    if len(gaps) < _GAPS_MIN:
        return f"{Expectations().silence_days_max} # guessed: the default"
    least, most = _SILENCE_DAYS
    longest = max(gaps)
    return f"{min(max(2 * longest, least), most)} # guessed: twice the longest gap seen, {longest} days"


def _note(seen: Survey, today: date) -> list[str]:
    sentences = [
        f"Drafted on {today} from what the portal showed to a first visit; what the comments call guessed is to be",
        "checked, see docs/add-a-portal.md.",
    ]
    if seen.home.url != seen.home.asked:
        sentences.append(f"{_spelled(seen.home.asked)} led to {_spelled(seen.home.url)}.")
    sentences += [f"Signs: {remark}." for remark in seen.remarks]
    return [f"  {sentence}" for sentence in sentences]


def _spelled(url: str) -> str:
    """Return an address for a text, freed of what could end a line or a comment."""
    return re.sub(r"[^\x21-\x7e]", "?", url)[:_NAME_CHARACTERS_MAX]


def _scalar(value: str) -> str:
    """Return the value as YAML writes it on one line, quoted where it must be."""
    return yaml.safe_dump(value, allow_unicode=True, width=10**6).removesuffix("...\n").strip()


def _quoted(pattern: str) -> str:
    return "'" + pattern.replace("'", "''") + "'"
