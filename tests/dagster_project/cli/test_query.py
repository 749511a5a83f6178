"""`hanoi-corpus query`: its output formats, errors and exit codes."""

from __future__ import annotations

import csv
import io
import json
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest

from spiders.mirror.content import load_content
from tests.dagster_project.cli.commands import Command
from tests.demonstration import started
from warehouse.corpus.release import kept_releases
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]

LONGEST = "select title, body, portal from fct_articles order by len(body) desc limit 1"
COUNT = "select portal, count(*) as articles from fct_articles group by portal order by portal"


def test_query_prints_a_table_json_or_csv(published: Home, command: Command) -> None:
    rows = [json.loads(line) for line in command("query", COUNT, "--json").out.splitlines()]
    assert [row["portal"] for row in rows] == sorted(row["portal"] for row in rows)
    assert len(rows) == len(load_content().portals)
    as_csv = list(csv.DictReader(io.StringIO(command("query", COUNT, "--csv").out)))
    assert [(row["portal"], int(row["articles"])) for row in as_csv] == [(r["portal"], r["articles"]) for r in rows]
    header, *lines = command("query", COUNT).out.splitlines()
    assert header.split() == ["portal", "articles"]
    assert [(line.split()[0], int(line.split()[1])) for line in lines] == [(r["portal"], r["articles"]) for r in rows]


def test_lists_times_and_nulls_survive_as_json(published: Home, command: Command) -> None:
    sql = "select captions, tags, published_at, credited_source_url from fct_articles where len(captions) > 1 limit 1"
    row = json.loads(command("query", sql, "--json").out)
    assert len(row["captions"]) > 1
    assert datetime.fromisoformat(row["published_at"]).utcoffset() is not None
    assert row["credited_source_url"] is None


def test_a_kept_release_can_be_queried(published: Home, command: Command) -> None:
    newest, oldest = kept_releases(published)
    totals = {
        file: json.loads(
            command("query", "select count(*) as n from fct_articles", "--json", "--release", file.stem).out
        )
        for file in (newest, oldest)
    }
    assert totals[newest]["n"] > totals[oldest]["n"] > 100


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select nothing from fct_articles", "nothing"),
        ("selct 1", "selct"),
        ("delete from fct_articles", "read-only"),
        ("", "no statement"),
        ("/* nothing but a comment */", "no statement"),
    ],
)
def test_wrong_sql_is_bad_input(published: Home, command: Command, sql: str, message: str) -> None:
    done = command("query", sql)
    assert done.status == 2
    assert message in done.err
    assert done.out == ""


def typed_in(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Give the command this standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


SCRIPT = "\ufeff-- báo cáo\nset TimeZone = 'UTC';\n\nselect 'Mỹ Đức' as name, 2 as n;\n"


def test_sql_is_read_from_a_file_or_standard_input(
    published: Home, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "báo cáo.sql"
    file.write_text(SCRIPT, encoding="utf-8")
    for option in ("--file", "-f"):
        assert json.loads(command("query", option, str(file), "--json").out) == {"name": "Mỹ Đức", "n": 2}
    typed_in(monkeypatch, SCRIPT.encode())
    assert json.loads(command("query", "-", "--json").out) == {"name": "Mỹ Đức", "n": 2}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"select 1;\n\nselct 2\n", ":3: Parser Error: "),
        ("select 'Đức',\n  nothing\nfrom fct_articles".encode(), ":2: Binder Error: "),
        (b"-- Ti\xeang Vi\xeat\nselect 1", ":1: the SQL is not UTF-8"),
        (b"select 1\n\n-- \xff", ":3: the SQL is not UTF-8"),
        (b"", ": the SQL contains no statement"),
    ],
)
def test_errors_name_the_file_and_line_of_the_sql(
    published: Home, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, message: str
) -> None:
    file = tmp_path / "report.sql"
    file.write_bytes(data)
    done = command("query", "--file", str(file))
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"{file}{message}")
    typed_in(monkeypatch, data)
    assert command("query", "-").err.startswith(f"standard input{message}")


def test_sql_is_given_in_exactly_one_way(published: Home, command: Command, tmp_path: Path) -> None:
    file = tmp_path / "report.sql"
    file.write_text("select 1", encoding="utf-8")
    for arguments in ([], ["select 1", "--file", str(file)], ["-", "--file", str(file)]):
        done = command("query", *arguments)
        assert (done.status, done.out) == (2, "")
        assert "give either SQL, or -" in done.err
    assert command("query", "--file", str(tmp_path / "missing.sql")).status == 2


def test_sql_from_a_file_cannot_write(published: Home, command: Command, tmp_path: Path) -> None:
    file = tmp_path / "report.sql"
    file.write_text("select 1;\ndelete from fct_articles;", encoding="utf-8")
    done = command("query", "--file", str(file))
    assert done.status == 2
    assert "read-only" in done.err


def test_no_text_is_cut_off(published: Home, command: Command) -> None:
    (row,) = csv.DictReader(io.StringIO(command("query", f"{LONGEST}", "--csv").out))
    shown = command("query", LONGEST).out
    assert len(row["body"]) > 1000
    assert " ".join(row["body"].split()) in " ".join(shown.split())
    assert "…" not in shown.replace("…", "", row["body"].count("…"))


def test_lists_are_json_in_csv(published: Home, command: Command) -> None:
    sql = "select captions, {'portal': portal, 'words': word_count} as about from fct_articles where len(captions) > 1"
    for row in csv.DictReader(io.StringIO(command("query", sql, "--csv").out)):
        assert len(json.loads(row["captions"])) > 1
        assert json.loads(row["about"]).keys() == {"portal", "words"}


def test_duplicate_column_names_are_rejected_for_json(published: Home, command: Command) -> None:
    done = command("query", "select 1 as n, 2 as n", "--json")
    assert done.status == 2
    assert "named n" in done.err
    assert command("query", "select 1 as n, 2 as n").status == 0


def test_a_missing_release_is_reported_with_the_kept_ones(published: Home, command: Command) -> None:
    done = command("query", "select 1", "--release", "20200101T000000000Z")
    assert done.status == 2
    assert "20200101T000000000Z.duckdb: no such file" in done.err
    assert all(file.stem in done.err for file in kept_releases(published))


def test_before_the_first_build_a_query_says_what_to_do(command: Command) -> None:
    done = command("query", "select 1")
    assert done.status == 2
    assert "hanoi-corpus run" in done.err


def test_a_file_that_is_not_a_release_is_named(home: Home, command: Command) -> None:
    home.root.mkdir()
    home.corpus_file.write_bytes(b"\x00" * 5000)
    done = command("query", "select 1")
    assert done.status == 1
    assert f"{home.corpus_file}: this is not a release, or it is damaged" in done.err


def test_control_sequences_in_page_content_are_removed(published: Home, command: Command) -> None:
    done = command("query", "select chr(27) || '[2J[red]Tin' as title")
    assert "\x1b" not in done.out
    assert "[2J[red]Tin" in done.out


def test_a_closed_pipe_is_not_an_error(published: Home) -> None:
    """As in `hanoi-corpus query … | head -1`."""
    with started(published, "query", "select * from fct_captures", "--csv") as query:
        assert query.stdout
        timer = threading.Timer(60, query.kill)
        timer.start()
        assert query.stdout.readline().startswith("capture_id,")
        query.stdout.close()
        query.wait()
        timer.cancel()
    assert query.returncode != -signal.SIGKILL
