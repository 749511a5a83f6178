"""`python -m tests.snapshot`: take a snapshot, or compare two.

Progress and errors go to standard error, differences to standard output. Exit codes: 0 taken, or equal; 1 different; 2
failed.

It runs the `hanoi-corpus` installed beside the interpreter; the gold cases use the code of the current repository.
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
    """Run the given command; return the exit code."""
    options = _parser().parse_args(arguments)
    parts = options.only or list(PARTS)
    try:
        if options.command == "take":
            take(options.folder, parts, _log)
            return 0
        return _compare(options.folder, options.other, parts)
    except SnapshotError as error:
        _log(str(error))
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.snapshot", description="Take a snapshot, or compare two.")
    commands = parser.add_subparsers(dest="command", required=True)
    taking = commands.add_parser("take", help="write the code's output to a folder")
    comparing = commands.add_parser(
        "compare", help="show differences between two snapshots, or from one to the code's output now"
    )
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
            take(other, parts, _log)
        before, after = read(one, parts), read(other, parts)
    if not before:
        raise SnapshotError(f"{one} holds none of {', '.join(parts)}")
    lines = compared(before, after)
    print("\n".join(lines) or "equal")
    return 1 if lines else 0


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
