"""Benchmark `articles`: speed of template and generic extraction against `trafilatura.extract`.

All contenders extract the same pages in the same process. Templates are compared by documents per second. The generic
extractor, which itself calls trafilatura, is compared by the time per document. Ours starts from the bytes, as the
pipeline does; trafilatura is given decoded text and extracts the text only. The floor of both is what decoding the
bytes and lxml's parse take, with nothing read from the tree. All times are CPU time: none of them waits for anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import trafilatura
from lxml import etree

from bench.extraction.all_cases import load_cases
from bench.figures import Bar, Figure, Log, interleaved
from spiders.extract.article import read_page
from spiders.mirror.content import load_content
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.liferay import LiferaySite
from spiders.pages.page import PageKind
from spiders.platforms import PLATFORMS
from spiders.portal import Portal, portal_of_platform

NAME = "articles"
TEMPLATE_BAR = Bar("ratio", ">=", 8)
GENERIC_BAR = Bar("ratio", "<=", 1.5)
_GENERIC = "generic"


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One page, as given to the contenders."""

    url: str
    body: bytes
    platform: str

    def portal(self, platform: str) -> Portal:
        """Return a portal of this platform that covers the page."""
        return portal_of_platform(platform, self.url)

    def is_article(self, platform: str) -> bool:
        """Return whether the platform itself recognises the page as an article."""
        reading = read_page(self.body, self.url, self.portal(platform))
        return reading.kind is PageKind.ARTICLE and reading.extractor == platform


def measure(rounds: int, log: Log) -> list[Figure]:
    """Measure on the pages of the mirror and on the gold cases."""
    figures = []
    for name, pages in {"pages of the mirror": mirror_pages(), "gold pages": gold_pages()}.items():
        known = [page for page in pages if page.platform != _GENERIC and page.is_article(page.platform)]
        if known:
            figures += _templates(name, known, rounds, log)
        extracted = [page for page in pages if page.is_article(_GENERIC)]
        if extracted:
            figures += _generic(name, extracted, rounds, log)
    return figures


def mirror_pages() -> list[SavedPage]:
    """Return every article page of the mirror's `liferay_point` portals."""
    return [
        SavedPage(f"https://{host}{path}", site.get(path, 1).body, "liferay_point")
        for host, site in all_sites(load_content()).items()
        if isinstance(site, LiferaySite)
        for path in map(site.article_url, site.state(1).articles)
    ]


def gold_pages() -> list[SavedPage]:
    """Return the pages of the gold cases that show an article and whose platform is known."""
    return [
        SavedPage(case.url, case.body, case.platform)
        for case in load_cases()
        if case.gold is not None and case.platform in PLATFORMS
    ]


def _templates(name: str, pages: Sequence[SavedPage], rounds: int, log: Log) -> list[Figure]:
    what = f"articles by template, {_description(pages, name)}"
    seconds = _compare(what, pages, [page.portal(page.platform) for page in pages], rounds, log)
    ours, baseline = (len(pages) / seconds[contender] for contender in ("ours", "trafilatura"))
    speed = Figure(NAME, what, "docs/s", ours, baseline, "trafilatura.extract", TEMPLATE_BAR)
    return [speed, _beside_floor(what, pages, seconds)]


def _generic(name: str, pages: Sequence[SavedPage], rounds: int, log: Log) -> list[Figure]:
    what = f"articles by the generic path, {_description(pages, name)}"
    seconds = _compare(what, pages, [page.portal(_GENERIC) for page in pages], rounds, log)
    ours, baseline = (1000 * seconds[contender] / len(pages) for contender in ("ours", "trafilatura"))
    time_taken = Figure(NAME, what, "ms", ours, baseline, "trafilatura.extract", GENERIC_BAR)
    return [time_taken, _beside_floor(what, pages, seconds)]


def _beside_floor(what: str, pages: Sequence[SavedPage], seconds: Mapping[str, float]) -> Figure:
    """Return our time beside that of parsing alone."""
    ours, floor = (1000 * seconds[contender] / len(pages) for contender in ("ours", "floor"))
    return Figure(NAME, f"the same as time: {what}", "ms", ours, floor, "floor: decoding and lxml's parse alone")


def _description(pages: Sequence[SavedPage], name: str) -> str:
    size = sum(len(page.body) for page in pages) / len(pages) / 1000
    return f"{len(pages)} {name} of {size:.0f} kB"


def _compare(
    what: str, pages: Sequence[SavedPage], portals: Sequence[Portal], rounds: int, log: Log
) -> dict[str, float]:
    """Return how many seconds of CPU time each contender takes for all pages once."""
    log(f"{NAME}: {what}")
    texts = [page.body.decode("utf-8", "replace") for page in pages]

    def by_ours() -> None:
        for page, portal in zip(pages, portals, strict=True):
            read_page(page.body, page.url, portal)

    def by_trafilatura() -> None:
        for text in texts:
            trafilatura.extract(text)

    def by_parsing() -> None:
        parser = etree.HTMLParser(encoding="utf-8")
        for page in pages:
            etree.fromstring(page.body.decode("utf-8", "replace").encode(), parser)

    # A round of a few pages would be too short to measure.
    repeats = max(1, 50 // len(pages))
    for contender in (by_ours, by_trafilatura, by_parsing):
        contender()  # warm-up: loading at the first call is not compared
    return interleaved(
        {
            "ours": lambda: _seconds(by_ours, repeats),
            "trafilatura": lambda: _seconds(by_trafilatura, repeats),
            "floor": lambda: _seconds(by_parsing, repeats),
        },
        rounds,
        log,
    )


def _seconds(run: Callable[[], None], repeats: int) -> float:
    started_at = time.process_time()
    for _ in range(repeats):
        run()
    return (time.process_time() - started_at) / repeats
