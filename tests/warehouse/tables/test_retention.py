"""Which releases are deleted, and which never; and pins."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from warehouse.corpus import kept, pins
from warehouse.corpus.release import DamagedReleaseError, ReleaseError, kept_releases
from warehouse.home import Home
from warehouse.settings import Releases
from warehouse.tables.retention import delete_old_releases

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "o'nhà")
    home.releases.mkdir(parents=True)
    return home


def made(home: Home, age: timedelta) -> str:
    """Put a release of that age in the folder, without its metadata; return its id."""
    name = f"{NOW - age:%Y%m%dT%H%M%S}000Z"
    (home.releases / f"{name}.duckdb").write_bytes(b"")
    return name


def hourly(home: Home, count: int) -> list[str]:
    """Put releases of the last hours in the folder; return their ids, newest first."""
    return [made(home, timedelta(hours=hour)) for hour in range(count)]


def left(home: Home, published: str, keep_count: int, keep_for: str) -> list[str]:
    """Delete what need not be kept; return what is left, newest first."""
    keep = Releases.model_validate({"keep_count": keep_count, "keep_for": keep_for})
    delete_old_releases(home, published, keep, NOW)
    return [path.stem for path in kept_releases(home)]


def test_a_release_goes_only_if_it_is_beyond_the_count_and_too_old(home: Home) -> None:
    made_ids = hourly(home, 40)
    assert left(home, made_ids[0], 10, "30d") == made_ids, "all are young"
    assert left(home, made_ids[0], 50, "1h") == made_ids, "all are among the newest"
    assert left(home, made_ids[0], 3, "5h") == made_ids[:6]
    assert left(home, made_ids[0], 1, "1h") == made_ids[:2]


def test_pinned_releases_and_the_published_one_stay(home: Home) -> None:
    made_ids = hourly(home, 6)
    (home.releases / f"{made_ids[4]}.pin.json").write_text("damaged", encoding="utf-8")
    assert left(home, made_ids[5], 1, "1h") == [made_ids[4], made_ids[5]]


def test_releases_that_a_wrong_clock_named_go_first(home: Home) -> None:
    first, second = hourly(home, 2)
    future = home.releases / "29990101T000000000Z.duckdb"
    no_day = home.releases / "20261399T000000000Z.duckdb"
    for file in (future, no_day):
        file.write_bytes(b"")
    assert left(home, first, 2, "30d") == [first, second]


def test_a_copy_under_another_name_is_nobody_s_to_delete(home: Home) -> None:
    (first,) = hourly(home, 1)
    copied = home.releases / "luan-van.duckdb"
    copied.write_bytes(b"")
    assert left(home, first, 1, "1h") == ["luan-van", first]


def release(home: Home, name: str, meta_id: str | None = None) -> Path:
    """Write a file with the metadata of a release."""
    file = home.releases / f"{name}.duckdb"
    with duckdb.connect(str(file)) as made:
        made.execute(
            "create table meta (release_id varchar, built_at timestamptz, code_version varchar, schema_version integer,"
            " extractor_version varchar, run_id varchar, inputs_digest varchar, counts map(varchar, bigint))"
        )
        made.execute(
            "insert into meta values (?, now(), '0', 1, '7', 'r', null, map(['fct_articles'], [3]))", [meta_id or name]
        )
        made.execute(
            "create table meta_portals as select 'p' as portal, 3 as articles, 3 as revisions, 3 as title,"
            " 3 as published_at, 3 as byline, 3 as lead, 3 as body"
        )
    return file


def test_a_pin_has_a_note_and_can_be_replaced_and_removed(home: Home) -> None:
    release(home, "one")
    pins.pin(home, "one", "Luận văn của Lê Thị Mơ, 2026", NOW)
    assert pins.pins(home) == {"one": pins.Pin("Luận văn của Lê Thị Mơ, 2026", NOW)}
    pins.pin(home, "one", "", NOW)
    assert pins.pins(home) == {"one": pins.Pin("", NOW)}
    pins.unpin(home, "one")
    assert pins.pins(home) == {}
    with pytest.raises(ReleaseError, match=r"one: not pinned; pinned are: none"):
        pins.unpin(home, "one")


@pytest.mark.parametrize("name", ["none", "../one", "../../corpus", "one/", ""])
def test_a_release_that_is_not_there_is_not_pinned(home: Home, name: str) -> None:
    release(home, "one")
    with pytest.raises(ReleaseError, match="there is no such release"):
        pins.pin(home, name, "", NOW)
    with pytest.raises(ReleaseError, match="not pinned"):
        pins.unpin(home, name)
    assert [path.name for path in home.root.rglob("*.json")] == []


def test_a_damaged_release_is_not_pinned(home: Home) -> None:
    (home.releases / "one.duckdb").write_bytes(b"x" * 9000)
    with pytest.raises(DamagedReleaseError, match=r"one\.duckdb: this is not a release, or it is damaged"):
        pins.pin(home, "one", "", NOW)
    assert pins.pins(home) == {}


def test_a_pin_waits_while_releases_are_deleted(home: Home) -> None:
    file = release(home, "one")
    failed: list[Exception] = []

    def pin() -> None:
        try:
            pins.pin(home, "one", "", NOW)
        except ReleaseError as error:
            failed.append(error)

    with pins.releases_locked(home):
        pinning = threading.Thread(target=pin)
        pinning.start()
        pinning.join(0.5)
        assert pinning.is_alive()
        file.unlink()
    pinning.join(10)
    assert "there is no such release" in str(failed[0])
    assert pins.pins(home) == {}


def test_every_kept_release_is_listed_whatever_is_wrong_with_another(home: Home) -> None:
    newest = release(home, "4")
    (home.releases / "3.duckdb").write_bytes(b"x" * 9000)
    release(home, "2", meta_id="9")
    (home.releases / "1.pin.json").write_text(json.dumps({"note": "n", "pinned_at": NOW.isoformat()}), encoding="utf-8")
    (home.releases / "4.pin.json").write_text("[]", encoding="utf-8")
    home.corpus_file.hardlink_to(newest)
    listed = kept.all_kept(home)
    assert [(one.release_id, one.is_published, one.release is not None) for one in listed] == [
        ("4", True, True),
        ("3", False, False),
        ("2", False, True),
        ("1", False, False),
    ]
    assert (listed[0].problem, listed[0].pin, listed[0].size_bytes) == (None, pins.Pin("", None), newest.stat().st_size)
    assert "3.duckdb: this is not a release, or it is damaged" in str(listed[1].problem)
    assert "the file holds the release 9" in str(listed[2].problem)
    assert (listed[3].problem, listed[3].pin) == (
        f"{home.releases / '1.duckdb'}: pinned, but the file is missing",
        pins.Pin("n", NOW),
    )
    assert kept.find_kept(home, "4") == listed[0]
    with pytest.raises(ReleaseError, match=r"5: there is no such release in .*; kept releases: 4, 3, 2, 1"):
        kept.find_kept(home, "5")
