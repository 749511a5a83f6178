"""The pages that are mutated: fixtures, pages of the mirror, and real pages if available."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from unittest.mock import patch

from bench.extraction.cases import SHARED, fixture_cases
from spiders.mirror.content import load_content
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.base import PublishingSite
from spiders.platforms import PLATFORMS
from spiders.portal_values import PlatformName

_REAL = SHARED / "portals"


@dataclass(frozen=True, slots=True)
class Case:
    """One page, as given to the extractor.

    Attributes:
        platform: platform of the portal that the page is extracted for; it need not be the right one.
    """

    url: str
    body: bytes
    platform: PlatformName
    content_type: str | None = None


def all_pages() -> list[Case]:
    """Return all available pages, always in the same order."""
    return [*_fixtures(), *_of_mirror(), *_real()]


def fixture_pages() -> list[Case]:
    """Return the project's hand-written pages."""
    return list(_fixtures())


def _fixtures() -> Iterator[Case]:
    for case in fixture_cases():
        yield Case(case.url, case.body, _platform(case.platform))


# Tokens that differ in each response would make the cases of a seed differ from run to run.
@patch("secrets.token_urlsafe", lambda _bytes: "token")
@patch("secrets.token_hex", lambda _bytes: "token")
def _of_mirror() -> list[Case]:
    return list(_responses_of_mirror())


def _responses_of_mirror() -> Iterator[Case]:
    for host, site in all_sites(load_content()).items():
        platform = _platform(site.cms if isinstance(site, PublishingSite) else "generic")
        paths = ["/"]
        if isinstance(site, PublishingSite):
            paths += [site.article_url(article) for article in site.state(1).articles[:12]]
        for path in paths:
            response = site.get(path, 1)
            if response.status == 200:
                yield Case(f"https://{host}{path}", response.body, platform)


def _real() -> Iterator[Case]:
    for folder, platform in (("liferay-point/pages", "liferay_point"), ("nukeviet", "nukeviet")):
        for file in sorted((_REAL / folder).glob("*.html")):
            yield Case(f"https://portal.example/{file.name}", file.read_bytes(), _platform(platform))


def _platform(name: str) -> PlatformName:
    """Return the platform of this name, `generic` if there is none."""
    return next((known for known in PLATFORMS if known == name), "generic")
