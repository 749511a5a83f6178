"""`python -m bench.extraction`: report, exit codes, and the other extractors."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from bench.extraction import __main__ as command
from bench.extraction import bars
from bench.extraction.cases import FIXTURES, Case, read_case
from bench.extraction.contenders import CONTENDERS, by_newspaper, by_trafilatura, contends

KNOWN = read_case(FIXTURES / "liferay_point/doubled_breadcrumb")
PLAIN = read_case(FIXTURES / "generic/json_ld_and_figures")
NONE = read_case(FIXTURES / "liferay_point/gone_shows_list")


@pytest.fixture
def cases(monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """Return the cases that the command loads; only one bar is checked."""
    seen = [KNOWN, PLAIN, NONE]
    monkeypatch.setattr(command, "load_cases", lambda: tuple(seen))
    monkeypatch.setattr(command, "list_cases", list)
    monkeypatch.setattr(bars, "BARS", bars.BARS[:1])
    return seen


def test_the_report_shows_all_contenders_and_exits_with_0(
    cases: list[Case], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert command.main(["--rounds", "0", "--json", str(tmp_path / "scores.json")]) == 0
    printed = capsys.readouterr().out
    assert "## written\n\n| contender | cases | title % |" in printed
    in_short = printed.partition("\n\n## written")[0].splitlines()
    head, _, *rows = [line.strip("| ").split(" | ") for line in in_short if line.startswith("|")]
    assert [row[:3] for row in rows] == [
        ["written", "template", "1"],
        ["written", "generic", "2"],
        ["written", "trafilatura", "2"],
    ]
    assert all(len(row) == len(head) for row in rows)
    assert rows[0][-2:] == ["1.000", "0"]
    assert all(f"| {name} |" in printed for name in CONTENDERS)
    assert "Bars missed" not in printed
    written = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert written["bars"] == [{"bar": "template: title >= 1", "origin": "written", "value": 1, "met": True}]
    assert len(written["cases"]) == 2 * len(CONTENDERS) - 1  # no template recognises the plain page


def test_a_missed_bar_is_reported(cases: list[Case], capsys: pytest.CaptureFixture[str]) -> None:
    cases[0] = replace(KNOWN, gold={**(KNOWN.gold or {}), "title": "Một tên khác"})
    assert command.main(["--rounds", "0"]) == 1
    output = capsys.readouterr()
    assert "- written, template: title >= 1: 0.000" in output.out
    assert "- liferay_point/doubled_breadcrumb (template): wrong title" in output.out
    assert "misses its bar: written, template: title >= 1" in output.err


def test_an_article_on_a_page_without_one_is_reported(cases: list[Case], capsys: pytest.CaptureFixture[str]) -> None:
    cases[2] = replace(KNOWN, gold=None)
    assert command.main(["--rounds", "0"]) == 1
    assert "an article where there is none: liferay_point/doubled_breadcrumb (template)" in capsys.readouterr().err


def test_a_single_case_can_be_selected(cases: list[Case], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--case", "doubled"]) == 0
    assert "| template | 1 |" in capsys.readouterr().out
    assert command.main(["--case", "no such"]) == 2


def test_a_case_is_shown_beside_its_gold(cases: list[Case], capsys: pytest.CaptureFixture[str]) -> None:
    body = (KNOWN.gold or {})["body"]
    cases[0] = replace(KNOWN, gold={**(KNOWN.gold or {}), "byline": "Ai đó", "body": ["Đoạn không có.", *body[1:]]})
    assert command.main(["--show", "doubled"]) == 0
    shown = capsys.readouterr().out.partition(", generic")[0]
    assert "byline\n  gold:  Ai đó\n  found: Đài Truyền thanh huyện" in shown
    assert "paragraphs missing:\n  Đoạn không có." in shown
    assert f"paragraphs too many:\n  {body[0][:50]}" in shown
    assert body[1] not in shown
    assert command.main(["--show", "gone"]) == 0
    assert "gold: no article\nfound: no article" in capsys.readouterr().out


@pytest.mark.parametrize("by", [by_trafilatura, by_newspaper])
def test_other_extractors_send_no_requests(monkeypatch: pytest.MonkeyPatch, by: object) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert callable(by)
    found = by(PLAIN)
    assert found.keys() == {"title", "published_at", "published_precision", "byline", "body"}
    assert found["title"].startswith("Phố đi bộ mới bên hồ")
    assert found["published_at"].startswith("2025-09-08")
    assert any("thứ sáu tuần này" in line for line in found["body"])


def test_templates_are_not_scored_on_pages_that_none_must_recognise() -> None:
    assert contends("template", KNOWN)
    assert not contends("template", PLAIN)
    assert contends("generic", KNOWN)
