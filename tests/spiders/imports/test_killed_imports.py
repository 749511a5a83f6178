"""An import that was killed is repeated by running it again: nothing is lost, doubled or left over."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spiders.portal import Portal
from tests.spiders.imports.external_warcs import ONE, TWO, answer, page, record, write
from tests.spiders.imports.importing import bring, captures
from warehouse.archive.index.build import update_index
from warehouse.archive.upkeep.verify import verify_archive
from warehouse.home import Home

IDS = [f"{number}1111111-6464-495c-b71c-8648e76c68bd" for number in range(3)]
RECORDS = [
    record("response", ONE, answer(page(1)), WARC_Record_ID=f"<urn:uuid:{IDS[0]}>"),
    record("response", TWO, answer(page(2)), WARC_Record_ID=f"<urn:uuid:{IDS[1]}>"),
    record(
        "revisit",
        ONE,
        answer(b""),
        date="2015-04-01T02:03:04Z",
        WARC_Record_ID=f"<urn:uuid:{IDS[2]}>",
        WARC_Refers_To=f"<urn:uuid:{IDS[0]}>",
        WARC_Refers_To_Target_URI=ONE,
        WARC_Refers_To_Date="2015-03-01T02:03:04Z",
    ),
]

# What is called for the last time: the import is killed before it, or in the middle of it.
MOMENTS = {
    "before the first record": ("warehouse.archive.warc.writer", "WarcWriter._append", 1),
    "between two captures": ("warehouse.archive.warc.writer", "WarcWriter._append", 3),
    "before the report": ("warehouse.archive.warc.writer", "WarcWriter._append", 5),
    "before the file has its name": ("warehouse.storage.folder", "put_in_place", 1),
    "before the index": ("spiders.imports.portal_part", "index_warc", 1),
    "before the report of the index": ("warehouse.archive.index.build", "report_json", 1),
}
SCRIPT = """
import importlib, os, signal, sys
from pathlib import Path
from tests.spiders.extract.staging import my_duc
from tests.spiders.imports.importing import bring
from warehouse.home import Home

module, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
owner = importlib.import_module(module)
*parts, last = name.split(".")
for part in parts:
    owner = getattr(owner, part)
called, right = 0, getattr(owner, last)

def kill(*arguments, **named):
    global called
    called += 1
    if called == count:
        os.kill(os.getpid(), signal.SIGKILL)
    return right(*arguments, **named)

setattr(owner, last, kill)
bring(Home(Path(sys.argv[4])), my_duc(), Path(sys.argv[5]))
"""


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize(
    ("moment", "is_built_first"), [*((moment, False) for moment in MOMENTS), ("between two captures", True)]
)
def test_a_killed_import_is_repeated_by_running_it_again(
    home: Home, portal: Portal, tmp_path: Path, moment: str, is_built_first: bool
) -> None:
    file = write(tmp_path / "a.warc.gz", RECORDS)
    module, name, count = MOMENTS[moment]
    command = [sys.executable, "-c", SCRIPT, module, name, str(count), str(home.root), str(file)]
    killed = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()

    if is_built_first:
        update_index(home)
        assert captures(home) == []
        assert not list(home.warc.glob("*/*.part"))
    done = bring(home, portal, file)

    assert (done.faults, done.refused) == ((), ())
    assert sorted(stored.capture.capture_id for stored in captures(home)) == sorted(IDS)
    left = [path.name for path in home.root.rglob("*") if path.name.startswith(".") or path.suffix == ".part"]
    assert set(left) <= {".lock"}
    assert verify_archive(home).findings == ()
    again = bring(home, portal, file)
    assert (again.reports, len(again.already)) == ({}, 1)
