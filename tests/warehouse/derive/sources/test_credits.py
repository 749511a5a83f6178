"""The sources that articles name: credits by name and URL, marks beside them, and the real pages that have them."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from bench.extraction.seeds import read_seeds, seed_case
from spiders.extract.article import extract_page
from spiders.portal import portal_of_platform
from tests.digests.pages import shared_pages
from tests.warehouse.tables import made_up
from warehouse.datasets import ARTICLES, CREDITS
from warehouse.derive.sources.credits import credit_of
from warehouse.derive.sources.stage import CREDITING
from warehouse.home import Home
from warehouse.records import Article, Credit
from warehouse.stages import Unit
from warehouse.storage import StoredFile
from warehouse.text.address import address_key

HANOIMOI_URL = "https://hanoimoi.vn/thu-gom-vo-hop-sua-700123.html"


def article(**changes: Any) -> Article:
    plain = made_up.article("tay-ho", 1, "th-1", made_up.at(3))
    body = ("Phường mở thêm ba điểm thu gom vỏ hộp sữa trong các trường tiểu học.",)
    return dataclasses.replace(plain, body=body, **changes)


def credit(name: str | None = None, url: str | None = None, **changes: Any) -> Credit:
    found = credit_of(article(credited_source_name=name, credited_source_url=url, **changes))
    assert found is not None
    return found


def test_a_name_and_a_url() -> None:
    assert credit("Báo Hànộimới", f"http://www.{HANOIMOI_URL[8:]}?utm_source=zalo&fbclid=1#anh") == Credit(
        capture_id=article().capture_id,
        basis="credit",
        source_name="Báo Hà Nội Mới",
        source_key="hanoimoi",
        is_known=True,
        host="hanoimoi.vn",
        url_key="hanoimoi.vn/thu-gom-vo-hop-sua-700123.html",
        mark=None,
    )


def test_the_key_of_a_cited_url_is_that_of_the_page() -> None:
    assert credit(None, HANOIMOI_URL).url_key == address_key(HANOIMOI_URL)


def test_a_url_alone_is_known_by_its_host() -> None:
    found = credit(None, HANOIMOI_URL)
    assert (found.source_name, found.source_key, found.is_known) == ("Báo Hà Nội Mới", "hanoimoi", True)
    other = credit(None, "https://m.langnghe.example/tin/1")
    assert (other.source_name, other.source_key, other.is_known) == (None, None, False)
    assert (other.host, other.url_key) == ("langnghe.example", "m.langnghe.example/tin/1")


def test_an_unknown_name_is_kept_as_written() -> None:
    found = credit("Trang tin Làng nghề")
    assert (found.source_name, found.source_key, found.is_known) == ("Trang tin Làng nghề", "cong-langnghe", False)


def test_the_host_of_the_url_says_more_than_the_name() -> None:
    assert credit("TTXVN", HANOIMOI_URL).source_key == "hanoimoi"
    assert credit("TTXVN", "https://langnghe.example/tin/1").source_key == "ttxvn"


def test_a_name_that_is_linked_to_the_portal_itself_has_no_url() -> None:
    found = credit("Hà Nội Mới", "https://tay-ho.test/nguon/ha-noi-moi")
    assert (found.source_key, found.host, found.url_key) == ("hanoimoi", None, None)
    assert credit(None, "https://tay-ho.test/tin/7").url_key == "tay-ho.test/tin/7"


def test_a_home_page_is_no_cited_page() -> None:
    found = credit("Hà Nội Mới", "https://hanoimoi.vn/")
    assert (found.host, found.url_key) == ("hanoimoi.vn", None)


def test_a_mark_stands_beside_a_credit_and_in_place_of_none() -> None:
    assert credit("Hà Nội Mới", byline="Mộc Miên/TTXVN").mark == "ttxvn"
    assert credit("Hà Nội Mới", byline="Mộc Miên/TTXVN").source_key == "hanoimoi"
    marked = credit(byline="Mộc Miên/TTXVN")
    assert (marked.basis, marked.source_key, marked.mark) == ("byline", "ttxvn", "ttxvn")


def test_words_that_name_no_source_are_kept_unless_there_is_a_mark() -> None:
    found = credit("Internet")
    assert (found.source_name, found.source_key, found.is_known) == ("Internet", None, False)
    assert credit("Internet", byline="TTXVN").basis == "byline"


def test_an_article_that_names_no_source_has_no_row() -> None:
    assert credit_of(article()) is None
    assert credit_of(article(credited_source_url="https://")) is None


@pytest.mark.parametrize(
    "url", ["https://[", "mailto:a@b.vn", "hanoimoi", "http://a b/", "x" * 1_000_000, "https://" * 9]
)
def test_an_invalid_url_is_no_source(url: str) -> None:
    assert credit("Làng nghề", url).url_key is None


def test_the_stage_makes_a_row_for_each_capture_that_names_a_source(tmp_path: Path) -> None:
    home = Home(tmp_path)
    articles = [made_up.article("tay-ho", n, "th-1", made_up.at(3), credited_source_name=name) for n, name in NAMED]
    made_up.write_parquet(home.root / "articles" / "1" / "tay-ho" / "th-1.parquet", articles, ARTICLES)
    file = StoredFile(home.storage, "articles/1/tay-ho/th-1.parquet")
    table = CREDITING.run(Unit("tay-ho/th-1", home.storage, {ARTICLES.name: file}))[CREDITS.name]
    assert table.schema.equals(CREDITS.schema)
    assert [row["source_key"] for row in table.to_pylist()] == ["ttxvn", None, "hanoimoi"]


NAMED = [(1, "TTXVN"), (2, None), (3, "Sưu tầm"), (4, "Hànộimới")]


# real pages


def test_seed_003_is_a_reprint_from_hanoimoi_of_the_cited_url(shared: Path) -> None:
    seed = next(seed for seed in read_seeds(shared) if seed.key == "003")
    case = seed_case(shared, seed, "own_cms")
    found = extract_page(case.body, case.url, portal_of_platform(case.platform, case.url), case.captured_at)
    assert found is not None
    assert credit_of(found) == Credit(
        capture_id="unarchived",
        basis="credit",
        source_name="Báo Hà Nội Mới",
        source_key="hanoimoi",
        is_known=True,
        host="hanoimoi.vn",
        url_key=address_key(seed.gold["credited_source"]["url"]),
        mark=None,
    )


PAPERS = "portals/papers/pages/"
# Where and whom real pages name. A paper's own dateline is a source too, which later is seen to be its own.
NAMED_BY_REAL_PAGES = {
    "bench seed 003 in own_cms": ("credit", "hanoimoi"),
    "bench nukeviet 17": ("credit", "nhandan"),
    "bench nukeviet 19": ("credit", "hanoimoi"),
    f"{PAPERS}baochinhphu_article.html": ("dateline", "baochinhphu"),
    f"{PAPERS}cafef2018.html": ("credit", "taichinhplus"),
    f"{PAPERS}cafef_article.html": ("credit", "nhipsongthitruong"),
    f"{PAPERS}cafef_article_batdongsan.html": ("credit", "daidoanket"),
    f"{PAPERS}vietnamnet-single.html": ("credit", "tienphong"),
}


@pytest.mark.slow
def test_real_pages_name_these_sources_and_no_others(shared: Path) -> None:
    read, named = 0, {}
    for page in shared_pages(shared):
        found = extract_page(page.body, page.url, page.portal, page.captured_at, page.content_type)
        read += found is not None
        if found and (credit := credit_of(found)):
            named[page.name] = (credit.basis, credit.source_key)
    assert read > 70
    # The seeds in other markup and the copies of NukeViet's pages name what the first of them do.
    same = {name: said for name, said in named.items() if name not in NAMED_BY_REAL_PAGES}
    assert {name: said for name, said in named.items() if name in NAMED_BY_REAL_PAGES} == NAMED_BY_REAL_PAGES
    assert {name for name in same if not re.search("003|nukeviet.*(?:17|19)|detail-1[79]", name)} == set()
    assert set(same.values()) <= {("credit", "hanoimoi"), ("credit", "nhandan")}
