"""A portal file that is invalid takes out its own portal, shown red with the reason, and no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from dagster_project import pipeline
from dagster_project.corpus import PORTALS_VARIABLE, Corpus
from dagster_project.crawls import process
from dagster_project.definitions import defs
from dagster_project.defs.captures import captures_assets, portal_file_sensor
from dagster_project.defs.schedules import slugs_by_tier
from dagster_project.derivation import corpus_stages
from dagster_project.operations.alerting.conditions import file_conditions
from dagster_project.operations.markdown import cell
from dagster_project.portal_rows import portal_rows
from spiders.extract.archived import newest_archived_portal
from spiders.portal import load_portals
from tests.crawling import define_portal
from warehouse.archive.index.reports import report_json
from warehouse.archive.warc.format import CrawlInfo
from warehouse.archive.warc.writer import WarcWriter
from warehouse.derive.sources.credits import source_key
from warehouse.home import CRAWLS_FOLDER, Home
from warehouse.records import CrawlReport, Verdict
from warehouse.stages import StageReport

NOW = datetime(2026, 9, 14, 1, 15, tzinfo=UTC)
SLUG, OTHER = "hong", "lanh"
KEY = dg.AssetKey(["captures", SLUG])


@pytest.fixture
def folder(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of the user's own with two portals, of which a test may break one."""
    own = tmp_path / "own"
    monkeypatch.setenv(PORTALS_VARIABLE, str(own))
    for slug in (SLUG, OTHER):
        define_portal(own, slug, f"{slug}.test", platform="generic", seed_urls=[f"https://{slug}.test/"], tier="weekly")
    return own


