"""Benchmark `articles`: articles by the `liferay_point` template against `trafilatura.extract`, documents per second.

Both read the same pages in the same process. Ours starts from the bytes, as the pipeline does; trafilatura is given the
text already decoded, and asked for the text alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import trafilatura

from bench.figures import REPOSITORY, Bar, Figure, Tell, interleaved
from spiders.extract import read_page
from spiders.mirror.content import load_content
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.liferay import LiferaySite
from spiders.page import PageKind
from spiders.portal import Portal, portal_of_platform

NAME = "articles"
BAR = Bar("ratio", ">=", 8)
_PLATFORM = "liferay_point"
_REAL_PAGES = REPOSITORY.parent / "shared" / "portals" / "liferay-point" / "pages"


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One page as both contenders get it."""

    url: str
    body: bytes
    portal: Portal

    def is_article(self) -> bool:
        """Tell whether the template knows the page for an article."""
        reading = read_page(self.body, self.url, self.portal)
        return reading.kind is PageKind.ARTICLE and reading.extractor == _PLATFORM


def measure(rounds: int, tell: Tell) -> list[Figure]:
    """Measure on the mirror's pages and, where they are at hand, on real ones."""
    sets = {"pages of the mirror": mirror_pages(), "real pages": real_pages(_REAL_PAGES)}
    return [_compare(name, pages, rounds, tell) for name, pages in sets.items() if pages]


def mirror_pages() -> list[SavedPage]:
    """Return every article page of the mirror's `liferay_point` portals."""
    pages = []
    for host, site in all_sites(load_content()).items():
        if isinstance(site, LiferaySite):
            portal = portal_of_platform(_PLATFORM, f"https://{host}/")
            for article in site.state(1).articles:
                path = site.article_url(article)
                pages.append(SavedPage(f"https://{host}{path}", site.get(path, 1).body, portal))
    return [page for page in pages if page.is_article()]


def real_pages(folder: Path) -> list[SavedPage]:
    """Return the saved real articles of that folder; none where it is absent."""
    host = "https://portal.example"
    portal = portal_of_platform(_PLATFORM, host)
    pages = [SavedPage(f"{host}/{file.name}", file.read_bytes(), portal) for file in sorted(folder.glob("*detail*"))]
    return [page for page in pages if page.is_article()]


def _compare(name: str, pages: Sequence[SavedPage], rounds: int, tell: Tell) -> Figure:
    size = sum(len(page.body) for page in pages) / len(pages) / 1000
    what = f"articles by template, {len(pages)} {name} of {size:.0f} kB"
    tell(f"{NAME}: {what}")
    texts = [page.body.decode("utf-8", "replace") for page in pages]

    def by_template() -> None:
        for page in pages:
            read_page(page.body, page.url, page.portal)

    def by_trafilatura() -> None:
        for text in texts:
            trafilatura.extract(text)

    # One page a round would be over before the clock has moved much.
    repeats = max(1, 50 // len(pages))
    contenders = {
        "template": lambda: _per_second(by_template, len(pages), repeats),
        "trafilatura": lambda: _per_second(by_trafilatura, len(pages), repeats),
    }
    for contender in (by_template, by_trafilatura):
        contender()  # what is loaded at the first call is not what is compared
    found = interleaved(contenders, rounds, tell)
    return Figure(NAME, what, "docs/s", found["template"], found["trafilatura"], "trafilatura.extract", BAR)


def _per_second(run: Callable[[], None], documents: int, repeats: int) -> float:
    begun = time.perf_counter()
    for _ in range(repeats):
        run()
    return documents * repeats / (time.perf_counter() - begun)
