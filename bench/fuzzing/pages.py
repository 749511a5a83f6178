"""The pages that are bent: the project's fixtures, the mirror's, and real ones where they are at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from unittest.mock import patch

from bench.figures import REPOSITORY
from spiders.mirror.content import load_content
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.base import PublishingSite
from spiders.platforms import PLATFORMS
from spiders.portal import PlatformName

_FIXTURES = REPOSITORY / "tests" / "fixtures"
_REAL = REPOSITORY.parent / "shared" / "portals"


@dataclass(frozen=True, slots=True)
class Case:
    """One page as the extractor gets it.

    Attributes:
        platform: whose portal it is taken from; one that does not fit is a case, too.
    """

    url: str
    body: bytes
    platform: PlatformName
    content_type: str | None = None


def all_pages() -> list[Case]:
    """Return every page at hand, always in the same order."""
    return [*_fixtures(), *_of_mirror(), *_real()]


def fixture_pages() -> list[Case]:
    """Return the project's hand-written pages."""
    return list(_fixtures())


def _fixtures() -> Iterator[Case]:
    for file in sorted(_FIXTURES.glob("*/*/page.html")):
        case = json.loads(file.with_name("article.json").read_text(encoding="utf-8"))
        yield Case(case["fetched_from"], file.read_bytes(), _platform(file.parent.parent.name))


# Tokens that differ on each answer would make other cases of the same seed.
@patch("secrets.token_urlsafe", lambda _bytes: "token")
@patch("secrets.token_hex", lambda _bytes: "token")
def _of_mirror() -> list[Case]:
    return list(_answers_of_mirror())


def _answers_of_mirror() -> Iterator[Case]:
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
    """Return the platform of that name; `generic`, which reads what no template knows, where there is none yet."""
    return next((known for known in PLATFORMS if known == name), "generic")
