"""The pages that are mutated: fixtures, pages of the mirror, and real pages if available."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from unittest.mock import patch
from urllib.parse import urlsplit

from bench.extraction.cases import SHARED, fixture_cases
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.content import load_content
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.base import PublishingSite
from spiders.platforms import PLATFORMS
from spiders.portal import load_portals
from spiders.portal_values import PlatformName

_REAL = SHARED / "portals"


@dataclass(frozen=True, slots=True)
class Case:
    """One input: a page, as given to the extractor, or the bytes of another format.

    Attributes:
        platform: platform of the portal that the page is extracted for; it need not be the right one.
        target: name of the target that checks it (see `bench.fuzzing.targets`).
    """

    url: str
    body: bytes
    platform: PlatformName
    content_type: str | None = None
    target: str = "pages"


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
            if response.status == HTTPStatus.OK:
                yield Case(f"https://{host}{path}", response.body, platform)


@patch("secrets.token_urlsafe", lambda _bytes: "token")
@patch("secrets.token_hex", lambda _bytes: "token")
def mirror_lists() -> list[Case]:
    """Return the list pages of the test portals."""
    return [case for case in _starts_of_mirror() if b"<html" in case.body[:2000].lower()]


@patch("secrets.token_urlsafe", lambda _bytes: "token")
@patch("secrets.token_hex", lambda _bytes: "token")
def mirror_documents(*roots: str) -> list[bytes]:
    """Return the feeds or sitemaps of the test portals, by the names of their root elements."""
    wanted = tuple(f"<{root}".encode() for root in roots)
    return [case.body for case in _starts_of_mirror() if any(root in case.body[:2000] for root in wanted)]


@cache
def _starts_of_mirror() -> tuple[Case, ...]:
    sites = all_sites(load_content())
    found = []
    for portal in load_portals([MIRROR_PORTALS]).valid.values():
        for url in portal.start_urls:
            parts = urlsplit(url)
            response = sites[parts.netloc].get(parts.path or "/", 1)
            if response.status == HTTPStatus.OK:
                found.append(Case(url, response.body, portal.platform))
    return tuple(found)


def _real() -> Iterator[Case]:
    for folder, platform in (("liferay-point/pages", "liferay_point"), ("nukeviet", "nukeviet")):
        for file in sorted((_REAL / folder).glob("*.html")):
            yield Case(f"https://portal.example/{file.name}", file.read_bytes(), _platform(platform))


def _platform(name: str) -> PlatformName:
    """Return the platform of this name, `generic` if there is none."""
    return next((known for known in PLATFORMS if known == name), "generic")
