"""Temporary files of killed processes go with the next command, wherever in the home they are."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse import durable
from warehouse.archive.index.build import update_index
from warehouse.archive.index.leftovers import delete_leftovers
from warehouse.archive.index.locks import portal_lock
from warehouse.home import Home

ROOT = Path(__file__).resolve().parents[3]
# What kill -9 leaves of each command that writes to the home.
LEFT = (
    ".demo.json.12-0a.tmp",
    ".portal_health.json.12-0a.tmp",
    ".warehouse.lock.json.12-0a.tmp",
    "archive/crawls/my-duc/.x.json.12-0a.tmp",
    "archive/index/my-duc/.x.parquet.12-0a.tmp",
    "archive/observations/my-duc/.x.json.12.tmp",
    "archive/state/.my-duc.sqlite.sha256.12-0a.tmp",
    "archive/warc/my-duc/.x.warc.gz.12-0a.tmp",
    "archive/warc/my-duc/.x.warc.gz.aside",
    "archive/warc/my-duc/.x.warc.gz.recovered",
    "archive/warc/my-duc/.x.warc.gz.repaired",
    "archive/warc/my-duc/.x.warc.gz.restoring",
    "articles/7/my-duc/.x.parquet.12-0a.tmp",
    "findings/.my-duc.json.12-0a.tmp",
)
KEPT = ("archive/warc/my-duc/.notes", "archive/warc/my-duc/x.warc.gz.damaged", "notes.tmp", "dagster/.x.12-0a.tmp")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    for name in (*LEFT, *KEPT):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    return Home(tmp_path)


def files(home: Home) -> set[str]:
    return {path.relative_to(home.root).as_posix() for path in home.root.rglob("*") if path.is_file()}


def test_they_are_deleted_and_named(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    assert sorted(delete_leftovers(home)) == sorted(LEFT)
    assert files(home) - {"archive/warc/my-duc/.lock"} == set(KEPT)
    assert all(f"{home.root / name}: a temporary file of a killed process; deleted" in caplog.text for name in LEFT)


def test_a_build_a_crawl_and_an_import_delete_them(home: Home) -> None:
    update_index(home)
    assert files(home).isdisjoint(LEFT)


def test_files_of_running_processes_stay(home: Home) -> None:
    with durable.temporary_file(home.root / "archive/index/my-duc/y.parquet") as written, portal_lock(home, "my-duc"):
        deleted = delete_leftovers(home)
        assert written.exists()
        # A recovery may be running, since somebody holds the lock of the portal.
        assert [name for name in LEFT if name not in deleted] == [name for name in LEFT if "warc.gz." in name][1:]


@pytest.mark.process
def test_the_temporary_file_of_a_process_is_left_over_once_it_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom warehouse.durable import replacing\n"
        "with replacing(Path(sys.argv[1])) as temporary:\n    temporary.write_bytes(b'new')\n"
        "    print('half way', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "x")], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half way\n"
        assert durable.delete_leftovers(tmp_path) == []
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert len(durable.delete_leftovers(tmp_path, "other")) == 0
    assert len(durable.delete_leftovers(tmp_path, "x")) == 1
    assert list(tmp_path.iterdir()) == []
