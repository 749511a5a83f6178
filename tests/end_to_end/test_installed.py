"""The wheel, installed without a checkout, has all that its commands need; the demo of all tests is run from it."""

from __future__ import annotations

import base64
import csv
import hashlib
import subprocess
from pathlib import Path

from dagster_project.dbt.code import code_digest
from tests.demonstration import COMMAND_TIMEOUT_SECONDS, Demo, run
from tests.installed import Installed
from warehouse.home import Home


def test_the_demo_publishes_a_corpus_from_another_folder(demo: Demo) -> None:
    assert "Per portal" in demo.output
    assert demo.home.corpus_file.is_file()


def test_dbts_manifest_is_in_the_home(demo: Demo) -> None:
    assert (demo.home.root / "dbt" / "parsed" / "manifest.json").is_file()


def test_nothing_is_written_beside_the_program(demo: Demo, installed: Installed) -> None:
    """So the folder of packages may be read-only. `demo` has run from it."""
    (record,) = installed.packages.glob("hanoi_corpus-*.dist-info/RECORD")
    with record.open(encoding="utf-8", newline="") as file:
        digests = {installed.packages / name: digest for name, digest, _size in csv.reader(file)}
    there = {path for path in installed.packages.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path.name for path in there - digests.keys()} == {"dependencies.pth"}
    changed = [path.name for path in there & digests.keys() if digests[path] not in ("", digest_of(path))]
    assert changed == []


def digest_of(path: Path) -> str:
    """Return a file's digest as a wheel's RECORD has it."""
    return f"sha256={base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode().rstrip('=')}"


def test_it_does_not_see_the_checkout(installed: Installed, tmp_path: Path) -> None:
    code = "import dagster_project, dbt_models, spiders, warehouse as w; print(dagster_project.__file__, w.__file__)"
    done = subprocess.run(
        [installed.python, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert all(Path(file).is_relative_to(installed.packages) for file in done.stdout.split())


def test_it_is_the_same_code_as_the_checkout(installed: Installed, tmp_path: Path) -> None:
    """So a build by either leaves the other nothing to do."""
    code = "from dagster_project.dbt.code import code_digest; print(code_digest())"
    done = subprocess.run(
        [installed.python, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == code_digest()


def test_the_shipped_portals_are_right(installed: Installed, tmp_path: Path) -> None:
    done = run(installed.program, Home(tmp_path / "home"), "portals", "check", timeout=COMMAND_TIMEOUT_SECONDS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("portal files are right\n")
