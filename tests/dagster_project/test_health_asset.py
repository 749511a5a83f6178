"""The asset of the portals' health: red portals are seen at once, and lead to the site."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from dagster_project import pipeline
from dagster_project.corpus import PORTALS_VARIABLE, Corpus
from dagster_project.defs.health import portal_health
from dagster_project.operations import findings, links
from dagster_project.operations.health import Figures
from tests.crawling import define_portal
from warehouse.home import Home

NOW = datetime(2026, 9, 14, 1, 15, tzinfo=UTC)
KEY = dg.AssetKey("portal_health")


@pytest.fixture
def corpus(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """Return a corpus with two portals of its own; what only a warehouse has is left out."""
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "own"))
    monkeypatch.setattr("dagster_project.corpus.SHIPPED_PORTALS", tmp_path / "own")
    monkeypatch.setattr(pipeline, "write_portal_health", lambda _corpus, _log: Figures(NOW, {}))
    for slug in ("anh", "binh"):
        define_portal(tmp_path / "own", slug, f"{slug}.test", platform="generic", seed_urls=[f"https://{slug}.test/"])
    return Corpus.open(home)


def materialised(corpus: Corpus) -> tuple[dg.AssetMaterialization, dg.AssetCheckEvaluation]:
    done = dg.materialize([portal_health], resources={"corpus": corpus})
    assert done.success, "a red portal does not fail the build"
    (event,), (check,) = done.asset_materializations_for_node("portal_health"), done.get_asset_check_evaluations()
    return event, check


def test_red_portals_come_first_in_a_table_and_fail_the_check(corpus: Corpus) -> None:
    reason = "the crawl process was killed <script>\x1b" + "x" * 500
    findings.record_failure(corpus.home, "binh", reason, NOW - timedelta(days=1), "run")
    event, check = materialised(corpus)
    table = event.metadata["state"]
    assert isinstance(table, dg.TableMetadataValue)
    red, other = (record.data for record in table.records)
    assert (red["portal"], red["state"], other["portal"], other["state"]) == ("binh", "red", "anh", "never crawled")
    assert red["since"] == "2026-09-13 08:15"
    assert str(red["what is wrong"]).startswith("the crawl process was killed <script> x")
    assert len(str(red["what is wrong"])) == 160
    assert [column.name for column in table.schema.columns] == list(red)
    assert event.metadata["as_of"].value == "2026-09-14 08:15"
    assert event.metadata["page"].value == links.health_url()
    assert not check.passed
    assert (check.description or "").splitlines()[0] == "1 of 2 portals are red: binh"
    assert links.health_url() in (check.description or "")


def test_without_a_red_portal_the_check_passes(corpus: Corpus) -> None:
    _, check = materialised(corpus)
    assert check.passed
    assert (check.description or "").startswith("0 of 2 portals are red\n")


def test_findings_that_cannot_be_read_fail_the_check(corpus: Corpus) -> None:
    findings.record(corpus.home, findings.SILENCE, {}, NOW)
    file = corpus.home.root / "findings" / "silence.json"
    file.write_text("{", encoding="utf-8")
    event, check = materialised(corpus)
    assert not check.passed
    assert str(file) in str(event.metadata["problems"].value)
    assert str(file) in (check.description or "")


def test_the_description_leads_to_the_site() -> None:
    assert f"]({links.health_url()})" in (portal_health.descriptions_by_key[KEY] or "")
