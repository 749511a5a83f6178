"""`hanoi-corpus status`: what it says of homes in every state, and its exit code."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dagster_project.corpus import PORTALS_VARIABLE, DemoCorpus
from dagster_project.operations.findings import EXTRACTION, SHARES, SILENCE, record, record_failure
from dagster_project.runs.dev import dev_lock
from dagster_project.runs.lock import take
from tests.crawling import define_portal
from tests.dagster_project.cli.commands import Command
from tests.demonstration import Demo
from tests.docs.pages import REPOSITORY, text_of
from tests.warehouse.archive.warc.warc_files import write_warc
from warehouse.archive.index.build import update_index
from warehouse.archive.index.locks import portal_lock
from warehouse.home import HOME_VARIABLE, Home
from warehouse.tables.lock import hold

NOW = datetime(2026, 11, 3, 2, tzinfo=UTC)


def found(command: Command, *slugs: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the JSON of `status`."""
    done = command("status", *slugs, "--json")
    return done.status, json.loads(done.out)


def test_an_empty_home_is_well_and_stays_empty(home: Home, command: Command) -> None:
    status, said = found(command)
    assert status == 0
    assert said["is_well"]
    assert (said["release"], said["kept_releases"], said["built_at"]) == (None, 0, None)
    assert {portal["standing"] for portal in said["portals"]} == {"never_crawled", "inactive"}
    text = command("status")
    assert text.status == 0
    assert f"home: {home.root}\n" in text.out
    assert "published: none\n" in text.out
    assert not home.root.exists()


def test_red_portals_come_first_with_reason_and_section(home: Home, command: Command) -> None:
    record(home, EXTRACTION, {"hanoimoi": "title 3 % of 40 pages"}, NOW)
    record_failure(home, "thanh-uy", "the crawl process ended", NOW, "run")
    status, said = found(command)
    assert status == 3
    assert not said["is_well"]
    assert [portal["slug"] for portal in said["portals"][:2]] == ["hanoimoi", "thanh-uy"]
    (problem,) = said["portals"][1]["problems"]
    assert (problem["check"], problem["reason"], problem["section"]) == (
        "verdict",
        "the crawl process ended",
        "a-portal-is-red",
    )
    assert said["portals"][1]["since"] == NOW.isoformat()
    lines = command("status").out.splitlines()
    (line,) = [line for line in lines if line.startswith("thanh-uy")]
    assert line.split("  ")[:2] == ["thanh-uy", "red"]
    assert "2026-11-03 09:00" in line
    assert "the crawl process ended" in line
    anchors = {f"docs/operate.md#{heading}" for heading in ("a-portal-is-red", "a-portal-is-read-worse-than-usual")}
    assert {line.split()[-1] for line in lines if line.startswith(("hanoimoi ", "thanh-uy"))} == anchors
    assert all(title in text_of(REPOSITORY / "docs/operate.md") for title in ("## A portal is red\n",))


def test_the_portals_to_show_can_be_named(home: Home, command: Command) -> None:
    record_failure(home, "thanh-uy", "the crawl process ended", NOW, "run")
    status, said = found(command, "hanoi", "hanoi")
    assert (status, [portal["slug"] for portal in said["portals"]]) == (0, ["hanoi"])
    assert found(command, "thanh-uy")[0] == 3
    assert command("status", "hanoii").status == 2


def test_a_portal_that_is_only_in_the_archive_has_a_status(home: Home, command: Command) -> None:
    update_index_of(home)
    DemoCorpus.begin_day(home, 1)  # defines no portal my-duc
    done = command("status", "my-duc", "--json")
    (portal,) = json.loads(done.out)["portals"]
    assert (portal["standing"], portal["verdict"]) == ("red", "ok")
    assert "only in the archive: no portal file defines it any more" in portal["problems"][0]["reason"]
    assert "my-duc: no portal file defines it any more" in done.err


def update_index_of(home: Home) -> None:
    write_warc(home)
    update_index(home)


def test_what_cannot_be_read_is_named_and_the_rest_is_shown(
    home: Home, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    define_portal(tmp_path / "own", "cua-toi", "cuatoi.test", platform="generic", seed_urls=["https://cuatoi.test/"])
    (tmp_path / "own" / "cua-toi.yml").write_text("slugg: cua-toi\n", encoding="utf-8")
    monkeypatch.setenv(PORTALS_VARIABLE, f"{tmp_path / 'own'}{os.pathsep}{tmp_path / 'nowhere'}")
    record(home, SILENCE, {"hanoi": None}, NOW)
    (home.root / "findings" / "silence.json").write_bytes(b"[]")
    home.settings_file.write_text("quiet: 1\n", encoding="utf-8")
    home.corpus_file.write_bytes(b"no DuckDB file")
    status, said = found(command)
    assert status == 3
    problems = "\n".join(said["problems"])
    for name in (home.settings_file, home.corpus_file, tmp_path / "nowhere", home.root / "findings" / "silence.json"):
        assert str(name) in problems
    assert said["portals"][0]["slug"] == "cua-toi"
    assert "cua-toi.yml:1: slugg: unknown key" in said["portals"][0]["problems"][0]["reason"]
    assert (said["release"], said["free_bytes_min"]) == (None, None)
    text = command("status")
    assert text.status == 3
    assert text.out.count("PROBLEM: ") == len(said["problems"])


def test_a_share_that_is_not_as_usual_is_a_problem_with_its_section(home: Home, command: Command) -> None:
    record(home, SHARES, {"near_duplicates": None, "singletons": "200 of 200 articles"}, NOW)
    status, said = found(command)
    problem = "200 of 200 articles (docs/operate.md#a-share-is-not-as-usual)"
    assert (status, said["problems"]) == (3, [problem])
    assert f"PROBLEM: {problem}\n" in command("status").out


def test_too_little_space_is_shown(home: Home, command: Command) -> None:
    home.root.mkdir()
    home.settings_file.write_text("free_space_min_gb: 900000\n", encoding="utf-8")
    assert found(command)[0] == 3
    assert "900000.0 GB must stay free: NOT ENOUGH" in command("status").out


def test_what_runs_is_shown_and_left_alone(home: Home, command: Command) -> None:
    with take(dev_lock(home), NOW), hold(home, "dbt build", 0), portal_lock(home, "hanoi"):
        status, said = found(command)
        lines = command("status").out.splitlines()
    assert status == 0
    assert said["being_crawled"] == ["hanoi"]
    assert said["warehouse_holder"]["purpose"] == "dbt build"
    assert said["dev"].startswith(f"process {os.getpid()} on ")
    assert [line.split(",")[0] for line in lines if line.startswith("running: ")] == [
        "running: crawl",
        "running: dbt build",
        "running: hanoi-corpus dev",
    ]
    assert found(command)[1]["warehouse_holder"] is None


@pytest.mark.process
@pytest.mark.slow
def test_the_published_release_and_the_kept_ones_are_shown(
    demo: Demo, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(demo.home.root))
    _, said = found(command)
    kept = list(demo.home.releases.glob("*.duckdb"))
    assert (said["demo_day"], said["kept_releases"]) == (2, len(kept))
    assert said["kept_bytes"] == sum(file.stat().st_size for file in kept)
    assert said["release"]["release_id"] in {file.stem for file in kept}
    assert said["release"]["rows"]["fct_articles"] > 100
    assert {portal["verdict"] for portal in said["portals"]} >= {"ok"}
    assert "a demo home on day 2" in command("status").out
