"""Which system a portal runs on, told by signs in the source of a few of its pages.

Here: one table of signs, and the score. A sign alone proves little (portals copy each other's themes), several together
do; whether a platform reads the portal's pages is tried afterwards (`spiders.onboarding.survey`). Not here: how a
platform's pages read (`spiders.platforms`).

A new platform adds one entry to `SIGNS`. The table also holds systems that have no platform yet: a portal on one of
them is read by `generic`, and its file says which system it seems to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from spiders.portal import PlatformName

# What one strong sign or two weak ones give; a single weak one may be a copied theme or an address cited in a text.
SCORE_MIN: Final = 3
# The signs stand in heads, menus and frames of articles; the bound is for pages made to take time.
_SOURCE_CHARACTERS_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Sign:
    """Something in a page's source that speaks for a system.

    Attributes:
        points: 3 for what hardly any other system writes, 1 for what others may write too.
        says: the sign in words, for the reader of a portal file.
        pattern: searched in the source.
    """

    points: int
    says: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Recognition:
    """What the signs say.

    Attributes:
        platform: the platform to read the portal by; `generic` where the system is unknown or has no platform.
        system: the system that the signs speak for; None where they speak for none.
        score: the points of the signs seen.
        signs: the signs seen, in words.
    """

    platform: PlatformName
    system: str | None
    score: int
    signs: tuple[str, ...]


def _sign(points: int, says: str, pattern: str) -> Sign:
    return Sign(points, says, re.compile(pattern, re.IGNORECASE))


def _class(points: int, name: str) -> Sign:
    """Return the sign that an element has the class."""
    return _sign(points, f"class {name}", rf"class=[\"'](?:[^\"'<>]{{0,200}}\s)?{re.escape(name)}[\s\"']")


SIGNS: Final[Mapping[str, tuple[Sign, ...]]] = {
    "liferay_point": (
        _sign(3, "addresses with /-/view_content/<number>", r"/-/view_content/\d"),
        _sign(2, "Point's portlets", r"_WAR_pointportal|point[-_]portal"),
        _sign(1, "Liferay's scripts", r"\bLiferay\.|\bvar Liferay\b"),
        _class(1, "asset-abstract"),
        _class(1, "asset-full-content"),
    ),
    "nukeviet": (
        _sign(3, "NukeViet as generator", r"name=[\"']generator[\"']\s+content=[\"']NukeViet"),
        _sign(3, "NukeViet's script variables", r"\bnv_base_siteurl\b|\bnv_lang_data\b|\bnv_name_variable\b"),
        _sign(2, "id news-bodyhtml", r"id=[\"']news-bodyhtml[\"']"),
        _sign(1, "NukeViet's assets", r"/assets/js/language/vi|/themes/[\w.-]{1,40}/(?:css|js|images)/"),
    ),
    "vhv": (
        _class(3, "news-detail-layout-type-2"),
        _sign(2, "VHV's modules", r"class=[\"']ModuleWrapper[\s\"']|\bmoduleRootId="),
        _class(2, "Article-News"),
        _sign(1, "VHV named", r"\bvhv(?:\.vn|platform|_)"),
        _sign(1, "title-detail as headline", r"class=[\"']title-detail[\"'][^<>]{0,80}itemprop=[\"']headline"),
    ),
    "onecms": (
        _class(2, "b-maincontent"),
        _class(2, "c-detail-head__time"),
        _class(2, "block-sc-publish-time"),
        _class(2, "sc-longform-header-date"),
        _class(1, "c-box"),
        _sign(1, "OneCMS named", r"\bonecms\b"),
    ),
    "vnportal": (
        _sign(3, "vnPortal named", r"\bvn-?portal\b"),
        _sign(2, "addresses that end in a long number and .htm", r"href=[\"'][^\"'<>\s]{1,300}-\d{13,20}\.htm[\"']"),
        _sign(1, "VNPT named", r"\bvnpt\b"),
    ),
    "zce": (
        _class(3, "zce-content-body"),
        _class(1, "cms-body"),
        _class(1, "article__body"),
    ),
}


def recognise(sources: Iterable[str]) -> Recognition:
    """Return what the signs in the sources of a portal's pages say; each sign counts once, on however many pages."""
    pages = [source[:_SOURCE_CHARACTERS_MAX] for source in sources]
    seen = {
        system: [sign for sign in signs if any(sign.pattern.search(page) for page in pages)]
        for system, signs in SIGNS.items()
    }
    best = max(seen, key=lambda system: sum(sign.points for sign in seen[system]))
    score = sum(sign.points for sign in seen[best])
    if score < SCORE_MIN:
        return Recognition("generic", None, score, tuple(sign.says for sign in seen[best]))
    return Recognition(_platform(best), best, score, tuple(sign.says for sign in seen[best]))


def _platform(system: str) -> PlatformName:
    names: tuple[PlatformName, ...] = get_args(PlatformName)
    return next((name for name in names if name == system), "generic")
