"""Each pattern of the project on a shorter worst case, and that the audit finds patterns that backtrack.

The long text is tried where the time of shorter ones grows faster than their length. The limit is of processor time,
and many times what the slowest pattern takes: only one that takes quadratic time or worse can reach it.
"""

from __future__ import annotations

import importlib
import re
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest

from bench.fuzzing.pages import fixture_pages
from bench.regexes.audit import is_too_slow, slowest
from bench.regexes.bounds import ANCHORED, BOUNDED, CLEANED, DYNAMIC
from bench.regexes.patterns import PACKAGES, Found, all_patterns, is_anchored
from spiders.extract.article import read_page
from spiders.pages.html import NotAPage
from spiders.portal import portal_of_platform

CHARACTERS = 65_536
LIMIT_SECONDS = 1.0
SLICES = 4


@pytest.mark.slow
@pytest.mark.parametrize("number", range(SLICES))
def test_no_pattern_takes_quadratic_time(number: int) -> None:
    found, _ = all_patterns()
    slow = [slowest(one, CHARACTERS, LIMIT_SECONDS, is_screened=True) for one in found[number::SLICES]]
    assert [str(one) for one in slow if one.seconds is None] == []


def test_every_pattern_and_every_exception_is_known() -> None:
    found, dynamic = all_patterns()
    places = {one.place for one in found}
    assert {place.partition(".")[0] for place in places} == set(PACKAGES)
    assert len(places) > 300
    assert sorted(set(dynamic) ^ set(DYNAMIC)) == []
    assert sorted((set(BOUNDED) | CLEANED | ANCHORED) - places) == []


@pytest.mark.parametrize("pattern", [r"\s+$", r"(?:a|aa)+$", r"(?:a+)+b", r"<!--.*?-->x", r"a[^b]*c", r"\w*\d\w*@"])
def test_patterns_that_backtrack_are_found(pattern: str) -> None:
    assert is_too_slow(pattern, 100_000, 0.5)


@pytest.mark.parametrize("pattern", [r"(?<!\s)\s+$", r"a+b?", r"(?>a+)b{1,9}", r"<[^<>]{1,100}>", r"\d\d/\d\d", "x"])
def test_patterns_of_linear_time_are_not(pattern: str) -> None:
    assert not is_too_slow(pattern, 5_000, 2.0)


def test_a_pattern_that_is_applied_at_one_position_only_is_tested_there() -> None:
    once = Found("", 0, re.compile(r"\s*x"), frozenset({"match"}))
    assert is_anchored(once)
    assert slowest(once, 20_000, 2.0).seconds is not None


class Watch:
    """Stands in for a compiled pattern, and notes the longest text that it is applied to, and white space in it."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self.longest = 0
        self.has_runs = False

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._pattern, name)
        if name not in ("search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"):
            return method

        def apply(*arguments: Any, **options: Any) -> Any:
            text = arguments[1] if name in ("sub", "subn") else arguments[0]
            self.longest = max(self.longest, len(text))
            self.has_runs = self.has_runs or re.search(r"\s\s", text) is not None
            return method(*arguments, **options)

        return apply


@pytest.mark.slow
def test_patterns_see_what_the_audit_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of clean texts see no run of white space, and those of bounded texts none beyond the bound."""
    watches: defaultdict[str, list[Watch]] = defaultdict(list)
    for place in CLEANED | set(BOUNDED):
        module, _, name = place.partition(":")
        pattern = getattr(importlib.import_module(module), name, None)
        if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
            watches[place].append(Watch(pattern))
            monkeypatch.setattr(importlib.import_module(module), name, watches[place][0])
    long = "Ảnh: Trần Văn A phát biểu, hôm nay 1/2/2024 ".encode() * 60
    for number, case in enumerate(fixture_pages()):
        body = case.body.replace(b" ", b"  ")
        if number % 5 == 0:
            body = re.sub(rb">([^<>]{12,})<(?!/script|/style)", rb">\1 " + long + rb"\1<", body, count=60)
        for platform in {case.platform, "generic"}:
            try:
                read_page(
                    body, case.url, portal_of_platform(platform, case.url), None, datetime(2026, 1, 1, tzinfo=UTC)
                )
            except NotAPage:
                continue
    seen = {place: watch for place, (watch,) in watches.items() if watch.longest}
    assert len(seen) > len(CLEANED) * 0.7
    assert sorted(place for place in CLEANED & seen.keys() if seen[place].has_runs) == []
    bounds = {place: (seen[place].longest, bound.characters) for place, bound in BOUNDED.items() if place in seen}
    assert {place: both for place, both in bounds.items() if both[0] > both[1]} == {}
