"""Detects a portal's CMS by signatures in a few of its pages.

Portals copy each other's themes, so a weak signature alone proves little: a CMS needs `SCORE_MIN` points.
`spiders.onboarding.survey` then checks that the platform extracts the pages. If a CMS has no platform yet, `generic`
extracts the portal, and a comment in its file names the CMS. Belongs here: the score, and signatures of CMS without a
platform. Does not belong here: the signatures of a platform's CMS (its package in `spiders.platforms`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from spiders.onboarding.captures import CapturedPage
from spiders.pages.signatures import Signature, signature
from spiders.platform_registry import GENERIC
from spiders.platforms import PLATFORMS

# One strong signature or several weak ones: a single weak one may be a copied theme or a URL in a text.
SCORE_MIN: Final = 3
# Signatures are in heads, menus and article templates. The limit bounds the time that a hostile page can take.
_SOURCE_BYTES_MAX: Final = 1_000_000


def _generator(name: str) -> Signature:
    """Return the signature of a generator, in a `meta` element or a header, that begins with the name."""
    named = rf"<meta\b(?=[^>]{{0,300}}\bname=[\"']?generator\b)[^>]{{0,300}}\bcontent=[\"']?{name}\b"
    return signature(3, f"{name} as generator", rf"(?m:^x-generator: {name}\b)|{named}")


SYSTEMS_WITHOUT_PLATFORM: Final[Mapping[str, tuple[Signature, ...]]] = {
    "joomla": (
        _generator("Joomla"),
        signature(
            3, "Joomla's script options", r"joomla-script-options|\bJoomla\.(?:JText|submitbutton|optionsStorage)\b"
        ),
        signature(2, "Joomla's scripts", r"/media/(?:jui|vendor/joomla[\w-]{0,40})/|/media/system/js/[\w.-]{1,40}\.js"),
        signature(2, "option=com_…", r"[?&;]option=com_[a-z]{2,30}\b|/component/(?:content|users|search|k2)/"),
        signature(
            1, "Joomla's addresses", r"href=[\"'](?:https?://[^\"'/]{1,200})?/index\.php/[\w/-]{1,200}\b\d+-[\w-]"
        ),
        signature(1, "class item-page", r"class=[\"'][^\"']{0,100}\b(?:item-page|com-content-\w+)\b"),
    ),
    "drupal": (
        _generator("Drupal"),
        signature(3, "Drupal's settings", r"drupal-settings-json|\bDrupal\.settings\b|data-drupal-[a-z]{2,20}"),
        signature(2, "Drupal's files", r"/sites/(?:default|all)/(?:files|modules|themes|libraries)/"),
        signature(2, "Drupal's scripts", r"/(?:core/)?misc/(?:drupal|once|jquery\.once)[\w.-]{0,20}\.js"),
        signature(1, "addresses /node/<number>", r"[\"'/]node/\d+[\"'/?]"),
        signature(1, "class node-…", r"class=[\"'][^\"']{0,100}\bnode--?type-[a-z]"),
    ),
    "sharepoint": (
        _generator("Microsoft SharePoint"),
        signature(
            3,
            "SharePoint's headers",
            r"(?m:^)(?:microsoftsharepointteamservices|sprequestguid|x-sharepointhealthscore):",
        ),
        signature(3, "SharePoint's page context", r"\b_spPageContextInfo\b"),
        signature(2, "addresses under _layouts", r"/_layouts/(?:15|14|images|styles|\d{4})/"),
        signature(2, "web parts", r"\b(?:WebPartWPQ\d|MSOZoneCell_WebPart|s4-workspace)"),
        signature(1, "SharePoint's classes", r"class=[\"'][^\"']{0,100}\bms-(?:rte|webpart|core)[\w-]"),
        signature(1, "addresses /Pages/….aspx", r"/Pages/[\w%-]{1,100}\.aspx"),
    ),
    "dotnetnuke": (
        _generator("DotNetNuke"),
        signature(3, "DNN's variables", r"\b__?dnnVariable\b|\bdnn_ctr\d+_"),
        signature(2, "DNN's cookies", r"(?m:^)set-cookie: [^\n]{0,200}\bdnn_"),
        signature(2, "addresses under DesktopModules", r"/DesktopModules/[\w.-]{1,60}/"),
        signature(2, "addresses under Portals", r"[\"'(/]Portals/(?:\d+|_default)/"),
        signature(2, "DNN's scripts", r"/js/dnn(?:core|\.\w{1,30})?\.js|/Resources/Shared/scripts/"),
        signature(1, "class DnnModule", r"class=[\"'][^\"']{0,100}\bDnnModule\b"),
    ),
}
"""Signatures of systems that no platform reads, by a short name; a platform's own signatures come first."""

_NAMES: Final = {
    "joomla": "Joomla",
    "drupal": "Drupal",
    "sharepoint": "SharePoint",
    "dotnetnuke": "DotNetNuke",
}


@dataclass(frozen=True, slots=True)
class SignatureMatch:
    """The CMS that the signatures indicate.

    Attributes:
        platform: the platform to extract the portal with; `generic` if the CMS is unknown or has no platform.
        system: the CMS; None if no CMS has enough points.
        score: the points of the signatures found, of the CMS with the most points.
        signatures: descriptions of those signatures.
    """

    platform: str
    system: str | None
    score: int
    signatures: tuple[str, ...]


def known_signatures() -> dict[str, tuple[Signature, ...]]:
    """Return the signatures of every known CMS; the CMS with a platform come first."""
    of_platforms = {name: platform.SIGNATURES for name, platform in PLATFORMS.items() if platform.SIGNATURES}
    others = {name: found for name, found in SYSTEMS_WITHOUT_PLATFORM.items() if name not in of_platforms}
    return {**of_platforms, **others}


def system_name(system: str) -> str:
    """Return the name of a CMS as its makers write it."""
    return _NAMES.get(system, system)


def match_signatures(pages: Iterable[CapturedPage]) -> SignatureMatch:
    """Return the CMS that pages and their headers indicate; a signature on several pages counts once."""
    examined = [(_source(page), page.soup if page.page else None) for page in pages]
    found = {
        system: [one for one in signatures if any(one.is_in(source, soup) for source, soup in examined)]
        for system, signatures in known_signatures().items()
    }
    best = max(found, key=lambda system: sum(one.points for one in found[system]))
    score = sum(one.points for one in found[best])
    words = tuple(one.description for one in found[best])
    if score < SCORE_MIN:
        return SignatureMatch(GENERIC, None, score, words)
    return SignatureMatch(best if best in PLATFORMS else GENERIC, best, score, words)


def _source(page: CapturedPage) -> str:
    """Return the headers, one a line with its name in lower case, and the body."""
    headers = "".join(f"{name.lower()}: {value}\n" for name, value in page.headers)
    return headers + page.body[:_SOURCE_BYTES_MAX].decode("utf-8", errors="replace")
