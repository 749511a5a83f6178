"""Pages that stand in a page's place and hold no content: challenges that a browser's script would pass, and captchas.

Here: telling such a page, and of what kind it is, by its bytes alone. Not here: what a crawl makes of it
(`spiders.verdict`). Nothing here answers a challenge: who sets one up does not want a crawler.
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
# What only the scripts of a challenge contain: Cloudflare's options, Imperva's frame, the cookie of aes.js.
_SCRIPTED = re.compile(
    rb"_cf_chl_opt|_Incapsula_Resource|slowAES\s*\.\s*decrypt|__ddg|sucuri_cloudproxy_js", re.IGNORECASE
)
_SAYS_SO = re.compile(
    r"just a moment|checking (?:if the site connection is secure|your browser)|verify(?:ing)? you are (?:a )?human"
    r"|đang kiểm tra trình duyệt|kiểm tra trình duyệt của bạn",
    re.IGNORECASE,
)
_CAPTCHA_MARKS = re.compile(rb"captcha|turnstile", re.IGNORECASE)
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
    is_scripted = bool(_SCRIPTED.search(body))
    has_captcha = bool(_CAPTCHA_MARKS.search(body))
    says_so = bool(_SAYS_SO.search(body.decode("utf-8", errors="replace")))
    if not (is_scripted or has_captcha or says_so):
        return None
    page = _parsed(body)
    if page is None or len(text := _visible_text(page)) > _TEXT_MAX_CHARACTERS:
        return None
    if has_captcha and _CAPTCHA_PARTS(page) and not _OTHER_FIELDS(page):
        return "captcha"
    if is_scripted or (_SAYS_SO.search(_title(page) + " " + text) and _SCRIPTS(page) and _is_waiting(body)):
        return "challenge_js"
    return None


def is_challenge(body: bytes) -> bool:
    """Tell whether a decoded body is a challenge instead of the page that was asked for."""
    return challenge_kind(body) is not None


def _is_waiting(body: bytes) -> bool:
    """Tell whether the page leads on by itself, which what merely has such a title does not."""
    return bool(_RELOADS.search(body)) or b'http-equiv="refresh"' in body.lower() or b".submit()" in body


def _parsed(body: bytes) -> html.HtmlElement | None:
    try:
        return html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError):  # nothing but white space, or a comment
        return None


def _visible_text(page: html.HtmlElement) -> str:
    return " ".join(" ".join(cast("list[str]", _TEXT(page))).split())


def _title(page: html.HtmlElement) -> str:
    return page.findtext(".//title") or ""
