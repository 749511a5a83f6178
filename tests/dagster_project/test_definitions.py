"""The code location: it loads, and every asset has group, owner, description and dependencies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import dagster as dg
import pytest
import yaml

from dagster_project.dbt.project import DBT_PROJECT
from dagster_project.instance import REPOSITORY, WORKSPACE, dagster_environment, program
from spiders.mirror import MIRROR_PORTALS
from spiders.portal import Portal, load_portals
from warehouse.home import Home
from warehouse.tables.publish import MARTS

GROUPS = {"collect", "extract", "clean", "raw", "staging", "intermediate", "marts", "publish"}


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> dg.AssetGraph:
    return definitions.resolve_asset_graph()


@pytest.fixture(scope="module")
def portals() -> Mapping[str, Portal]:
    return load_portals().valid


def keys(graph: dg.AssetGraph) -> set[str]:
    """Return the keys of materializable assets: no dbt source without an asset."""
    return {key.to_user_string() for key in graph.materializable_asset_keys}


def captures(slugs: Iterable[str]) -> set[str]:
    return {f"captures/{slug.replace('-', '_')}" for slug in slugs}


def test_every_asset_has_group_owner_and_description(graph: dg.AssetGraph) -> None:
    assert graph.external_asset_keys == set(), "something depends on an asset that is not defined"
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.group_name in GROUPS, key
        assert node.owners == ["team:hanoi-corpus"], key
        assert node.description, key
        assert len(node.description) > 20, key
    assert {graph.get(key).group_name for key in graph.materializable_asset_keys} == GROUPS


def test_every_job_schedule_and_sensor_has_a_description(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    every = {job.name: job.description for job in repository.get_all_jobs() if not job.name.startswith("__")}
    every |= {schedule.name: schedule.description for schedule in repository.schedule_defs}
    every |= {sensor.name: sensor.description for sensor in repository.sensor_defs}
    assert {"backfill", "collect_daily", "daily_schedule", "portal_files"} <= every.keys()
    assert [name for name, description in every.items() if not description] == []


def test_there_is_one_captures_asset_per_portal_and_the_crawls_asset(
    graph: dg.AssetGraph, portals: Mapping[str, Portal]
) -> None:
    collected = {key for key in keys(graph) if graph.get(dg.AssetKey(key.split("/"))).group_name == "collect"}
    assert collected == captures(portals) | {"crawls"}
    assert len(portals) >= 4


def test_nothing_depends_on_a_single_portals_asset_and_no_check_blocks(
    graph: dg.AssetGraph, portals: Mapping[str, Portal]
) -> None:
    for slug in portals:
        key = dg.AssetKey(["captures", slug.replace("-", "_")])
        node = graph.get(key)
        assert node.child_keys == set(), "dependents of a portal's asset are skipped with it"
        assert {check.name for check in node.check_keys} == {"verdict", "extraction", "silence", "counts_agree"}
        assert not any(graph.get(check).blocking for check in node.check_keys)
    assert graph.get(dg.AssetKey("crawls")).child_keys >= {dg.AssetKey("articles")}


def test_each_tier_with_portals_has_a_job_and_a_stopped_schedule(
    definitions: dg.Definitions, portals: Mapping[str, Portal]
) -> None:
    repository = definitions.get_repository_def()
    tiers = {portal.tier for portal in portals.values() if portal.active_until is None}
    assert {f"collect_{tier}" for tier in tiers} <= set(repository.job_names)
    assert {"collect_and_publish", "rebuild_from_archive"} <= set(repository.job_names)
    schedules = {schedule.name: schedule for schedule in repository.schedule_defs}
    assert schedules.keys() == {f"{tier}_schedule" for tier in tiers} | {"nightly_schedule"}
    for name, schedule in schedules.items():
        nightly = name == "nightly_schedule"
        assert schedule.job_name == ("check_everything" if nightly else f"collect_{name.removesuffix('_schedule')}")
        assert schedule.execution_timezone == "Asia/Ho_Chi_Minh"
        assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED


def test_jobs_select_everything_up_to_publication_and_the_rebuild_no_crawl(
    definitions: dg.Definitions, graph: dg.AssetGraph, portals: Mapping[str, Portal]
) -> None:
    def selected(job: str) -> set[str]:
        layer = definitions.resolve_job_def(job).asset_layer
        return {key.to_user_string() for key in layer.selected_asset_keys}

    after_the_archive = {key for key in keys(graph) if not key.startswith("captures/") and key != "crawls"}

    def judged(job: str) -> set[str]:
        checks = definitions.resolve_job_def(job).asset_layer.asset_graph.asset_check_keys
        judging = ("extraction", "silence", "counts_agree")
        return {check.asset_key.to_user_string() for check in checks if check.name in judging}

    active = {slug for slug, portal in portals.items() if portal.active_until is None}
    assert selected("collect_and_publish") == captures(active) | {"crawls"} | after_the_archive
    assert judged("collect_and_publish") == captures(active)
    assert selected("rebuild_from_archive") == after_the_archive
    assert judged("rebuild_from_archive") == captures(portals)
    for tier in {portal.tier for portal in portals.values() if portal.active_until is None}:
        of_tier = {slug for slug in active if portals[slug].tier == tier}
        assert selected(f"collect_{tier}") == captures(of_tier) | {"crawls"} | after_the_archive
        assert judged(f"collect_{tier}") == captures(of_tier)


@pytest.mark.slow
def test_every_dbt_model_is_an_asset_and_every_dbt_test_a_check(graph: dg.AssetGraph) -> None:
    manifest = json.loads((DBT_PROJECT / "target" / "manifest.json").read_text(encoding="utf-8"))
    kinds = {kind: [node for node in manifest["nodes"].values() if node["resource_type"] == kind] for kind in
             ("model", "test")}  # fmt: skip
    models = {path.stem for path in (DBT_PROJECT / "models").rglob("*") if path.suffix in (".sql", ".py")}
    assert {node["name"] for node in kinds["model"]} == models
    assert {key.rpartition("/")[2] for key in keys(graph) if key.split("/")[0] in
            ("staging", "intermediate", "marts")} == models  # fmt: skip
    checks = {check.name for check in graph.asset_check_keys}
    assert {node["name"] for node in kinds["test"]} <= checks
    assert len(kinds["test"]) > 20


def test_marts_depend_on_raw_only_through_staging(graph: dg.AssetGraph) -> None:
    for mart in MARTS:
        node = graph.get(dg.AssetKey(["marts", mart]))
        layers = {key.path[0] for key in node.parent_keys}
        assert layers <= {"staging", "intermediate", "marts"}, mart
        ancestors = graph.get_ancestor_asset_keys(node.key)
        assert any(key.path[0] == "raw" for key in ancestors), mart
    assert graph.get(dg.AssetKey("corpus")).parent_keys == {dg.AssetKey(["marts", mart]) for mart in MARTS}
    for key in graph.materializable_asset_keys:
        if key.path[0] == "staging":
            assert {parent.path[0] for parent in graph.get(key).parent_keys} == {"raw"}, key


def test_the_workspace_and_dg_name_one_location_and_one_module() -> None:
    workspace = yaml.safe_load(WORKSPACE.read_text(encoding="utf-8"))
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["dg"]["project"]
    (entry,) = workspace["load_from"]
    assert entry["python_module"] == {
        "module_name": project["code_location_target_module"],
        "location_name": project["code_location_name"],
    }


@pytest.mark.process
@pytest.mark.slow
def test_dg_finds_the_same_assets_and_in_a_demo_home_the_test_portals(tmp_path: Path, graph: dg.AssetGraph) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    (home.root / "demo.json").write_text('{"day": 1}', encoding="utf-8")
    done = subprocess.run(
        [program("dg"), "list", "defs", "--json"],
        cwd=REPOSITORY,
        env=dagster_environment(home),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = {asset["asset_key"] for asset in json.loads(done.stdout)["assets"]}
    test_portals = captures(path.stem for path in MIRROR_PORTALS.glob("*.yml"))
    assert found == {key for key in keys(graph) if not key.startswith("captures/")} | test_portals


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, object]:
    """Return the shipped instance settings as `hanoi-corpus dev` copies them into a home."""
    instance = dagster_environment(Home(tmp_path))["DAGSTER_HOME"]
    monkeypatch.setenv("DAGSTER_HOME", instance)
    found = yaml.safe_load((Path(instance) / "dagster.yaml").read_text())
    assert isinstance(found, dict)
    return found


@pytest.mark.slow
def test_the_shipped_instance_limits_pools_frees_slots_and_sends_no_telemetry(
    tmp_path: Path, settings: Mapping[str, object]
) -> None:
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as instance:
        assert isinstance(instance.run_coordinator, dg.QueuedRunCoordinator)
        assert instance.run_monitoring_enabled
        assert not instance.telemetry_enabled
        pools = instance.get_concurrency_config().pool_config
        assert pools.default_pool_limit == 1
        assert pools.pool_granularity is not None
        assert pools.pool_granularity.value == "op"
    monitoring = settings["run_monitoring"]
    assert isinstance(monitoring, dict)
    assert monitoring["free_slots_after_run_end_seconds"] > 0


def test_an_operators_instance_settings_are_kept(tmp_path: Path) -> None:
    home = Home(tmp_path)
    dagster_environment(home)
    (home.dagster / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    dagster_environment(home)
    assert (home.dagster / "dagster.yaml").read_text(encoding="utf-8") == "telemetry: {enabled: false}\n"


def test_everything_that_uses_the_warehouse_shares_a_pool(graph: dg.AssetGraph) -> None:
    users = [key for key in graph.materializable_asset_keys if key.path[0] in ("raw", "staging", "marts", "corpus")]
    assert {pool for key in users for pool in graph.get(key).pools or ()} == {"warehouse"}


def test_crawls_and_backfills_have_separate_pools(
    definitions: dg.Definitions, graph: dg.AssetGraph, portals: Mapping[str, Portal]
) -> None:
    from dagster_project.defs import vocabulary

    assert {pool for slug in captures(portals) for pool in graph.get(dg.AssetKey(slug.split("/"))).pools or ()} == {
        vocabulary.CRAWL_POOL
    }
    assert len({vocabulary.CRAWL_POOL, vocabulary.BACKFILL_POOL, vocabulary.WAREHOUSE_POOL}) == 3
    for job in ("collect_daily", "collect_and_publish"):
        priority = definitions.resolve_job_def(job).tags[vocabulary.PRIORITY_TAG]
        assert int(priority) > 0 > int(vocabulary.BACKFILL_TAGS[vocabulary.PRIORITY_TAG])


def test_active_portals_have_a_freshness_policy_and_ended_ones_none(
    graph: dg.AssetGraph, portals: Mapping[str, Portal]
) -> None:
    for slug, portal in portals.items():
        policy = graph.get(dg.AssetKey(["captures", slug.replace("-", "_")])).freshness_policy
        assert (policy is None) == (portal.active_until is not None), slug


@pytest.mark.parametrize("module", ["dagster_project.pipeline", "dagster_project.cli.build", "spiders.crawl.process"])
@pytest.mark.process
@pytest.mark.slow
def test_no_stage_and_no_command_imports_dagster(module: str) -> None:
    code = f"import {module}, sys; print([m for m in sys.modules if m.partition('.')[0] in ('dagster', 'dagster_dbt')])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=os.environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
