"""Tables that are piped are whole; CSV is exact by default, and without formulas on request."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from dagster_project.cli.output.tables import print_table, write_csv
from tests.dagster_project.cli.commands import run

FORMULAS = [
    *('=HYPERLINK("http://x.test","Mở")', "+84 24 3825", "-3 độ", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\xa0=1"),
    *("\ufeff=1", "\u200b=1", "\x00=1", "＝1", "＋1", "－1", "＠a", "=1,2", '=1"', "-", "\ttext"),
]
PLAIN = ["Thông báo", "a=1", "(-3)", "'=1", "", "–5 độ", "1-2", "#1", "≠ 1"]


def written(rows: list[list[object]], names: list[str], *, escape_formulas: bool) -> str:
    file = io.StringIO(newline="")
    write_csv(file, names, rows, escape_formulas=escape_formulas)
    return file.getvalue()


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_csv_is_exact_by_default() -> None:
    rows: list[list[object]] = [[text] for text in (*FORMULAS, *PLAIN)]
    text = written(rows, ["=a"], escape_formulas=False)
    assert read(text) == [["=a"], *rows]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    found = written([[text, [text], 7]], [text, "b", "c"], escape_formulas=True)
    header, row = read(found)
    assert header == [f"'{text}", "b", "c"]
    assert row == [f"'{text}", json.dumps([text], ensure_ascii=False), "7"]
    assert found.startswith("\"'")


@pytest.mark.parametrize("text", PLAIN)
def test_other_text_is_kept(text: str) -> None:
    assert read(written([[text, 1]], ["a", "b"], escape_formulas=True))[1] == [text, "1"]


def test_numbers_stay_numbers_without_quotes() -> None:
    row: list[object] = [-5, -5.5, Decimal("-12345678901234567890.12"), None, True, date(2026, 9, 14)]
    assert (
        written([row], list("abcdef"), escape_formulas=True).splitlines()[1]
        == '-5,-5.5,-12345678901234567890.12,"",True,"2026-09-14"'
    )


def test_other_values_are_escaped_by_their_text() -> None:
    assert read(written([[timedelta(days=-1)]], ["a"], escape_formulas=True))[1] == ["'-1 day, 0:00:00"]


def test_formulas_are_escaped_in_csv_only(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(monkeypatch, capsys, "query", "select '=1'", "--escape-formulas")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("--escape-formulas needs --csv")


NESTED = [
    (["Hồ Tây", 'bể "bơi"', None], '["Hồ Tây", "bể \\"bơi\\"", null]'),
    ([], "[]"),
    (
        {"tên": "Mỹ Đức", "ngày": date(2026, 9, 14), "số": [1, 2.5]},
        '{"tên": "Mỹ Đức", "ngày": "2026-09-14", "số": [1, 2.5]}',
    ),
    ({7: "b", date(2026, 9, 14): 1}, '{"7": "b", "2026-09-14": 1}'),
    ([float("nan"), float("-inf"), 1.5], '["nan", "-inf", 1.5]'),
    ([Decimal("1.10"), datetime(2026, 9, 14, 8, 15, tzinfo=UTC)], '["1.10", "2026-09-14T08:15:00+00:00"]'),
]


@pytest.mark.parametrize("escape_formulas", [False, True])
@pytest.mark.parametrize(("value", "text"), NESTED)
def test_lists_structs_and_maps_are_json_in_csv(value: object, text: str, escape_formulas: bool) -> None:
    found = written([[value, "=1"]], ["a", "b"], escape_formulas=escape_formulas)
    assert read(found)[1] == [text, "'=1" if escape_formulas else "=1"]
    json.loads(read(found)[1][0])


def test_a_table_that_is_piped_is_whole_and_fills_up_only_to_some_width(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # as many CI systems set
    monkeypatch.setenv("COLUMNS", "20")
    long = "Hà Nội đẩy nhanh giải ngân vốn đầu tư công " * 30
    print_table(["title", "words"], [[long, 1], ["Tin", 2], ["hai\ndòng", 3]])
    header, first, second, third = capsys.readouterr().out.splitlines()
    assert first == f"{long}  1"
    assert [line.index(value) for line, value in ((header, "words"), (second, "2"), (third, "3"))] == [62] * 3
    assert third.startswith("hai dòng ")


def test_a_terminal_gets_a_drawn_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_table(["title"], [["Tin [red]xã[/red]"]])
    out = capsys.readouterr().out
    assert "Tin [red]xã[/red]" in out
    assert len(out.splitlines()) > 2
