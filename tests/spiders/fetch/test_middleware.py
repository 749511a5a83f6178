"""The protocol between middlewares and spiders, and the table of middlewares."""

from __future__ import annotations

from scrapy import Spider
from scrapy.utils.misc import load_object

from spiders.crawl.settings import DOWNLOADER_MIDDLEWARES
from spiders.crawl.spider import PortalSpider
from spiders.fetch.middleware import CrawlingSpider


def test_the_spider_of_a_crawl_satisfies_the_protocol() -> None:
    spider: type[CrawlingSpider] = PortalSpider  # checked by mypy
    assert issubclass(spider, Spider)


def test_every_middleware_in_the_table_can_be_loaded() -> None:
    ours = [path for path in DOWNLOADER_MIDDLEWARES if path.startswith("spiders.")]
    assert [load_object(path).__module__ for path in ours] == [path.rpartition(".")[0] for path in ours]
