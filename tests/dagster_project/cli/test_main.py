"""The command line: the output of each command, on the right stream, and its documented exit codes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
import typer.main

from dagster_project import pipeline
from dagster_project.cli import build, demo, services
from dagster_project.cli import main as cli
from dagster_project.corpus import PORTALS_VARIABLE, Corpus, DemoCorpus
from dagster_project.crawls import process
from dagster_project.operations.findings import recorded_failure
from dagster_project.runs.dev import Ports
from dagster_project.stage import StageError
from spiders.crawl.settings import CONTACT_VARIABLE
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.server import serve
from spiders.portal import SHIPPED_PORTALS, load_portals
from tests.crawling import define_portal
from tests.dagster_project.cli.commands import Command
from tests.demonstration import environment, started, wait_for_line
from tests.services import free_port
from warehouse.archive.index.locks import portal_lock
from warehouse.home import HOME_VARIABLE, Home


@pytest.fixture
def contact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the contact address without which no portal is crawled."""
    monkeypatch.setenv(CONTACT_VARIABLE, "https://example.org/about-our-crawler")


def commands() -> list[str]:
    """Return all commands, as a user types them."""
    found: list[str] = []

    def walk(group: Any, words: str) -> None:
        for name, child in group.commands.items():
            if hasattr(child, "commands"):
                walk(child, f"{words}{name} ")
            else:
                found.append(f"{words}{name}")

    walk(typer.main.get_command(cli.app), "")
    return found


def test_the_required_commands_exist() -> None:
    assert set(commands()) >= {
        *("demo", "dev", "site", "crawl", "build", "run", "query", "mirror", "extract"),
        *("portals list", "portals show", "portals check", "archive recover"),
        *("portals new", "portals fixture", "portals probe"),
    }


@pytest.mark.parametrize("words", commands())
def test_every_command_has_help(command: Command, words: str) -> None:
    done = command(*words.split(), "--help")
    assert done.status == 0
    assert f"hanoi-corpus {words}" in done.out


def test_an_unknown_command_is_bad_input(command: Command) -> None:
    assert command("crwal").status == 2


# portals


def test_portals_are_listed_as_a_table_and_as_json(command: Command) -> None:
    table = command("portals", "list")
    rows = [json.loads(line) for line in command("portals", "list", "--json").out.splitlines()]
    assert {row["slug"] for row in rows} == load_portals().valid.keys()
    assert len(table.out.splitlines()) == len(rows) + 1
    assert all(row["slug"] in table.out for row in rows)


def test_a_portal_is_shown_with_its_defaults(command: Command) -> None:
    shown = json.loads(command("portals", "show", "tay-ho").out)
    assert shown["slug"] == "tay-ho"
    assert shown["politeness"]["connections"] == 1
    assert json.loads(command("portals", "show", "tay-ho", "--json").out) == shown


def test_an_unknown_portal_is_reported_with_the_known_ones(command: Command) -> None:
    for words in (("portals", "show", "tay-hoo"), ("crawl", "tay-hoo"), ("run", "tay-hoo")):
        done = command(*words)
        assert done.status == 2
        assert "'tay-hoo'" in done.err
        assert "tay-ho," in done.err


def test_the_users_own_portals_are_added_to_the_shipped_ones(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    define_portal(tmp_path / "own", "cua-toi", "cuatoi.hanoi.test", platform="generic",
                  seed_urls=["https://cuatoi.hanoi.test/tin"])  # fmt: skip
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "own"))
    assert json.loads(command("portals", "show", "cua-toi").out)["platform"] == "generic"
    assert f"{len(load_portals().valid) + 1} portal files" in command("portals", "check").out


