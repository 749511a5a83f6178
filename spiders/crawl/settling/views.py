"""Views of one page, learned while crawling: parameters that change an address and not what it shows.

A session, a comment to reply to, a print view: their names differ from CMS to CMS, but the site says so itself, by
`rel=canonical` (RFC 6596) or by showing the same text.
Belongs here: the evidence, and which links it makes superfluous. Does not belong here: names that are known beforehand
(see `warehouse.text.address`), and families that give nothing new (see `spiders.crawl.settling.progress`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from spiders.pages.pagination import position_in_list
from warehouse.text.address import address_key

# One page may be wrong about itself; two pages that agree are the site's habit.
_PAGES_MIN: Final = 2
# A value that was not seen yet, such as the next session, is that of a view only if several values were.
_VALUES_MIN: Final = 3
# Unless the values look like those of sessions: all links of one page may carry the same one.
_TOKEN: Final = re.compile(r"(?=[A-Za-z]{0,128}[0-9])(?=[0-9]{0,128}[A-Za-z])[0-9A-Za-z]{8,128}")
# More parameters are a form's.
_PARAMETERS_MAX: Final = 12


@dataclass(slots=True)
class _Evidence:
    """What pages said about one parameter; pages are hashes of their addresses without the parameter.

    Attributes:
        declared: pages that named their address without the parameter as canonical.
        same: pages that showed the same text with and without it, or with two of its values.
        values: values of the parameter on these pages.
        is_declared_own: whether a page named an address with the parameter as canonical.
        is_other_text: whether a page showed other text with the parameter than without it.
        is_other_value: whether a page showed different texts with two of its values.
    """

    declared: set[int] = field(default_factory=set)
    same: set[int] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    is_declared_own: bool = False
    is_other_text: bool = False
    is_other_value: bool = False

    @property
    def is_refuted(self) -> bool:
        """Whether the parameter names different pages after all."""
        return self.is_other_value or (self.is_declared_own and self.is_other_text)

    def is_of_view(self, value: str) -> bool:
        """Return whether a page with this value of the parameter is only a view of the page without it."""
        if self.is_other_value:
            return False
        return self._is_proved and (
            value in self.values or self._has_many or (self._has_tokens and _TOKEN.fullmatch(value) is not None)
        )

    @property
    def is_of_views(self) -> bool:
        """Whether all values of the parameter make views, also in later crawls."""
        return self._is_proved and not self.is_other_value and (self._has_many or self._has_tokens)

    @property
    def _is_proved(self) -> bool:
        is_declared = len(self.declared) >= _PAGES_MIN and not self.is_declared_own
        is_same = len(self.same) >= _PAGES_MIN and not self.is_other_text
        return is_declared or is_same

    @property
    def _has_many(self) -> bool:
        return len(self.values) >= _VALUES_MIN

    @property
    def _has_tokens(self) -> bool:
        return all(map(_TOKEN.fullmatch, self.values))


class LearnedViews:
    """What one crawl has learned about the parameters of a portal's addresses; URLs may be keys."""

    def __init__(self, known: Collection[str], is_known_address: Callable[[str], bool]) -> None:
        """Start with the parameters that earlier crawls have learned.

        Args:
            known: as of `parameters`.
            is_known_address: tells whether an earlier crawl requested a page whose key begins so.
        """
        self._known = frozenset(known)
        self._is_known_address = is_known_address
        self._evidence: dict[str, _Evidence] = {}
        for name, mark, value in (each.partition("=") for each in known):
            if mark:
                self._evidence.setdefault(name, _Evidence()).values.add(value)
        self._seen: set[int] = set()
        self._texts: dict[int, bytes] = {}
        self._values: dict[tuple[str, int], tuple[str, bytes]] = {}

    def record_page(self, url: str, declared: str | None, text: bytes | None) -> None:
        """Learn from a page.

        Args:
            url: its URL.
            declared: the URL that it names by `rel=canonical`; None if it names none.
            text: digest of what it shows; None if it is unknown.
        """
        self._seen.add(hash(address_key(url)))
        self._seen.update(hash(each.page) for each in _parameters(url))
        if text:
            self._texts[hash(address_key(url))] = text
        declared_key = address_key(declared) if declared else None
        declared_pairs = urlsplit(declared).query.split("&") if declared else ()
        for each in _parameters(url):
            evidence = self._evidence.setdefault(each.name, _Evidence())
            page = hash(each.page)
            if f"{each.name}={each.value}" in declared_pairs:
                evidence.is_declared_own = True
            # Some sites name their home page on every page.
            elif declared_key == each.page and urlsplit(f"//{each.page}").path.strip("/"):
                evidence.declared.add(page)
                evidence.values.add(each.value)
            if text:
                self._compare(evidence, each, page, text)

    def is_known_view(self, url: str) -> bool:
        """Return whether a link leads to a view of a page that this or an earlier crawl has received."""
        return any(self._is_known(each) for each in _parameters(url))

    def among(self, urls: Collection[str]) -> list[str]:
        """Return the URLs that are views of another of them: of the page, else of its first view."""
        kept = {address_key(url) for url in urls}
        views = []
        for url in sorted(urls):
            for each in _parameters(url):
                if self._is_known(each):
                    if each.page in kept:
                        views.append(url)
                        break
                    kept.add(each.page)
        return views

    def parameters(self) -> tuple[str, ...]:
        """Return the parameters that make views only, sorted: names, or pairs if only some values do."""
        learned = {
            form
            for name, evidence in self._evidence.items()
            for form in _learned(name, evidence)
            if name not in self._known
        }
        return tuple(sorted(each for each in {*self._known, *learned} if not self._is_refuted(each.partition("=")[0])))

    def _is_known(self, parameter: _Parameter) -> bool:
        evidence = self._evidence.get(parameter.name, _Evidence())
        is_learned = not self._known.isdisjoint((parameter.name, f"{parameter.name}={parameter.value}"))
        is_view = is_learned and not evidence.is_refuted
        if hash(parameter.page) in self._seen:
            return is_view or evidence.is_of_view(parameter.value)
        if not is_view:
            return False
        mark = "&" if "?" in parameter.page else "?"
        return self._is_known_address(f"{parameter.page}{mark}{parameter.name}=")

    def _is_refuted(self, name: str) -> bool:
        return name in self._evidence and self._evidence[name].is_refuted

    def _compare(self, evidence: _Evidence, parameter: _Parameter, page: int, text: bytes) -> None:
        """Compare a text with that of the same page without the parameter, and with another value of it."""
        without = self._texts.get(page)
        other_value, of_other_value = self._values.setdefault((parameter.name, page), (parameter.value, text))
        evidence.is_other_text |= without is not None and without != text
        evidence.is_other_value |= of_other_value != text
        if text in (without, of_other_value if other_value != parameter.value else None):
            evidence.same.add(page)
            evidence.values.update((parameter.value, other_value))


def _learned(name: str, evidence: _Evidence) -> Iterator[str]:
    """Yield what later crawls may know: the name, or pairs if too few values were seen to tell for others."""
    if evidence.is_of_views:
        yield name
    else:
        yield from (f"{name}={value}" for value in evidence.values if evidence.is_of_view(value))


class _Parameter(NamedTuple):
    """A parameter of an address, and the key of the page without it."""

    name: str
    value: str
    page: str


def _parameters(url: str) -> Iterator[_Parameter]:
    """Yield the parameters of a URL; none for page numbers, which are never views."""
    parts = urlsplit(url)
    pairs = parts.query.split("&") if parts.query else []
    if len(pairs) > _PARAMETERS_MAX:
        return
    for index, pair in enumerate(pairs):
        name, _, value = pair.partition("=")
        if not position_in_list(f"{parts.path}?{pair}").is_numbered:
            rest = "&".join((*pairs[:index], *pairs[index + 1 :]))
            yield _Parameter(name, value, address_key(urlunsplit(parts._replace(query=rest))))
