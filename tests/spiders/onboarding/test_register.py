"""Reading the register of candidates: what no spreadsheet program should have written is refused by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiders.onboarding.candidates import COLUMNS, RegisterError, read_register, write_register

ROW = dict.fromkeys(COLUMNS, "") | {"slug": "xa-thu", "name": "Xã Thử", "kind": "commune", "status": "candidate"}


@pytest.mark.parametrize("text", ["", "\n", "\r\n\r\n", "\x00", "slug"])
def test_a_file_without_the_columns_is_refused(tmp_path: Path, text: str) -> None:
    register = tmp_path / "candidates.csv"
    register.write_text(text, encoding="utf-8")
    with pytest.raises(RegisterError, match=r"candidates\.csv: (its columns must be slug, name|cannot be read)"):
        read_register(register)


@pytest.mark.parametrize("odd", ["a\rb", "a\nb", "a\tb", "\x1b[31m"])
def test_control_characters_are_refused(tmp_path: Path, odd: str) -> None:
    register = tmp_path / "candidates.csv"
    quoted = f'"{odd}"'
    row = ",".join([*list(ROW.values())[:-1], quoted])
    register.write_text(f"{','.join(COLUMNS)}\n{row}\n", encoding="utf-8", newline="")
    with pytest.raises(RegisterError, match="row 2: definition has a line break or another control character"):
        read_register(register)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    register = tmp_path / "candidates.csv"
    rows = [ROW, ROW | {"slug": "hai", "evidence": 'he said "no", twice'}]
    write_register(register, rows)
    assert read_register(register) == rows
