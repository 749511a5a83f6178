"""Patterns that see short texts only: how long these can be, and what in the code bounds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound of the texts that a pattern sees.

    Attributes:
        characters: the longest text.
        reason: what bounds it.
    """

    characters: int
    reason: str


_BYLINE: Final = Bound(300, "`_CHARACTERS_MAX` of the byline module: longer lines are cut or are no byline")
_CAPTION: Final = Bound(1_000, "`_CHECKED_CHARACTERS_MAX`: longer texts are no caption")
_LIST_LINE: Final = Bound(300, "`_LINE_CHARACTERS_MAX`: longer lines are not read")
_DATE_LINE: Final = Bound(400, "`_LINE_CHARACTERS_MAX`: no more of a line is read")

BOUNDED: Final[Mapping[str, Bound]] = {
    "spiders.onboarding.starts:_COMMENTS_URL": Bound(2_000, "the URL is cut to `url_characters_max`"),
    "spiders.pages.challenge:_SETS_COOKIE": Bound(4_096, "`_COOKIE_PAGE_MAX_BYTES`: longer pages are no such page"),
    "spiders.pages.no_content:_MESSAGE": Bound(6_000, "`_READ_CHARACTERS_MAX`: no more of a page's text is read"),
    "spiders.pages.no_content:_SHORT": Bound(1_500, "`_TEXT_CHARACTERS_MAX`: longer texts are no message"),
    "spiders.platforms.generic.lists.date_lines:_EVENT": _LIST_LINE,
    "spiders.platforms.generic.lists.date_lines:_SIGNED": _LIST_LINE,
    "spiders.platforms.parts.attribution.bylines:_BESIDE": _BYLINE,
    "spiders.platforms.parts.attribution.bylines:_CONTACT": _BYLINE,
    "spiders.platforms.parts.attribution.bylines:_DATE": _BYLINE,
    "spiders.platforms.parts.attribution.bylines:_LABEL": _BYLINE,
    "spiders.platforms.parts.attribution.bylines:_NOTE": _BYLINE,
    "spiders.platforms.parts.attribution.bylines:_PHOTOGRAPHER": _BYLINE,
    "spiders.platforms.parts.attribution.bylines:_RETOLD": _BYLINE,
    "spiders.platforms.parts.attribution.bylines:_ROLE": _BYLINE,
    "spiders.platforms.parts.attribution.bylines:_SLASHED": _BYLINE,
    "spiders.platforms.parts.boilerplate:_IMPRINT": Bound(2_000, "`_KEYWORDS_CHARACTERS_MAX`: longer texts are none"),
    "spiders.platforms.parts.captions:_CREDITED": _CAPTION,
    "spiders.platforms.parts.captions:_SCENE": _CAPTION,
    "warehouse.text.dates:_AFTER": _DATE_LINE,
    "warehouse.text.dates:_AFTER_ISO": _DATE_LINE,
    "warehouse.text.dates:_BEFORE": _DATE_LINE,
    "warehouse.text.parameters:_TOKEN": Bound(100, "the name is cut to `_NAME_CHARACTERS_MAX`"),
}
"""By the pattern's place: module, colon, and the name or function."""

ANCHORED: Final = frozenset(
    {
        "spiders.pages.charset:_UTF16_WITHOUT_MARK",
        "warehouse.archive.upkeep.backup:_DIGEST_NAME",
        "warehouse.text.parameters:_HEX",
        "warehouse.text.parameters:_SESSION_VALUE",
    }
)
"""Places whose patterns are passed on, and are applied with `match` or `fullmatch` only."""