def spoil(folder: Path) -> str:
    """Misspell a key of the portal's file; return the message."""
    file = folder / f"{SLUG}.yml"
    file.write_text("tierr: daily\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    return f"{file}:1: tierr: unknown key"


def mend(folder: Path) -> None:
    file = folder / f"{SLUG}.yml"
    file.write_text(file.read_text(encoding="utf-8").removeprefix("tierr: daily\n"), encoding="utf-8")


def crawled(home: Home, folder: Path, verdict: Verdict = "ok", crawl_id: str = f"{SLUG}-1") -> None:
    """Store a crawl of the portal: its WARC file with the definition, and its report."""
    portal = load_portals([folder]).valid[SLUG]
    definition = portal.model_dump(mode="json")
    writer = WarcWriter(home, CrawlInfo(crawl_id, SLUG, "run", NOW, "agent", definition))
    report = CrawlReport(crawl_id, SLUG, "run", NOW, NOW, verdict, f"why {verdict}", 9, 8, 7, 6, 5, {}, "w")
    writer.close(report)
    home.storage.put(f"{CRAWLS_FOLDER}/{SLUG}/{crawl_id}.json", report_json(report).encode())


# the corpus


def test_the_others_are_there_and_the_archived_definition_stands_in(home: Home, folder: Path) -> None:
    crawled(home, folder)
    complaint = spoil(folder)
    corpus = Corpus.open(home)
    assert corpus.invalid_portals == {SLUG: complaint}
    assert OTHER in corpus.portals
    assert SLUG not in corpus.portals
    assert SLUG not in corpus.active_portals()
    assert corpus.definitions[SLUG].name == "Cổng thử nghiệm"
    assert list(corpus.definitions) == sorted(corpus.definitions)
    assert {row.slug for row in portal_rows(corpus)} >= {SLUG, OTHER}


def test_the_newest_usable_definition_stands_in(home: Home, folder: Path) -> None:
    crawled(home, folder)
    (folder / f"{SLUG}.yml").write_text(
        (folder / f"{SLUG}.yml").read_text(encoding="utf-8").replace("thử nghiệm", "mới"), encoding="utf-8"
    )
    crawled(home, folder, crawl_id=f"{SLUG}-2")
    (home.warc / SLUG / f"{SLUG}-3.warc.gz").write_bytes(b"no WARC file")
    stand_in = newest_archived_portal(home, SLUG)
    assert stand_in is not None
    assert stand_in.name == "Cổng mới"
    assert newest_archived_portal(home, OTHER) is None


def test_a_definition_that_no_longer_fits_takes_out_its_own_file_only(home: Home, folder: Path) -> None:
    info = CrawlInfo(f"{SLUG}-1", SLUG, "run", NOW, "agent", {"slug": SLUG, "format": "of long ago"})
    WarcWriter(home, info).close(CrawlReport(f"{SLUG}-1", SLUG, "run", NOW, NOW, "ok", "", 1, 1, 1, 1, 1, {}, "w"))
    (folder / f"{SLUG}.yml").unlink()
    corpus = Corpus.open(home)
    (stage,) = (stage for stage in corpus_stages(corpus.definitions) if not stage.inputs)
    (damage,) = pipeline.derive(corpus, stage, print).damaged
    assert "no longer supported" in str(damage)
    assert damage.file.endswith(f"{SLUG}-1.warc.gz")
    assert SLUG not in {row.slug for row in portal_rows(corpus)}


# crawls


def test_a_crawl_of_both_names_the_invalid_one_and_crawls_the_other(
    home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaint = spoil(folder)
    started: list[list[str]] = []

    def run_child(command: list[str], *_: object) -> tuple[int, str]:
        started.append(command)
        return 0, ""

    monkeypatch.setattr(process, "run_child", run_child)
    monkeypatch.setenv("HANOI_CORPUS_CONTACT", "https://example.org/about")
    logged: list[str] = []
    outcome = process.crawl(Corpus.open(home), [SLUG, OTHER, "khong-co"], "run", logged.append)
    assert started[0][-1] == OTHER
    assert SLUG not in started[0]
    assert outcome.failures[SLUG] == complaint
    assert outcome.failures["khong-co"].startswith("unknown portal 'khong-co'; known: ")
    assert f"not crawled: {complaint}" in logged
    assert not (home.root / "findings" / "crawls_without_report" / f"{SLUG}.json").exists(), (
        "alerts would name it twice"
    )


# Dagster


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def all_assets(found: dg.Definitions) -> tuple[set[dg.AssetKey], set[dg.AssetCheckKey], set[str]]:
    graph, repository = found.resolve_asset_graph(), found.get_repository_def()
    names = {*repository.job_names, *(one.name for one in repository.schedule_defs)}
    names |= {one.name for one in repository.sensor_defs}
    return set(graph.materializable_asset_keys), set(graph.asset_check_keys), names


@pytest.mark.slow
@pytest.mark.usefixtures("made_manifest")
@pytest.mark.parametrize("text", [None, "a: &a [*a]", "[", "\0"])
def test_assets_checks_jobs_schedules_and_sensors_stay(home: Home, folder: Path, text: str | None) -> None:
    crawled(home, folder)
    whole = all_assets(defs())
    if text is None:
        spoil(folder)
    else:
        (folder / f"{SLUG}.yml").write_text(text, encoding="utf-8")
    left = defs()
    assert all_assets(left) == whole
    spec = left.resolve_asset_graph().get(KEY)
    assert cell(f"{folder / SLUG}.yml:1: ", 500) in str(spec.description)
    assert spec.tags["tier"] == "weekly"
    assert KEY in left.resolve_job_def("collect_weekly").asset_layer.selected_asset_keys


def test_the_tier_is_that_of_the_archive_and_daily_without_one(home: Home, folder: Path) -> None:
    spoil(folder)
    assert SLUG in slugs_by_tier(Corpus.open(home))["daily"]
    mend(folder)
    crawled(home, folder)
    spoil(folder)
    by_tier = slugs_by_tier(Corpus.open(home))
    assert SLUG in by_tier["weekly"]
    assert SLUG not in by_tier["daily"]


def reason_of(check: dg.AssetCheckEvaluation) -> str:
    """Return the description of a check without since when, and what to do."""
    return re.split(r"\. (?:Since|Never well|Last healthy|Crawled) ?", str(check.description))[0]


def run_of_both(home: Home, instance: dg.DagsterInstance, assets: dg.AssetsDefinition) -> dict[str, tuple[bool, str]]:
    """Materialize both portals; return by slug whether the check passed, and its description."""
    keys = [dg.AssetKey(["captures", slug]) for slug in (SLUG, OTHER)]
    done = dg.materialize(
        [assets], resources={"corpus": Corpus.open(home)}, instance=instance, selection=keys, raise_on_error=False
    )
    materialized = {event.asset_key for event in done.get_asset_materialization_events()}
    checks = {check.asset_key: check for check in done.get_asset_check_evaluations()}
    assert {key for key, check in checks.items() if check.passed} == materialized
    assert done.success == any(check.passed for check in checks.values())
    return {key.path[-1]: (check.passed, reason_of(check)) for key, check in checks.items()}


def test_a_run_shows_it_red_and_a_file_that_is_right_again_needs_no_restart(
    home: Home, folder: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_child(command: list[str], *_: object) -> tuple[int, str]:
        crawled = [slug for slug in command if slug in (SLUG, OTHER)]
        reports = {slug: CrawlReport(slug, slug, "run", NOW, NOW, "ok", "", 1, 1, 1, 1, 1, {}, "w") for slug in crawled}
        for slug, report in reports.items():
            home.storage.put(f"{CRAWLS_FOLDER}/{slug}/{slug}.json", report_json(report).encode())
        found = {"reports": {slug: asdict(one) for slug, one in reports.items()}, "failures": {}, "skipped": {}}
        Path(command[command.index("--report") + 1]).write_text(
            json.dumps(found, default=datetime.isoformat), encoding="utf-8"
        )
        return 0, ""

    monkeypatch.setattr(process, "run_child", run_child)
    monkeypatch.setenv("HANOI_CORPUS_CONTACT", "https://example.org/about")
    corpus = Corpus.open(home)
    loaded_right = captures_assets(corpus.definitions, corpus.invalid_portals)
    complaint = spoil(folder)
    corpus = Corpus.open(home)
    loaded_wrong = captures_assets(corpus.definitions, corpus.invalid_portals)
    for assets in (loaded_right, loaded_wrong):
        assert run_of_both(home, instance, assets) == {SLUG: (False, complaint), OTHER: (True, "ok: ")}
    mend(folder)
    for assets in (loaded_right, loaded_wrong):
        assert run_of_both(home, instance, assets) == {SLUG: (True, "ok: "), OTHER: (True, "ok: ")}
    (folder / f"{SLUG}.yml").unlink()
    passed, reason = run_of_both(home, instance, loaded_right)[SLUG]
    assert (passed, reason.startswith(f"unknown portal '{SLUG}'; known: ")) == (False, True)


def ticked(home: Home, cursor: str | None) -> tuple[list[tuple[bool, str]], str | None]:
    """Evaluate the sensor once; return the check results that it reports, and its cursor."""
    result = portal_file_sensor(home, [OTHER, SLUG])(dg.build_sensor_context(cursor=cursor))
    assert isinstance(result, dg.SensorResult)
    events = [event for event in result.asset_events if isinstance(event, dg.AssetCheckEvaluation)]
    assert {(event.asset_key, event.check_name) for event in events} <= {(KEY, "verdict")}
    return [(event.passed, reason_of(event)) for event in events], result.cursor


def test_one_tick_shows_it_red_without_a_crawl_and_one_shows_the_last_crawl_again(home: Home, folder: Path) -> None:
    assert ticked(home, None)[0] == []
    complaint = spoil(folder)
    events, cursor = ticked(home, None)
    assert events == [(False, complaint)]
    assert ticked(home, cursor)[0] == [], "said once"
    mend(folder)
    events, cursor = ticked(home, cursor)
    assert events == [(False, "not judged: the portal was not crawled yet")], "neither red, as before, nor green"
    crawled(home, folder, "broken")
    spoil(folder)
    _, cursor = ticked(home, cursor)
    mend(folder)
    assert ticked(home, cursor)[0] == [(False, "broken: why broken")]


# alerts and the health page


def test_alerts_name_it_once_until_it_is_right(home: Home, folder: Path) -> None:
    complaint = spoil(folder)
    bad = file_conditions(Corpus.open(home).files, NOW)
    assert {name: one.reasons for name, one in bad.items() if one.reasons} == {f"portal file {SLUG}": (complaint,)}
    mend(folder)
    assert not any(one.reasons for one in file_conditions(Corpus.open(home).files, NOW).values())


def test_a_build_names_it_and_says_what_its_articles_are_read_with(home: Home, folder: Path) -> None:
    crawled(home, folder)
    complaint = spoil(folder)
    logged: list[str] = []
    pipeline.log_invalid_portals(Corpus.open(home), logged.append)
    assert logged == [
        complaint,
        f"{SLUG}: its articles are read with the newest definition in the archive until the file is right",
    ]


def test_stored_pages_are_read_as_before(home: Home, folder: Path) -> None:
    crawled(home, folder)

    def extracted() -> StageReport:
        corpus = Corpus.open(home)
        (stage,) = (stage for stage in corpus_stages(corpus.definitions) if not stage.inputs)
        return pipeline.derive(corpus, stage, print)

    assert len(extracted().units) == 1
    spoil(folder)
    left = extracted()
    assert (left.units, left.unchanged, left.damaged) == ((), 1, ())


def test_wrong_settings_turn_every_portal_red_and_the_rest_goes_on(
    home: Home, folder: Path, instance: dg.DagsterInstance
) -> None:
    home.root.mkdir()
    home.settings_file.write_text("quiet_hour: []", encoding="utf-8")
    corpus = Corpus.open(home)
    reason = f"{home.settings_file}:1: quiet_hour: unknown key"
    found = run_of_both(home, instance, captures_assets(corpus.definitions, corpus.invalid_portals))
    assert found == {SLUG: (False, reason), OTHER: (False, reason)}


# what identifies a portal where others credit it


def test_the_row_of_a_portal_has_its_hosts_and_the_keys_of_its_names(home: Home, folder: Path) -> None:
    define_portal(
        folder,
        "tho-do",
        "www.thodo.test",
        platform="generic",
        name="Báo Thủ đô (thử)",
        seed_urls=["https://www.thodo.test/"],
        known_as=["Thủ đô thử", "Báo Thủ Đô thử", "Internet"],
        owner={"office": "UBND phường Thử", "administrative_unit": "Phường Thử"},
        formerly=["thodo-cu.test"],
    )
    (row,) = (row for row in portal_rows(Corpus.open(home)) if row.slug == "tho-do")
    assert (row.hosts, row.former_hosts) == (("thodo.test",), ("thodo-cu.test",))
    assert row.source_keys == ("bao-thudothu", "thudothu", "uybannhandanphuongthu")


def test_shipped_portals_share_no_host_and_no_key_and_are_known_by_both(home: Home) -> None:
    rows = portal_rows(Corpus.open(home))
    for named in ("hosts", "source_keys"):
        values = [value for row in rows for value in getattr(row, named)]
        assert len(set(values)) == len(values)
        assert all(getattr(row, named) for row in rows)
    assert {row.slug: row.source_keys for row in rows}["hanoimoi"] == ("hanoimoi",)
    by_key = {key: row.slug for row in rows for key in row.source_keys}
    assert by_key[str(source_key("Theo Báo Hànộimới"))] == "hanoimoi"
    assert by_key[str(source_key("Cổng TTĐT thành phố Hà Nội"))] == "hanoi"
    assert by_key[str(source_key("Cổng TTĐT Hà Nội"))] == "hanoi"
    assert by_key[str(source_key("UBND quận Tây Hồ"))] == "tay-ho"
