"""The check of free disk space."""

from __future__ import annotations

import errno
from pathlib import Path
from types import SimpleNamespace

import pytest

from warehouse.archive.upkeep.space import LEAST_FREE_BYTES, DiskAlmostFullError, check_space, check_space_of
from warehouse.home import Home


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


@pytest.mark.parametrize(
    ("settings", "refused"),
    [(None, True), ("free_space_min_gb: 1", False), ("free_space_min_gb: 1.6", True), ("free_space: 1", True)],
)
def test_a_homes_limit_is_that_of_its_settings_and_the_default_if_they_are_wrong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: str | None, refused: bool
) -> None:
    with_free(monkeypatch, 1_500_000_000)
    home = Home(tmp_path)
    if settings:
        home.settings_file.write_text(settings, encoding="utf-8")
    if refused:
        with pytest.raises(DiskAlmostFullError, match=r"1\.5 GB are free"):
            check_space_of(home)
    else:
        check_space_of(home)
