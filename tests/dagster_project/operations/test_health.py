"""The figures of the last build: kept as they were, named if they cannot be read, and every verdict has its letter."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from dagster_project.operations.health import (
    LETTERS,
    BuiltPortal,
    Duration,
    UnreadableFiguresError,
    read_figures,
    record_duration,
    recorded_durations,
    write_figures,
)
from warehouse.home import Home
from warehouse.records import Verdict
from warehouse.tables.health import DAYS, Coverage, PortalDay, PortalHealth
from warehouse.tables.staleness import NewestArticle, Staleness

NOW = datetime(2026, 9, 14, 1, 15, tzinfo=UTC)


def figures(slug: str, *verdicts: str) -> PortalHealth:
    shown = ["not_looked"] * (DAYS - len(verdicts)) + list(verdicts)
    days = tuple(
        PortalDay(date(2026, 9, 14) - timedelta(days=DAYS - 1 - number), verdict, number % 4 if number > 20 else 0)
        for number, verdict in enumerate(shown)
    )
    return PortalHealth(slug, days, Coverage(1.0, 0.955, 0.5))


def silence(slug: str, days: int) -> Staleness:
    at = NOW - timedelta(days=days)
    return Staleness(slug, NewestArticle("Thông báo", "https://tin.hanoi.test/1", at), NOW - at, 14)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_every_verdict_has_its_own_letter() -> None:
    assert LETTERS.keys() == {*get_args(Verdict), "not_looked"}
    assert len(set(LETTERS.values())) == len(LETTERS)


def test_without_a_build_there_are_no_figures(home: Home) -> None:
    assert read_figures(home) is None


def test_figures_are_read_as_they_were_written(home: Home) -> None:
    never = Staleness("soc-son", None, None, 14)
    found = [figures("ba-vi", "ok", "blocked"), PortalHealth("soc-son", figures("soc-son").days, None)]
    written = write_figures(home, found, {"ba-vi": silence("ba-vi", 15), "soc-son": never}, NOW)
    assert read_figures(home) == written
    assert written.at == NOW
    assert list(written.portals) == ["ba-vi", "soc-son"]


def test_the_page_of_earlier_versions_is_deleted(home: Home) -> None:
    former = home.root / "portal_health.html"
    former.write_text("<p>all is well</p>", encoding="utf-8")
    write_figures(home, [], {}, NOW)
    assert not former.exists()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[]", b'{"at": 1}', b'{"at": "2026-09-14", "portals": {"x": {}}}', b"[" * 100_000]
)
def test_a_file_that_cannot_be_read_is_named(home: Home, content: bytes) -> None:
    home.portal_health_file.write_bytes(content)
    with pytest.raises(UnreadableFiguresError) as raised:
        read_figures(home)
    assert str(raised.value).startswith(f"{home.portal_health_file}: ")
    assert "The next build writes it again" in str(raised.value)


def test_the_last_duration_of_each_step_is_kept(home: Home) -> None:
    assert recorded_durations(home) == {}
    for seconds in (3.5, 2.25):
        record_duration(home, "load_raw", Duration(NOW, seconds))
    record_duration(home, "build_marts", Duration(NOW, 9.0))
    assert recorded_durations(home) == {"build_marts": Duration(NOW, 9.0), "load_raw": Duration(NOW, 2.25)}
    (home.build_steps / "load_raw.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UnreadableFiguresError, match=r"load_raw\.json: cannot be read"):
        recorded_durations(home)


def test_a_changed_digit_is_noticed(home: Home) -> None:
    write_figures(home, [figures("ba-vi", "ok")], {}, NOW)
    text = home.portal_health_file.read_text(encoding="utf-8")
    home.portal_health_file.write_text(text.replace("0.955", "0.956"), encoding="utf-8")
    with pytest.raises(UnreadableFiguresError, match="checksum"):
        read_figures(home)


def test_figures_in_words() -> None:
    built = BuiltPortal(figures("ba-vi", "ok", "no_news", "blocked"), silence("ba-vi", 15))
    assert built.strip == "·" * 27 + "ONB"
    assert built.articles_new == 13
    assert built.coverage == "100% / 96% / 50%"
    assert (built.silent_days, built.is_silent) == ("15 of 14, too long", True)
    well = BuiltPortal(PortalHealth("my-duc", built.days, None), silence("my-duc", 14))
    assert (well.coverage, well.silent_days, well.is_silent) == ("none", "14 of 14", False)
    assert BuiltPortal(well.health, None).silent_days == "not judged"
    assert BuiltPortal(well.health, Staleness("x", None, None, 14)).silent_days == "always of 14, too long"
