"""The register of candidates, a CSV file that people edit in spreadsheet programs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from bench.fuzzing.pages import Case
from bench.fuzzing.targets.target import byte_target, require
from spiders.onboarding.candidates import COLUMNS, RegisterError, read_register, write_register

_ROWS: Final = (
    ",".join(COLUMNS),
    'xa-thu,"Xã Thử, huyện cũ",commune,xã Thử,2025-07-01,,https://xa.test,seen in a list,candidate,',
    "xa-hai,Xã Hai,commune,xã Hai,,2030-01-01,,; no portal address known,candidate,",
    'bao,"Báo ""Thử""",newspaper,Hà Nội,,,https://bao.test,"many, many",defined,bao',
)
_WORDS: Final = (
    b'"', b'""', b",", b";", b"\t", b"\r", b"\x00", b"\xef\xbb\xbf", b"=1+1", b"2025-13-01", b"0000-00-00",
    b"20250101", b"2025-W01-1", b"9999-12-31", b",,,,,,,,,,,,", "ổ".encode(), b"\xff\xfe", b"slug,name",
)  # fmt: skip


def _seeds() -> list[bytes]:
    return ["\n".join((*_ROWS, "")).encode(), "\r\n".join((*_ROWS, "")).encode()]


def _check(case: Case) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path, copy = Path(folder) / "candidates.csv", Path(folder) / "copy.csv"
        path.write_bytes(case.body)
        try:
            rows = read_register(path)
        except RegisterError as error:
            require(str(path) in str(error), "refusal without the file")
            return "refused"
        for row in rows:
            require(tuple(row) == COLUMNS, f"other columns: {list(row)!r}")
        write_register(copy, rows)
        require(read_register(copy) == rows, "written differently")
    return "valid"


TARGETS: Final = (byte_target("candidates", _seeds, _check, _WORDS),)
