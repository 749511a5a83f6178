"""robots.txt: rules and delays."""

from __future__ import annotations

import math
from typing import Final

from protego import Protego

from bench.fuzzing.pages import Case
from bench.fuzzing.targets.target import byte_target, require
from spiders.fetch.politeness import robots_delay_seconds, robots_text
from warehouse.http_policy import HTTP_POLICY

_AGENT: Final = "hanoi-corpus/1.0 (+https://xa.test/)"
_URLS: Final = (
    "https://xa.test/",
    "https://xa.test/tin/a-1.html?x=1",
    "https://xa.test/%C3%A1/b$",
    "https://xa.test/a*b",
)
_SEEDS: Final = (
    b"User-agent: *\nDisallow: /admin/\nAllow: /admin/public$\nCrawl-delay: 2.5\nSitemap: https://xa.test/s.xml\n",
    b"User-agent: hanoi-corpus\nDisallow:\n\nUser-agent: *\nDisallow: /*?*page=\nRequest-rate: 1/10 0800-1700\n",
    "\ufeff# ghi chú\r\nuser-agent:*\r\ndisallow:/tin/*.html$\r\nvisit-time: 0600-0845\r\nhost: xa.test\r\n".encode(),
    "User-agent: *\nDisallow: /kín/\n".encode("utf-16"),
)
_WORDS: Final = (
    b"User-agent: *", b"Disallow: /", b"Allow: /*", b"Crawl-delay: ", b"Crawl-delay: nan", b"Crawl-delay: -1",
    b"Crawl-delay: inf", b"Request-rate: 1/0", b"Request-rate: 0/1", b"Request-rate: 1/1h 9999-9999", b"*", b"$", b"%",
    b"%zz", b"#", b":", b"\x00", b"\xff", b"a*" * 40, b"visit-time: 2500-9999", b"Sitemap:", b"\n\n", b"\xef\xbb\xbf",
)  # fmt: skip


def _check(case: Case) -> str:
    text = robots_text(case.body[: HTTP_POLICY.robots_bytes_max])
    rules = Protego.parse(text)
    answers = [rules.can_fetch(url, _AGENT) for url in _URLS]
    delay = robots_delay_seconds(rules, _AGENT)
    require(math.isfinite(delay) or delay > 0, f"odd delay: {delay}")
    require(delay >= 0, f"negative delay: {delay}")
    return "allows" if all(answers) else "forbids"


def _seeds() -> tuple[bytes, ...]:
    return _SEEDS


TARGETS: Final = (byte_target("robots", _seeds, _check, _WORDS, url="https://xa.test/robots.txt"),)
