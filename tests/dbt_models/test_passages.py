"""Shared passages in the marts: who has a sentence first, who else has it, and what is boilerplate."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.tables import made_up
from tests.warehouse.tables.made_up import article, at
from warehouse.home import Home
from warehouse.records import Article
from warehouse.tables import load, lock, store

pytestmark = [pytest.mark.process, pytest.mark.slow]

SEEDS = made_up.REPOSITORY.parent / "shared" / "seeds"
SLUGS = tuple(f"phuong-{number:02}" for number in range(1, 41))
PORTALS = [
    *made_up.PORTALS,
    *(
        replace(made_up.PORTALS[0], slug=slug, name=f"Trang {slug} (thử)", base_url=f"https://{slug}.test", hosts=())
        for slug in SLUGS
    ),
]

# In an article of each of forty portals; the last of them had it first.
EVERYWHERE = "Từ thứ hai tuần tới, bộ phận một cửa của các phường nhận hồ sơ đăng ký khai sinh cả buổi tối thứ ba."
LONGER = f"{EVERYWHERE[:-1]}, riêng hai phường ven hồ còn nhận thêm sáng thứ bảy."
TWICE = "Chiều qua, đội thợ đã thay xong đoạn ống nước cũ dài 300 mét chạy dọc con phố bán đồ đồng."
IN_LEAD = "Bến đò ngang nghỉ ba ngày để kéo phao, thay neo và sơn lại vạch báo nước ở hai đầu bến."
EDITED_OUT = "Ban quản lý chợ dự kiến thu thêm phí gửi xe ban đêm kể từ ngày rằm tháng này."
ODD = "Uỷ ban phường hoà giải xong vụ tranh chấp lối đi chung của mười hai hộ dân trong ngõ."
# At the end of every article of one portal, and in one of another.
BOILERPLATE = "Mời bạn đọc gửi ý kiến, ảnh và phản ánh về hộp thư bạn đọc của trang trong giờ hành chính."
JUST_NO_BOILERPLATE = "Bản tin này phát lại trên hệ thống loa của phường vào bảy giờ sáng và năm giờ chiều."
SPAM = "Khóa học nấu ăn cuối tuần của nhà văn hóa còn nhận mười học viên, học phí đã gồm nguyên liệu."

NUMBERS = iter(range(1, 100_000))


def own(number: int) -> str:
    """Return a paragraph that no other article has."""
    return f"Tin thứ {number} của ngày {number} do tổ {number} viết riêng, số {number} trong sổ của trang."


def news(portal: str, *paragraphs: str, **changes: Any) -> Article:
    """Return an article with these paragraphs between two of its own; published later than all before it."""
    number = next(NUMBERS)
    body = (own(number), *paragraphs, own(-number))
    published_at = at(1) + timedelta(minutes=number)
    return article(portal, number, f"crawl-{portal}", at(20), **{"body": body, "published_at": published_at} | changes)


def corpus() -> dict[str, Article]:
    """Return the articles by a name."""
    a_day = {"published_at": at(1, 0), "published_precision": "day"}
    made = {f"everywhere {slug}": news(slug, EVERYWHERE) for slug in SLUGS[:-2]}
    made["everywhere longer"] = news(SLUGS[-2], LONGER)
    made["everywhere first"] = news(SLUGS[-1], EVERYWHERE, published_at=at(1, 7))
    # A bare date is not before 08:15 of that day; no date at all comes last.
    made["twice, date"] = news("my-duc", TWICE, **a_day)
    made["twice, time"] = news("tay-ho", TWICE, published_at=at(1, 8, 15))
    made["twice, no date"] = news("thu-do", TWICE, published_at=None, published_precision=None)
    made["lead"] = news("my-duc", lead=IN_LEAD)
    made["body"] = news("tay-ho", IN_LEAD)
    made["decomposed"] = news("thu-do", unicodedata.normalize("NFD", ODD))
    made["odd"] = news("tay-ho", f"\u200b{ODD}\u00a0 ".replace("lối", "l\u00adối").replace("Uỷ", "Ủy"))
    for number in range(6):
        made[f"boilerplate {number}"] = news("my-duc", BOILERPLATE)
    made["boilerplate elsewhere"] = news("thu-do", BOILERPLATE)
    for number in range(5):
        made[f"no boilerplate {number}"] = news("my-duc", JUST_NO_BOILERPLATE)
    made["no boilerplate elsewhere"] = news("thu-do", JUST_NO_BOILERPLATE)
    made["within one portal"] = news("tay-ho", own(1_000_000))
    made["within one portal again"] = news("tay-ho", own(1_000_000))
    for number in range(201):
        made[f"spam {number}"] = news(SLUGS[number % 40], body=(SPAM, SPAM))
    made["before the edit"] = news("my-duc", EDITED_OUT)
    made["not edited"] = news("tay-ho", EDITED_OUT)
    return made


def seeds() -> dict[str, Article]:
    """Return the seeds, each on a portal of its own; those of one portal too, so that nothing hides them."""
    if not SEEDS.is_dir():
        return {}
    made = {}
    for number, (key, seed) in enumerate(json.loads((SEEDS / "gold.json").read_text(encoding="utf-8")).items()):
        paragraphs: dict[int, list[str]] = {}
        for sentence, paragraph in zip(seed["sentences"], seed["sentence_paragraph"], strict=True):
            paragraphs.setdefault(paragraph, []).append(sentence)
        made[key] = news(SLUGS[number], body=tuple(" ".join(sentences) for sentences in paragraphs.values()))
    return made


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    return corpus() | seeds()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, articles: dict[str, Article]) -> Home:
    home = Home(tmp_path_factory.mktemp("passages"))
    for portal in sorted({each.portal for each in articles.values()}):
        made_up.write_crawl(
            home, portal, f"crawl-{portal}", [each for each in articles.values() if each.portal == portal]
        )
    edited = articles["before the edit"]
    later = article("my-duc", int(edited.article_key), "later", at(21), body=(own(0),), published_at=at(2))
    made_up.write_crawl(home, "my-duc", "later", [later])
    with lock.hold(home, "load", timeout_seconds=5):
        load.load(home, made_up.stages(), PORTALS)
    done = made_up.dbt("build", home, home.root / "dbt-target")
    assert done.returncode == 0, done.stdout
    return home


def ask(home: Home, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        return warehouse.execute(sql, parameters).fetchall()


def places(home: Home, articles: dict[str, Article], sentence: str) -> dict[str, tuple[Any, ...]]:
    """Return kind, first article and field of each place of a passage, by article."""
    names = {each.article_id: name for name, each in articles.items()}
    rows = ask(
        home,
        "with cut as (select passages.*, substring(case field when 'lead' then lead else body end, start_offset + 1,"
        " end_offset - start_offset) as sentence from marts.fct_shared_passages as passages"
        " join marts.fct_articles using (article_id)) select article_id, kind, first_article_id, field from cut"
        " where passage_id in (select passage_id from cut where is_first and sentence = $sentence)",
        sentence=sentence,
    )
    return {names[article_id]: (kind, names[first], field) for article_id, kind, first, field in rows}


def test_forty_portals_with_one_sentence_are_forty_rows(home: Home, articles: dict[str, Article]) -> None:
    found = places(home, articles, EVERYWHERE)
    assert found == {
        name: ("contained" if name == "everywhere longer" else "verbatim", "everywhere first", "body")
        for name in articles
        if name.startswith("everywhere")
    }
    assert len(found) == 40


def test_the_first_place_is_of_the_article_published_first(home: Home, articles: dict[str, Article]) -> None:
    found = places(home, articles, TWICE)
    assert {first for _, first, _ in found.values()} == {"twice, time"}
    assert found.keys() == {"twice, date", "twice, time", "twice, no date"}
    firsts = ask(
        home,
        "select distinct first_published_at from marts.fct_shared_passages where first_article_id = $id",
        id=articles["twice, time"].article_id,
    )
    assert [moment.astimezone(UTC) for (moment,) in firsts] == [at(1, 8, 15).astimezone(UTC)]


def test_a_sentence_of_the_lead_has_its_place_in_the_lead(home: Home, articles: dict[str, Article]) -> None:
    assert places(home, articles, IN_LEAD) == {
        "lead": ("verbatim", "lead", "lead"),
        "body": ("verbatim", "lead", "body"),
    }


def test_offsets_are_those_of_the_stored_text(home: Home, articles: dict[str, Article]) -> None:
    stored = unicodedata.normalize("NFD", ODD)
    assert places(home, articles, stored).keys() == {"decomposed", "odd"}
    cut = ask(
        home,
        "select substring(body, start_offset + 1, end_offset - start_offset) from marts.fct_shared_passages"
        " join marts.fct_articles using (article_id) where article_id = $id",
        id=articles["odd"].article_id,
    )
    assert cut == [(articles["odd"].body[1].removesuffix("\u00a0 "),)]


def test_what_many_texts_of_a_portal_have_is_boilerplate(home: Home, articles: dict[str, Article]) -> None:
    assert places(home, articles, BOILERPLATE) == {}
    assert places(home, articles, JUST_NO_BOILERPLATE).keys() == {
        name for name in articles if name.startswith("no boilerplate")
    }


def test_what_more_than_two_hundred_articles_have_is_a_set_phrase(home: Home, articles: dict[str, Article]) -> None:
    assert places(home, articles, SPAM) == {}


def test_what_one_portal_repeats_is_no_passage(home: Home, articles: dict[str, Article]) -> None:
    assert places(home, articles, own(1_000_000)) == {}


def test_only_the_current_revision_counts(home: Home, articles: dict[str, Article]) -> None:
    assert places(home, articles, EDITED_OUT) == {}
    ((revision,),) = ask(
        home,
        "select max(revision) from marts.fct_article_revisions where article_id = $id",
        id=articles["before the edit"].article_id,
    )
    assert revision == 2
    assert ask(home, "select distinct revision from marts.fct_shared_passages") == [(1,)]


def test_the_marked_pairs_of_the_seeds_come_out_and_formulaic_ones_do_not(
    shared: Path, home: Home, articles: dict[str, Article]
) -> None:
    pairs = json.loads((shared / "seeds" / "pairs.json").read_text(encoding="utf-8"))
    keys = {articles[key].article_id: key for key in articles if "_" in key}
    found: dict[frozenset[str], list[tuple[str, str]]] = {}
    for article_id, first_id, sentence, first_sentence in ask(
        home,
        "with cut as (select passages.*, substring(body, start_offset + 1, end_offset - start_offset) as sentence"
        " from marts.fct_shared_passages as passages join marts.fct_articles using (article_id)) select"
        " cut.article_id, firsts.article_id, cut.sentence, firsts.sentence from cut join cut as firsts"
        " on cut.passage_id = firsts.passage_id and firsts.is_first and not cut.is_first"
        " where list_contains($ids, cut.article_id)",
        ids=list(keys),
    ):
        both = found.setdefault(frozenset((keys[article_id], keys[first_id])), [])
        both += [(sentence, first_sentence), (first_sentence, sentence)]
    for names, marked in pairs.items():
        if not names.startswith("_"):
            here = found.get(frozenset(names.split("|")), [])
            assert [pair for pair in marked["shared_sentences"] if not is_found(pair, here)] == []
            assert [pair for pair in marked["formulaic_overlaps"] if is_found(pair, here)] == []
            assert bool(here) == bool(marked["shared_sentences"])


def is_found(pair: dict[str, str], found: list[tuple[str, str]]) -> bool:
    """Tell whether a marked pair is found, in the whole or in parts: items of a list are sentences."""
    return any(one in pair["a"] and other in pair["b"] for one, other in found)
