"""The protocol between middlewares and spiders, and the table of middlewares."""

from __future__ import annotations

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.settings import default_settings
from scrapy.utils.misc import load_object
from scrapy.utils.test import get_crawler

from spiders.crawl.settings import DOWNLOADER_MIDDLEWARES, EXTENSIONS, SPIDER_MIDDLEWARES
from spiders.crawl.spider import PortalSpider
from spiders.fetch.middleware import CrawlingSpider
from spiders.fetch.scope import BrowserRedirectMiddleware


def test_the_spider_of_a_crawl_satisfies_the_protocol() -> None:
    spider: type[CrawlingSpider] = PortalSpider  # checked by mypy
    assert issubclass(spider, Spider)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        (b"\\tin\\bai.html", "http://xa.test/tin/bai.html"),
        (b"..\\bai.html", "http://xa.test/bai.html"),
        (b"http:\\\\khac.test\\tin", "http://khac.test/tin"),
        (b"/tin/bai.html?tu=1", "http://xa.test/tin/bai.html?tu=1"),
    ],
)
def test_a_redirect_is_followed_as_browsers_do(location: bytes, url: str) -> None:
    middleware = BrowserRedirectMiddleware.from_crawler(get_crawler(Spider))
    response = Response("http://xa.test/cu/muc", status=302, headers={"Location": location})
    followed = middleware.process_response(Request("http://xa.test/cu/muc"), response)
    assert isinstance(followed, Request)
    assert followed.url == url


@pytest.mark.parametrize(
    "location", [b"javascript:history.back()", b"mailto:a@xa.test", b"http://[", b"", b"about:blank"]
)
def test_a_redirect_to_what_is_no_web_address_is_the_answer(location: bytes) -> None:
    middleware = BrowserRedirectMiddleware.from_crawler(get_crawler(Spider))
    response = Response("http://xa.test/cu", status=302, headers={"Location": location})
    assert middleware.process_response(Request("http://xa.test/cu"), response) is response


def test_every_middleware_in_the_table_can_be_loaded() -> None:
    ours = [path for path in DOWNLOADER_MIDDLEWARES if path.startswith("spiders.")]
    assert [load_object(path).__module__ for path in ours] == [path.rpartition(".")[0] for path in ours]


def test_what_is_switched_off_is_on_in_scrapy() -> None:
    ours = {"DOWNLOADER_MIDDLEWARES": DOWNLOADER_MIDDLEWARES, "SPIDER_MIDDLEWARES": SPIDER_MIDDLEWARES}
    for name, parts in {**ours, "EXTENSIONS": EXTENSIONS}.items():
        base = getattr(default_settings, f"{name}_BASE")
        # Under another name of a later version, Scrapy would load it again.
        assert {path for path, place in parts.items() if place is None} <= base.keys()
