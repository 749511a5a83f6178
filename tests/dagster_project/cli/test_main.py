"""The command line: what each command prints, where it prints it, and the exit codes that its module promises."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NoReturn

import pytest
import typer.main

from dagster_project import pipeline
from dagster_project.cli import demo
from dagster_project.cli import main as cli
from dagster_project.corpus import PORTALS_VARIABLE, Corpus, DemoCorpus
from dagster_project.operations.findings import recorded_failure
from spiders.crawl.settings import CONTACT_VARIABLE
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.content import load_content
from spiders.mirror.server import serve
from spiders.mirror.sites import all_sites
from spiders.portal import load_portals
from tests.crawling import define_portal
from tests.demonstration import Demo, environment, started, wait_for_line
from warehouse.archive.index.locks import portal_lock
from warehouse.corpus.release import kept_releases
from warehouse.home import HOME_VARIABLE, Home

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ARTICLE_PAGE = FIXTURES / "liferay_point" / "doubled_breadcrumb" / "page.html"
# Issue 2, point 10.
ARTICLE_KEYS = {"title", "published_at", "published_precision", "byline", "lead", "body", "captions"}
ROW_KEYS = {"title", "url", "published_at", "published_precision", "view_count"}


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return an empty home, which is that of the commands of the test."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.delenv(PORTALS_VARIABLE, raising=False)
    return Home(tmp_path / "home")


@pytest.fixture
def command(home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs a command in this process."""

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["hanoi-corpus", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return Done(int(end.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def contact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name whom a portal's administrator could write to; without that no portal is crawled."""
    monkeypatch.setenv(CONTACT_VARIABLE, "https://example.org/about-our-crawler")


def commands() -> list[str]:
    """Return every command there is, in the words that a user types."""
    found: list[str] = []

    def walk(group: Any, words: str) -> None:
        for name, child in group.commands.items():
            if hasattr(child, "commands"):
                walk(child, f"{words}{name} ")
            else:
                found.append(f"{words}{name}")

    walk(typer.main.get_command(cli.app), "")
    return found


def test_the_commands_are_those_that_were_asked_for() -> None:
    assert set(commands()) >= {
        *("demo", "dev", "crawl", "build", "run", "query", "mirror", "extract"),
        *("portals list", "portals show", "portals check", "archive recover"),
        *("portals new", "portals fixture", "portals probe"),
    }


@pytest.mark.parametrize("words", commands())
def test_every_command_helps(command: Command, words: str) -> None:
    done = command(*words.split(), "--help")
    assert done.status == 0
    assert f"hanoi-corpus {words}" in done.out


def test_an_unknown_command_is_bad_input(command: Command) -> None:
    assert command("crwal").status == 2


# portals


def test_portals_are_listed_as_a_table_and_as_json(command: Command) -> None:
    table = command("portals", "list")
    rows = [json.loads(line) for line in command("portals", "list", "--json").out.splitlines()]
    assert {row["slug"] for row in rows} == load_portals().keys()
    assert len(table.out.splitlines()) == len(rows) + 1
    assert all(row["slug"] in table.out for row in rows)


def test_a_portal_is_shown_with_its_defaults(command: Command) -> None:
    shown = json.loads(command("portals", "show", "tay-ho").out)
    assert shown["slug"] == "tay-ho"
    assert shown["politeness"]["connections"] == 1
    assert json.loads(command("portals", "show", "tay-ho", "--json").out) == shown


def test_an_unknown_portal_is_named_with_those_that_there_are(command: Command) -> None:
    for words in (("portals", "show", "tay-hoo"), ("crawl", "tay-hoo"), ("run", "tay-hoo")):
        done = command(*words)
        assert done.status == 2
        assert "'tay-hoo'" in done.err
        assert "tay-ho," in done.err


def test_the_users_own_portals_join_the_shipped_ones(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    define_portal(tmp_path / "own", "cua-toi", "cuatoi.hanoi.test", platform="generic",
                  seed_urls=["https://cuatoi.hanoi.test/tin"])  # fmt: skip
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "own"))
    assert json.loads(command("portals", "show", "cua-toi").out)["platform"] == "generic"
    assert f"{len(load_portals()) + 1} portal files" in command("portals", "check").out


@pytest.mark.parametrize("words", [("portals", "check"), ("portals", "list"), ("crawl",), ("run",)])
def test_a_typo_in_a_portal_file_is_named_by_file_line_and_key(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    define_portal(tmp_path / "own", "cua-toi", "cuatoi.hanoi.test", platform="generic",
                  seed_urls=["https://cuatoi.hanoi.test/tin"])  # fmt: skip
    file = tmp_path / "own" / "cua-toi.yml"
    lines = file.read_text(encoding="utf-8").replace("delay_seconds", "delay_secconds").splitlines()
    file.write_text("\n".join(lines), encoding="utf-8")
    (line,) = [number for number, text in enumerate(lines, 1) if "delay_secconds" in text]
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "own"))
    done = command(*words)
    assert done.status == 2
    assert f"{file}:{line}: politeness.delay_secconds" in done.err


def test_a_portal_folder_that_is_missing_is_named(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "nowhere"))
    done = command("portals", "list")
    assert done.status == 2
    assert str(tmp_path / "nowhere") in done.err


