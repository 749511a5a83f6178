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

SYSTEMS_WITHOUT_PLATFORM: Final[Mapping[str, tuple[Signature, ...]]] = {
    "vnportal": (
        signature(3, "vnPortal named", r"\bvn-?portal\b"),
        signature(
            2, "addresses that end in a long number and .htm", r"href=[\"'][^\"'<>\s]{1,300}-\d{13,20}\.htm[\"']"
        ),
        signature(1, "VNPT named", r"\bvnpt\b"),
    )
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
    return {**of_platforms, **SYSTEMS_WITHOUT_PLATFORM}


def match_signatures(pages: Iterable[CapturedPage]) -> SignatureMatch:
    """Return the CMS that a portal's pages indicate; a signature on several pages counts once."""
    examined = [
        (page.body[:_SOURCE_BYTES_MAX].decode("utf-8", errors="replace"), page.soup if page.page else None)
        for page in pages
    ]
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
