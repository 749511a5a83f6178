"""Gold cases: those of the project, and those made of the folder `shared`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bench.extraction.all_cases import load_cases
from bench.extraction.cases import CAPTURED_AT, fixture_cases, read_case
from bench.extraction.lists import list_cases
from bench.extraction.saved import saved_cases
from bench.extraction.score import words
from bench.extraction.seeds import LOOKS, read_seeds, seed_cases
from warehouse.text.normal import normal_form

SAID: dict[str, Any] = {
    "fetched_from": "https://xa.test/tin.html",
    "origin": "written",
    "confirmed": False,
    "article": {"title": "Một"},
}


def a_folder(root: Path, said: dict[str, Any]) -> Path:
    folder = root / "vhv" / "mot"
    folder.mkdir(parents=True)
    (folder / "page.html").write_bytes(b"<p>x</p>")
    (folder / "article.json").write_text(json.dumps(said), encoding="utf-8")
    return folder


def test_a_case_is_read_from_its_folder(tmp_path: Path) -> None:
    captured_at = "2025-03-01T08:00:00+07:00"
    said = {**SAID, "content_type": "text/html", "captured_at": captured_at, "furniture": ["Tin khác"]}
    case = read_case(a_folder(tmp_path, said))
    assert (case.name, case.platform, case.gold) == ("vhv/mot", "vhv", {"title": "Một"})
    assert (case.is_confirmed, case.furniture) == (False, ("Tin khác",))
    assert (case.url, case.content_type) == ("https://xa.test/tin.html", "text/html")
    assert case.captured_at.isoformat() == captured_at


def test_what_a_case_need_not_say(tmp_path: Path) -> None:
    case = read_case(a_folder(tmp_path, SAID))
    assert (case.captured_at, case.content_type, case.furniture) == (CAPTURED_AT, None, ())


@pytest.mark.parametrize("wrong", [{"origin": "somewhere"}, {"origin": None}])
def test_an_origin_that_does_not_exist_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="origin is none of"):
        read_case(a_folder(tmp_path, {**SAID, **wrong}))


@pytest.mark.parametrize("missing", ["fetched_from", "origin", "confirmed", "article"])
def test_a_case_that_says_too_little_is_refused(tmp_path: Path, missing: str) -> None:
    said = {name: value for name, value in SAID.items() if name != missing}
    with pytest.raises(ValueError, match=missing):
        read_case(a_folder(tmp_path, said))


def test_without_the_folder_the_projects_own_cases_remain(tmp_path: Path) -> None:
    assert list(load_cases(tmp_path)) == list(fixture_cases())


def test_names_are_the_cases_own(shared: Path) -> None:
    names = Counter(case.name for case in load_cases(shared))
    assert names.most_common(1)[0][1] == 1


# --- Seeds -----------------------------------------------------------------------------------------------------------


def test_gold_of_a_seed_is_what_its_labels_say(shared: Path) -> None:
    for seed in read_seeds(shared):
        text = seed.texts("body")
        assert len(text) == seed.said["body_paragraph_count"]
        assert text[0].startswith(seed.said["body_first_words"])
        assert text[-1].endswith(seed.said["body_last_words"])
        assert list(seed.texts("subheading")) == seed.said["subheadings"]
        captions = dict.fromkeys(normal_form(line).rstrip(".") for line in seed.texts("caption"))
        assert list(captions) == [normal_form(caption).rstrip(".") for caption in seed.said["captions"]]


def test_every_seed_stands_in_every_markup_that_is_its_own_or_anybodys(shared: Path) -> None:
    names = [case.name for case in seed_cases(shared)]
    for template in LOOKS:
        keys = {name[5:8] for name in names if f"in {template}" in name}
        own = {"liferay_point": {"000", "004"}, "newspaper": {"001"}, "own_cms": {"003"}}
        assert keys == own.get(template, {"000", "001", "002", "003", "004"})


def test_the_page_of_a_seed_shows_all_of_its_gold_once(shared: Path) -> None:
    for case in seed_cases(shared):
        page = " ".join(words(case.body.decode()))
        assert case.gold is not None
        for text in (case.gold["title"], *case.gold["body"], *case.gold["captions"]):
            assert " ".join(words(text.replace('"', "")))[:60] in page.replace(" quot ", " ").replace(" 34 ", " ")
        body = " ".join(words(" ".join(case.gold["body"])))
        assert not [text for text in case.furniture if f" {' '.join(words(text))} " in f" {body} " and len(text) > 40]


# --- Real pages ------------------------------------------------------------------------------------------------------


def test_gold_of_the_real_pages_is_their_text(shared: Path) -> None:
    gold = {case.name: case.gold or {} for case in saved_cases(shared) if case.origin == "real"}
    counts = {name: [len(text.split()) for text in said["body"]] for name, said in gold.items()}
    assert counts["liferay_point 056"] == [2, 26, 28]
    assert len(counts["nukeviet sample 11"]) == 13
    assert gold["nukeviet sample 11"]["body"][0].endswith("có gì mới?")
    assert gold["nukeviet sample 11"]["published_at"] == "2015-10-21T08:32:00+07:00"


def test_the_rebuilt_pages_show_what_their_seeds_say(shared: Path) -> None:
    rebuilt = [case for case in saved_cases(shared) if case.origin == "rebuilt_body"]
    assert [case.name for case in rebuilt] == [*(f"nukeviet {number}" for number in range(16, 21)), "nukeviet print 16"]
    for case in rebuilt:
        page = case.body.decode()
        assert case.gold is not None
        assert case.gold["published_at"] in page or "print" in case.name
        assert case.gold["byline"] is None or f"</strong>{case.gold['byline']}" in page or "print" in case.name
        assert case.gold["credited_source_name"] is None or f"</strong>{case.gold['credited_source_name']}" in page


def test_the_lists_have_the_rows_that_were_counted(shared: Path) -> None:
    rows = Counter[str]()
    for case in list_cases(shared):
        rows[case.platform] += len(case.rows)
    assert rows == {"liferay_point": 202, "nukeviet": 65}