# query


@pytest.fixture
def published(demo: Demo, home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return the demo's home, which is that of the commands of the test."""
    monkeypatch.setenv(HOME_VARIABLE, str(demo.home.root))
    return demo.home


COUNT = "select portal, count(*) as articles from fct_articles group by portal order by portal"


def test_an_answer_comes_as_table_json_or_csv(published: Home, command: Command) -> None:
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


def test_a_kept_release_can_be_asked(published: Home, command: Command) -> None:
    newest, oldest = kept_releases(published)
    totals = {
        file: json.loads(
            command("query", "select count(*) as n from fct_articles", "--json", "--release", file.stem).out
        )
        for file in (newest, oldest)
    }
    assert totals[newest]["n"] > totals[oldest]["n"] > 100


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select nothing from fct_articles", "nothing"),
        ("selct 1", "selct"),
        ("delete from fct_articles", "read-only"),
        ("", "no statement"),
        ("/* nothing but a comment */", "no statement"),
    ],
)
def test_wrong_sql_is_bad_input(published: Home, command: Command, sql: str, told: str) -> None:
    done = command("query", sql)
    assert done.status == 2
    assert told in done.err
    assert done.out == ""


def test_two_columns_of_one_name_would_lose_one_in_json(published: Home, command: Command) -> None:
    done = command("query", "select 1 as n, 2 as n", "--json")
    assert done.status == 2
    assert "named n" in done.err
    assert command("query", "select 1 as n, 2 as n").status == 0


def test_a_release_that_is_not_there_is_named_with_those_that_are(published: Home, command: Command) -> None:
    done = command("query", "select 1", "--release", "20200101T000000000Z")
    assert done.status == 2
    assert "20200101T000000000Z.duckdb: there is no such file" in done.err
    assert all(file.stem in done.err for file in kept_releases(published))


def test_before_the_first_build_a_query_says_what_to_do(command: Command) -> None:
    done = command("query", "select 1")
    assert done.status == 2
    assert "hanoi-corpus run" in done.err


def test_a_file_that_is_no_release_is_named(home: Home, command: Command) -> None:
    home.root.mkdir()
    home.corpus_file.write_bytes(b"\x00" * 5000)
    done = command("query", "select 1")
    assert done.status == 1
    assert f"{home.corpus_file}: this is not a release, or it is damaged" in done.err


def test_what_a_page_says_cannot_steer_the_terminal(published: Home, command: Command) -> None:
    done = command("query", "select chr(27) || '[2J[red]Tin' as title")
    assert "\x1b" not in done.out
    assert "[2J[red]Tin" in done.out


# extract


def test_an_article_page_is_read_as_the_pipeline_would(command: Command) -> None:
    wanted = json.loads((ARTICLE_PAGE.parent / "article.json").read_text(encoding="utf-8"))
    arguments = ("--url", wanted["fetched_from"], "--platform", "liferay_point")
    (line,) = command("extract", str(ARTICLE_PAGE), *arguments, "--json").out.splitlines()
    found = json.loads(line)
    assert found["kind"] == "article"
    assert found["article"].keys() >= ARTICLE_KEYS
    for key in ARTICLE_KEYS:
        assert found["article"][key] == wanted["article"][key], key
    assert isinstance(found["article"]["body"], list)
    shown = command("extract", str(ARTICLE_PAGE), *arguments).out
    assert "article, read by liferay_point" in shown
    assert wanted["article"]["title"] in shown


def test_a_page_is_read_as_of_the_day_on_which_it_was_saved(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<html><head><meta property="og:type" content="article"></head><body><h1>Xã Đồng Tâm tổ chức hội nghị</h1>'
        "<p>2 giờ trước</p><p>Hội nghị bàn việc của năm tới và nghe ý kiến của dân.</p>"
        "<p>Nhiều hộ dân của xã đã đến dự và nói lên ý mình.</p></body></html>",
        encoding="utf-8",
    )
    saved_at = datetime(2025, 5, 12, 10, tzinfo=timezone(timedelta(hours=7)))
    os.utime(page, (saved_at.timestamp(), saved_at.timestamp()))
    url = "https://dongtam.hanoi.test/hoi-nghi-123456.html"
    found = json.loads(command("extract", str(page), "--url", url, "--platform", "generic", "--json").out)
    assert found["article"]["published_at"] == "2025-05-12T00:00:00+07:00"
    assert found["article"]["body"][0].startswith("Hội nghị bàn việc")
    assert {"short_body", "date_reckoned"} <= set(found["quality_flags"])


