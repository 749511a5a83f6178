"""Cases of the real saved articles in the folder `shared`: their gold, derived at run time without our extractor.

Here: the articles of a Hanoi department's portal and of a running NukeViet. Where bodies carry the seed texts, gold is
that of the seeds (`rebuilt_body`); otherwise the text between two marks of that one page, cut by its tags (`real`).
Not here: lists (`bench.extraction.lists`), or reading those pages (`bench.extraction.shared`).
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
    liferay_file,
    liferay_furniture,
    nukeviet_file,
    nukeviet_furniture,
    nukeviet_times,
    paragraphs_of,
    text_of_one,
)
from warehouse.text.normal import clean, normal_form

_LIFERAY_URL: Final = "https://sotttt.hanoi.gov.vn/chien-luoc-quy-hoach?p_p_id=59_INSTANCE_6aZaRrRqV2Cq&p_p_lifecycle=0"
# Of each page: the seed in its body, and what the page names as its source.
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
            "body": [line for line in paragraphs_of(text) if line != title],  # which stands above the text once more
            "captions": [],
            "byline": None,  # it names the account alone
            "credited_source_name": None,
            "section": "Chiến lược quy hoạch",
            "published_at": "2012-12-21T00:00:00+07:00",
            "published_precision": "day",  # 12:00 AM
        },
        furniture=liferay_furniture(page),
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
        "byline": None,  # it names the account alone
        "credited_source_name": None,
        "section": _section(body),
        "tags": ["nukeviet", "mã nguồn mở", "giáo dục"],
    }
    return _nukeviet_case(shared, "nukeviet sample 11", "real", body, gold)


def _nukeviet_case(shared: Path, name: str, origin: Origin, body: bytes, gold: dict[str, Any]) -> Case:
    page = body.decode()
    # The print view has no canonical address, and states its own at its foot.
    stated = re.search(r'(?:rel="canonical" href="|URL của bản tin này: </strong>)([^"\s]+)', page)
    if not stated:
        raise ValueError(f"{name}: the page does not say its address")
    # The hidden microdata of the sample disagrees with what it shows; sitemap and feed agree with that.
    published_at = nukeviet_times(shared)[stated[1].replace("/print/", "/")]
    return Case(
        name=name,
        platform="nukeviet",
        origin=origin,
        url=stated[1],
        body=body,
        gold=gold | {"published_at": published_at, "published_precision": "minute"},
        furniture=nukeviet_furniture(page),
        captured_at=NUKEVIET_CAPTURED_AT,
    )


def _seed_gold(seed: Seed) -> dict[str, Any]:
    """Return what a page with the seed as its body says; the body's first paragraph is its lead."""
    lead, *text = seed.texts("body", "subheading")
    captions = {normal_form(caption).rstrip("."): caption for caption in seed.said["captions"]}
    return {"lead": lead, "body": text, "captions": list(captions.values()), "byline": seed.said["byline"]}


def _section(body: bytes) -> str:
    (element,) = elements(body.decode(), "//meta[@property='article:section']")
    return clean(element.get("content", ""))