@pytest.fixture
def typo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Define a portal with a misspelt key; return where the message says that it is."""
    define_portal(tmp_path / "own", "cua-toi", "cuatoi.hanoi.test", platform="generic",
                  seed_urls=["https://cuatoi.hanoi.test/tin"])  # fmt: skip
    file = tmp_path / "own" / "cua-toi.yml"
    lines = file.read_text(encoding="utf-8").replace("delay_seconds", "delay_secconds").splitlines()
    file.write_text("\n".join(lines), encoding="utf-8")
    (line,) = [number for number, text in enumerate(lines, 1) if "delay_secconds" in text]
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "own"))
    return f"{file}:{line}: politeness.delay_secconds: unknown key"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("portals", "check"), 2),
        (("portals", "list"), 3),
        (("portals", "list", "--json"), 3),
        (("portals", "show", "cua-toi"), 2),
        (("portals", "probe", "cua-toi"), 2),
        (("crawl", "cua-toi"), 2),
        (("run", "cua-toi"), 2),
        (("backfill", "cua-toi"), 2),
        (("portals", "new", "https://cuatoi.hanoi.test/", "--slug", "cua-toi"), 2),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else None,
)
def test_a_typo_in_a_portal_file_is_reported_with_file_line_and_key(
    command: Command, typo: str, words: tuple[str, ...], status: int
) -> None:
    done = command(*words)
    assert done.status == status
    assert typo in done.err or words[1] == "new"
    if words[1] == "list":
        assert "my-duc" in done.out


@pytest.mark.usefixtures("contact")
@pytest.mark.parametrize("words", [("crawl",), ("run",), ("crawl", "my-duc", "cua-toi", "tay-hoo")])
def test_a_crawl_names_what_it_cannot_crawl_and_crawls_the_others(
    command: Command, typo: str, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    crawled: list[str] = []

    def run_child(child: list[str], *_: object) -> tuple[int, str]:
        crawled.extend(child)
        return 0, ""

    monkeypatch.setattr(process, "run_child", run_child)
    monkeypatch.setattr(pipeline, "build", nothing_built)
    done = command(*words)
    assert done.status == (1 if words == ("run",) else 3)
    assert f"not crawled: {typo}" in done.err
    assert {"hanoi", "my-duc"} & set(crawled)
    assert "cua-toi" not in crawled
    assert ("unknown portal 'tay-hoo'" in done.err) == (len(words) > 1)


def nothing_built(*_: object) -> NoReturn:
    raise StageError("there is no crawl to build from")


def test_a_build_with_an_invalid_portal_file_is_done_but_incomplete(
    command: Command, typo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "build", lambda *_: SimpleNamespace(damaged=(), unloaded=(), broken=()))
    monkeypatch.setattr(build, "_print_build", lambda *_, **__: None)
    assert command("build").status == 3
    Path(typo.partition(".yml:")[0] + ".yml").unlink()
    assert command("build").status == 0


def test_an_import_names_the_portals_whose_responses_it_leaves_out(command: Command, typo: str, tmp_path: Path) -> None:
    (tmp_path / "x.warc").write_bytes(b"")
    done = command("archive", "import", str(tmp_path / "x.warc"))
    assert done.status in (2, 3)
    assert f"{typo}: of this portal, nothing is imported" in done.err


def test_several_files_are_all_checked(command: Command, typo: str) -> None:
    file = typo.partition(".yml:")[0] + ".yml"
    done = command("portals", "check", file, str(SHIPPED_PORTALS / "my-duc.yml"), file)
    assert done.status == 2
    assert done.out.startswith("1 portal files are right")
    assert done.err.count(typo) == 2


def test_a_missing_portal_folder_is_named(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "nowhere"))
    for words, status in ((("list",), 3), (("check",), 2)):
        done = command("portals", *words)
        assert done.status == status
        assert f"{tmp_path / 'nowhere'}: this folder of portal files does not exist" in done.err


# crawl, build, run


def test_a_build_without_an_archive_says_what_to_do(home: Home, command: Command) -> None:
    done = command("build")
    assert done.status == 1
    assert "hanoi-corpus crawl" in done.err
    assert not home.corpus_file.exists()


@pytest.mark.parametrize("words", ["build", "run"])
def test_an_unknown_guard_is_rejected_before_any_work(home: Home, command: Command, words: str) -> None:
    done = command(words, "--allow", "articles", "--allow", "everything")
    assert done.status == 2
    assert "no guard is named everything; there are articles, captures, coverage." in done.err
    assert not home.root.exists()


@pytest.mark.usefixtures("contact")
@pytest.mark.process
@pytest.mark.slow
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


def test_no_portal_is_crawled_without_a_contact(home: Home, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CONTACT_VARIABLE, raising=False)
    done = command("crawl", "tay-ho")
    assert done.status == 1
    assert f"export {CONTACT_VARIABLE}=https://" in done.err
    assert not home.warc.exists()


@pytest.mark.process
@pytest.mark.slow
def test_a_portal_skipped_in_quiet_hours_is_shown(home: Home, command: Command) -> None:
    home.root.mkdir()
    DemoCorpus.begin_day(home, 1)
    home.settings_file.write_text('quiet_hours: ["00:00-12:00", "12:00-23:59"]\n', encoding="utf-8")
    table = command("crawl", "my-duc-thu-nghiem")
    assert table.status == 3
    assert table.out.splitlines()[1].split()[:2] == ["my-duc-thu-nghiem", "skipped"]
    outcome = json.loads(command("crawl", "my-duc-thu-nghiem", "--json").out)
    assert outcome["reports"] == outcome["failures"] == {}
    assert outcome["skipped"]["my-duc-thu-nghiem"].startswith("quiet hours last until ")


@pytest.mark.usefixtures("contact")
@pytest.mark.process
@pytest.mark.slow
def test_a_second_crawl_of_a_portal_is_refused_as_busy(home: Home, command: Command) -> None:
    with portal_lock(home, "tay-ho"):
        done = command("crawl", "tay-ho")
    assert done.status == 4
    assert "portal tay-ho: another crawl of it is running" in done.err


@pytest.mark.usefixtures("contact")
@pytest.mark.process
def test_a_crashed_crawl_process_is_reported_with_its_log(
    home: Home, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    done = command("crawl", "tay-ho", "--json")
    assert done.status == 3
    failure = json.loads(done.out)["failures"]["tay-ho"]
    assert "status 1" in failure
    assert str(home.root / "logs") in failure
    found = recorded_failure(home, "tay-ho")
    assert found is not None, "recorded for alerts"
    assert found.reason == failure


# demo, dev, mirror


def test_the_demo_refuses_a_home_with_other_data(home: Home, command: Command) -> None:
    home.root.mkdir()
    (home.root / "notes.txt").write_text("mine", encoding="utf-8")
    done = command("demo")
    assert done.status == 1
    assert f"{home.root} holds data that is not the demo's" in done.err
    assert f"{HOME_VARIABLE}=" in done.err
    assert [path.name for path in home.root.iterdir()] == ["notes.txt"]


@pytest.mark.process
@pytest.mark.slow
def test_a_demo_replaces_an_earlier_one(home: Home, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_demo_home_has_only_the_test_portals(home: Home, command: Command) -> None:
    DemoCorpus.begin_day(home, 1)
    rows = [json.loads(line)["slug"] for line in command("portals", "list", "--json").out.splitlines()]
    assert set(rows) == {path.stem for path in MIRROR_PORTALS.glob("*.yml")}


def test_dev_runs_the_services_of_the_home(home: Home, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Home, Ports]] = []
    monkeypatch.setattr(services, "run_services", lambda home, ports, _log: calls.append((home, ports)))
    ui, other = free_port(), free_port()
    assert command("dev", "--port", str(ui), "--site-port", str(other)).status == 0
    assert calls == [(home, Ports(ui, other))]


@pytest.mark.process
@pytest.mark.slow
def test_the_mirror_prints_its_environment_and_serves_until_interrupted(home: Home) -> None:
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
