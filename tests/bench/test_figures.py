"""The table of benchmark results: ratios, bars, and the exit code of the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import __main__ as command
from bench.figures import Bar, Figure, as_json, as_markdown, interleaved

AT_LEAST = Bar("ratio", ">=", 8)
AT_MOST = Bar("value", "<=", 2)


def quiet(_line: str) -> None:
    """Discard progress messages."""


@pytest.mark.parametrize(
    ("figure", "is_met"),
    [
        (Figure("articles", "x", "docs/s", 800, 100, "trafilatura", AT_LEAST), True),
        (Figure("articles", "x", "docs/s", 799, 100, "trafilatura", AT_LEAST), False),
        (Figure("corpus", "x", "GB", 2.0, bar=AT_MOST), True),
        (Figure("corpus", "x", "GB", 2.1, bar=AT_MOST), False),
        (Figure("corpus", "x", "s", 1.0), None),
    ],
)
def test_a_bar_limits_the_value_or_the_ratio_to_the_baseline(figure: Figure, is_met: bool | None) -> None:
    assert figure.is_met is is_met


def test_a_bar_on_the_ratio_requires_a_baseline() -> None:
    with pytest.raises(ValueError, match="needs a baseline"):
        Figure("articles", "x", "docs/s", 800, bar=AT_LEAST).is_met  # noqa: B018 - reading the property is the test


def test_the_table_has_a_row_per_figure_and_marks_missed_bars() -> None:
    table = as_markdown([Figure("articles", "by template", "docs/s", 1234, 617, "trafilatura", AT_LEAST)])
    assert table.splitlines()[-1] == (
        "| articles | by template | 1,234 docs/s | 617 (trafilatura) | 2.00 | ratio >= 8 | **no** |"
    )


def test_json_contains_machine_and_figures() -> None:
    found = json.loads(as_json([Figure("corpus", "peak memory", "GB", 1.5, bar=AT_MOST)]))
    assert found["figures"][0] | {"value": 1.5, "bar": "value <= 2", "met": True} == found["figures"][0]
    assert {"date", "cores", "python", "duckdb"} <= found["machine"].keys()


def test_contenders_alternate_and_the_median_is_returned() -> None:
    order: list[str] = []
    values = {"ours": iter([1.0, 9.0, 2.0]), "theirs": iter([5.0, 4.0, 30.0])}

    def run(name: str) -> float:
        order.append(name)
        return next(values[name])

    found = interleaved({"ours": lambda: run("ours"), "theirs": lambda: run("theirs")}, 3, quiet)
    assert order == ["ours", "theirs", "theirs", "ours", "ours", "theirs"]
    assert found == {"ours": 2.0, "theirs": 5.0}


@pytest.mark.parametrize(("value", "status"), [(900.0, 0), (100.0, 1)])
def test_the_command_prints_the_table_and_exits_with_1_if_a_bar_is_missed(
    value: float, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = Figure("articles", "by template", "docs/s", value, 100, "trafilatura", AT_LEAST)
    monkeypatch.setattr(command, "BENCHES", {"articles": lambda _rounds, _log: [figure], "demo": None})
    assert command.main(["--only", "articles", "--json", str(tmp_path / "figures.json")]) == status
    assert "| articles | by template |" in capsys.readouterr().out
    assert json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))["figures"][0]["value"] == value