def test_a_list_page_gives_its_rows_and_two_files_two_lines(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "list.html"
    page.write_bytes(all_sites(load_content())["myduc.hanoi.test"].get("/kinh-te", 1).body)
    done = command("extract", str(page), str(ARTICLE_PAGE), "--url", "https://myduc.hanoi.test/kinh-te",
                   "--platform", "liferay_point", "--json")  # fmt: skip
    listed, article = [json.loads(line) for line in done.out.splitlines()]
    assert (listed["kind"], article["kind"]) == ("list", "article")
    assert len(listed["rows"]) == 10
    for row in listed["rows"]:
        assert row.keys() >= ROW_KEYS
        assert row["title"]
        assert row["url"].startswith("https://myduc.hanoi.test/kinh-te/-/view_content/")
        assert datetime.fromisoformat(row["published_at"]).utcoffset() == timedelta(hours=7)
        assert row["published_precision"] in ("minute", "day")
        assert row["view_count"] >= 0


def test_a_file_that_is_no_page_is_named_and_the_others_are_read(command: Command, tmp_path: Path) -> None:
    for name, data in {"empty.html": b"", "binary.html": os.urandom(5000)}.items():
        (tmp_path / name).write_bytes(data)
        done = command("extract", str(tmp_path / name), str(ARTICLE_PAGE), "--url", "https://a.hanoi.test/-/view_content/1",
                       "--platform", "liferay_point", "--json")  # fmt: skip
        assert done.status == 2
        assert f"{tmp_path / name}: " in done.err
        assert [json.loads(line)["kind"] for line in done.out.splitlines()] == ["article"]


def test_a_hostile_page_ends(command: Command, tmp_path: Path) -> None:
    nested = tmp_path / "nested.html"
    nested.write_bytes(b"<table><tr><td>" * 350_000)
    assert nested.stat().st_size > 5_000_000
    done = command("extract", str(nested), "--url", "https://a.hanoi.test/tin", "--platform", "generic", "--json")
    assert done.status == 0
    assert json.loads(done.out)["kind"] == "neither"


@pytest.mark.parametrize(
    "choice",
    [(), ("--portal", "tay-ho", "--platform", "generic"), ("--portal", "nowhere"), ("--platform", "geocities")],
)
def test_whose_page_it_is_must_be_said_once_and_rightly(command: Command, choice: tuple[str, ...]) -> None:
    done = command("extract", str(ARTICLE_PAGE), "--url", "https://a.hanoi.test/tin", *choice)
    assert done.status == 2
    assert done.err


# crawl, build, run


def test_a_build_without_an_archive_says_what_to_do(home: Home, command: Command) -> None:
    done = command("build")
    assert done.status == 1
    assert "hanoi-corpus crawl" in done.err
    assert not home.corpus_file.exists()


@pytest.mark.parametrize("words", ["build", "run"])
def test_an_unknown_guard_is_named_before_any_work(home: Home, command: Command, words: str) -> None:
    done = command(words, "--allow", "articles", "--allow", "everything")
    assert done.status == 2
    assert "no guard is named everything; there are articles, captures, coverage." in done.err
    assert not home.root.exists()


@pytest.mark.usefixtures("contact")
def test_one_dead_portal_makes_a_crawl_incomplete_and_not_failed(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    define_portal(tmp_path / "own", "chet", "chet.test", platform="generic", seed_urls=["https://chet.test/"])
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "own"))
    with serve(1) as mirror:
        for name, value in mirror.environment().items():
            monkeypatch.setenv(name, value)
        done = command("crawl", "chet", "--json")
    assert done.status == 3
    assert json.loads(done.out)["reports"]["chet"]["verdict"] in ("unreachable", "broken")


