"""The extractor's version is well formed, and raised whenever the extraction of a known page changes.

The digests are in `tests/digests/`; `python -m tests.digests` renews them.
"""

from __future__ import annotations

import re
import runpy
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from spiders.extract import version
from spiders.platforms import PLATFORMS
from spiders.platforms.parts.attribution.bylines import Byline
from tests.digests.pages import KnownPage, fixture_pages, is_at_hand, repository_pages, shared_pages
from tests.digests.readings import Digests, digests_of
from tests.digests.record import (
    REPOSITORY_FILE,
    SHARED_FILE,
    Record,
    as_text,
    complaint,
    libraries_now,
    read_record,
)
from tests.digests.renewal import VERSION_FILE, next_number, number_in, renew

RAISE = "output changed: raise the version (`python -m tests.digests`) and say why in the changelog"
NUMBER = version._NUMBER
TODAY = date(2026, 11, 30)


@pytest.mark.slow
def test_every_page_of_the_repository_is_extracted_as_recorded() -> None:
    fail_on(complaint(REPOSITORY_FILE, digests_of(repository_pages()), NUMBER))


@pytest.mark.slow
def test_every_page_of_the_shared_folder_is_extracted_as_recorded() -> None:
    if not is_at_hand():
        pytest.skip("needs the folder of real saved pages, `shared`, beside the repository")
    fail_on(complaint(SHARED_FILE, digests_of(shared_pages()), NUMBER, may_grow=True))


def fail_on(complaints: str) -> None:
    if complaints:
        pytest.fail(complaints, pytrace=False)


def test_the_version_is_a_number_and_a_digest_of_its_libraries() -> None:
    assert re.fullmatch(r"20\d\d\.(0[1-9]|1[0-2])\.[1-9]\d*-[0-9a-f]{8}", version.EXTRACTOR_VERSION)
    assert f"{NUMBER}-{version._libraries()}" == version.EXTRACTOR_VERSION
    assert number_in(VERSION_FILE) == NUMBER