CLEANED: Final = frozenset(
    {
        "spiders.onboarding.survey:site_name",
        "spiders.pages.no_content:_SHORT",
        "spiders.platforms.generic.article:_ORIGINAL",
        "spiders.platforms.generic.authors:_TITLE_SEPARATOR",
        "spiders.platforms.generic.authors:_joined",
        "spiders.platforms.generic.dates:_DATE_WORD",
        "spiders.platforms.generic.headline:_SEPARATOR",
        "spiders.platforms.generic.kinds.other_kinds:_SEARCH_TITLE",
        "spiders.platforms.generic.lists.date_lines:_EVENT",
        "spiders.platforms.generic.lists.date_lines:_SEPARATOR",
        "spiders.platforms.generic.lists.date_lines:_SIGNED",
        "spiders.platforms.generic.lists.titles:_CUT_OFF",
        "spiders.platforms.generic.main_text:_SENTENCE",
        "spiders.platforms.generic.site_frame:_CLOCK_TEXT",
        "spiders.platforms.liferay_point.platform:_CONTENT_ID",
        "spiders.platforms.liferay_point.platform:_LANGUAGE_SUFFIX",
        "spiders.platforms.newspapers.marks:_SITE_NAME_SUFFIX",
        "spiders.platforms.nukeviet.articles:_AUTHOR",
        "spiders.platforms.parts.assembly:_VIEWS",
        "spiders.platforms.parts.attribution.bylines:_BESIDE",
        "spiders.platforms.parts.attribution.bylines:_BY_REPORT",
        "spiders.platforms.parts.attribution.bylines:_CONTACT",
        "spiders.platforms.parts.attribution.bylines:_DATE",
        "spiders.platforms.parts.attribution.bylines:_DATE_FIRST",
        "spiders.platforms.parts.attribution.bylines:_LABEL",
        "spiders.platforms.parts.attribution.bylines:_NOTE",
        "spiders.platforms.parts.attribution.bylines:_OPEN_LABEL",
        "spiders.platforms.parts.attribution.bylines:_PHOTOGRAPHER",
        "spiders.platforms.parts.attribution.bylines:_PICTURES_FIRST",
        "spiders.platforms.parts.attribution.bylines:_POSTER",
        "spiders.platforms.parts.attribution.bylines:_RETOLD",
        "spiders.platforms.parts.attribution.bylines:_ROLE",
        "spiders.platforms.parts.attribution.bylines:_SLASHED",
        "spiders.platforms.parts.attribution.credits:_SOURCE_NAMED",
        "spiders.platforms.parts.attribution.credits:_SOURCE_SHORT",
        "spiders.platforms.parts.attribution.names:_AND_OTHERS",
        "spiders.platforms.parts.attribution.names:_CONTACT",
        "spiders.platforms.parts.attribution.names:_SEPARATOR",
        "spiders.platforms.parts.attribution.names:_SLUG",
        "spiders.platforms.parts.attribution.signed:_GLUED",
        "spiders.platforms.parts.attribution.signed:_MARK",
        "spiders.platforms.parts.attribution.signed:_SIGNING",
        "spiders.platforms.parts.boilerplate:_LINE",
        "spiders.platforms.parts.captions:_SCENE",
        "spiders.platforms.parts.further_pages:_NUMBER",
        "spiders.platforms.vnportal.urls:_ARTICLE",
        "spiders.platforms.wordpress.lists:_MORE",
    }
)
"""Places whose patterns see the clean form of a text (`warehouse.text.normal.clean`), with single spaces only.

`tests/bench/test_regexes.py` watches them on pages in which every space is doubled.
"""

_OF_OPERATOR: Final = "a pattern of a portal file, which its operator writes, on an address of at most 2,000 characters"

DYNAMIC: Final[Mapping[str, str]] = {
    "spiders.imports.warc_import:_earlier_imports": "a digest between literals, on the names of the archive's files",
    "spiders.onboarding.cms_signatures:_generator": "a literal name between repeats of at most 300",
    "spiders.onboarding.draft:_denied": "patterns that `portals new` made, on addresses of the page that it read",
    "spiders.onboarding.patterns:_excepted": "a literal with `[0-9]+` in places, on addresses of the page that it read",
    "spiders.pages.signatures:class_signature": "a literal",
    "spiders.pages.signatures:signature": "its calls are audited in their own places",
    "spiders.pages.syndication.repair:markup": "audited as built for feeds and sitemaps (`bench.regexes.patterns`)",
    "spiders.platforms.generic.headline:_without_site": "one run of separators, the literal name, and the end",
    "spiders.platforms.parts.urls:fits_pattern": _OF_OPERATOR,
    "spiders.portal:covers_on": _OF_OPERATOR,
    "spiders.portal_values:_host": "labels of letters, digits and hyphens, each ended by a dot, in a portal file",
    "spiders.portal_values:_regex": "compiles a portal file's pattern and applies it to nothing",
    "warehouse.derive.sources.names:_PLAIN_KINDS": "the audited patterns of `_KINDS` without accents",
}
"""Places whose pattern depends on values at run time, each with the reason why it takes linear time."""
