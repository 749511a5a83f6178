"""Archives for benchmark `corpus`: WARC files like those of real crawls, with varied articles.

Belongs here: writing pages into WARC files. Does not belong here: the pages (see `spiders.mirror.varied`) or the
stages that read the archive.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import datetime, timedelta

from dagster_project.corpus import clock_of
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.content import ShownArticle, load_content
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.base import PublishingSite
from spiders.mirror.varied import VariedContent
from spiders.platforms import PLATFORMS
from spiders.portal import Portal, load_portals
from warehouse.archive.warc.format import CrawlInfo
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.records import CrawlReport

PORTALS = ("bao-thu-do-thu-nghiem", "my-duc-thu-nghiem", "phuong-tay-ho-thu-nghiem", "so-van-hoa-thu-nghiem")
_RUN = "bench"
_USER_AGENT = "hanoi-corpus bench"
_GZIP_LEVEL = 6


def write_crawls(home: Home, portals: Sequence[str], articles: int, *, crawls: int = 1, first: int = 1) -> None:
    """Write WARC files with distinct articles into an archive.

    Args:
        home: the home of the archive.
        portals: some of `PORTALS`.
        articles: number of articles per portal.
        crawls: number of WARC files per portal, one per day until today.
        first: number of the first article of each portal; disjoint ranges give distinct articles.
    """
    definitions = load_portals([MIRROR_PORTALS]).valid
    for site in all_sites(VariedContent(load_content(), articles, first)).values():
        if isinstance(site, PublishingSite) and site.portal in portals:
            shown = site.state(1).articles
            for number in range(crawls):
                started_at = clock_of(home).now() - timedelta(days=crawls - number, hours=1)
                write_crawl(home, definitions[site.portal], site, shown[number::crawls], started_at)


def write_crawl(
    home: Home, portal: Portal, site: PublishingSite, articles: Sequence[ShownArticle], started_at: datetime
) -> None:
    """Write the WARC file of one crawl, which began at `started_at`, with a site's pages of some articles."""
    crawl_id = f"{portal.slug}-{started_at:%Y%m%dT%H%M%SZ}-{articles[0].id:x}"
    platform = PLATFORMS[portal.platform]
    info = CrawlInfo(crawl_id, portal.slug, _RUN, started_at, _USER_AGENT, portal.model_dump(mode="json"))
    with WarcWriter(home, info) as warc:
        for number, article in enumerate(articles):
            target = site.article_url(article)
            url = site.base + target
            answer = site.get(target, 1)
            warc.write(
                url,
                started_at + timedelta(seconds=number),
                b"HTTP/1.1 200 OK",
                [(name.encode(), value.encode()) for name, value in answer.headers.items()]
                + [(b"Content-Encoding", b"gzip")],
                gzip.compress(answer.body, _GZIP_LEVEL, mtime=0),
                article_key=platform.article_key(url) or platform.canonical_url(url),
            )
        warc.close(_report(info, len(articles), warc.name))


def _report(info: CrawlInfo, articles: int, warc: str) -> CrawlReport:
    return CrawlReport(
        crawl_id=info.crawl_id,
        portal=info.portal,
        run_id=info.run_id,
        started_at=info.started_at,
        ended_at=info.started_at + timedelta(seconds=articles),
        verdict="ok",
        verdict_reason=f"{articles} articles made for a benchmark",
        requests=articles,
        captures=articles,
        list_rows_seen=articles,
        articles_found=articles,
        articles_new=articles,
        errors={},
        warc_file=warc,
    )
