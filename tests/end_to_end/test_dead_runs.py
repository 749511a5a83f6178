"""Runs whose processes are killed in a crawl step end by themselves, and the next run gets their pool."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError

import pytest

from dagster_project.corpus import DemoCorpus
from dagster_project.instance import REPOSITORY, dagster_environment
from tests.dagster_ui import LAUNCH, ask, crawls_of, served_ui, status_of, wait_for
from tests.postgres import postgres_server
from tests.services import kill_all, processes_of
from warehouse.archive.files import PART_SUFFIX, warc_files
from warehouse.archive.warc.reader import read_report
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]

JOB = "collect_daily"
CODE_SERVERS = ("code-server", "dagster api grpc")
STORED_BYTES = 20_000
RUNS = ("multiprocessing.spawn",)
MESSAGES = """query ($run: ID!) { logsForRun(runId: $run) { ... on EventConnection {
  events { ... on MessageEvent { message } }
} } }"""


def new_home(folder: Path) -> Home:
    """Return a demo home whose daemon looks at its runs every second."""
    home = Home(folder / "home")
    home.root.mkdir()
    DemoCorpus.begin_day(home, 1)
    dagster_environment(home)
    adapt(home, r"(poll_interval_seconds|free_slots_after_run_end_seconds): \d+", r"\1: 1")
    return home


def adapt(home: Home, pattern: str, replacement: str) -> None:
    settings = home.dagster / "dagster.yaml"
    text, count = re.subn(pattern, replacement, settings.read_text(encoding="utf-8"))
    assert count
    settings.write_text(text, encoding="utf-8")


def begin_crawl(address: str, home: Home) -> str:
    """Launch a run as soon as the UI has definitions; return its ID when its crawl process is there."""
    runs: list[str] = []

    def is_launched() -> bool:
        with suppress(HTTPError):  # no code server answers yet
            found = ask(address, LAUNCH, job=JOB)["launchRun"]
            runs.extend([found["run"]["runId"]] if found["__typename"] == "LaunchRunSuccess" else [])
        return bool(runs)

    wait_for("a run can be launched", is_launched)
    wait_for("it gets the pool and crawls", lambda: crawls_of(home))
    assert status_of(address, runs[0]) == "STARTED"
    return runs[0]


def unfinished(home: Home) -> set[Path]:
    """Return the files of crawls that are running or were killed."""
    return set(home.warc.glob(f"*/*{PART_SUFFIX}"))


def stored_bytes(files: set[Path]) -> int:
    return sum(file.stat().st_size for file in files if file.exists())


def wait_until_it_failed(address: str, run: str, home: Home) -> str:
    """Wait until a run has failed, and return its messages."""
    wait_for("the run is ended", lambda: status_of(address, run) == "FAILURE")
    wait_for("no crawl of it is left", lambda: not crawls_of(home))
    events = ask(address, MESSAGES, run=run)["logsForRun"]["events"]
    return "\n".join(event.get("message", "") for event in events)


def test_a_run_ends_whichever_of_its_processes_are_killed_and_the_next_one_gets_its_pool(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    with served_ui(home, tmp_path / "dev.log") as address:
        run = begin_crawl(address, home)
        kill_all(processes_of(home.root, *CODE_SERVERS, *RUNS, "spiders.crawl"))
        messages = wait_until_it_failed(address, run, home)
        assert re.search(r"the run's process \d+ on .*, begun at .*, is gone; .* run the same job again", messages)

        run = begin_crawl(address, home)
        kill_all(processes_of(home.root, *CODE_SERVERS))
        assert "The code server that started this run" in wait_until_it_failed(address, run, home)


def test_on_postgres_a_run_that_was_killed_with_everything_ends_and_the_next_one_gets_its_pool(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    with postgres_server() as postgres:
        word = secrets.token_hex(8)
        postgres.ask(f"create role dagster login password '{word}'")
        postgres.ask("create database dagster owner dagster")
        settings = (REPOSITORY / "deploy/dagster.yaml").read_text(encoding="utf-8")
        (storage,) = re.findall(r"^storage:\n(?: .*\n)+", settings, re.MULTILINE)
        adapt(home, r"(?m)^event_log_storage:\n(?: .*\n)+", storage.replace("port: 5432", f"port: {postgres.port}"))
        with served_ui(
            home, tmp_path / "dev.log", DAGSTER_POSTGRES_HOST="127.0.0.1", DAGSTER_POSTGRES_PASSWORD=word
        ) as address:
            run = begin_crawl(address, home)
            kill_all(processes_of(home.root, *CODE_SERVERS, *RUNS, "spiders.crawl"))
            assert "is gone; its last event" in wait_until_it_failed(address, run, home)
            killed = unfinished(home)
            begin_crawl(address, home)
            wait_for("it stores pages", lambda: stored_bytes(unfinished(home) - killed) > STORED_BYTES)
    # `hanoi-corpus dev` was ended by Ctrl-C during a crawl.
    wait_for("no process is left", lambda: not processes_of(home.root))
    assert not unfinished(home)
    assert any(read_report(warc) for warc in warc_files(home))
    assert not list(home.dagster.glob("**/runs.db")), "runs are kept in Postgres"
