"""The file of a portal's crawl state: damage is noticed and healed, and a full disk is named."""

from __future__ import annotations

import os
import random
import resource
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from tests.archived import flipped, path_of
from tests.warehouse.archive.state.stored_crawls import DAY, NOW, PORTAL, add_crawl
from warehouse.archive.files import index_file, observations_file, report_file
from warehouse.archive.observations import ListedArticle, Observations
from warehouse.archive.state.file import StateError
from warehouse.archive.state.queries import open_state, state_path
from warehouse.home import Home

URL = "https://thunghiem.test/tin/1"


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


def known(home: Home) -> list[str]:
    """Return the keys of all articles, after bringing the state up to date."""
    with open_state(home, PORTAL):
        pass
    with closing(sqlite3.connect(state_path(home, PORTAL))) as database:
        return [key for (key,) in database.execute("select article_key from articles order by 1")]


def observed() -> Observations:
    row = ListedArticle("1", "thunghiem.test/tin", "mark", NOW, None, URL)
    return Observations(listed=(row,), missing={"9": NOW}, refused=("8",))


def test_any_flipped_bit_is_noticed_and_the_state_rebuilt(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    add_crawl(home, NOW, {"1": 200, "2": 200}, observed())
    before = known(home)
    path = state_path(home, PORTAL)
    good = path.read_bytes()
    assert caplog.text == ""
    chosen = random.Random(13).sample(range(8 * len(good)), 40)  # noqa: S311 - the same places each time
    for bit in chosen:
        path.write_bytes(flipped(good, bit))
        assert known(home) == before
    assert caplog.text.count(f"{path}: damaged: it does not match its checksum; rebuilt from the archive") == 40


def test_a_state_without_its_checksum_is_rebuilt(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    add_crawl(home, NOW, {"1": 200})
    known(home)
    path = state_path(home, PORTAL)
    digest = path.with_name(f"{path.name}.sha256")
    for content in (None, b"", b"\xff\xfe", b"0" * 64):
        digest.unlink() if content is None else digest.write_bytes(content)
        assert known(home) == ["1"]
    assert caplog.text.count("rebuilt from the archive") == 4


def test_a_pipe_in_the_place_of_a_state_is_replaced(home: Home) -> None:
    add_crawl(home, NOW, {"1": 200})
    known(home)
    state_path(home, PORTAL).unlink()
    os.mkfifo(state_path(home, PORTAL))
    assert known(home) == ["1"]


@pytest.mark.parametrize("what", ["index", "report", "observations"])
def test_a_damaged_file_of_a_crawl_is_rebuilt_from_its_warc_file(
    home: Home, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    warc = add_crawl(home, NOW, {"1": 200, "2": 404}, observed())
    before = known(home)
    stored = {"index": index_file, "report": report_file, "observations": observations_file}[what](home, warc)
    good = stored.read()
    chosen = random.Random(13).sample(range(8 * len(good)), 10)  # noqa: S311 - the same places each time
    texts = [b"", b"{}", b"[]", b"null", b"NaN", b"\xff", good[:-20], b"[" * 100_000, b'{"listed": 3}']
    for content in [*texts, *(flipped(good, bit) for bit in chosen)]:
        stored.put(content)
        state_path(home, PORTAL).unlink()
        assert known(home) == before
    assert stored.key.rpartition("/")[2] in caplog.text


def test_a_crawl_whose_warc_file_is_damaged_too_is_left_out(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    first, second = (add_crawl(home, NOW + age, {str(age.days): 200}) for age in (timedelta(), DAY))
    whole = first.read()
    path_of(first).write_bytes(whole[:-100])
    index_file(home, first).put(b"damaged")
    assert known(home) == ["1"]
    assert "it cannot be rebuilt" in caplog.text
    path_of(first).write_bytes(whole)
    assert known(home) == ["0", "1"]
    assert second.exists()


@contextmanager
def full_disk(limit_bytes: int) -> Iterator[None]:
    """Refuse writes beyond a size of a file, like a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("limit_bytes", [0, 10_000, 60_000])
def test_a_full_disk_is_named_and_nothing_is_lost(home: Home, limit_bytes: int) -> None:
    add_crawl(home, NOW, {str(number): 200 for number in range(300)})
    with full_disk(limit_bytes), pytest.raises(StateError) as raised:
        known(home)
    assert str(raised.value).startswith(f"{state_path(home, PORTAL)}: the crawl state cannot be written: ")
    assert "MB are free there" in str(raised.value)
    assert "Free some space" in str(raised.value)
    assert len(known(home)) == 300


def test_a_full_disk_keeps_the_state_of_earlier_crawls(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    add_crawl(home, NOW, {"1": 200})
    known(home)
    size = state_path(home, PORTAL).stat().st_size
    add_crawl(home, NOW + DAY, {str(number): 200 for number in range(300)})
    with full_disk(size), pytest.raises(StateError):
        known(home)
    assert len(known(home)) == 300
    assert caplog.text == "", "the unfinished transaction was rolled back, and the file is as it was"