def test_no_portal_is_crawled_by_somebody_unknown(
    home: Home, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(CONTACT_VARIABLE, raising=False)
    done = command("crawl", "tay-ho")
    assert done.status == 1
    assert f"export {CONTACT_VARIABLE}=https://" in done.err
    assert not home.warc.exists()


def test_a_portal_that_quiet_hours_kept_from_being_asked_is_shown(home: Home, command: Command) -> None:
    home.root.mkdir()
    DemoCorpus.begin_day(home, 1)
    home.settings_file.write_text('quiet_hours: ["00:00-12:00", "12:00-23:59"]\n', encoding="utf-8")
    table = command("crawl", "my-duc-thu-nghiem")
    assert table.status == 3
    assert table.out.splitlines()[1].split()[:2] == ["my-duc-thu-nghiem", "skipped"]
    told = json.loads(command("crawl", "my-duc-thu-nghiem", "--json").out)
    assert told["reports"] == told["failures"] == {}
    assert told["skipped"]["my-duc-thu-nghiem"].startswith("quiet hours last until ")


@pytest.mark.usefixtures("contact")
def test_a_second_crawl_of_a_portal_is_refused_as_busy(home: Home, command: Command) -> None:
    with portal_lock(home, "tay-ho"):
        done = command("crawl", "tay-ho")
    assert done.status == 4
    assert "portal tay-ho: another crawl of it is running" in done.err


@pytest.mark.usefixtures("contact")
def test_a_crawl_process_that_dies_is_told_with_its_log(
    home: Home, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    done = command("crawl", "tay-ho", "--json")
    assert done.status == 3
    failure = json.loads(done.out)["failures"]["tay-ho"]
    assert "status 1" in failure
    assert str(home.root / "logs") in failure
    found = recorded_failure(home, "tay-ho")
    assert found is not None, "alerts tell it, too"
    assert found.reason == failure


def test_an_extraction_process_that_is_killed_is_told(
    home: Home, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_arguments: object, **_options: object) -> NoReturn:
        raise BrokenProcessPool

    monkeypatch.setattr(pipeline, "bring_up_to_date", killed)
    (home.warc / "tay-ho").mkdir(parents=True)
    (home.warc / "tay-ho" / "tay-ho-1.warc.gz").write_bytes(b"")
    done = command("build")
    assert done.status == 1
    assert "extraction: one of its processes was killed" in done.err
    assert "hanoi-corpus build" in done.err


# demo, dev, mirror


def test_the_demo_refuses_a_home_with_other_data(home: Home, command: Command) -> None:
    home.root.mkdir()
    (home.root / "notes.txt").write_text("mine", encoding="utf-8")
    done = command("demo")
    assert done.status == 1
    assert f"{home.root} holds data that is not the demo's" in done.err
    assert f"{HOME_VARIABLE}=" in done.err
    assert [path.name for path in home.root.iterdir()] == ["notes.txt"]


def test_a_demo_starts_afresh_over_an_earlier_one(
    home: Home, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    DemoCorpus.begin_day(home, 2)
    (home.root / "corpus.duckdb").write_bytes(b"old")
    monkeypatch.setattr(demo, "program", lambda name: "/bin/false")
    done = command("demo")
    assert done.status == 1
    assert "the Dagster job collect_and_publish failed" in done.err
    assert str(home.root / "logs" / "demo.log") in done.err
    corpus = Corpus.open(home)
    assert isinstance(corpus, DemoCorpus)
    assert corpus.day == 1
    assert not home.corpus_file.exists()


def test_in_a_demo_home_the_test_portals_are_the_portals(home: Home, command: Command) -> None:
    DemoCorpus.begin_day(home, 1)
    rows = [json.loads(line)["slug"] for line in command("portals", "list", "--json").out.splitlines()]
    assert set(rows) == {path.stem for path in MIRROR_PORTALS.glob("*.yml")}


def test_dev_becomes_dagsters_own_program_on_the_workspace(
    home: Home, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, list[str], dict[str, str]]] = []

    def become(program: str, arguments: list[str], environment: dict[str, str]) -> None:
        calls.append((program, arguments, environment))

    monkeypatch.setattr(os, "execve", become)
    monkeypatch.chdir(Path.cwd())  # restored afterwards
    command("dev", "--port", "3456")
    ((program, arguments, variables),) = calls
    assert Path(program).name == "dg"
    assert arguments[1:] == ["dev", "-w", "workspace.yaml", "--port", "3456"]
    assert variables["DAGSTER_HOME"] == str(home.dagster)
    assert (home.dagster / "dagster.yaml").exists()
    assert (Path.cwd() / "workspace.yaml").exists()


def test_the_mirror_prints_its_environment_and_serves_until_it_is_told_to_stop(home: Home) -> None:
    with started(home, "mirror", "--day", "5") as mirror:
        lines = wait_for_line(mirror, "# try:")
        variables = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
        fetched = subprocess.run(
            [sys.executable, "-c", FETCH, "https://myduc.hanoi.test/kinh-te"],
            env={**environment(home), **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert "Cổng thông tin điện tử huyện Mỹ Đức" in fetched.stdout
        assert Path(variables["SSL_CERT_FILE"]).exists()
        mirror.send_signal(signal.SIGINT)
        assert mirror.wait(30) == 0
    assert not Path(variables["SSL_CERT_FILE"]).exists()


FETCH = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=20).read().decode())"


def test_a_reader_that_has_seen_enough_is_no_error(published: Home) -> None:
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
