"""Pages that stand in a page's place and hold no content: challenges that a browser's script would pass, and captchas.

Here: telling such a page, and of what kind it is, by its bytes alone. Not here: what a crawl makes of it
(`spiders.crawl.verdict`). Nothing here answers a challenge: who sets one up does not want a crawler.
"""

from __future__ import annotations

import re
from typing import Final, cast

from lxml import etree, html

CHALLENGE_KINDS: Final = frozenset({"challenge_d1n", "challenge_js", "captcha"})
"""The cookie page of some `.gov.vn` hosts; a challenge of another make; a form that asks for a human."""

# The cookie page is a few hundred bytes whose script sets a cookie named D1N and reloads; a real page that merely
# mentions the name is longer and shows text.
_COOKIE_PAGE_MAX_BYTES = 4096
_SETS_COOKIE = re.compile(rb"document\s*\.\s*cookie\s*=\s*[\"']?[^;\"']*D1N\s*=|D1N=[0-9a-f]+", re.IGNORECASE)
_RELOADS = re.compile(rb"location\s*\.\s*(?:reload|href|replace)|location\s*=", re.IGNORECASE)

# The largest are some 30 kB, nearly all of it script.
_MAX_BYTES = 100_000
# Challenges say in a sentence or two that they are one; menus alone make a page longer than that. Protected portals
# carry their protector's scripts on ordinary pages too, and those have text.
_TEXT_MAX_CHARACTERS = 500
# Every page of a crawl is looked through for the marks, so they are plain bytes, sought in the page in lower case.
# What only the scripts of a challenge contain: Cloudflare's options, Imperva's frame, the cookie of aes.js, and others.
_SCRIPT_MARKS: Final = (b"_cf_chl_opt", b"_incapsula_resource", b"slowaes.decrypt", b"__ddg", b"sucuri_cloudproxy_js")
_CAPTCHA_MARKS: Final = (
    b"g-recaptcha",
    b"h-captcha",
    b"cf-turnstile",
    b"/recaptcha/",
    b"hcaptcha.com/",
    b"/turnstile/",
)
_SAYINGS: Final = (
    "just a moment",
    "checking if the site connection is secure",
    "checking your browser",
    "verify you are human",
    "verify you are a human",
    "verifying you are human",
    "kiểm tra trình duyệt",
)
_SAYING_MARKS: Final = tuple(saying.encode() for saying in _SAYINGS)
_CAPTCHA_PARTS: Final = etree.XPath(
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' g-recaptcha ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' h-captcha ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' cf-turnstile ')]"
    " | //script[contains(@src, '/recaptcha/') or contains(@src, 'hcaptcha.com/') or contains(@src, '/turnstile/')]"
    " | //iframe[contains(@src, '/recaptcha/') or contains(@src, 'hcaptcha.com/')]"
)
# A form to write to the office or to log in asks for more than a human.
_OTHER_FIELDS: Final = etree.XPath(
    "//textarea[not(contains(@name, 'captcha'))] | //select"
    " | //input[not(@type) or @type='text' or @type='password' or @type='email' or @type='tel' or @type='search']"
)
_TEXT: Final = etree.XPath("//body//text()[not(ancestor::script or ancestor::style or ancestor::noscript)]")
_SCRIPTS: Final = etree.XPath("boolean(//script)")


def challenge_kind(body: bytes) -> str | None:
    """Return which challenge stands in the place of the page that was asked for; None where the page is one.

    Args:
        body: after content decoding.

    Returns:
        One of `CHALLENGE_KINDS`, or None.
    """
    if len(body) <= _COOKIE_PAGE_MAX_BYTES and _SETS_COOKIE.search(body) and _RELOADS.search(body):
        return "challenge_d1n"
    if not body or len(body) > _MAX_BYTES:
        return None
    lower = body.lower()
    is_scripted, has_captcha, says_so = (
        any(mark in lower for mark in marks) for marks in (_SCRIPT_MARKS, _CAPTCHA_MARKS, _SAYING_MARKS)
    )
    if not (is_scripted or has_captcha or says_so):
        return None
    page = _parsed(body)
    if page is None or len(text := _visible_text(page)) > _TEXT_MAX_CHARACTERS:
        return None
    if has_captcha and _CAPTCHA_PARTS(page) and not _OTHER_FIELDS(page):
        return "captcha"
    if is_scripted or (_says_so(f"{_title(page)} {text}") and _SCRIPTS(page) and _is_waiting(lower)):
        return "challenge_js"
    return None


def is_challenge(body: bytes) -> bool:
    """Tell whether a decoded body is a challenge instead of the page that was asked for."""
    return challenge_kind(body) is not None


def _says_so(text: str) -> bool:
    return any(saying in text.lower() for saying in _SAYINGS)


def _is_waiting(lower: bytes) -> bool:
    """Tell whether the page leads on by itself, which what merely has such a title does not."""
    return bool(_RELOADS.search(lower)) or b'http-equiv="refresh"' in lower or b".submit()" in lower


def _parsed(body: bytes) -> html.HtmlElement | None:
    try:
        return html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError):  # nothing but white space, or a comment
        return None


def _visible_text(page: html.HtmlElement) -> str:
    return " ".join(" ".join(cast("list[str]", _TEXT(page))).split())


def _title(page: html.HtmlElement) -> str:
    return page.findtext(".//title") or ""
