"""Pages and list pages: what extraction and the crawl read in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bench.fuzzing.checks import check
from bench.fuzzing.mutations import mutated_case
from bench.fuzzing.pages import Case, all_pages, mirror_lists
from bench.fuzzing.targets.target import Target, require
from spiders.crawl.settling.shapes import list_families, without_repeated_steps
from spiders.pages.html import NotAPage, parse_page
from spiders.pages.pagination import is_page_of_list, position_in_list
from spiders.platforms import PLATFORMS
from spiders.portal import portal_of_platform


def _lists() -> list[Case]:
    return [replace(case, target="lists") for case in mirror_lists()]


def _check_list(case: Case) -> str:
    """Check what a crawl does with a list page: its rows, its links, and which of them are further pages."""
    outcome = check(case)
    if outcome == "refused":
        return outcome
    portal = portal_of_platform(case.platform, case.url)
    platform = PLATFORMS[case.platform]
    try:
        links = platform.links(parse_page(case.body, case.url, case.content_type), portal)
    except NotAPage:
        return "refused"
    for url in (*links.lists, *links.articles):
        key = platform.canonical_url(url)
        require(platform.canonical_url(key) == key, f"canonical twice: {url!r} {key!r}")
        position = position_in_list(key)
        require(position.number >= 0, f"negative page: {url!r}")
        require(is_page_of_list(key) == position.is_numbered, f"numbered differently: {key!r}")
        list_families(key)
        without_repeated_steps(key)
    return outcome


TARGETS: Final = (
    Target("pages", all_pages, check, mutated_case, share=3.0),
    Target("lists", _lists, _check_list, mutated_case, share=2.0),
)