@pytest.mark.parametrize("library", version._LIBRARIES)
def test_another_version_of_a_library_changes_the_version(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, now = version._libraries(), libraries_now() | {library: "0.0.1"}
    monkeypatch.setattr(version, "version", now.__getitem__)
    assert version._libraries() != before


# --- The digests detect changes --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages() -> list[KnownPage]:
    """Return the fixtures of one platform: enough to detect a change, and quick."""
    return [page for page in fixture_pages() if page.name.startswith("fixture zce/")]


@pytest.fixture
def recorded(tmp_path: Path, pages: list[KnownPage]) -> Path:
    """Return a file of the digests of those pages, beside a copy of the version's file."""
    file = tmp_path / "repository.txt"
    file.write_text(as_text(Record(NUMBER, libraries_now(), digests_of(pages))), encoding="utf-8")
    (tmp_path / "version.py").write_text(VERSION_FILE.read_text(encoding="utf-8"), encoding="utf-8")
    return file


def renewed(file: Path, now: Mapping[str, Digests] | None, today: date = TODAY) -> list[str]:
    return list(renew({file: now}, today, file.parent / "version.py"))


def number_beside(file: Path) -> str:
    return number_in(file.parent / "version.py")


CHANGES = {
    "spiders.extract.article.language_of": lambda _text: "en",
    "spiders.platforms.newspapers.marks._tags": lambda _boxes: ("thẻ",),
    "spiders.platforms.parts.assembly.marked_byline": lambda _text: Byline(None),
}


@pytest.mark.parametrize("where", CHANGES)
def test_a_change_of_the_extraction_requires_a_new_version(
    where: str, recorded: Path, pages: list[KnownPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert complaint(recorded, digests_of(pages), NUMBER) == ""
    monkeypatch.setattr(where, CHANGES[where])
    message = complaint(recorded, digests_of(pages), NUMBER)
    assert RAISE in message
    assert "  fixture zce/" in message


def test_a_change_of_lists_or_of_a_reason_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    def digests() -> list[Digests]:
        return list(digests_of(page for page in fixture_pages() if "list" in page.name).values())

    before = digests()
    monkeypatch.setattr(PLATFORMS["generic"], "list_rows", lambda _page: ())
    without_rows = digests()
    monkeypatch.setattr("spiders.extract.article.is_challenge", lambda _body: True)
    assert before != without_rows != digests()


def test_the_command_raises_the_number_and_updates_the_digests(
    recorded: Path, pages: list[KnownPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spiders.extract.article.language_of", lambda _text: "en")
    now = digests_of(pages)
    expected = next_number(NUMBER, TODAY)
    done = renewed(recorded, now)
    assert f"version raised from {NUMBER} to {expected}: say in CHANGELOG.md" in done[0]
    assert number_beside(recorded) == read_record(recorded).number == expected
    assert complaint(recorded, now, expected) == ""
    assert renewed(recorded, now) == ["repository.txt: nothing changed"]
    assert number_beside(recorded) == expected


def test_a_comment_needs_no_new_version(recorded: Path, pages: list[KnownPage]) -> None:
    version_file, before = recorded.parent / "version.py", recorded.read_bytes()
    version_file.write_text(version_file.read_text(encoding="utf-8") + "\n# A comment.\n", encoding="utf-8")
    text = version_file.read_bytes()
    assert runpy.run_path(str(version_file))["EXTRACTOR_VERSION"] == version.EXTRACTOR_VERSION
    assert renewed(recorded, digests_of(pages)) == ["repository.txt: nothing changed"]
    assert (recorded.read_bytes(), version_file.read_bytes()) == (before, text)


def test_added_removed_and_rewritten_pages_need_new_digests_but_no_new_version(
    recorded: Path, pages: list[KnownPage]
) -> None:
    first, second, *others = pages
    longer = replace(second, body=second.body.replace(b"</p>", " Thêm.</p>".encode(), 1))
    now = digests_of([longer, *others, replace(first, name="fixture zce/new")])
    message = complaint(recorded, now, NUMBER)
    assert "this needs no new version" in message
    assert RAISE not in message
    assert re.findall(r"1 (\w+):", message) == ["added", "rewritten", "gone"]
    assert "  fixture zce/new" in message
    assert renewed(recorded, now) == ["repository.txt: renewed; 1 added, 1 rewritten, 1 gone"]
    assert number_beside(recorded) == NUMBER
    assert complaint(recorded, now, NUMBER) == ""


def test_the_shared_folder_may_grow(recorded: Path, pages: list[KnownPage]) -> None:
    now = digests_of([*pages, replace(pages[0], name="cases/new")])
    assert "cases/new" in complaint(recorded, now, NUMBER)
    assert complaint(recorded, now, NUMBER, may_grow=True) == ""


def test_at_most_ten_pages_are_named() -> None:
    many = {f"page {number:02}": Digests("a", "b", "c") for number in range(12)}
    message = complaint(Path("absent.txt"), many, NUMBER)
    assert message.count("  page ") == 10
    assert "  and 2 more" in message


def test_other_libraries_are_named(recorded: Path, pages: list[KnownPage]) -> None:
    now = digests_of(pages)
    recorded.write_text(as_text(Record(NUMBER, libraries_now() | {"lxml": "0.1"}, now)), encoding="utf-8")
    message = complaint(recorded, now, NUMBER)
    assert f"other libraries than those of the digests: lxml {libraries_now()['lxml']} in place of 0.1" in message
    assert RAISE not in message
    renewed(recorded, now)
    assert (complaint(recorded, now, NUMBER), number_beside(recorded)) == ("", NUMBER)


def test_a_number_raised_by_hand_is_not_raised_again(
    recorded: Path, pages: list[KnownPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand = "2027.01.1"
    version_file = recorded.parent / "version.py"
    version_file.write_text(version_file.read_text(encoding="utf-8").replace(NUMBER, by_hand), encoding="utf-8")
    monkeypatch.setattr("spiders.extract.article.language_of", lambda _text: "en")
    now = digests_of(pages)
    assert f"the digests are of version {NUMBER}, the code is {by_hand}" in complaint(recorded, now, by_hand)
    renewed(recorded, now)
    assert number_beside(recorded) == read_record(recorded).number == by_hand


def test_digests_of_unavailable_pages_are_reported_as_stale(
    recorded: Path, pages: list[KnownPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = recorded.with_name("shared.txt")
    absent.write_bytes(recorded.read_bytes())
    unchanged = list(renew({recorded: digests_of(pages), absent: None}, TODAY, recorded.parent / "version.py"))
    assert unchanged[1].endswith("NOT updated, since the folder `shared` is not beside the repository.")
    monkeypatch.setattr("spiders.extract.article.language_of", lambda _text: "en")
    now = digests_of(pages)
    raised = list(renew({recorded: now, absent: None}, TODAY, recorded.parent / "version.py"))
    assert raised[2].endswith(f"It stays at {NUMBER}, and its test fails where `shared` is.")
    assert absent.read_text(encoding="utf-8").startswith(f"# extractor {NUMBER} ")
    # Where the folder exists, the number already raised is valid for its pages too.
    expected = number_beside(recorded)
    assert f"the digests are of version {NUMBER}" in complaint(absent, now, expected)
    renewed(absent, now)
    assert (complaint(absent, now, expected), number_beside(recorded)) == ("", expected)


@pytest.mark.parametrize(
    ("number", "today", "following"),
    [
        ("2026.11.1", date(2026, 11, 30), "2026.11.2"),
        ("2026.11.9", date(2026, 11, 1), "2026.11.10"),
        ("2026.11.4", date(2026, 12, 1), "2026.12.1"),
        ("2026.12.4", date(2027, 1, 1), "2027.01.1"),
        ("2026.12.4", date(2026, 11, 30), "2026.12.5"),
    ],
)
def test_the_count_restarts_each_month(number: str, today: date, following: str) -> None:
    assert next_number(number, today) == following


def test_duplicate_page_names_are_rejected(pages: list[KnownPage]) -> None:
    with pytest.raises(ValueError, match="two pages have the name 'fixture zce/"):
        digests_of([pages[0], pages[0]])


def test_an_extractor_error_names_the_page(pages: list[KnownPage], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_text: str) -> str:
        raise LookupError("broken")

    monkeypatch.setattr("spiders.extract.article.language_of", broken)
    with pytest.raises(LookupError) as caught:
        digests_of(pages)
    assert caught.value.__notes__ == [f"while extracting {pages[0].name}"]
