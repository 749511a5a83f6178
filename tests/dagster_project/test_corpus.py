"""The corpus: portals, network and clock of an ordinary and of a demo home, and the date in Hanoi."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dagster_project import pipeline
from dagster_project.cli import main as cli
from dagster_project.cli import portals as portal_commands
from dagster_project.corpus import PORTALS_VARIABLE, Corpus, DemoCorpus, DemoMarkerError, clock_of, is_demo
from dagster_project.crawls import process
from dagster_project.crawls.process import CrawlOutcome
from dagster_project.defs.schedules import slugs_by_tier
from spiders.crawl.settings import CONTACT_VARIABLE
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.days import moment_of
from spiders.onboarding.probe import Probe
from spiders.portal import load_portals
from tests.crawling import define_portal
from warehouse.clock import Clock
from warehouse.home import Home

# Half past midnight of New Year in Hanoi, still the old year in UTC.
NEW_YEAR = datetime(2025, 12, 31, 17, 30, tzinfo=UTC)
ENDED, BEGUN = "het-nam-cu", "tu-nam-moi"


# its parts


def test_a_home_has_the_shipped_and_the_users_own_portals_and_real_time(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = ["https://cuatoi.hanoi.test/tin"]
    define_portal(tmp_path / "own", "cua-toi", "cuatoi.hanoi.test", platform="generic", seed_urls=seeds)
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "own"))
    corpus = Corpus.open(home)
    assert corpus.portals.keys() == load_portals().valid.keys() | {"cua-toi"}
    assert corpus.clock == Clock()
    with corpus.network.reachable() as environment:
        assert environment == {}
    assert not home.root.exists(), "opening a corpus writes nothing"


def test_live_portals_need_a_contact(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CONTACT_VARIABLE, raising=False)
    assert CONTACT_VARIABLE in str(Corpus.open(home).network.complaint())
    DemoCorpus.begin_day(home, 1)
    assert Corpus.open(home).network.complaint() is None


def test_a_demo_home_has_only_the_mirrors_portals_and_reaches_nothing_else(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "nowhere"))
    DemoCorpus.begin_day(home, 3)
    corpus = Corpus.open(home)
    assert isinstance(corpus, DemoCorpus)
    assert corpus.day == 3
    assert corpus.portals.keys() == {path.stem for path in MIRROR_PORTALS.glob("*.yml")}
    assert "--serves-mirror" in corpus.network.crawl_options
    with corpus.network.reachable() as environment:
        assert environment["http_proxy"].startswith("http://127.0.0.1:")


def test_a_new_demo_day_applies_to_corpora_opened_later(home: Home) -> None:
    DemoCorpus.begin_day(home, 1)
    first = Corpus.open(home)
    DemoCorpus.begin_day(home, 2)
    assert first.today == moment_of(1).date()
    assert Corpus.open(home).today == moment_of(2).date()


def test_corpora_of_one_demo_day_share_one_clock(home: Home) -> None:
    DemoCorpus.begin_day(home, 1)
    one = Corpus.open(home)
    time.sleep(0.2)
    assert abs(Corpus.open(home).clock.ahead - one.clock.ahead) < timedelta(seconds=0.1)
    assert abs(clock_of(home).ahead - one.clock.ahead) < timedelta(seconds=0.1)


def test_a_demo_day_ends_before_the_next_would_begin(home: Home) -> None:
    DemoCorpus.begin_day(home, 1)
    days_ago = time.time() - timedelta(days=9).total_seconds()
    os.utime(home.root / "demo.json", (days_ago, days_ago))
    assert moment_of(1) < Corpus.open(home).clock.now() < moment_of(2)


def test_a_missing_portal_folder_is_named_and_the_other_portals_are_there(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "nowhere"))
    corpus = Corpus.open(home)
    assert corpus.files.complaints == (f"{tmp_path / 'nowhere'}: this folder of portal files does not exist",)
    assert corpus.portals.keys() == load_portals().valid.keys()


def test_a_tilde_in_the_list_of_portal_folders_is_the_users_home(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    define_portal(tmp_path / "own", "cua-toi", "cuatoi.test", platform="generic", seed_urls=["https://cuatoi.test/"])
    monkeypatch.setenv(PORTALS_VARIABLE, "~/own")
    assert "cua-toi" in Corpus.open(home).portals


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "null", "[]", "1", '"day"', "{}", '{"day": null}', '{"day": "1"}', '{"day": 1.0}', '{"day": true}'),
        *('{"day": 0}', '{"day": 6}', '{"day": -1}', '{"day": NaN}', '{"day": Infinity}', '{"day": 1e999}'),
        *('{"day": ' + "9" * 5_000 + "}", "[" * 200_000, "\xff", "\0" * 13, '{"day": 1' + " " * 300_000 + "}"),
        *("a folder", "a pipe", "a broken link"),
    ],
    ids=lambda content: content[:20],
)
def test_a_damaged_demo_marker_is_named_and_never_makes_a_home_that_reaches_portals(
    home: Home, content: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = home.root / "demo.json"
    home.root.mkdir()
    if content == "a folder":
        marker.mkdir()
    elif content == "a pipe":
        os.mkfifo(marker)
    elif content == "a broken link":
        marker.symlink_to("absent")
    else:
        marker.write_text(content, encoding="latin-1")
    for opens in (Corpus.open, clock_of, is_demo):
        with pytest.raises(DemoMarkerError) as caught:
            opens(home)
        message = str(caught.value)
        assert message.startswith(f"{marker}: this file makes the home a demo home, and cannot be used: ")
        assert f"delete the folder {home.root} and run `hanoi-corpus demo`" in message
        assert len(message) < 1_000
    for arguments in (["crawl"], ["build"], ["demo"], ["portals", "list"], ["backfill", "my-duc"]):
        run(monkeypatch, *arguments)
        assert capsys.readouterr().err.startswith(f"{marker}: ")


@pytest.mark.parametrize("at", [0, 2**33, 10**11])
def test_a_demo_day_is_right_whatever_the_machines_clock_was(home: Home, at: int) -> None:
    DemoCorpus.begin_day(home, 2)
    os.utime(home.root / "demo.json", (at, at))
    assert moment_of(2) <= Corpus.open(home).clock.now() < moment_of(3)


# the date in Hanoi


@pytest.fixture(params=["America/Los_Angeles", "UTC", "Asia/Ho_Chi_Minh", "Pacific/Kiritimati"])
def new_year(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Corpus]:
    """Return the corpus that every command opens: on New Year in Hanoi, on a machine in another time zone."""
    for slug, day in ((ENDED, {"active_until": date(2025, 12, 31)}), (BEGUN, {"active_from": date(2026, 1, 1)})):
        define_portal(
            tmp_path / "own", slug, f"{slug}.test", platform="generic", seed_urls=[f"https://{slug}.test/"], **day
        )
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "own"))
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    corpus = replace(Corpus.open(home), clock=Clock.at(NEW_YEAR))
    monkeypatch.setattr(Corpus, "open", lambda _home: corpus)
    yield corpus
    monkeypatch.undo()
    time.tzset()


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["hanoi-corpus", *arguments])
    with pytest.raises(SystemExit):
        cli.main()


def test_today_is_the_date_in_hanoi(new_year: Corpus) -> None:
    assert new_year.today == date(2026, 1, 1)
    assert BEGUN in new_year.active_portals()
    assert ENDED not in new_year.active_portals()


def test_crawl_without_names_crawls_the_portals_active_in_hanoi(
    new_year: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawled: list[str] = []

    def crawl(_corpus: Corpus, slugs: list[str], *_: object) -> CrawlOutcome:
        crawled.extend(slugs)
        return CrawlOutcome({}, {})

    monkeypatch.setattr(process, "crawl", crawl)
    run(monkeypatch, "crawl")
    assert crawled == list(new_year.active_portals())


def test_the_list_shows_the_portals_active_in_hanoi(
    new_year: Corpus, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "portals", "list")
    shown = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert shown[BEGUN].split()[-2] == "yes"
    assert shown[ENDED].split()[-2] == "no"


def test_a_probe_of_all_covers_the_portals_active_in_hanoi_and_writes_its_date(
    new_year: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: dict[str, date] = {}

    def set_verified(file: Path, day: date) -> None:
        verified[file.stem] = day

    monkeypatch.setattr(portal_commands, "fetch", lambda _corpus, visits, *_: {one.portal.slug: None for one in visits})
    monkeypatch.setattr(portal_commands, "probe", lambda _captures, portal: Probe(portal, 9, (), ()))
    monkeypatch.setattr(portal_commands, "set_verified", set_verified)
    run(monkeypatch, "portals", "probe", "--all", "--write")
    assert verified == dict.fromkeys(new_year.active_portals(), date(2026, 1, 1))


def test_a_backfill_may_start_on_todays_date_in_hanoi(
    new_year: Corpus, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[Any] = []

    def backfill(*given: Any) -> Iterator[Any]:
        calls.append(given)
        return iter(())

    monkeypatch.setattr("dagster_project.cli.operator.backfill", backfill)
    run(monkeypatch, "backfill", BEGUN, "--from", "2026-01-01")
    assert len(calls) == 1
    run(monkeypatch, "backfill", BEGUN, "--from", "2026-01-02")
    assert "that day is in the future" in capsys.readouterr().err


def test_silence_is_judged_for_the_portals_active_in_hanoi(new_year: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: dict[str, int] = {}
    monkeypatch.setattr(pipeline, "staleness_of", lambda _home, days_max, _now: judged.update(days_max) or {})
    pipeline.judge_silence(new_year, print)
    assert judged.keys() == new_year.active_portals().keys()


def test_schedules_crawl_the_portals_active_in_hanoi(new_year: Corpus) -> None:
    slugs = {slug for tier in slugs_by_tier(new_year).values() for slug in tier}
    assert slugs == set(new_year.active_portals())
