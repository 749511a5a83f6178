"""Detects challenges, which are served instead of content: script challenges and captchas.

Belongs here: detecting a challenge and its kind from a page's bytes. Does not belong here: the verdict of a crawl that
receives one (`spiders.crawl.verdict`). The crawler never solves challenges: a site that has one does not want crawlers.
"""

from __future__ import annotations

import re
from typing import Final, cast

from lxml import etree, html

CHALLENGE_KINDS: Final = frozenset({"challenge_d1n", "challenge_js", "captcha"})
"""`challenge_d1n`: the cookie page of some `.gov.vn` hosts; `challenge_js`: any other script; `captcha`: a form."""

# The cookie page has a few hundred bytes: a script sets the cookie D1N and reloads the page. A real page that mentions
# the name is longer.
_COOKIE_PAGE_MAX_BYTES = 4096
_SETS_COOKIE = re.compile(rb"document\s*\.\s*cookie\s*=\s*[\"']?[^;\"']*D1N\s*=|D1N=[0-9a-f]+", re.IGNORECASE)
_RELOADS = re.compile(rb"location\s*\.\s*(?:reload|href|replace)|location\s*=", re.IGNORECASE)

# The largest known challenges have about 30 kB, nearly all of it script.
_MAX_BYTES = 100_000
# Challenges have one or two sentences of text. Ordinary pages of protected portals load the same scripts, but even
# their menus have more text.
_TEXT_MAX_CHARACTERS = 500
# Every page of a crawl is searched for these marks. Plain bytes in lower case make the search quick.
# Scripts of challenge services: Cloudflare's options, Imperva's frame, the cookie of aes.js, and others.
_SCRIPT_MARKS: Final = (b"_cf_chl_opt", b"_incapsula_resource", b"slowaes.decrypt", b"__ddg", b"sucuri_cloudproxy_js")
_CAPTCHA_MARKS: Final = (
    b"g-recaptcha",
    b"h-captcha",
    b"cf-turnstile",
    b"/recaptcha/",
    b"hcaptcha.com/",
    b"/turnstile/",
)
_PHRASES: Final = (
    "just a moment",
    "checking if the site connection is secure",
    "checking your browser",
    "verify you are human",
    "verify you are a human",
    "verifying you are human",
    "kiểm tra trình duyệt",
)
_PHRASE_MARKS: Final = tuple(phrase.encode() for phrase in _PHRASES)
# Nearly every page has none of these; each mark has one of them, and half as many searches take half the time.
_PARTS_OF_MARKS: Final = (
    *_SCRIPT_MARKS, b"captcha", b"turnstile", b"just a moment", b"checking ", b"you are ", b"ki\xe1\xbb\x83m tra tr",
)  # fmt: skip
_CAPTCHA_PARTS: Final = etree.XPath(
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' g-recaptcha ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' h-captcha ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' cf-turnstile ')]"
    " | //script[contains(@src, '/recaptcha/') or contains(@src, 'hcaptcha.com/') or contains(@src, '/turnstile/')]"
    " | //iframe[contains(@src, '/recaptcha/') or contains(@src, 'hcaptcha.com/')]"
)
# Contact and login forms contain a captcha too, but also other fields.
_OTHER_FIELDS: Final = etree.XPath(
    "//textarea[not(contains(@name, 'captcha'))] | //select"
    " | //input[not(@type) or @type='text' or @type='password' or @type='email' or @type='tel' or @type='search']"
)
_TEXT: Final = etree.XPath("//body//text()[not(ancestor::script or ancestor::style or ancestor::noscript)]")
_SCRIPTS: Final = etree.XPath("boolean(//script)")


def challenge_kind(body: bytes) -> str | None:
    """Return which of `CHALLENGE_KINDS` a body is, after content decoding; None if it is not a challenge."""
    if len(body) <= _COOKIE_PAGE_MAX_BYTES and _SETS_COOKIE.search(body) and _RELOADS.search(body):
        return "challenge_d1n"
    if not body or len(body) > _MAX_BYTES:
        return None
    lower = body.lower()
    if not any(part in lower for part in _PARTS_OF_MARKS):
        return None
    is_scripted, has_captcha, has_phrase = (
        any(mark in lower for mark in marks) for marks in (_SCRIPT_MARKS, _CAPTCHA_MARKS, _PHRASE_MARKS)
    )
    if not (is_scripted or has_captcha or has_phrase):
        return None
    try:
        page = html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError):  # only white space or a comment
        return None
    text = " ".join(" ".join(cast("list[str]", _TEXT(page))).split())
    if len(text) > _TEXT_MAX_CHARACTERS:
        return None
    if has_captcha and _CAPTCHA_PARTS(page) and not _OTHER_FIELDS(page):
        return "captcha"
    shown = f"{page.findtext('.//title') or ''} {text}".lower()
    if is_scripted or (any(phrase in shown for phrase in _PHRASES) and _SCRIPTS(page) and _continues_by_itself(lower)):
        return "challenge_js"
    return None


def is_challenge(body: bytes) -> bool:
    """Return whether a body, after content decoding, is a challenge instead of the requested page."""
    return challenge_kind(body) is not None


def _continues_by_itself(lower: bytes) -> bool:
    """Return whether the page reloads, redirects or submits a form without the user."""
    return bool(_RELOADS.search(lower)) or b'http-equiv="refresh"' in lower or b".submit()" in lower
