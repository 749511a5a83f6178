"""Mutations of pages: each takes bytes and a seeded random generator and returns bytes.

Belongs here: damage by transmission, by editors and by attackers. Does not belong here: the pages (see
`bench.fuzzing.pages`) and the checks (see `bench.fuzzing.checks`).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from bench.fuzzing.damage import cut_out, cut_short, double, inserted, span
from bench.fuzzing.pages import Case
from spiders.platforms import PLATFORMS

Mutation: TypeAlias = Callable[[bytes, random.Random, Sequence[Case]], bytes]

_MUTATIONS_MAX = 4
_SIZE_MAX = 400_000
"""Bytes of a mutated page; small enough that most cases take milliseconds."""
_LARGE_SIZE_MAX = 5_500_000
_LARGE_SHARE = 0.004

_TAG = re.compile(rb"<[^<>]{1,300}>")
_TEXT = re.compile(rb">[^<>]{3,}<")
_NUMBER = re.compile(rb"\d+")
_NAMES = (
    b"div", b"p", b"table", b"tr", b"td", b"span", b"a", b"b", b"em", b"ul", b"li", b"article", b"figure",
    b"figcaption", b"h1", b"font", b"form", b"select", b"option", b"iframe", b"noscript", b"script", b"style",
    b"textarea", b"svg", b"math", b"template", b"frameset", b"body", b"html", b"head", b"title", b"meta", b"base",
    b"br", b"img", b"o:p", b"time", b"plaintext",
)  # fmt: skip
ENTITIES = (
    b"&nbsp;", b"&#0;", b"&#1;", b"&#x80;", b"&#xD800;", b"&#xDFFF;", b"&#xFFFE;", b"&#x110000;", b"&#99999999999;",
    b"&amp;amp;", b"&lt;p&gt;", b"&notanentity;", b"&", b"&#", b"&#x", b"&shy;", b"&zwnj;", b"&rlm;", b"&#8232;",
)  # fmt: skip
_STRANGE = (
    "\u200b", "\u200f", "\u202e", "\u2028", "\ufeff", "\ufffd", "\u0000", "\x0b", "\x0c", "\x1b", "\x85", "\u00ad",
    "\u0301" * 30, "e\u0302\u0301", "\U0001f600", "\U000e0041", "ﬁ", "ǅ", "İ", "ß", "٣", "½", "Ａ", "ﷺ", "\U0010ffff",
    "㋿", "Ⅷ", "\ud7ff",
)  # fmt: skip
CHARSETS = (
    "utf-8", "iso-8859-1", "windows-1258", "windows-1252", "utf-16", "utf-16le", "utf-32", "utf-7", "gb18030", "big5",
    "shift_jis", "iso-2022-jp", "hz", "koi8-r", "idna", "punycode", "unicode_escape", "undefined", "hex", "cp037",
    "x-user-defined", "'", "",
)  # fmt: skip
DATES = (
    b"31/02/2024", b"29/02/2023 25:61", b"00/00/0000", b"99/99/9999", b"01/01/0001 00:00 GMT+14",
    b"12:00 AM 32/13/2025", b"9999-12-31T23:59:59+14:00", b"0001-01-01T00:00:00-12:00", b"2024-01-01T00:00:00+99:99",
    b"hom nay", "3 giờ trước".encode(), "99999999999999999999 ngày trước".encode(),
    "Thứ tám, ngày 30/2/2024".encode(), b"1/1/70", b"2025-09-08T99:00", b"20250908",
)  # fmt: skip
_JSON_LD = (
    b"{", b"[]", b"null", b"[[[[[[]]]]]]", b'{"@type": ["NewsArticle"], "headline": {"a": 1}, "datePublished": 5}',
    b'{"@graph": {"@graph": {"@graph": []}}}',
    b'{"@type":"NewsArticle","author":[null,{"name":[]}],"headline":"\\ud800"}',
    b'{"@type":"NewsArticle","datePublished":"' + b"9" * 5000 + b'"}', b"[" * 3000, b'{"a":1e999}',
    b'{"@type":"NewsArticle","keywords":{}}',
)  # fmt: skip
HOSTS = (
    b"http://[", b"//", b"javascript:alert(1)", b"http://a:99999999/", b"http://\xc3\xa1.vn:x/", b"data:text/html,x",
    b"?", b"#", b"http://[::1]:80/a.pdf", b"\\\\host\\a.doc", b"https://a.vn/%zz%", b"mailto:a@b", b"\x00",
    b"http://a b/c.pdf", b"http://\xe2\x84\x80.vn/",
)  # fmt: skip


def mutated_case(number: int, seed: int, pages: Sequence[Case]) -> Case:
    """Return case `number` of the run `seed`, a mutated page; deterministic."""
    # A string, since `Random` takes no tuples.
    rng = random.Random(f"{seed}:{number}")  # noqa: S311 - no secret
    page = rng.choice(pages)
    body = page.body
    for _ in range(rng.randint(1, _MUTATIONS_MAX)):
        body = rng.choice(MUTATIONS)(body, rng, pages)[:_SIZE_MAX]
    if rng.random() < _LARGE_SHARE:
        body = rng.choice(BOMBS)(body, rng, pages)[:_LARGE_SIZE_MAX]
    header = rng.choice([None, None, "text/html", f"text/html; charset={rng.choice(CHARSETS)}"])
    platform = rng.choice([page.platform, page.platform, *PLATFORMS])
    return replace(page, body=body, content_type=header, platform=platform)


def _flip_bytes(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    flipped = bytearray(body)
    for _ in range(rng.randint(1, 1 + len(body) // 200)):
        if flipped:
            flipped[rng.randrange(len(flipped))] = rng.randrange(256)
    return bytes(flipped)


def _splice(body: bytes, rng: random.Random, pages: Sequence[Case]) -> bytes:
    other = rng.choice(pages).body
    begin, end = span(other, rng)
    return inserted(body, rng, other[begin:end])


def _swap_tags(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    tags = list(_TAG.finditer(body))
    if len(tags) < 2:
        return body
    first, second = sorted(rng.sample(tags, 2), key=lambda tag: tag.start())
    between = body[first.end() : second.start()]
    return body[: first.start()] + second[0] + between + first[0] + body[second.end() :]


def _drop_tags(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    share = rng.choice((0.01, 0.1, 0.5))
    return _TAG.sub(lambda tag: b"" if rng.random() < share else tag[0], body)


def _rename_tags(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    old, new = rng.choice(_NAMES), rng.choice(_NAMES)
    return re.sub(rb"(</?)" + re.escape(old) + rb"(?=[\s/>])", lambda tag: tag[1] + new, body, flags=re.IGNORECASE)


def _insert_tags(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    opened = b"<" + rng.choice(_NAMES) + rng.choice((b">", b" class='", b' id="x" ', b"/>", b" hidden>"))
    return inserted(body, rng, opened * rng.choice((1, 3, 200)))


def _close_tags(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    return inserted(body, rng, (b"</" + rng.choice(_NAMES) + b">") * rng.choice((1, 3, 200)))


def _insert_strange(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    pieces = (rng.choice(ENTITIES), rng.choice(_STRANGE).encode(), _random_text(rng).encode())
    return _inserted_in_text(body, rng, rng.choice(pieces))


def _insert_comment(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    return inserted(
        body,
        rng,
        rng.choice((b"<!--", b"-->", b"<!-- x -->", b"<![CDATA[", b"]]>", b"<?php", b"<!DOCTYPE a [<!ENTITY b 'c'>]>")),
    )


def _change_numbers(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    wild = (b"0", b"-1", b"99999999999999999999999999", "٣".encode(), b"1e9", b"2038", b"31")
    return _NUMBER.sub(lambda number: rng.choice(wild) if rng.random() < 0.05 else number[0], body)


def _insert_date(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    return _inserted_in_text(body, rng, rng.choice(DATES))


def _change_values(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    wild = (*HOSTS, *DATES, *ENTITIES)
    return re.sub(
        rb'="[^"<>]{0,300}"',
        lambda value: b'="' + rng.choice(wild) + b'"' if rng.random() < 0.05 else value[0],
        body,
    )


def _insert_metadata(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    element = rng.choice(
        (
            b'<script type="application/ld+json">' + rng.choice(_JSON_LD) + b"</script>",
            b'<meta property="article:published_time" content="' + rng.choice(DATES) + b'">',
            b'<time itemprop="datePublished" datetime="' + rng.choice(DATES) + b'">x</time>',
            b'<base href="' + rng.choice(HOSTS) + b'">',
            b'<link rel="canonical" href="' + rng.choice(HOSTS) + b'">',
            b'<meta charset="' + rng.choice(CHARSETS).encode() + b'">',
        )
    )
    begin = body.find(b"<head>") + 6
    return body[:begin] + element + body[begin:]


def _reencode(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    written = rng.choice(("utf-16", "utf-16-le", "utf-32", "cp1258", "cp1252", "utf-7", "utf-8-sig"))
    read = rng.choice(("utf-8", "utf-8", "cp1252", "latin-1"))
    return body.decode(read, "replace").encode(written, "replace")


def _random_bytes(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    return inserted(body, rng, rng.randbytes(rng.choice((1, 10, 3000))))


def _nest(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    name = rng.choice(_NAMES)
    depth = rng.choice((30, 300, 3000))
    begin, end = span(body, rng)
    return body[:begin] + (b"<" + name + b">") * depth + body[begin:end] + (b"</" + name + b">") * depth + body[end:]


def _many_attributes(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    count = rng.choice((10, 500, 5000))
    attributes = b" ".join(b"a%d='%d'" % (number, number) for number in range(count))
    return inserted(body, rng, b"<div " + attributes + b">")


def _one_class(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    """Give elements a class, id or itemprop that occurs elsewhere on the page."""
    known = re.findall(rb'(?:class|id|itemprop)="[^"<>]{1,100}"', body) or [b'class="x"']
    return re.sub(
        rb"<(div|p|span|td)(?=[\s>])",
        lambda tag: tag[0] + b" " + rng.choice(known) if rng.random() < 0.2 else tag[0],
        body,
    )


def _huge_text(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    word = rng.choice(
        (
            b"x",
            b"chao ban ",
            "Ủy ban nhân dân ".encode(),
            b"1/",
            b"- ",
            b"\xc2\xa0",
            b"(",
            b"Nguon: ",
            "Ảnh: ".encode(),
            b"c\xc2\xabng ",
        )
    )
    return _inserted_in_text(body, rng, word * (_LARGE_SIZE_MAX // len(word) // rng.choice((1, 20))))


def _huge_tree(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    piece = rng.choice(
        (
            b"<div>",
            b"<p>Tin moi</p>",
            b"<a href=/a-1.html>Tin moi cua xa</a>",
            b"<br>",
            b"<table><tr><td>",
            b"<b>",
            b"<li>x",
            b"<img src=a.jpg>",
        )
    )
    return inserted(body, rng, piece * (_LARGE_SIZE_MAX // len(piece) // rng.choice((1, 8, 40))))


def _huge_attributes(body: bytes, rng: random.Random, _pages: Sequence[Case]) -> bytes:
    value = rng.choice((b"x", b"a b ", b"&amp;", b"/"))
    many = b"".join(b" a%d=1" % number for number in range(50_000))
    return inserted(body, rng, rng.choice((b"<div" + many + b">", b"<a href='" + value * 1_000_000 + b"'>x</a>")))


def _huge_copy(body: bytes, _rng: random.Random, _pages: Sequence[Case]) -> bytes:
    return body * (_LARGE_SIZE_MAX // max(1, len(body)))


MUTATIONS: tuple[Mutation, ...] = (
    _flip_bytes, cut_short, cut_out, double, _splice, _swap_tags, _drop_tags, _rename_tags, _insert_tags,
    _close_tags, _insert_strange, _insert_comment, _change_numbers, _insert_date, _change_values, _insert_metadata,
    _reencode, _random_bytes, _nest, _many_attributes, _one_class,
)  # fmt: skip
BOMBS: tuple[Mutation, ...] = (_huge_text, _huge_tree, _huge_attributes, _huge_copy)


def _inserted_in_text(body: bytes, rng: random.Random, piece: bytes) -> bytes:
    texts = list(_TEXT.finditer(body))
    at = rng.choice(texts).start() + rng.randint(1, 3) if texts else len(body)
    return body[:at] + piece + body[at:]


def _random_text(rng: random.Random) -> str:
    return "".join(chr(rng.choice((rng.randrange(32, 0x500), rng.randrange(0x1E00, 0x3000)))) for _ in range(20))
