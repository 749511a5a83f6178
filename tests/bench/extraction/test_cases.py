"""Gold cases: the fixtures, and those made from the folder `shared`."""

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
from bench.extraction.seeds import STYLES, read_seeds, seed_cases
from warehouse.text.normal import normal_form

CONTENT: dict[str, Any] = {
    "fetched_from": "https://xa.test/tin.html",
    "origin": "written",
    "confirmed": False,
    "article": {"title": "Một"},
}


def a_folder(root: Path, content: dict[str, Any]) -> Path:
    folder = root / "vhv" / "mot"
    folder.mkdir(parents=True)
    (folder / "page.html").write_bytes(b"<p>x</p>")
    (folder / "article.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_a_case_is_read_from_its_folder(tmp_path: Path) -> None:
    captured_at = "2025-03-01T08:00:00+07:00"
    content = {**CONTENT, "content_type": "text/html", "captured_at": captured_at, "furniture": ["Tin khác"]}
    case = read_case(a_folder(tmp_path, content))
    assert (case.name, case.platform, case.gold) == ("vhv/mot", "vhv", {"title": "Một"})
    assert (case.is_confirmed, case.furniture) == (False, ("Tin khác",))
    assert (case.url, case.content_type) == ("https://xa.test/tin.html", "text/html")
    assert case.captured_at.isoformat() == captured_at


def test_optional_keys_have_defaults(tmp_path: Path) -> None:
    case = read_case(a_folder(tmp_path, CONTENT))
    assert (case.captured_at, case.content_type, case.furniture) == (CAPTURED_AT, None, ())


@pytest.mark.parametrize("wrong", [{"origin": "somewhere"}, {"origin": None}])
def test_an_unknown_origin_is_rejected(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="origin is none of"):
        read_case(a_folder(tmp_path, {**CONTENT, **wrong}))


@pytest.mark.parametrize("missing", ["fetched_from", "origin", "confirmed", "article"])
def test_a_missing_key_is_rejected(tmp_path: Path, missing: str) -> None:
    content = {name: value for name, value in CONTENT.items() if name != missing}
    with pytest.raises(ValueError, match=missing):
        read_case(a_folder(tmp_path, content))


def test_without_the_shared_folder_only_fixtures_are_loaded(tmp_path: Path) -> None:
    assert list(load_cases(tmp_path)) == list(fixture_cases())


def test_names_of_cases_are_unique(shared: Path) -> None:
    names = Counter(case.name for case in load_cases(shared))
    assert names.most_common(1)[0][1] == 1


# --- Seeds -----------------------------------------------------------------------------------------------------------


def test_lines_of_a_seed_agree_with_its_labels(shared: Path) -> None:
    for seed in read_seeds(shared):
        text = seed.texts("body")
        assert len(text) == seed.gold["body_paragraph_count"]
        assert text[0].startswith(seed.gold["body_first_words"])
        assert text[-1].endswith(seed.gold["body_last_words"])
        assert list(seed.texts("subheading")) == seed.gold["subheadings"]
        captions = dict.fromkeys(normal_form(line).rstrip(".") for line in seed.texts("caption"))
        assert list(captions) == [normal_form(caption).rstrip(".") for caption in seed.gold["captions"]]


def test_seeds_are_rendered_in_their_own_and_in_all_common_styles(shared: Path) -> None:
    names = [case.name for case in seed_cases(shared)]
    for template in STYLES:
        keys = {name[5:8] for name in names if f"in {template}" in name}
        own = {"liferay_point": {"000", "004"}, "newspaper": {"001"}, "own_cms": {"003"}}
        assert keys == own.get(template, {"000", "001", "002", "003", "004"})


def test_the_page_of_a_seed_contains_its_gold_and_no_boilerplate_in_the_body(shared: Path) -> None:
    for case in seed_cases(shared):
        page = " ".join(words(case.body.decode()))
        assert case.gold is not None
        for text in (case.gold["title"], *case.gold["body"], *case.gold["captions"]):
            assert " ".join(words(text.replace('"', "")))[:60] in page.replace(" quot ", " ").replace(" 34 ", " ")
        body = " ".join(words(" ".join(case.gold["body"])))
        assert not [text for text in case.furniture if f" {' '.join(words(text))} " in f" {body} " and len(text) > 40]


# --- Real pages ------------------------------------------------------------------------------------------------------


def test_gold_of_real_pages_is_their_text(shared: Path) -> None:
    gold = {case.name: case.gold or {} for case in saved_cases(shared) if case.origin == "real"}
    counts = {name: [len(text.split()) for text in content["body"]] for name, content in gold.items()}
    assert counts["liferay_point 056"] == [2, 26, 28]
    assert len(counts["nukeviet sample 11"]) == 13
    assert gold["nukeviet sample 11"]["body"][0].endswith("có gì mới?")
    assert gold["nukeviet sample 11"]["published_at"] == "2015-10-21T08:32:00+07:00"


def test_rebuilt_pages_contain_the_gold_of_their_seeds(shared: Path) -> None:
    rebuilt = [case for case in saved_cases(shared) if case.origin == "rebuilt_body"]
    assert [case.name for case in rebuilt] == [*(f"nukeviet {number}" for number in range(16, 21)), "nukeviet print 16"]
    for case in rebuilt:
        page = case.body.decode()
        assert case.gold is not None
        assert case.gold["published_at"] in page or "print" in case.name
        assert case.gold["byline"] is None or f"</strong>{case.gold['byline']}" in page or "print" in case.name
        assert case.gold["credited_source_name"] is None or f"</strong>{case.gold['credited_source_name']}" in page


def test_lists_have_the_expected_number_of_rows(shared: Path) -> None:
    rows = Counter[str]()
    for case in list_cases(shared):
        rows[case.platform] += len(case.rows)
    assert rows == {"liferay_point": 202, "nukeviet": 65, "generic": 202 + 65 + 90}
