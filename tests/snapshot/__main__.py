"""`python -m tests.snapshot`: take a snapshot, or compare two.

Progress and what went wrong go to standard error, what differs to standard output. Exit codes: 0 taken, or equal; 1 not
equal; 2 it cannot be done.

The code that is looked at is the one installed beside the interpreter (`hanoi-corpus`), and that of the repository in
which this is run for the gold cases.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.snapshot.compare import compared
from tests.snapshot.parts import PARTS, SnapshotError, take
from tests.snapshot.store import read


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; return the exit code."""
    options = _parser().parse_args(arguments)
    parts = options.only or list(PARTS)
    try:
        if options.command == "take":
            take(options.folder, parts, _tell)
            return 0
        return _compare(options.folder, options.other, parts)
    except SnapshotError as error:
        _tell(str(error))
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.snapshot", description="Take a snapshot, or compare two.")
    commands = parser.add_subparsers(dest="command", required=True)
    taking = commands.add_parser("take", help="write what the code makes into a folder")
    comparing = commands.add_parser("compare", help="tell what differs; with one folder: from what the code makes now")
    for command in (taking, comparing):
        command.add_argument("folder", type=Path)
        command.add_argument("--only", action="append", choices=PARTS, help="this part; may be given again")
    comparing.add_argument("other", type=Path, nargs="?")
    return parser


def _compare(one: Path, other: Path | None, parts: Sequence[str]) -> int:
    for folder in (one, other or one):
        if not folder.is_dir():
            raise SnapshotError(f"{folder}: there is no such snapshot")
    with tempfile.TemporaryDirectory(prefix="snapshot-") as fresh:
        if other is None:
            other = Path(fresh)
            take(other, parts, _tell)
        before, after = read(one, parts), read(other, parts)
    if not before:
        raise SnapshotError(f"{one} holds none of {', '.join(parts)}")
    lines = compared(before, after)
    print("\n".join(lines) or "equal")
    return 1 if lines else 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
