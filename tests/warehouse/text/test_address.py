"""Canonical addresses and keys: what is one page, and what stays apart."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from warehouse.text.address import (
    KeyRule,
    address_key,
    canonical_address,
    main_view,
    resolve_link,
    untracked,
    without_session,
)

HOST = "https://phuong.hanoi.test"
SESSION = "tz3jxu55mdmyjy45ccoqrnbr"

# What real and hostile addresses consist of.
PIECES = st.sampled_from((
    "http:", "https:", "HTTP:", "//", "/", "\\", "www.", "a.vn", "A.VN", ":80", ":443", ":", "@", "?", "#", "&", "=",
    ";", "%", "%4", "%41", "%2f", "%2E", "%E1%BB%8D", "%e1", "%u1ea1", "ọ", "ọ", "đ", " ", "\t", "\n", ".", "..", "/./",
    "/../", "(S(", f"/(S({SESSION}))/", "))", ";jsessionid=1F", ";sid=2", "sid=", "utm_source=zalo", "print=1", "p=5",
    "id=12", "token=x", "1", "3", "tin", "[", "]", "+", "%20", "~", "%7E", "\ud800", "\x00",
))  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(PIECES, max_size=14).map("".join),
    st.lists(PIECES, max_size=14).map(lambda pieces: "http://a.vn" + "".join(pieces)),
)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://Phuong.Hanoi.TEST:443/Tin?B=1#c", f"{HOST}/Tin?B=1"),
        ("http://a.vn:80", "http://a.vn/"),
        ("http://a.vn:/", "http://a.vn/"),
        ("http://a.vn:8080/", "http://a.vn:8080/"),
        ("https://a.vn:80/", "https://a.vn:80/"),
        ("http://[2001:DB8::1]:80/x", "http://[2001:db8::1]/x"),
        ("http://Phường.vn/", "http://xn--phng-rib8295b.vn/"),
        # escapes: upper case, and only where needed (RFC 3986, 6.2.2.1 and 6.2.2.2)
        (f"{HOST}/h%e1%bb%8dp", f"{HOST}/h%E1%BB%8Dp"),
        (f"{HOST}/họp giao ban", f"{HOST}/h%E1%BB%8Dp%20giao%20ban"),
        (f"{HOST}/%7Ephuong/%61bc%2dd", f"{HOST}/~phuong/abc-d"),
        (f"{HOST}/a%2fb%2Fc", f"{HOST}/a%2Fb%2Fc"),
        (f"{HOST}/a+b?q=c+d%20e", f"{HOST}/a+b?q=c+d%20e"),
        # of a legacy encoding, or of JavaScript's escape(): not UTF-8, kept
        (f"{HOST}/t%e1?ten=%e0%f1", f"{HOST}/t%E1?ten=%E0%F1"),
        (f"{HOST}/?q=%u1ea1", f"{HOST}/?q=%u1ea1"),
        (f"{HOST}/100%", f"{HOST}/100%"),
        (f"{HOST}/%%341", f"{HOST}/%%341"),
        # dot segments (6.2.2.3), also as escapes
        (f"{HOST}/a/./b/../c", f"{HOST}/a/c"),
        (f"{HOST}/../../c/..", f"{HOST}/"),
        (f"{HOST}/a/%2e%2E/c/.", f"{HOST}/c/"),
        (f"{HOST}/a//b", f"{HOST}/a//b"),
        # as browsers read them
        ("http:\\\\a.vn\\tin\\bai.html?x=\\", "http://a.vn/tin/bai.html?x=%5C"),
        ("http:/a.vn/tin", "http://a.vn/tin"),
        (" http:////a.vn/t\nin\t ", "http://a.vn/tin"),
        # the query keeps its order and its empty values
        (f"{HOST}/t?b=2&&a=&c", f"{HOST}/t?b=2&a=&c"),
        (f"{HOST}/t?", f"{HOST}/t"),
        (f"{HOST}/t?#x?y", f"{HOST}/t"),
    ],
)
def test_the_canonical_form(url: str, canonical: str) -> None:
    assert canonical_address(url) == canonical


@pytest.mark.parametrize(
    "path",
    [
        f"/(S({SESSION}))/tin/bai.aspx?id=5",
        f"/(X(1)S({SESSION}))/tin/bai.aspx?id=5",
        f"/(A(abcDEF-_12)F(0a)S({SESSION}))/tin/bai.aspx?id=5",
        f"/({SESSION})/tin/bai.aspx?id=5",
        f"/%28S%28{SESSION}%29%29/tin/bai.aspx?id=5",
        "/tin/bai.aspx;jsessionid=1F3A99.node2?id=5",
        "/tin/bai.aspx;PHPSESSID=77;sid=8?id=5",
        "/tin/bai.aspx?id=5&PHPSESSID=77",
        "/tin/bai.aspx?ASPSESSIONIDQABC=77&id=5",
        "/tin/bai.aspx?sid=9f86d081884c7d659a2feaa0c55ad015&id=5",
        "/tin/bai.aspx?CFID=12&CFTOKEN=34&id=5",
        "/tin/bai.aspx?utm_source=zalo&utm_medium=oa&id=5&fbclid=IwAR0&gclid=x&msclkid=y&zarsrc=30",
        "/tin/bai.aspx?id=5&_ga=2.1.2&_gl=1*x&mc_cid=a&mc_eid=b&igshid=c&yclid=1&spm=a2.1&s_kwcid=AL",
        "/tin/bai.aspx?id=5&p_auth=Xy12&CSRFToken=1",
        "/tin/bai.aspx?id=5&_afrLoop=2411&_adf.ctrl-state=x1_4",
    ],
)
def test_sessions_tracking_and_tokens_are_dropped(path: str) -> None:
    assert canonical_address(HOST + path) == f"{HOST}/tin/bai.aspx?id=5"


@pytest.mark.parametrize(
    "query",
    [
        "sid=12",  # story 12 of PHP-Nuke
        "sid=chuyen-doi-so-2026",
        "session_id=5",  # the fifth session of a people's council
        "session=ky-hop-thu-2",
        "s=tuyển sinh lớp 10",
        "s=tuyensinhlop10namhoc2026",
        "ref=trang-chu",
        "source=hanoimoi",
        "src=4250407154648115",
        "cid=7",
        "uid=9f86d081884c7d659a2feaa0c55ad015",
        "id=9f86d081884c7d659a2feaa0c55ad015",
        "utmost=1",
        "sessions=2",
        "amp_id=3",
        "print=207",  # an id
        "view=article",
        "share=12",
        "tmpl=tin",
    ],
)
def test_what_may_carry_an_id_stays(query: str) -> None:
    assert address_key(f"{HOST}/t?{query}") != address_key(f"{HOST}/t")
    assert canonical_address(f"{HOST}/t?{query}").count("=") == 1


def test_a_token_is_requested_and_a_session_is_not() -> None:
    url = f"{HOST}/(S({SESSION}))/t?p_auth=x&sid=9f86d081884c7d659a2feaa0c55ad015&utm_source=y&print=1#z"
    assert without_session(url) == f"{HOST}/t?p_auth=x&print=1"
    assert main_view(url) == f"{HOST}/t?p_auth=x"
    assert untracked(url) == f"{HOST}/t?print=1"


def test_a_name_in_parentheses_is_no_session() -> None:
    for path in ("/(A)/tin", "/tin-(2026)/bai", f"/tin({SESSION})/bai", f"/(S({SESSION})", "/tin;2/bai"):
        assert canonical_address(HOST + path) == HOST + path


@pytest.mark.parametrize(
    "other",
    [
        "http://phuong.hanoi.test/tin/bai?id=5&a=1",
        "https://www.phuong.hanoi.test:443/tin/bai/?a=1&id=5",
        f"{HOST}//tin/bai?id=5&a=1#binh-luan",
        f"{HOST}/tin/bai?id=5&a=1&print=1",
        f"{HOST}/tin/bai?tmpl=component&print=1&id=5&a=1",
        f"{HOST}/tin/bai?id=5&a=1&replytocom=77#respond",
        f"{HOST}/tin/bai?id=5&a=1&share=facebook",
        f"{HOST}/tin/bai?id=5&a=1&amp",
        f"{HOST}/t%69n/bai?id=5&a=1&utm_source=zalo",
    ],
)
def test_addresses_of_one_page_have_one_key(other: str) -> None:
    assert address_key(other) == "phuong.hanoi.test/tin/bai?a=1&id=5" == address_key(f"{HOST}/tin/bai?id=5&a=1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/tin/bai", "/tin/Bai"),
        ("/tin/bai", "/bai"),
        ("/tin/bai?id=1", "/tin/bai?id=2"),
        ("/tin/bai?a=1&a=2", "/tin/bai?a=2&a=1"),
        ("/?1&2", "/?2&1"),
        ("/a%2Fb", "/a/b"),
        ("/a+b", "/a b"),
        ("/t%E1", "/t%E0"),
        ("/t?q=%E1", "/t?q=%E0"),
        (
            unicodedata.normalize("NFC", "/họp"),
            unicodedata.normalize("NFD", "/họp"),
        ),  # composed and decomposed: servers tell them apart, as browsers do
        ("/tin/bai?page=2", "/tin/bai"),
    ],
)
def test_what_servers_may_tell_apart_stays_apart(one: str, other: str) -> None:
    assert address_key(HOST + one) != address_key(HOST + other)


def test_a_key_is_no_address_any_more() -> None:
    assert address_key(f"{HOST}/") == "phuong.hanoi.test"
    assert address_key("http://www.a.vn:8080/?p=5") == "a.vn:8080?p=5"
    for key in ("phuong.hanoi.test/tin?id=5", "12345", "en/news/7", "2012-55", ""):
        assert address_key(key) == key


@pytest.mark.parametrize(
    "text",
    ["http://", "http://[", "http://[::1", "https://a b.vn/", "http://a.vn:port/", "http://a.vn:70000/", "ftp://a.vn/",
     "mailto:x@a.vn", "javascript:void(0)", "/tin/bai", "tin", "", "http://" + "ạ" * 300 + ".vn/", "http://%/"],
)  # fmt: skip
def test_what_is_no_address_comes_back_unchanged(text: str) -> None:
    assert canonical_address(text) == text == address_key(text)


@given(TEXTS)
@example("http://a.vn/(S(abc));sid=1/x")
@example("http://a.vn/%%341?%%%3431")
@example("http://a.vn/..;sid=1/x")
def test_the_canonical_form_of_any_text_is_its_own(text: str) -> None:
    canonical = canonical_address(text)
    assert canonical_address(canonical) == canonical
    key = address_key(text)
    assert address_key(key) == key == address_key(canonical)
    assert canonical == text or canonical.isascii()


@given(TEXTS)
def test_sessions_can_be_cut_out_before_or_after(text: str) -> None:
    assert without_session(without_session(text)) == without_session(text)
    url = resolve_link(f"{HOST}/tin/", text) or HOST
    assume(address_key(url) != url)  # such as `http://;`
    for cut in (without_session, main_view, untracked):
        assert address_key(cut(url)) == address_key(url)


@given(TEXTS, st.sampled_from((f"{HOST}/tin/muc/", "http://a.vn/x.html?y#z")))
def test_any_link_resolves_to_an_address_or_to_none(text: str, base: str) -> None:
    url = resolve_link(base, text)
    assert url is None or re.match(r"https?://[^/]", url)
    assert url is None or (url.isprintable() and " " not in url)


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("\\tin\\bai.html", f"{HOST}/tin/bai.html"),
        ("..\\bai.html", f"{HOST}/bai.html"),
        ("\\\\b.vn\\tin", "https://b.vn/tin"),
        ("///b.vn/tin", "https://b.vn/tin"),
        ("http:\\\\b.vn\\tin", "http://b.vn/tin"),
        ("http:/b.vn/tin", "http://b.vn/tin"),  # another scheme than the base's: always a host
        ("https:/bai.html", f"{HOST}/bai.html"),  # the same scheme: relative
        ("https:bai.html", f"{HOST}/tin/bai.html"),
        ("HTTPS://B.vn/../x", "https://B.vn/x"),
        ("bai.html?tu=a\\b#c\\d", f"{HOST}/tin/bai.html?tu=a\\b#c\\d"),
        (" \t/ti\nn/họp báo.html ", f"{HOST}/tin/họp%20báo.html"),
        ("?page=2", f"{HOST}/tin/muc?page=2"),
        ("java\nscript:void(0)", None),
        ("mailto:a@b.vn", None),
        ("https://[x", None),
        ("", None),
    ],
)
def test_links_are_resolved_as_browsers_do(link: str, url: str | None) -> None:
    assert resolve_link(f"{HOST}/tin/muc", link) == url


@pytest.mark.parametrize(
    "piece",
    ["%", "(", "\\", "/../", "/(S(", "(S(a)", ";sid=", "&", "=", "%2", "ạ", "\ud800", "sid=a1", "a1-", "token", "@",
     ":", "[", ".", "/(A(x)F(x)S(x)"],
)  # fmt: skip
def test_long_hostile_addresses_end(piece: str) -> None:
    for start in ("http://a.vn/", "http://a.vn/?sid=", "http://a.vn/?", "http://", f"http://a.vn/({SESSION}"):
        url = start + piece * (50_000 // len(piece))
        assert canonical_address(canonical_address(url)) == canonical_address(url)
        assert address_key(url)
        resolve_link(HOST, url)
        untracked(url)


class TestKeyRule:
    RULE = KeyRule("phuong.hanoi.test", frozenset({"phuongcu.hanoi.test", "www.phuongxua.test"}))

    @pytest.mark.parametrize(
        ("recorded", "key"),
        [
            ("https://phuong.hanoi.test/tin/bai?id=5", "phuong.hanoi.test/tin/bai?id=5"),
            ("http://www.phuongcu.hanoi.test/tin/bai", "phuong.hanoi.test/tin/bai"),
            ("phuongcu.hanoi.test/tin/bai", "phuong.hanoi.test/tin/bai"),
            ("phuongxua.test?p=5", "phuong.hanoi.test?p=5"),
            ("phuongcu.hanoi.test", "phuong.hanoi.test"),
            ("phuongcu.hanoi.test.vn/tin", "phuongcu.hanoi.test.vn/tin"),
            ("12345", "12345"),
            ("en/news/7", "en/news/7"),
        ],
    )
    def test_any_recorded_key_has_one_of_today(self, recorded: str, key: str) -> None:
        assert self.RULE.current(recorded) == key == self.RULE.current(key)

    def test_a_portal_that_never_moved_keeps_its_hosts(self) -> None:
        assert KeyRule().current("http://www.a.vn/x/") == "a.vn/x"

    def test_the_digest_tells_rules_apart(self) -> None:
        digests = {
            self.RULE.digest,
            KeyRule().digest,
            KeyRule("a.vn").digest,
            KeyRule("a.vn", frozenset({"b.vn"})).digest,
        }
        assert len(digests) == 4
        assert KeyRule("a.vn", frozenset({"b.vn"})).digest in digests


def canonical_host(url: str) -> str:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.lower()}{slash}{path}"


def test_no_two_pages_of_real_portals_share_a_key(shared: Path) -> None:
    found: dict[str, set[str]] = {}
    for file in sorted((shared / "portals").rglob("*")):
        if file.suffix not in (".html", ".xml"):
            continue
        text = unescape(file.read_text(encoding="utf-8", errors="replace"))
        for link in re.findall(r"(?:href=[\"']|<(?:loc|link)>)\s*([^\"'<>]+)", text):
            if url := resolve_link("https://a.vn/tin/muc", link):
                found.setdefault(address_key(url), set()).add(url)
    assert len(found) > 1000
    for urls in found.values():
        # Besides scheme, `www.`, fragment and last slash: Liferay's token, and the session of NukeViet's banners.
        token = r"[?&](?:p_(?:p_)?auth=\w+|s=[0-9a-f]{32})"
        plain = {
            re.sub(rf"^https?://(?:www\.)?|#.*|{token}|/+(?=\?|#|$)", "", url) for url in map(canonical_host, urls)
        }
        assert len(plain) == 1, urls
