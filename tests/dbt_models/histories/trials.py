"""`python -m tests.dbt_models.histories.trials SEED`: what the comparison finds, and what kills do to increments.

Prints JSON: by name of a trial, the relations that differ from a full build. In a process of its own, since dbt closes
neither its log nor its pool of processes.
Does not belong here: what each trial must find (`tests.dbt_models.test_incremental`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.dbt_models.histories.building import Builder, BuildError, copy_raw, dbt_command
from tests.dbt_models.histories.comparing import differences
from tests.dbt_models.histories.steps import history_of, load_step, write
from tests.warehouse.tables.made_up import PROJECT
from warehouse.home import Home
from warehouse.tables import lock, store

LOST_CHANGES: Final = (
    *("int_changes__crawls", "int_changes__own_ids", "int_changes__articles", "int_changes__passages"),
    *("int_changes__texts", "int_changes__neighbours", "int_changes__copied"),
    # Not `int_changes__story_snapshots`: in two steps a snapshot seldom changes.
    *("int_changes__story_days", "int_changes__stories"),
)
CHANGED_ROWS: Final = {
    "map": "update marts.fct_crawls set errors = map {'timeout': 2, 'http_404': 2}",
    "list": "update marts.fct_articles set tags = list_append(tags, 'x')",
    "null": "update marts.fct_articles set lead = '' where lead is null",
    "repeat": "insert into marts.fct_captures select * from marts.fct_captures limit 1",
}
_KILLS: Final = 2
_SPILLS: Final = "int_articles__current"
_SPILLING: Final = (
    "set max_temp_directory_size = '1KB'",
    "create temp table spilled as select repeat(hash(n)::text, 9) as x from range(4000000) as r(n) order by x",
)


@dataclass(frozen=True)
class Scene:
    """A home with the marts of the first step of a history and the raw rows of the second, and what is full of it."""

    home: Home
    full: Home
    builder: Builder
    folder: Path

    def copy(self, home: Home, name: str) -> Home:
        """Return a copy of one of the homes."""
        shutil.copytree(home.root, self.folder / name)
        return Home(self.folder / name)

    def differing(self, home: Home) -> list[str]:
        """Return the relations that differ from the full build."""
        lines = differences(home, self.full, self.builder.relations)
        return [line.partition(":")[0].replace('"', "") for line in lines if not line.startswith(" ")]


def main(seed: int) -> None:
    """Print the findings of all trials."""
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-trials-") as name:
        scene = _scene(seed, Path(name))
        found = {model: _without_change(scene, model) for model in LOST_CHANGES}
        found |= {kind: _changed(scene, kind) for kind in CHANGED_ROWS}
        found["killed"] = _killed(scene, seed)
        found["256 MB"] = _with_memory(scene, "256MB")
        found["out of memory"] = _with_memory(scene, "12MB")
        found["full disk"] = _with_full_disk(scene)
    print(json.dumps(found))


def _scene(seed: int, folder: Path) -> Scene:
    first, last = (history := history_of(seed, 2)).steps
    home, builder = Home(folder / "home"), Builder(folder)
    write(home, history, None, first)
    load_step(home, first)
    builder.build(home, full=True)
    write(home, history, first, last)
    load_step(home, last)
    full = copy_raw(home, folder / "full", seed)
    builder.build(full, full=True)
    return Scene(home, full, builder, folder)


def _without_change(scene: Scene, model: str) -> list[str]:
    """Build with a change model that never has a row."""
    project = scene.folder / f"project-{model}"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    file = project / "models" / "intermediate" / "changes" / f"{model}.sql"
    sql = file.read_text(encoding="utf-8")
    file.write_text(f"select * from (\n{sql}\n) as changed where false", encoding="utf-8")  # noqa: S608 - a model
    home = scene.copy(scene.home, model)
    Builder(project, project).build(home, full=False)
    return scene.differing(home)


def _changed(scene: Scene, kind: str) -> list[str]:
    """Change rows of a full build."""
    home = scene.copy(scene.full, kind)
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        warehouse.execute(CHANGED_ROWS[kind])
    return scene.differing(home)


def _killed(scene: Scene, seed: int) -> list[str]:
    """Kill an incremental build at random moments, and complete it."""
    chosen = Random(seed)  # noqa: S311 - no secret
    home = scene.copy(scene.home, "killed")
    for _ in range(_KILLS):
        _kill_after(home, chosen.randrange(2, 30))
    scene.builder.build(home, full=False)
    return scene.differing(home)


def _with_memory(scene: Scene, limit: str) -> list[str]:
    """Build incrementally with so much memory; if that fails, build again with enough."""
    home = scene.copy(scene.home, limit)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HANOI_CORPUS_DUCKDB_MEMORY", limit)
        try:
            scene.builder.build(home, full=False)
        except BuildError as error:
            assert "Out of Memory" in str(error), error  # noqa: PT017 - slow is right, too
        else:
            return scene.differing(home)
    scene.builder.build(home, full=False)
    return [f"after too little memory: {each}" for each in scene.differing(home)]


def _with_full_disk(scene: Scene) -> list[str]:
    """Build incrementally with a model that must spill, where DuckDB sees no room to; then as ever."""
    project = scene.folder / "project-full-disk"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    file = project / "models" / "intermediate" / "articles" / f"{_SPILLS}.sql"
    hooks = f"{{{{ config(pre_hook={list(_SPILLING)}) }}}}\n"
    file.write_text(hooks + file.read_text(encoding="utf-8"), encoding="utf-8")
    home = scene.copy(scene.home, "full-disk")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HANOI_CORPUS_DUCKDB_MEMORY", "256MB")
        with pytest.raises(BuildError, match=f"(?sm)^{_SPILLS}: .*max_temp_directory_size"):
            Builder(project, project).build(home, full=False)
    scene.builder.build(home, full=False)
    return scene.differing(home)


def _kill_after(home: Home, models: int) -> None:
    """Build incrementally until so many models are made, and kill dbt."""
    dbt = str(Path(sys.executable).parent / "dbt")
    command = [dbt, "run", "--exclude", "config.materialized:view", *dbt_command(PROJECT, home.root / "dbt")]
    environment = os.environ | {"HANOI_CORPUS_WAREHOUSE": str(home.warehouse_file), "NO_COLOR": "1"}
    made = 0
    with (
        lock.hold(home, "dbt", 0),
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            made += " OK created " in line
            if made == models:
                process.kill()
                break
        process.wait()
    assert process.returncode == -9, f"dbt ended after {made} models"


if __name__ == "__main__":
    main(int(sys.argv[1]))
