"""JSON-LD as templates write it, and which of a page's objects is its article."""

from __future__ import annotations

import time

import pytest

from spiders.pages.html import parse_page
from spiders.platforms.parts.metadata.reader import Declared, read_metadata

URL = "https://xadongtam.test/tin-1.html"
TITLE = "Xã Đồng Tâm khởi công nhà văn hoá thôn Đông"
DATE = "2026-10-22T08:15:00+07:00"
OWN = f'"@context":"https://schema.org","@type":"NewsArticle","headline":"{TITLE}","datePublished":"{DATE}"'
OTHER = (
    '"@type":"NewsArticle","headline":"Giá rau xanh tăng nhẹ ở chợ đầu mối",'
    '"url":"https://xadongtam.test/tin-2.html","datePublished":"2026-09-01T07:00:00+07:00"'
)


def read(*scripts: str, kind: str = "application/ld+json", head: str = "") -> Declared:
    tags = "".join(f'<script type="{kind}">{script}</script>' for script in scripts)
    page = f"<html><head><title>{TITLE} | Cổng xã</title>{head}{tags}</head><body><h1>{TITLE}</h1></body></html>"
    return read_metadata(parse_page(page.encode(), URL, None))


def dates(declared: Declared) -> list[str]:
    return [f"{each.moment.at:%Y-%m-%d %H:%M}" for each in declared.published]


WRITTEN = {
    "plain": f"{{{OWN}}}",
    "trailing semicolon": f"{{{OWN}}};",
    "comments": f"/* [bài] {{1}} */ {{{OWN}}} // hết",
    "line comment": f"// dữ liệu {{a}}\n{{{OWN}}}",
    "comment inside": f'{{{OWN} /* , "x": 1 */}}',
    "CDATA": f"//<![CDATA[\n{{{OWN}}}\n//]]>",
    "CDATA in comments": f"/*<![CDATA[*/ {{{OWN}}} /*]]>*/",
    "bare CDATA": f"<![CDATA[{{{OWN}}}]]>",
    "HTML comment around": f"<!-- {{{OWN}}} -->",
    "HTML comment before": f"<!-- SEO [1] {{2}} -->{{{OWN}}}<!-- / -->",
    "trailing comma": f"{{{OWN},}}",
    "trailing commas inside": f'[{{{OWN},"keywords":["a","b",],}},]',
    "line break in a text": f'{{{OWN},"description":"a\nb\tc"}}',
    "bare quotes in a text": f'{{{OWN},"description":"Phong trào "Xanh" của xã"}}',
    "entities": f"{{{OWN}}}".replace('"', "&quot;"),
    "byte order mark": f"\ufeff{{{OWN}}}",
    "graph": f'{{"@context":"x","@graph":[{{"@type":"WebPage"}},{{{OWN}}}]}}',
    "nested graph": f'{{"@graph":{{"@graph":[[{{{OWN}}}]]}}}}',
    "array": f'[{{"@type":"WebSite"}},{{{OWN}}}]',
    "two objects": f'{{"@type":"Organization","name":"x"}}\n{{{OWN}}}',
    "main entity": f'{{"@type":"WebPage","mainEntity":{{{OWN}}}}}',
    "types": f"{{{OWN}}}".replace('"NewsArticle"', '["Thing","NewsArticle"]'),
    "type as a URL": f"{{{OWN}}}".replace("NewsArticle", "http://schema.org/NewsArticle"),
    "wrong case": f"{{{OWN}}}".replace("datePublished", "DatePublished").replace("NewsArticle", "newsarticle"),
    "date in an array": f"{{{OWN}}}".replace(f'"{DATE}"', f'["{DATE}"]'),
    "date in an object": f"{{{OWN}}}".replace(f'"{DATE}"', f'{{"@type":"Date","@value":"{DATE}"}}'),
    "date in seconds": f"{{{OWN}}}".replace(f'"{DATE}"', "1792631700"),
    "date in milliseconds": f"{{{OWN}}}".replace(f'"{DATE}"', "1792631700000"),
    "day first": f"{{{OWN}}}".replace(DATE, "22/10/2026 08:15"),
    "mail format": f"{{{OWN}}}".replace(DATE, "Thu, 22 Oct 2026 08:15:00 +0700"),
    "offset without a colon": f"{{{OWN}}}".replace("+07:00", "+0700"),
}


