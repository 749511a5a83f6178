"""Kinds of errors: every exception has one, and every one is explained to the operator."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import scrapy.exceptions
from OpenSSL import SSL
from scrapy.exceptions import DownloadFailedError, IgnoreRequest
from twisted.internet import defer
from twisted.internet import error as twisted_error
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed

from spiders.crawl.outcomes.kinds import EXPLANATIONS, explanation
from spiders.fetch import errors
from spiders.fetch.errors import KINDS, RobotsUnavailableError, TlsError, UndecodableError, error_kind
from spiders.pages.challenge import CHALLENGE_KINDS
from spiders.pages.no_content import NO_CONTENT_KINDS
from tests.conftest import REPOSITORY

# Kinds that are counted without an exception.
OF_RESPONSES = {*CHALLENGE_KINDS, *NO_CONTENT_KINDS, "not_a_feed", "not_a_sitemap", "pages_max", "callback_error"}
OF_RESPONSES |= {"reader_error", "list_too_large", "feed_without_addresses", "sitemap_without_addresses"}


def exceptions() -> Iterator[type[BaseException]]:
    yield from (ValueError, KeyError, OSError, MemoryError, UnicodeError, TimeoutError, RecursionError, Exception)
    yield from (asyncio.CancelledError, defer.CancelledError, SSL.Error)
    for module in (errors, scrapy.exceptions, twisted_error):
        yield from (one for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, Exception))


def made(type_: type[BaseException]) -> BaseException:
    if type_ is RobotsUnavailableError:
        return RobotsUnavailableError("https://phuong.hanoi.test/", ValueError("?"))
    return type_.__new__(type_)


@pytest.mark.parametrize("type_", sorted(set(exceptions()), key=str))
def test_every_exception_has_a_kind_that_is_explained(type_: type[BaseException]) -> None:
    kind = error_kind(made(type_))
    assert kind in KINDS
    assert explanation(kind) == EXPLANATIONS[kind]


def test_an_exception_that_nobody_thought_of_is_unexpected() -> None:
    assert error_kind(ZeroDivisionError()) == error_kind(IgnoreRequest("?")) == error_kind(None) == "unexpected"


def test_every_kind_and_every_status_is_explained_in_words() -> None:
    assert EXPLANATIONS.keys() >= KINDS | OF_RESPONSES
    statuses = [f"http_{status}" for status in range(100, 600)]
    words = {kind: explanation(kind) for kind in (*EXPLANATIONS, *statuses)}
    assert all(re.match(r"(?:it|its|DNS|connections|the|an?) ", text) for text in words.values())
    assert words["http_502"] != words["http_451"] != words["http_206"]


def test_the_manual_lists_every_kind() -> None:
    manual = Path(REPOSITORY / "docs" / "operate.md").read_text(encoding="utf-8")
    rows = dict(
        re.findall(
            r"^\| `(\w+)` \| (.+?) \|$", manual.partition("### Kinds of errors")[2].partition("\n## ")[0], re.MULTILINE
        )
    )
    assert {kind: text for kind, text in rows.items() if not kind.startswith("http_")} == {
        kind: text for kind, text in EXPLANATIONS.items() if not kind.startswith("http_")
    }


def failed(*reasons: Exception) -> DownloadFailedError:
    error = DownloadFailedError()
    error.__cause__ = ResponseFailed([Failure(reason) for reason in reasons])  # type: ignore[no-untyped-call]
    return error


def test_a_failed_download_has_the_kind_of_its_reason() -> None:
    assert error_kind(failed(twisted_error.ConnectionLost())) == "connection"
    assert error_kind(failed(ValueError("no status line"), twisted_error.ConnectionDone())) == "bad_response"
    assert error_kind(failed(TlsError("tls_wrong_host", ""), twisted_error.ConnectionLost())) == "tls_wrong_host"


def test_if_robots_txt_is_unavailable_the_kind_is_that_of_the_reason() -> None:
    assert error_kind(RobotsUnavailableError("https://phuong.hanoi.test/", 503)) == "http_503"
    assert error_kind(RobotsUnavailableError("https://phuong.hanoi.test/", UndecodableError())) == "undecodable"
