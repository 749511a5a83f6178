"""Which system a portal runs on, told by signatures in the source of a few of its pages.

Here: the score, and the signatures of systems that have no platform yet: a portal on one of them is read by `generic`,
and its file says which system it seems to be. A signature alone proves little (portals copy each other's themes),
several together do; whether a platform reads the portal's pages is tried afterwards (`spiders.onboarding.survey`).
Not here: the signatures of a platform's system (its package in `spiders.platforms`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from spiders.pages.signatures import Signature, signature
from spiders.platform_registry import GENERIC
from spiders.platforms import PLATFORMS

# What one strong signature or two weak ones give; a single weak one may be a copied theme or an address in a text.
SCORE_MIN: Final = 3
# They stand in heads, menus and frames of articles; the bound is for pages made to take time.
_SOURCE_CHARACTERS_MAX: Final = 1_000_000

SYSTEMS_WITHOUT_PLATFORM: Final[Mapping[str, tuple[Signature, ...]]] = {
    "vnportal": (
        signature(3, "vnPortal named", r"\bvn-?portal\b"),
        signature(
            2, "addresses that end in a long number and .htm", r"href=[\"'][^\"'<>\s]{1,300}-\d{13,20}\.htm[\"']"
        ),
        signature(1, "VNPT named", r"\bvnpt\b"),
    ),
}


@dataclass(frozen=True, slots=True)
class SignatureMatch:
    """What the signatures say.

    Attributes:
        platform: the platform to read the portal by; `generic` where the system is unknown or has no platform.
        system: the system that the signatures speak for; None where they speak for none.
        score: the points of the signatures seen.
        signatures: the signatures seen, in words.
    """

    platform: str
    system: str | None
    score: int
    signatures: tuple[str, ...]


def known_signatures() -> dict[str, tuple[Signature, ...]]:
    """Return the signatures of every system that can be told, those with a platform first."""
    of_platforms = {name: platform.SIGNATURES for name, platform in PLATFORMS.items() if platform.SIGNATURES}
    return {**of_platforms, **SYSTEMS_WITHOUT_PLATFORM}


def match_signatures(sources: Iterable[str]) -> SignatureMatch:
    """Return which system the sources of a portal's pages show; each signature counts once, on however many pages."""
    pages = [source[:_SOURCE_CHARACTERS_MAX] for source in sources]
    seen = {
        system: [one for one in signatures if any(one.pattern.search(page) for page in pages)]
        for system, signatures in known_signatures().items()
    }
    best = max(seen, key=lambda system: sum(one.points for one in seen[system]))
    score = sum(one.points for one in seen[best])
    words = tuple(one.says for one in seen[best])
    if score < SCORE_MIN:
        return SignatureMatch(GENERIC, None, score, words)
    return SignatureMatch(best if best in PLATFORMS else GENERIC, best, score, words)
