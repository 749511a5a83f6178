"""What the middlewares need of a spider: the crawl's own is one, and no module of theirs knows it."""

from __future__ import annotations

from scrapy import Spider
from scrapy.utils.misc import load_object

from spiders.crawl.settings import DOWNLOADER_MIDDLEWARES, EXTENSIONS
from spiders.crawl.spider import PortalSpider
from spiders.fetch.middleware import CrawlingSpider


def test_the_spider_of_a_crawl_has_what_the_middlewares_need() -> None:
    spider: type[CrawlingSpider] = PortalSpider  # mypy is the judge
    assert issubclass(spider, Spider)


def test_every_middleware_in_the_table_can_be_loaded() -> None:
    ours = [path for path in (*DOWNLOADER_MIDDLEWARES, *EXTENSIONS) if path.startswith("spiders.")]
    assert [load_object(path).__module__ for path in ours] == [path.rpartition(".")[0] for path in ours]
