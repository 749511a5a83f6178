"""Challenges and captchas are detected, ordinary pages are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiders.pages.challenge import CHALLENGE_KINDS, challenge_kind, is_challenge

CHALLENGES = {
    "reload": (
        b'<html><body><script>document.cookie="D1N=8f14e45fceea167a5a36dedd4bea2543"+"; expires=Fri, 31-Dec-2037 '
        b'23:55:55 GMT; path=/";window.location.reload(true);</script></body></html>'
    ),
    "assigned location": (
        b"<script>document.cookie = 'D1N=' + token() + ';path=/'; window.location = window.location.href;</script>"
    ),
    "replace": b"<script>document.cookie='a=b;path=/';x='D1N=0aF3';document.cookie=x;location.replace('/')</script>",
    "capitals": b'<SCRIPT>DOCUMENT.COOKIE="D1N=1a2b";LOCATION.RELOAD()</SCRIPT>',
}
PAGES = {
    "an empty body": b"",
    "a small page": "<html><body><h1>Cổng thông tin</h1><p>Đang cập nhật.</p></body></html>".encode(),
    "another cookie": b'<script>document.cookie="lang=vi;path=/";location.reload()</script>',
    "a cookie without reload": b'<script>document.cookie="D1N=1a2b;path=/";</script><p>Tin</p>',
    "a reload without cookie": b'<script>location.href="/trang-chu"</script>',
    "the name in words": "<p>Máy chủ đặt cookie tên D1N.</p><script>location.href='/vi'</script>".encode(),
    "a full page that keeps the script": CHALLENGES["reload"] + b"<p>" + b"Tin trong ng\xc3\xa0y. " * 300 + b"</p>",
}


@pytest.mark.parametrize("body", CHALLENGES.values(), ids=CHALLENGES)
def test_a_cookie_challenge_is_detected(body: bytes) -> None:
    assert is_challenge(body)


@pytest.mark.parametrize("body", PAGES.values(), ids=PAGES)
def test_a_page_with_part_of_the_cookie_script_is_not_a_challenge(body: bytes) -> None:
    assert not is_challenge(body)


def test_no_real_page_is_a_challenge(shared: Path) -> None:
    pages = sorted((shared / "portals").rglob("*.html"))

    assert pages
    assert [page.name for page in pages if is_challenge(page.read_bytes())] == []


MENU = "".join(
    f'<li><a href="/muc-{number}">Chuyên mục số {number} của cổng thông tin thử nghiệm</a></li>' for number in range(15)
)
CLOUDFLARE = (
    '<!DOCTYPE html><html lang="vi"><head><title>Just a moment...</title></head>'
    '<body><div class="main-content"><noscript>Enable JavaScript and cookies to continue</noscript></div><script>'
    "window._cf_chl_opt={cvId:'3',cZone:'portal.hanoi.test'};var a=document.createElement('script');"
    "a.src='/cdn-cgi/challenge-platform/h/g/orchestrate/chl_page/v1?ray=0';</script></body></html>"
)
IMPERVA = (
    '<html><head><meta name="robots" content="noindex,nofollow"></head><body><iframe id="main-iframe" '
    'src="/_Incapsula_Resource?CWUDNSAI=1&incident_id=1-2">Request unsuccessful. Incapsula incident ID: 1-2</iframe>'
    "</body></html>"
)
AES_COOKIE = (
    '<html><body><script type="text/javascript" src="/aes.js"></script><script>var a=toNumbers("f6"),b=toNumbers("98");'
    'document.cookie="__test="+toHex(slowAES.decrypt(c,2,a,b))+"; path=/"; location.href="/?i=1";</script>'
    "<noscript>This site requires Javascript to work.</noscript></body></html>"
)
WAITING = (
    "<html><head><title>Đang kiểm tra trình duyệt</title></head><body><h1>Đang kiểm tra trình duyệt của bạn</h1>"
    '<form id="f" action="/verify" method="post"><input type="hidden" name="t" value="9"></form>'
    "<script>setTimeout(function(){document.getElementById('f').submit();},5000)</script></body></html>"
)
RECAPTCHA = (
    '<html><head><title>Xác minh</title><script src="https://www.google.com/recaptcha/api.js"></script></head><body>'
    '<form method="post"><p>Vui lòng xác minh bạn không phải là robot.</p><div class="g-recaptcha" data-sitekey="k">'
    '</div><input type="submit" value="Tiếp tục"></form></body></html>'
)
TURNSTILE = (
    '<html><body><form action="/cdn-check" method="post"><div class="box cf-turnstile" data-sitekey="k"></div></form>'
    '<script src="https://challenges.cloudflare.com/turnstile/v0/api.js"></script></body></html>'
)
HCAPTCHA = '<html><body><form><div class="h-captcha"></div></form><script src="https://js.hcaptcha.com/1/api.js"></script></body></html>'
ARTICLE = "<p>" + "Trang web của xã dùng dịch vụ Cloudflare và captcha để chặn truy cập tự động. " * 12 + "</p>"

KINDS = {
    "D1N": (CHALLENGES["reload"].decode(), "challenge_d1n"),
    "Cloudflare": (CLOUDFLARE, "challenge_js"),
    "Imperva": (IMPERVA, "challenge_js"),
    "aes.js": (AES_COOKIE, "challenge_js"),
    "a waiting page": (WAITING, "challenge_js"),
    "reCAPTCHA": (RECAPTCHA, "captcha"),
    "Turnstile": (TURNSTILE, "captcha"),
    "hCaptcha": (HCAPTCHA, "captcha"),
}
ORDINARY = {
    "an article about captchas": f"<html><head><title>Just a moment</title></head><body>{ARTICLE}</body></html>",
    "a short note about captchas": "<html><body><h1>Về captcha</h1><p>Nay có turnstile.</p></body></html>",
    "an article that quotes the script": f"<html><body>{ARTICLE}<pre>window._cf_chl_opt={{}}</pre></body></html>",
    "a portal behind Imperva": (
        f'<html><body><ul>{MENU}</ul><script src="/_Incapsula_Resource?SWJIYLWA=7"></script></body></html>'
    ),
    "a portal behind Cloudflare": (
        f'<html><body><ul>{MENU}</ul><script src="/cdn-cgi/challenge-platform/jsd/main.js"></script></body></html>'
    ),
    "a contact form": (
        '<html><body><h1>Góp ý</h1><form><input name="ten"><textarea name="y-kien"></textarea>'
        '<div class="g-recaptcha"></div></form></body></html>'
    ),
    "a login page": (
        '<html><body><form><input type="password" name="p"><div class="g-recaptcha"></div></form></body></html>'
    ),
    "a contact form on an ordinary page": f'<html><body><ul>{MENU}</ul><div class="g-recaptcha"></div></body></html>',
    "only the title of a challenge": "<html><head><title>Just a moment</title></head><body>Tin ngắn</body></html>",
    "white space": " \n",
    "a comment": "<!-- recaptcha -->",
    "a large page": CLOUDFLARE + "<!--" + "x" * 100_000 + "-->",
}


@pytest.mark.parametrize(("page", "kind"), KINDS.values(), ids=KINDS)
def test_each_challenge_has_its_kind(page: str, kind: str) -> None:
    assert challenge_kind(page.encode()) == kind
    assert kind in CHALLENGE_KINDS


@pytest.mark.parametrize("page", ORDINARY.values(), ids=ORDINARY)
def test_an_ordinary_page_is_not_a_challenge(page: str) -> None:
    assert challenge_kind(page.encode()) is None


def test_every_kind_is_tested() -> None:
    assert {kind for _, kind in KINDS.values()} == CHALLENGE_KINDS
