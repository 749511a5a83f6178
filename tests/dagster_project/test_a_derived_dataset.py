"""A derived dataset declared in one file, this one, is derived, loaded and shown like any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from dagster_project.corpus import Corpus
from dagster_project.dbt.sources import dbt_sources
from dagster_project.derivation import corpus_stages
from spiders.portal import Portal
from tests.homes import unpacked
from warehouse.datasets import ARTICLES, Dataset
from warehouse.home import Home
from warehouse.records import Int32
from warehouse.stages import Stage, Unit
from warehouse.tables import lock, store
from warehouse.tables.load import raw_datasets

# --- The declaration ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opening:
    """The beginning of an article."""

    capture_id: str
    characters: Int32
    words: tuple[str, ...]
    lead: str | None


OPENINGS = Dataset("openings", Opening, "The beginning of each extracted article, one row per capture.")


def openings_of(unit: Unit) -> Mapping[str, pa.Table]:
    rows = unit.read(ARTICLES).select(["capture_id", "body", "lead"]).to_pylist()
    return {
        OPENINGS.name: OPENINGS.table(
            Opening(row["capture_id"], len(first), tuple(first.split()[:3]), row["lead"])
            for row in rows
            for first in row["body"][:1]
        )
    }


OPENING_STAGE = Stage("openings", "2026.11.1", (ARTICLES,), (OPENINGS,), openings_of)


def stages_of(portals: Mapping[str, Portal]) -> tuple[Stage, ...]:
    return (*corpus_stages(portals), OPENING_STAGE)


# --- What follows from the declaration ------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return unpacked("before_stages.tar.xz", tmp_path / "home")


@pytest.mark.slow
def test_it_is_derived_loaded_and_materialized(home: Home) -> None:
    from dagster_project.defs.datasets import raw_assets, stage_assets

    stages = stages_of(Corpus.open(home).portals)
    assets = [*(stage_assets(stage, stages_of) for stage in stages), raw_assets(stages, stages_of)]
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            assets,
            resources={"corpus": dg.ResourceDefinition(lambda _context: Corpus.open(home))},
            instance=instance,
        )
        assert done.success
        made = instance.get_latest_materialization_event(dg.AssetKey("openings"))
        loaded = instance.get_latest_materialization_event(dg.AssetKey(["raw", "openings"]))
    assert made is not None
    assert loaded is not None
    assert made.asset_materialization is not None
    written = made.asset_materialization.metadata["rows_written"].value
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        columns = warehouse.execute("select column_name, column_type from (describe raw.openings)").fetchall()
        assert columns == [
            ("capture_id", "VARCHAR"),
            ("characters", "INTEGER"),
            ("words", "VARCHAR[]"),
            ("lead", "VARCHAR"),
            ("loaded_from", "VARCHAR"),
        ]
        (rows, alike) = warehouse.execute(
            "select count(*), count(*) filter (body[1][:characters] = body[1] and starts_with(body[1], words[1]))"
            " from raw.openings join raw.articles using (capture_id)"
        ).fetchall()[0]
        (articles,) = warehouse.execute("select count(*) from raw.articles where len(body) > 0").fetchall()[0]
    assert written == rows == alike == articles > 20


def test_its_assets_follow_from_the_declaration(home: Home) -> None:
    from dagster_project.defs.datasets import raw_assets, stage_assets

    stages = stages_of(Corpus.open(home).portals)
    assets = dg.Definitions(
        assets=[*(stage_assets(stage, stages_of) for stage in stages), raw_assets(stages, stages_of)],
        resources={"corpus": dg.ResourceDefinition(lambda _context: Corpus.open(home))},
    )
    specs = {spec.key: spec for spec in assets.resolve_all_asset_specs()}
    made, loaded = specs[dg.AssetKey("openings")], specs[dg.AssetKey(["raw", "openings"])]
    assert made.description == loaded.description == OPENINGS.description
    assert [dep.asset_key for dep in made.deps] == [dg.AssetKey("articles")]
    assert dg.AssetKey("openings") in {dep.asset_key for dep in loaded.deps}


def test_it_is_a_dbt_source() -> None:
    assert "name: openings" in dbt_sources(raw_datasets(stages_of({})))