@pytest.mark.parametrize("name", list(WRITTEN))
def test_json_ld_as_templates_write_it(name: str) -> None:
    declared = read(WRITTEN[name])
    assert (dates(declared), declared.is_article) == (["2026-10-22 08:15"], True)


@pytest.mark.parametrize("kind", ["application/ld+json; charset=utf-8", "Application/LD+JSON"])
def test_types_of_the_script(kind: str) -> None:
    assert dates(read(f"{{{OWN}}}", kind=kind)) == ["2026-10-22 08:15"]
    assert dates(read(f"{{{OWN}}}", kind="application/json")) == []


@pytest.mark.parametrize(
    "scripts",
    [
        (f"{{{OTHER}}}", f"{{{OWN}}}"),
        (f"[{{{OTHER}}},{{{OWN}}}]",),
        (f'{{"@type":"ItemList","itemListElement":[{{{OTHER}}},{{{OTHER}}}]}}', f"{{{OWN}}}"),
        (f"{{{OTHER}}}", f"{{{OWN}}}".replace(TITLE, "Khởi công!").replace("{", f'{{"mainEntityOfPage":"{URL}",', 1)),
        (f"{{{OTHER}}}", f"{{{OWN}}}".replace(TITLE, TITLE[:30] + "…")),
    ],
)
def test_of_several_articles_the_pages_own_counts(scripts: tuple[str, ...]) -> None:
    assert dates(read(*scripts)) == ["2026-10-22 08:15"]


@pytest.mark.parametrize(
    "script",
    [
        f"{{{OTHER}}}",
        f"[{{{OTHER}}},{{{OTHER}}}]",
        f'{{"@type":"ItemList","itemListElement":[{{{OWN}}}]}}',
        f'{{"@type":"CollectionPage","hasPart":[{{{OWN}}}]}}',
        f'{{"@type":"WebPage","comment":{{{OWN}}}}}',
        f'{{"@type":"ItemList","itemListElement":[{{{OWN},"description":"a "b""}}]}}',
        f"{{{OWN}".replace("NewsArticle", "Event"),
        "{",
        "[[[",
        "",
        '{"@type":"NewsArticle","datePublished":true}',
        '{"@type":"NewsArticle","datePublished":1e400}',
        '{"@type":"NewsArticle","datePublished":99999999999999999999}',
    ],
)
def test_other_articles_and_errors_give_no_date(script: str) -> None:
    assert dates(read(script)) == []


def test_a_canonical_url_tells_the_own_object() -> None:
    own = f"{{{OWN}}}".replace(TITLE, "Khởi công!").replace("{", '{"url":"https://m.xadongtam.test/bai/7/",', 1)
    assert dates(read(f"{{{OTHER}}}", own)) == []
    assert dates(read(f"{{{OTHER}}}", own, head='<link rel="canonical" href="/bai/7">')) == ["2026-10-22 08:15"]


def test_items_of_related_articles_beside_the_pages_own() -> None:
    opened = '<div itemscope itemtype="https://schema.org/Article">'
    item = opened + '<{0}>{1}</{0}><time itemprop="datePublished" datetime="{2}">'
    own = item.format("h1", TITLE, DATE) + "</time></div>"
    others = [item.format("h3", f"Tin {day}", f"2026-09-0{day}") + "</time></div>" for day in (1, 2)]
    page = parse_page(f"<html><body>{own}{''.join(others)}</body></html>".encode(), URL, None)
    assert (dates(read_metadata(page)), read_metadata(page).is_article) == (["2026-10-22 08:15"], True)
    listed = parse_page(f"<html><body>{''.join(others)}</body></html>".encode(), URL, None)
    assert (dates(read_metadata(listed)), read_metadata(listed).is_article) == ([], False)


@pytest.mark.parametrize(
    "script",
    [
        "[" * 200_000,
        '{"a":' * 60_000,
        '"' * 200_000,
        "/*" * 100_000,
        "[," * 90_000,
        "<!--" * 50_000,
        f"{{{OTHER}}}" * 700,
        "{" + '"datePublished":"2026-10-22",' * 6_000,
        '{"@graph":[' * 15_000,
        f'{{{OWN},"articleBody":"{"a" * 1_000_000}"}}',
    ],
)
def test_hostile_scripts_cost_little(script: str) -> None:
    started = time.process_time()
    read(*[script] * 8)
    assert time.process_time() - started < 5


def test_a_long_valid_script_is_read() -> None:
    assert dates(read(f'{{{OWN},"articleBody":"{"chữ " * 100_000}"}}')) == ["2026-10-22 08:15"]
