"""The files of `deploy/` fit systemd, the Dagster instance of a laptop, and the existing commands."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from dagster_project.instance import REPOSITORY, WORKSPACE
from tests.docs.pages import DOCS, text_of

DEPLOY = REPOSITORY / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
# Intended differences: where runs are stored, and for how long.
SERVER_ONLY = {"storage", "retention"}


def instance_of(file: Path) -> dict[str, Any]:
    found = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def settings_of_the_environment() -> dict[str, str]:
    lines = (DEPLOY / "environment").read_text(encoding="utf-8").splitlines()
    return dict(re.findall(r"^#?([A-Z_]+)=(.*)$", "\n".join(lines), re.MULTILINE))


def test_server_and_laptop_instances_share_pools_and_monitoring() -> None:
    server, laptop = instance_of(DEPLOY / "dagster.yaml"), instance_of(REPOSITORY / "dagster_project/dagster.yaml")
    assert server.keys() - laptop.keys() == SERVER_ONLY
    assert laptop.keys() - server.keys() == {"event_log_storage"}  # the server's events are in Postgres
    assert {name: value for name, value in server.items() if name not in SERVER_ONLY} == {
        name: value for name, value in laptop.items() if name in server
    }


def test_the_environment_has_the_databases_place_and_password_and_only_known_variables() -> None:
    required = set(re.findall(r"\{env: (\w+)\}", (DEPLOY / "dagster.yaml").read_text(encoding="utf-8")))
    assert required == {"DAGSTER_POSTGRES_HOST", "DAGSTER_POSTGRES_PASSWORD"}
    names = settings_of_the_environment().keys()
    assert required <= names
    page = text_of(DOCS / "operate.md")
    assert [name for name in names if name.startswith("HANOI_CORPUS_") and f"| `{name}` |" not in page] == []


def test_every_unit_is_documented() -> None:
    page = text_of(DOCS / "operate.md")
    named = {unit.name for unit in UNITS if unit.name != "hanoi-corpus-upkeep.service"}  # documented as its timer
    assert {name for name in named if f"| `{name}` |" not in page} == set()


def test_the_webserver_and_the_daemon_find_the_definitions_where_the_code_server_serves_them() -> None:
    (local,) = instance_of(WORKSPACE)["load_from"]
    (server,) = instance_of(DEPLOY / "workspace.yaml")["load_from"]
    start = re.search(r"^ExecStart=(.*)$", text_of(DEPLOY / "systemd/hanoi-corpus-code.service"), re.MULTILINE)
    assert start is not None
    options = dict(re.findall(r"--([a-z-]+) (\S+)", start[1]))
    assert options["socket"] == server["grpc_server"]["socket"]
    assert options["module-name"] == local["python_module"]["module_name"]
    assert options["location-name"] == server["grpc_server"]["location_name"] == local["python_module"]["location_name"]
    for name in ("webserver", "viewer", "daemon"):
        assert " --workspace deploy/workspace.yaml" in text_of(DEPLOY / f"systemd/hanoi-corpus-{name}.service")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_a_service_is_unprivileged_and_writes_only_to_the_home(unit: Path) -> None:
    text = text_of(unit)
    for line in ("User=hanoi-corpus", "ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet="):
        assert f"\n{line}\n" in text
    written = " ".join(re.findall(r"^ReadWritePaths=(.*)$", text, re.MULTILINE))
    assert bool(written) == (unit.stem != "hanoi-corpus-site"), "the site only reads"
    assert set(written.split()) <= {
        "/srv/hanoi-corpus",
        "/opt/hanoi-corpus/dbt_models/target",
        "/mnt/backup/hanoi-corpus",
    }


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
@pytest.mark.process
def test_systemd_analyze_accepts_each_unit(tmp_path: Path, unit: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    for file in UNITS:
        text = (
            text_of(file).replace("/opt/hanoi-corpus/.venv", sys.prefix).replace("/opt/hanoi-corpus", str(REPOSITORY))
        )
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],  # noqa: S607 - wherever it is installed
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "Failed to initialize manager" in done.stderr:
        pytest.skip(done.stderr)
    assert [line for line in done.stderr.splitlines() if "hanoi-corpus" in line] == []
    assert done.returncode == 0, done.stderr
