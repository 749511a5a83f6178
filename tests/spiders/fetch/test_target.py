"""Targets of requests, and what Scrapy does to them."""

from __future__ import annotations

from dataclasses import replace

from scrapy import Request
from scrapy.http import Response

from spiders.fetch.target import Target, requested_url, target_of

URL = "https://portal.test/tin"


def test_redirects_and_retries_keep_the_target() -> None:
    target = Target("refetch", "7")
    request = target.attach_to(Request(URL))
    redirected = request.replace(url=f"{URL}-moi")
    assert target_of(redirected) == target_of(request.copy()) == target
    assert target_of(Response(redirected.url, request=redirected)) == target


def test_a_new_target_of_a_copy_does_not_affect_the_first_request() -> None:
    request = Target("list").attach_to(Request(URL))
    copy = request.copy()
    replace(target_of(copy), is_conditional=True).attach_to(copy)
    assert target_of(copy).is_conditional
    assert not target_of(request).is_conditional


def test_a_request_without_a_target_is_for_robots_txt() -> None:
    assert target_of(Request("https://portal.test/robots.txt")).purpose == "robots"


def test_the_requested_url_is_the_first_of_a_chain_of_redirects() -> None:
    assert requested_url(Request(URL)) == URL
    assert requested_url(Request(f"{URL}-moi", meta={"redirect_urls": [URL, f"{URL}-2"]})) == URL
