"""The check of free disk space."""

from __future__ import annotations

import errno
from pathlib import Path
from types import SimpleNamespace

import pytest

from warehouse.archive.upkeep.space import LEAST_FREE_BYTES, DiskAlmostFullError, check_space


def with_free(monkeypatch: pytest.MonkeyPatch, free: int) -> list[Path]:
    asked: list[Path] = []

    def usage(path: Path) -> object:
        asked.append(path)
        return SimpleNamespace(free=free)

    monkeypatch.setattr("warehouse.archive.upkeep.space.shutil.disk_usage", usage)
    return asked


def test_enough_space_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = with_free(monkeypatch, LEAST_FREE_BYTES)
    check_space(tmp_path / "not" / "yet" / "there")
    assert asked == [tmp_path]


def test_the_error_has_the_folder_the_figures_and_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with_free(monkeypatch, LEAST_FREE_BYTES - 1_300_000_000)
    with pytest.raises(DiskAlmostFullError) as raised:
        check_space(tmp_path)
    message = str(raised.value)
    assert message.startswith(f"{tmp_path}: 0.7 GB are free, but 2.0 GB must stay free")
    assert "lower the limit" in message
    assert raised.value.errno == errno.ENOSPC


def test_the_limit_can_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with_free(monkeypatch, 50_000_000)
    check_space(tmp_path, least_free_bytes=50_000_000)
    with pytest.raises(DiskAlmostFullError, match=r"50\.0 MB are free"):
        check_space(tmp_path, least_free_bytes=50_000_001)


def test_the_real_disk_is_checked(tmp_path: Path) -> None:
    check_space(tmp_path, least_free_bytes=1)
    with pytest.raises(DiskAlmostFullError):
        check_space(tmp_path, least_free_bytes=10**18)
