"""Gold cases: drafts contain the extractor's output, and problems of a case are named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bench.extraction.cases import read_case
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.server import Mirror
from spiders.onboarding.captures import CapturedPage
from spiders.onboarding.gold_cases import GOLD_FILE, FixtureError, cases, draft, examine, fixtures_of, write_case
from spiders.portal import SHIPPED_PORTALS, Portal, load_portals
from tests.visiting import mirror, page_of

__all__ = ["mirror"]


@pytest.fixture
def ward() -> Portal:
    return load_portals([MIRROR_PORTALS]).valid["phuong-tay-ho-thu-nghiem"]


@pytest.fixture
def page(mirror: Mirror, ward: Portal) -> CapturedPage:
    url = "https://phuongtayho.hanoi.test/tin-tuc"
    links = [part.split('"')[0] for part in page_of(mirror, url).body.decode().split('href="/tin-tuc/')[1:]]
    return page_of(mirror, f"{url}/{next(link for link in links if '7033' in link)}")


@pytest.fixture
def case(tmp_path: Path, page: CapturedPage, ward: Portal) -> Path:
    folder = tmp_path / "generic" / "tay-ho-article"
    write_case(folder, page.body, draft(page, ward))
    return folder


def changed(case: Path, **values: Any) -> Path:
    gold = json.loads((case / "article.json").read_text(encoding="utf-8"))
    gold["article"].update({name: value for name, value in values.items() if name in gold["article"]})
    gold.update({name: value for name, value in values.items() if name in gold})
    (case / "article.json").write_text(json.dumps(gold, ensure_ascii=False), encoding="utf-8")
    return case


def problems(case: Path, portals: list[Portal]) -> tuple[str, ...]:
    return examine(case, portals).problems


def test_a_draft_has_the_gold_format_and_the_extracted_article(page: CapturedPage, ward: Portal) -> None:
    gold = draft(page, ward)
    assert list(gold) == [
        *("fetched_from", "content_type", "captured_at", "origin", "confirmed", "furniture", "article")
    ]
    assert (gold["origin"], gold["confirmed"], gold["fetched_from"]) == ("real", False, page.url)
    assert datetime.fromisoformat(gold["captured_at"]) == page.captured_at.replace(microsecond=0)
    assert gold["article"]["title"].startswith("Giải ngân đầu tư công")
    assert gold["article"]["published_at"] == "2026-09-10T17:05:00+07:00"
    assert "Cơ cấu tổ chức" in gold["furniture"]
    assert not {"article_id", "capture_id", "warc_file", "captured_at", "extractor_version"} & gold["article"].keys()


def test_the_bench_reads_a_draft_as_a_case(case: Path, page: CapturedPage) -> None:
    taken = read_case(case)
    assert (taken.url, taken.body, taken.is_confirmed) == (page.url, page.body, False)
    assert taken.gold is not None
    assert taken.furniture


def test_a_page_without_an_article_is_drafted_with_null(mirror: Mirror, ward: Portal) -> None:
    listing = page_of(mirror, "https://phuongtayho.hanoi.test/tin-tuc")
    gold = draft(listing, ward)
    assert (gold["article"], gold["furniture"]) == (None, [])


def test_the_only_problem_of_a_draft_is_that_it_is_not_confirmed(case: Path, ward: Portal) -> None:
    (problem,) = problems(case, [ward])
    assert "nobody has confirmed it" in problem
    assert list(problems(changed(case, confirmed=True), [ward])) == []


def test_a_case_without_a_defined_portal_is_extracted_by_its_platform(case: Path) -> None:
    assert list(problems(changed(case, confirmed=True), [])) == []


@pytest.mark.parametrize("confirmed", [False, None, "true", 1])
def test_only_true_confirms(case: Path, ward: Portal, confirmed: object) -> None:
    assert any("nobody has confirmed" in problem for problem in problems(changed(case, confirmed=confirmed), [ward]))


def test_differences_are_named_by_field(case: Path, ward: Portal) -> None:
    changed(case, confirmed=True, title="Tên đúng", byline=None, view_count=1)
    found = list(problems(case, [ward]))
    assert [problem.partition(":")[0] for problem in found] == ["title", "byline", "view_count"]
    assert 'expected "Tên đúng"' in found[0]


def test_a_new_layout_that_reads_the_same_is_a_note_and_no_problem(case: Path, ward: Portal) -> None:
    gold = json.loads((case / GOLD_FILE).read_text(encoding="utf-8"))
    del gold["article"]["view_count"]  # which a layout cannot name
    (case / GOLD_FILE).write_text(json.dumps(gold | {"confirmed": True}, ensure_ascii=False), encoding="utf-8")
    layout = {"name": "2026", "title": "h1.tieu-de", "body": "div.noi-dung", "date": "time.ngay"}
    layout |= {"byline": "p.tac-gia", "section": "nav.duong-dan a", "tags": "div.tu-khoa a"}
    with_layout = Portal.model_validate({**ward.model_dump(mode="json"), "templates": [layout]})
    found = examine(case, [with_layout])
    assert found.problems == ()
    assert [note.partition(":")[0] for note in found.notes] == ["published_basis", "template"]
    assert 'read "2026"' in found.notes[1]
    worse = Portal.model_validate(
        {**ward.model_dump(mode="json"), "templates": [layout | {"body": "article.chi-tiet"}]}
    )
    assert "body" in {problem.partition(":")[0] for problem in examine(case, [worse]).problems}


def test_every_field_that_readers_see_is_held(case: Path, ward: Portal) -> None:
    gold = json.loads((case / GOLD_FILE).read_text(encoding="utf-8"))
    gold |= {"confirmed": True, "article": dict.fromkeys(gold["article"], "khác")}
    (case / GOLD_FILE).write_text(json.dumps(gold, ensure_ascii=False), encoding="utf-8")
    found = examine(case, [ward])
    assert {problem.partition(":")[0] for problem in found.problems} == {
        *(
            "title",
            "lead",
            "body",
            "captions",
            "byline",
            "credited_source_name",
            "credited_source_url",
            "section",
            "tags",
        ),
        *("published_at", "published_precision", "updated_at", "view_count", "attachments", "image_urls", "url"),
    }
    assert {note.partition(":")[0] for note in found.notes} == {
        *("extractor", "language", "published_basis", "quality_flags", "template", "word_count")
    }


def test_only_the_fields_given_are_compared(case: Path, ward: Portal) -> None:
    gold = json.loads((case / "article.json").read_text(encoding="utf-8"))
    gold |= {"confirmed": True, "article": {"title": gold["article"]["title"]}}
    (case / "article.json").write_text(json.dumps(gold), encoding="utf-8")
    assert list(problems(case, [ward])) == []
    gold["article"]["no_such_field"] = "x"
    (case / "article.json").write_text(json.dumps(gold), encoding="utf-8")
    assert [problem.partition(":")[0] for problem in problems(case, [ward])] == ["no_such_field"]


def test_furniture_in_the_body_is_named(case: Path, ward: Portal) -> None:
    changed(case, confirmed=True, furniture=["Cơ cấu tổ chức", "phường TÂY HỒ vừa có"])
    (problem,) = problems(case, [ward])
    assert problem == 'the body holds furniture: "phường TÂY HỒ vừa có"'


def test_an_unexpected_or_missing_article_is_named(case: Path, ward: Portal) -> None:
    gold = json.loads((case / "article.json").read_text(encoding="utf-8"))
    (case / "article.json").write_text(json.dumps({**gold, "confirmed": True, "article": None}), encoding="utf-8")
    assert list(problems(case, [ward])) == ["shows an article where none is expected"]
    (case / "article.json").write_text(json.dumps({**gold, "confirmed": True}), encoding="utf-8")
    (case / "page.html").write_text("<html><body><p>Trống.</p></body></html>", encoding="utf-8")
    assert list(problems(case, [ward])) == ["shows no article where one is expected"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"fetched_from": 1, "article": null}', "không phải JSON"])
def test_a_case_that_cannot_be_read_is_named(case: Path, ward: Portal, text: str) -> None:
    (case / "article.json").write_text(text, encoding="utf-8")
    (problem,) = problems(case, [ward])
    assert problem.startswith("cannot be read: ")


def test_a_case_is_never_overwritten(case: Path, page: CapturedPage, ward: Portal) -> None:
    before = (case / "article.json").read_bytes()
    with pytest.raises(FixtureError, match="nothing was overwritten"):
        write_case(case, page.body, draft(page, ward))
    (case / "article.json").unlink()
    with pytest.raises(FixtureError, match="nothing was overwritten"):
        write_case(case, page.body + b" ", draft(page, ward))
    write_case(case, page.body, json.loads(before))
    assert json.loads((case / "article.json").read_bytes()) == json.loads(before)


def test_cases_are_found_below_their_platforms(case: Path, tmp_path: Path) -> None:
    assert cases(tmp_path) == [case]
    assert cases(tmp_path / "nowhere") == []


def test_cases_are_beside_portal_files_and_the_projects_in_its_tests(tmp_path: Path) -> None:
    assert fixtures_of(tmp_path) == tmp_path / "fixtures"
    assert fixtures_of(SHIPPED_PORTALS) == Path(__file__).resolve().parents[2] / "fixtures"


def test_a_case_is_extracted_as_of_its_capture_time(case: Path, ward: Portal) -> None:
    """A date after the capture is dropped, so the day of the capture belongs to the case."""
    changed(case, confirmed=True, captured_at=datetime(2026, 1, 1, tzinfo=UTC).isoformat())
    found = [problem.partition(":")[0] for problem in problems(case, [ward])]
    assert "published_at" in found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[" * 100_000, "Invalid JSON"),
        ("[]", "Input should be an object"),
        ('{"fetched_from": 1, "article": null}', "fetched_from: Input should be a valid string"),
        ('{"fetched_from": "https://a.test/"}', "article: Field required"),
        ('{"fetched_from": "https://a.test/", "article": [1]}', "article: Input should be an object"),
        ('{"fetched_from": "https://a.test/", "article": {}, "captured_at": "2026-01-01"}', "captured_at: "),
        ('{"fetched_from": "https://a.test/", "article": {}, "furniture": [1]}', "furniture.0: "),
        ('{"fetched_from": "http://[", "article": null}', "Invalid IPv6 URL"),
        ("\xff", "Invalid JSON"),
    ],
)
def test_a_case_of_another_form_is_named(case: Path, ward: Portal, text: str, problem: str) -> None:
    (case / GOLD_FILE).write_text(text, encoding="latin-1")
    (found,) = problems(case, [ward])
    assert found.startswith("cannot be read: ")
    assert problem in found
