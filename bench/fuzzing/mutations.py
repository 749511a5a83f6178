"""How a page is bent: each mutation takes bytes and a seeded chance and returns bytes.

Here: damage of the wire, of editors and of malice. Not here: which pages, and what must hold.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from bench.fuzzing.pages import Case
from spiders.platforms import PLATFORMS

Mutation: TypeAlias = Callable[[bytes, random.Random, Sequence[Case]], bytes]

_MUTATIONS_MAX = 4
_SIZE_MAX = 400_000
"""Of a bent page, bytes: most cases should be read in milliseconds."""
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
_ENTITIES = (
    b"&nbsp;", b"&#0;", b"&#1;", b"&#x80;", b"&#xD800;", b"&#xDFFF;", b"&#xFFFE;", b"&#x110000;", b"&#99999999999;",
    b"&amp;amp;", b"&lt;p&gt;", b"&notanentity;", b"&", b"&#", b"&#x", b"&shy;", b"&zwnj;", b"&rlm;", b"&#8232;",
)  # fmt: skip
_STRANGE = (
    "\u200b", "\u200f", "\u202e", "\u2028", "\ufeff", "\ufffd", "\u0000", "\x0b", "\x0c", "\x1b", "\x85", "\u00ad",
    "\u0301" * 30, "e\u0302\u0301", "\U0001f600", "\U000e0041", "ﬁ", "ǅ", "İ", "ß", "٣", "½", "Ａ", "ﷺ", "\U0010ffff",
    "㋿", "Ⅷ", "\ud7ff",
)  # fmt: skip
_CHARSETS = (
    "utf-8", "iso-8859-1", "windows-1258", "windows-1252", "utf-16", "utf-16le", "utf-32", "utf-7", "gb18030", "big5",
    "shift_jis", "iso-2022-jp", "hz", "koi8-r", "idna", "punycode", "unicode_escape", "undefined", "hex", "cp037",
    "x-user-defined", "'", "",
)  # fmt: skip
_DATES = (
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
_HOSTS = (
    b"http://[", b"//", b"javascript:alert(1)", b"http://a:99999999/", b"http://\xc3\xa1.vn:x/", b"data:text/html,x",
    b"?", b"#", b"http://[::1]:80/a.pdf", b"\\\\host\\a.doc", b"https://a.vn/%zz%", b"mailto:a@b", b"\x00",
    b"http://a b/c.pdf", b"http://\xe2\x84\x80.vn/",
)  # fmt: skip


def bent(number: int, seed: int, pages: Sequence[Case]) -> Case:
    """Return case `number` of the run `seed`: a page bent by a few mutations, always the same."""
    # Strings, since `Random` takes no tuples; not for secrets.
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 - no secret
    page = chance.choice(pages)
    body = page.body
    for _ in range(chance.randint(1, _MUTATIONS_MAX)):
        body = chance.choice(MUTATIONS)(body, chance, pages)[:_SIZE_MAX]
    if chance.random() < _LARGE_SHARE:
        body = chance.choice(BOMBS)(body, chance, pages)[:_LARGE_SIZE_MAX]
    header = chance.choice([None, None, "text/html", f"text/html; charset={chance.choice(_CHARSETS)}"])
    platform = chance.choice([page.platform, page.platform, *PLATFORMS])
    return replace(page, body=body, content_type=header, platform=platform)


def _flip_bytes(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    flipped = bytearray(body)
    for _ in range(chance.randint(1, 1 + len(body) // 200)):
        if flipped:
            flipped[chance.randrange(len(flipped))] = chance.randrange(256)
    return bytes(flipped)


def _cut_short(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    return body[: chance.randint(0, len(body))]


def _cut_out(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    begin, end = _span(body, chance)
    return body[:begin] + body[end:]


def _double(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    begin, end = _span(body, chance)
    return body[:end] + body[begin:end] * chance.randint(1, 4) + body[end:]


def _splice(body: bytes, chance: random.Random, pages: Sequence[Case]) -> bytes:
    other = chance.choice(pages).body
    begin, end = _span(other, chance)
    at = chance.randint(0, len(body))
    return body[:at] + other[begin:end] + body[at:]


def _swap_tags(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    tags = list(_TAG.finditer(body))
    if len(tags) < 2:
        return body
    first, second = sorted(chance.sample(tags, 2), key=lambda tag: tag.start())
    between = body[first.end() : second.start()]
    return body[: first.start()] + second[0] + between + first[0] + body[second.end() :]


def _drop_tags(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    share = chance.choice((0.01, 0.1, 0.5))
    return _TAG.sub(lambda tag: b"" if chance.random() < share else tag[0], body)


def _rename_tags(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    old, new = chance.choice(_NAMES), chance.choice(_NAMES)
    return re.sub(rb"(</?)" + re.escape(old) + rb"(?=[\s/>])", lambda tag: tag[1] + new, body, flags=re.IGNORECASE)


def _insert_tags(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    opened = b"<" + chance.choice(_NAMES) + chance.choice((b">", b" class='", b' id="x" ', b"/>", b" hidden>"))
    return _inserted(body, chance, opened * chance.choice((1, 3, 200)))


def _close_tags(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    return _inserted(body, chance, (b"</" + chance.choice(_NAMES) + b">") * chance.choice((1, 3, 200)))


def _insert_strange(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    pieces = (chance.choice(_ENTITIES), chance.choice(_STRANGE).encode(), _random_text(chance).encode())
    return _inserted_in_text(body, chance, chance.choice(pieces))


def _insert_comment(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    return _inserted(
        body,
        chance,
        chance.choice(
            (b"<!--", b"-->", b"<!-- x -->", b"<![CDATA[", b"]]>", b"<?php", b"<!DOCTYPE a [<!ENTITY b 'c'>]>")
        ),
    )


def _change_numbers(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    wild = (b"0", b"-1", b"99999999999999999999999999", "٣".encode(), b"1e9", b"2038", b"31")
    return _NUMBER.sub(lambda number: chance.choice(wild) if chance.random() < 0.05 else number[0], body)


def _insert_date(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    return _inserted_in_text(body, chance, chance.choice(_DATES))


def _change_values(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    wild = (*_HOSTS, *_DATES, *_ENTITIES)
    return re.sub(
        rb'="[^"<>]{0,300}"',
        lambda value: b'="' + chance.choice(wild) + b'"' if chance.random() < 0.05 else value[0],
        body,
    )


def _insert_metadata(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    said = chance.choice(
        (
            b'<script type="application/ld+json">' + chance.choice(_JSON_LD) + b"</script>",
            b'<meta property="article:published_time" content="' + chance.choice(_DATES) + b'">',
            b'<time itemprop="datePublished" datetime="' + chance.choice(_DATES) + b'">x</time>',
            b'<base href="' + chance.choice(_HOSTS) + b'">',
            b'<link rel="canonical" href="' + chance.choice(_HOSTS) + b'">',
            b'<meta charset="' + chance.choice(_CHARSETS).encode() + b'">',
        )
    )
    begin = body.find(b"<head>") + 6
    return body[:begin] + said + body[begin:]


def _reencode(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    written = chance.choice(("utf-16", "utf-16-le", "utf-32", "cp1258", "cp1252", "utf-7", "utf-8-sig"))
    read = chance.choice(("utf-8", "utf-8", "cp1252", "latin-1"))
    return body.decode(read, "replace").encode(written, "replace")


def _random_bytes(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    return _inserted(body, chance, chance.randbytes(chance.choice((1, 10, 3000))))


def _nest(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    name = chance.choice(_NAMES)
    depth = chance.choice((30, 300, 3000))
    begin, end = _span(body, chance)
    return body[:begin] + (b"<" + name + b">") * depth + body[begin:end] + (b"</" + name + b">") * depth + body[end:]


def _many_attributes(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    count = chance.choice((10, 500, 5000))
    attributes = b" ".join(b"a%d='%d'" % (number, number) for number in range(count))
    return _inserted(body, chance, b"<div " + attributes + b">")


def _one_class(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    """Give elements a class that means something elsewhere on the page, or the id."""
    known = re.findall(rb'(?:class|id|itemprop)="[^"<>]{1,100}"', body) or [b'class="x"']
    return re.sub(
        rb"<(div|p|span|td)(?=[\s>])",
        lambda tag: tag[0] + b" " + chance.choice(known) if chance.random() < 0.2 else tag[0],
        body,
    )


def _huge_text(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    word = chance.choice(
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
    return _inserted_in_text(body, chance, word * (_LARGE_SIZE_MAX // len(word) // chance.choice((1, 20))))


def _huge_tree(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    piece = chance.choice(
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
    return _inserted(body, chance, piece * (_LARGE_SIZE_MAX // len(piece) // chance.choice((1, 8, 40))))


def _huge_attributes(body: bytes, chance: random.Random, _pages: Sequence[Case]) -> bytes:
    value = chance.choice((b"x", b"a b ", b"&amp;", b"/"))
    many = b"".join(b" a%d=1" % number for number in range(50_000))
    return _inserted(
        body, chance, chance.choice((b"<div" + many + b">", b"<a href='" + value * 1_000_000 + b"'>x</a>"))
    )


def _huge_copy(body: bytes, _chance: random.Random, _pages: Sequence[Case]) -> bytes:
    return body * (_LARGE_SIZE_MAX // max(1, len(body)))


MUTATIONS: tuple[Mutation, ...] = (
    _flip_bytes, _cut_short, _cut_out, _double, _splice, _swap_tags, _drop_tags, _rename_tags, _insert_tags,
    _close_tags, _insert_strange, _insert_comment, _change_numbers, _insert_date, _change_values, _insert_metadata,
    _reencode, _random_bytes, _nest, _many_attributes, _one_class,
)  # fmt: skip
BOMBS: tuple[Mutation, ...] = (_huge_text, _huge_tree, _huge_attributes, _huge_copy)


def _span(body: bytes, chance: random.Random) -> tuple[int, int]:
    begin = chance.randint(0, len(body))
    return begin, chance.randint(begin, min(len(body), begin + chance.choice((10, 500, 20_000))))


def _inserted(body: bytes, chance: random.Random, piece: bytes) -> bytes:
    at = chance.randint(0, len(body))
    return body[:at] + piece + body[at:]


def _inserted_in_text(body: bytes, chance: random.Random, piece: bytes) -> bytes:
    texts = list(_TEXT.finditer(body))
    at = chance.choice(texts).start() + chance.randint(1, 3) if texts else len(body)
    return body[:at] + piece + body[at:]


def _random_text(chance: random.Random) -> str:
    return "".join(
        chr(chance.choice((chance.randrange(32, 0x500), chance.randrange(0x1E00, 0x3000)))) for _ in range(20)
    )
