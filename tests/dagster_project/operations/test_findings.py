"""Findings are stored; an unreadable file is reported and does not hide the other findings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dagster_project.corpus import Corpus
from dagster_project.operations.alerting.conditions import portal_conditions
from dagster_project.operations.findings import (
    EXTRACTION,
    SILENCE,
    Finding,
    forget_failure,
    record,
    record_failure,
    recorded,
    recorded_failure,
)
from dagster_project.operations.states import corpus_state
from warehouse.home import Home

NOW = datetime(2026, 11, 3, 2, tzinfo=UTC)
SPOILT = [b"", b"\x00\x00", b'{"at": "2026-11-03T02', b"[]", b"null", b'{"at": "x", "reasons": {}}']


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    record(made, EXTRACTION, {"thanh-uy": "title 3 % of 40 pages", "tay-ho": None}, NOW)
    record(made, SILENCE, {"thanh-uy": None}, NOW)
    record_failure(made, "hanoimoi", "the crawl process ended", NOW, "run-1")
    return made


def conditions(home: Home) -> dict[str, tuple[str, ...]]:
    found = portal_conditions(corpus_state(Corpus.open(home), ["hanoimoi", "thanh-uy", "tay-ho"]), NOW)
    return {name: condition.reasons for name, condition in found.items()}


def test_recorded_findings_are_read_back(home: Home) -> None:
    assert recorded(home, EXTRACTION) == {
        "thanh-uy": Finding("title 3 % of 40 pages", NOW, NOW),
        "tay-ho": Finding(None, NOW),
    }
    assert conditions(home) == {
        "crawls": (),
        "portal hanoimoi": ("verdict: the crawl process ended",),
        "portal thanh-uy": ("extraction: title 3 % of 40 pages",),
        "portal tay-ho": (),
    }


@pytest.mark.parametrize("content", SPOILT)
def test_an_unreadable_findings_file_is_reported_beside_the_other_findings(home: Home, content: bytes) -> None:
    file = home.root / "findings" / "silence.json"
    file.write_bytes(content)
    found = conditions(home)
    (reason,) = found.pop("findings of silence")
    assert f"{file}: cannot be read" in reason
    assert "Delete it" in reason
    assert found["portal thanh-uy"] == ("extraction: title 3 % of 40 pages",)


@pytest.mark.parametrize("content", SPOILT)
def test_an_unreadable_failure_record_makes_its_portal_bad(home: Home, content: bytes) -> None:
    file = home.root / "findings" / "crawls_without_report" / "hanoimoi.json"
    file.write_bytes(content)
    found = conditions(home)
    assert f"{file}: cannot be read" in found["portal hanoimoi"][0]
    assert found["portal thanh-uy"] == ("extraction: title 3 % of 40 pages",)


def test_a_failure_is_forgotten_once_a_crawl_has_a_report(tmp_path: Path) -> None:
    home = Home(tmp_path)
    record_failure(home, "hanoimoi", "the crawl process ended", NOW, "run-1")
    forget_failure(home, "hanoimoi")
    forget_failure(home, "hanoimoi")
    assert recorded_failure(home, "hanoimoi") is None
