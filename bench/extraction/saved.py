"""Gold cases of saved article pages in the folder `shared`, derived without our extractor.

Belongs here: articles of the portal of a Hanoi department and of a NukeViet installation. If a body contains a seed
text, its gold is that of the seed (origin `rebuilt_body`). Otherwise gold is the text between two markers of that page,
split at its tags (origin `real`). Does not belong here: lists (see `bench.extraction.lists`) and parsing the pages (see
`bench.extraction.shared`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bench.extraction.cases import SHARED, Case, Origin
from bench.extraction.seeds import Seed, read_seeds
from bench.extraction.shared import (
    LIFERAY_CAPTURED_AT,
    LIFERAY_DETAIL,
    NUKEVIET_CAPTURED_AT,
    NUKEVIET_SAMPLE,
    elements,
    liferay_boilerplate,
    liferay_file,
    nukeviet_boilerplate,
    nukeviet_file,
    nukeviet_times,
    paragraphs_of,
    text_of_one,
)
from warehouse.text.normal import clean, normal_form

_LIFERAY_URL: Final = "https://sotttt.hanoi.gov.vn/chien-luoc-quy-hoach?p_p_id=59_INSTANCE_6aZaRrRqV2Cq&p_p_lifecycle=0"
# By page number: the seed in its body, and the credited source.
_NUKEVIET_SEEDS: Final = {
    16: ("000", None),
    17: ("001", "nhandan.vn"),
    18: ("002", None),
    19: ("003", "hanoimoi.vn"),
    20: ("004", None),
}


def saved_cases(shared: Path = SHARED) -> Iterator[Case]:
    """Yield the saved articles."""
    yield _liferay_detail(shared)
    seeds = {seed.key: seed for seed in read_seeds(shared)}
    for number, (key, source) in _NUKEVIET_SEEDS.items():
        yield _nukeviet_detail(shared, number, seeds[key], source)
    yield _nukeviet_print(shared, seeds["000"])
    yield _nukeviet_sample(shared)


def _liferay_detail(shared: Path) -> Case:
    body = liferay_file(shared, LIFERAY_DETAIL)
    page = body.decode()
    title = text_of_one(page, "//div[@class='asset-full-content-title']")
    text = page.partition('class="journal-content-article">')[2].partition('<p align="right" class="view-')[0]
    return Case(
        name="liferay_point 056",
        platform="liferay_point",
        origin="real",
        url=_LIFERAY_URL,
        body=body,
        gold={
            "title": title,
            "lead": None,
            "body": [line for line in paragraphs_of(text) if line != title],  # the title is repeated above the text
            "captions": [],
            "byline": None,  # the page names only the account
            "credited_source_name": None,
            "section": "Chiến lược quy hoạch",
            "published_at": "2012-12-21T00:00:00+07:00",
            "published_precision": "day",  # 12:00 AM
        },
        furniture=liferay_boilerplate(page),
        captured_at=LIFERAY_CAPTURED_AT,
    )


def _nukeviet_detail(shared: Path, number: int, seed: Seed, source: str | None) -> Case:
    body = nukeviet_file(shared, f"detail-{number}.html")
    gold = _seed_gold(seed) | {
        "title": text_of_one(body.decode(), "//title"),
        "section": _section(body),
        "credited_source_name": source,
        "credited_source_url": None,
    }
    return _nukeviet_case(shared, f"nukeviet {number}", "rebuilt_body", body, gold)


def _nukeviet_print(shared: Path, seed: Seed) -> Case:
    gold = _seed_gold(seed) | {"title": seed.title, "credited_source_name": None}
    return _nukeviet_case(shared, "nukeviet print 16", "rebuilt_body", nukeviet_file(shared, "print-16.html"), gold)


def _nukeviet_sample(shared: Path) -> Case:
    body = nukeviet_file(shared, NUKEVIET_SAMPLE)
    page = body.decode()
    text = page.partition('id="bodytext">')[2].partition('<div class="news_column')[0]
    gold = {
        "title": text_of_one(page, "//h1[@itemprop='headline']"),
        "lead": text_of_one(page, "//div[@itemprop='description']"),
        "body": paragraphs_of(text),
        "captions": [],
        "byline": None,  # the page names only the account
        "credited_source_name": None,
        "section": _section(body),
        "tags": ["nukeviet", "mã nguồn mở", "giáo dục"],
    }
    return _nukeviet_case(shared, "nukeviet sample 11", "real", body, gold)


def _nukeviet_case(shared: Path, name: str, origin: Origin, body: bytes, gold: dict[str, Any]) -> Case:
    page = body.decode()
    # The print view has no canonical URL, but states its own in the footer.
    stated = re.search(r'(?:rel="canonical" href="|URL của bản tin này: </strong>)([^"\s]+)', page)
    if not stated:
        raise ValueError(f"{name}: the page does not state its URL")
    # The hidden microdata of the sample page contradicts the visible time, which sitemap and feed confirm.
    published_at = nukeviet_times(shared)[stated[1].replace("/print/", "/")]
    return Case(
        name=name,
        platform="nukeviet",
        origin=origin,
        url=stated[1],
        body=body,
        gold=gold | {"published_at": published_at, "published_precision": "minute"},
        furniture=nukeviet_boilerplate(page),
        captured_at=NUKEVIET_CAPTURED_AT,
    )


def _seed_gold(seed: Seed) -> dict[str, Any]:
    """Return the gold of a page with the seed as its body and the first paragraph as its lead."""
    lead, *text = seed.texts("body", "subheading")
    captions = {normal_form(caption).rstrip("."): caption for caption in seed.gold["captions"]}
    return {"lead": lead, "body": text, "captions": list(captions.values()), "byline": seed.gold["byline"]}


def _section(body: bytes) -> str:
    (element,) = elements(body.decode(), "//meta[@property='article:section']")
    return clean(element.get("content", ""))
