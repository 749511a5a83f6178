"""Metrics in Prometheus' text format, as a parser of the format reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dagster_project.operations import findings
from dagster_project.operations.health import write_figures
from tests.dagster_project.site.asked import NEW, NOW, RED, WELL, Site
from tests.demonstration import Demo
from warehouse.corpus.release import read_release
from warehouse.tables.health import PortalHealth
from warehouse.tables.staleness import NewestArticle, Staleness

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(site: Site) -> Samples:
    answer = site.ask("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found: Samples = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.name.startswith("hanoi_corpus_")
        assert family.documentation.endswith(".")
        for sample in family.samples:
            found[sample.name, frozenset(sample.labels.items())] = sample.value
    return found


def value(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((f"hanoi_corpus_{name}", frozenset(labels.items())))


def test_every_portal_has_its_state_and_times(site: Site) -> None:
    found = samples(site)
    last, healthy = "portal_last_crawl_timestamp_seconds", "portal_last_healthy_crawl_timestamp_seconds"
    assert value(found, last, portal=RED) == (NOW - timedelta(days=2)).timestamp()
    assert value(found, healthy, portal=RED) == (NOW - timedelta(days=9)).timestamp()
    since = value(found, "portal_red_since_timestamp_seconds", portal=RED)
    assert since == (NOW - timedelta(days=7)).timestamp()
    assert [value(found, "portal_red", portal=slug) for slug in (RED, WELL, NEW)] == [1, 0, 0]
    assert value(found, "portal_standing", portal=NEW, standing="never_crawled") == 1
    assert value(found, "portal_verdict", portal=RED, verdict="blocked") == 1
    assert value(found, "portal_verdict", portal=RED, verdict="ok") == 0
    assert value(found, "portal_problem", portal=RED, check="verdict") == 1
    assert value(found, "portals", standing="red") == 1
    for name in (last, healthy, "portal_red_since_timestamp_seconds"):
        assert value(found, name, portal=NEW) is None, "what is not known has no sample"
    assert not any("verdict" in name and ("portal", NEW) in labels for name, labels in found)


def test_staleness_grows_after_the_build(site: Site) -> None:
    newest = NewestArticle("Tin", "https://hong.test/1", NOW - timedelta(days=40))
    silent = {RED: Staleness(RED, newest, timedelta(days=30), 20), WELL: Staleness(WELL, None, None, 20)}
    built_at = NOW - timedelta(days=10)
    write_figures(site.home, [PortalHealth(slug, (), None) for slug in (RED, WELL)], silent, built_at)
    found = samples(site)
    stale = value(found, "portal_staleness_seconds", portal=RED)
    assert stale is not None
    assert abs(stale - (datetime.now(UTC) - (NOW - timedelta(days=40))).total_seconds()) < 60
    assert value(found, "portal_staleness_limit_seconds", portal=RED) == 20 * 86_400
    assert value(found, "portal_staleness_seconds", portal=WELL) is None
    assert value(found, "build_timestamp_seconds") == built_at.timestamp()


def test_problems_of_the_corpus_are_counted_and_the_rest_is_there(site: Site) -> None:
    assert value(samples(site), "complaints") == 0
    findings.record(site.home, findings.SILENCE, {}, NOW)
    (site.home.root / "findings" / "silence.json").write_text("{", encoding="utf-8")
    site.home.corpus_file.write_bytes(b"no release" * 1_000)
    found = samples(site)
    assert value(found, "complaints") == 2
    assert value(found, "release_timestamp_seconds") is None
    assert value(found, "portal_red", portal=RED) == 1


def test_a_slug_cannot_break_the_format(site: Site) -> None:
    (site.folder / 'a"b\\c\n.yml').write_text("slug: x\n", encoding="utf-8")
    assert value(samples(site), "portal_red", portal=RED) == 1


@pytest.mark.slow
def test_a_built_corpus_has_its_release(demo: Demo) -> None:
    site = Site(demo.home, demo.home.root)
    found = samples(site)
    release = read_release(demo.home.corpus_file)
    assert value(found, "release_timestamp_seconds") == release.built_at.timestamp()
    for table, rows in release.counts.items():
        assert value(found, "release_rows", table=table) == rows
    for slug, figures in release.portals.items():
        assert value(found, "portal_articles", portal=slug) == figures.articles
    steps = {dict(labels)["step"] for name, labels in found if name == "hanoi_corpus_build_step_duration_seconds"}
    assert {"index_archive", "extraction", "load_raw", "build_marts", "write_portal_health", "publish_corpus"} <= steps
    total = value(found, "build_duration_seconds")
    assert total is not None
    assert total > 0
    about = {"release_id": release.release_id, "code_version": release.code_version}
    assert value(found, "release_info", **about) == 1
