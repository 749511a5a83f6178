"""Dagster's environment of a home: the instance folder, by a path that its database library can read."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dagster_project import instance
from dagster_project.instance import dagster_environment
from warehouse.home import Home, HomeError


@pytest.mark.parametrize("name", ["kho", "kho #1", "kho%20", "kho & 'a'", "Kho lưu trữ"])
def test_the_instance_is_in_the_home(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path / name)
    assert dagster_environment(home)["DAGSTER_HOME"] == str(home.dagster)


@pytest.mark.process
def test_a_question_mark_in_its_path_is_behind_a_link_that_ends_with_the_process(tmp_path: Path) -> None:
    home = Home(tmp_path / "kho?1")
    code = (
        "import sys; from pathlib import Path; from dagster_project.instance import dagster_environment as of;"
        "from warehouse.home import Home; home = Home(Path(sys.argv[1])); link = of(home)['DAGSTER_HOME'];"
        "assert Path(link).samefile(home.dagster) and of(home)['DAGSTER_HOME'] == link; print(link)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(home.root)], capture_output=True, text=True, timeout=60, check=True
    )
    link = Path(done.stdout.strip())
    assert "?" not in str(link)
    assert not link.parent.exists()
    assert (home.dagster / "dagster.yaml").is_file()


def test_a_link_that_could_not_be_read_either_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp?").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp?"))
    instance._link_to.cache_clear()
    with pytest.raises(HomeError, match="TMPDIR has the same character in its path"):
        dagster_environment(Home(tmp_path / "kho?2"))
