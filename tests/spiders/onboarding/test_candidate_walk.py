"""The walk of the register: portals that fit are defined, redirects are reported, a failure is one row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

from spiders.mirror.server import Mirror
from spiders.onboarding.candidates import (
    COLUMNS,
    REGISTER,
    Candidate,
    RegisterError,
    read_register,
    walk,
    write_register,
)
from spiders.portal import load_portal
from tests.candidates import HOSTS, ROWS, WARD, a_row
from tests.visiting import captured_for_survey, played

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 24)
Written: TypeAlias = tuple[Path, dict[str, Candidate]]


@pytest.fixture
def register(tmp_path: Path) -> Path:
    return a_register(tmp_path)


def a_register(folder: Path) -> Path:
    path = folder / "candidates.csv"
    write_register(path, ROWS)
    return path


@pytest.fixture(scope="module")
def written(world: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Return a register that was walked once with `write`, for tests that look only, and what the walk told."""
    register = a_register(tmp_path_factory.mktemp("walked"))
    return register, walked(world, register, write=True)


@pytest.fixture(scope="module")
def world() -> Iterator[Mirror]:
    with played(HOSTS) as served:
        yield served


def walked(world: Mirror, register: Path, *, write: bool) -> dict[str, Candidate]:
    found = walk(partial(captured_for_survey, world), register, register.parent / "portals", TODAY, 2.0, write=write)
    return {candidate.slug: candidate for candidate in found}


def test_without_write_nothing_is_written(world: Mirror, register: Path) -> None:
    before = register.read_bytes()
    found = walked(world, register, write=False)
    assert register.read_bytes() == before
    assert not (register.parent / "portals").exists()
    assert list(found) == ["my-duc", "tay-ho", "vang-mat", "xa-soc-son", "ten-la", "dia-chi-hong"]
    assert not any(candidate.is_defined for candidate in found.values())


def test_each_result_has_the_url_after_redirects_and_the_problems(written: Written) -> None:
    _, found = written
    assert (found["my-duc"].platform, found["my-duc"].rows, found["my-duc"].off) == ("liferay_point", 34, "")
    assert (found["tay-ho"].led_to, found["tay-ho"].platform) == (f"{WARD}/", "generic")
    assert found["tay-ho"].off == "led to the portal of phuong-tay-ho"
    assert (found["vang-mat"].off, found["vang-mat"].platform) == ("connection", "")
    assert found["xa-soc-son"].off == "challenge_d1n"
    assert (found["dia-chi-hong"].off, found["dia-chi-hong"].led_to) == ("not_http", "")
    assert found["ten-la"].off == "led to a site that does not name Quận Lạ"


def test_a_portal_that_fits_is_defined_with_the_values_of_the_register(written: Written) -> None:
    register, found = written
    assert {slug for slug, candidate in found.items() if candidate.is_defined} == {"my-duc", "phuong-tay-ho"}
    portal = load_portal(register.parent / "portals" / "my-duc.yml")
    assert portal.verified_on == TODAY
    assert (portal.name, portal.owner.office) == ("Cổng thông tin điện tử Huyện Mỹ Đức", "Ủy ban nhân dân huyện Mỹ Đức")
    assert (portal.platform, portal.active_from, portal.active_until) == ("liferay_point", None, date(2025, 6, 30))
    row = read_register(register)[0]
    assert (row["status"], row["definition"]) == ("defined", "my-duc")
    assert row["evidence"] == "made for the test; probed on 2026-11-24: read by liferay_point"


def test_a_district_that_redirects_to_a_ward_gives_the_ward_its_url(written: Written) -> None:
    """Ward and district bear one name; what stands there now is the ward's, and its text must not be the district's."""
    register, found = written
    rows = {row["slug"]: row for row in read_register(register)}
    assert (rows["tay-ho"]["status"], rows["tay-ho"]["definition"]) == ("candidate", "")
    assert f"probed on 2026-11-24: led to {WARD}/, read by generic; led to the portal" in rows["tay-ho"]["evidence"]
    assert rows["phuong-tay-ho"]["address"] == WARD
    assert rows["phuong-tay-ho"]["evidence"].startswith(
        "unit 00103 in a list; https://tayho.test led there on 2026-11-24; probed on"
    )
    assert found["phuong-tay-ho"].is_defined
    portal = load_portal(register.parent / "portals" / "phuong-tay-ho.yml")
    assert (portal.owner.administrative_unit, portal.active_from) == ("Phường Tây Hồ", date(2025, 7, 1))


def test_rows_of_portals_that_fail_are_unchanged(written: Written) -> None:
    register, _ = written
    rows = {row["slug"]: row for row in read_register(register)}
    for slug in ("vang-mat", "xa-soc-son", "da-co", "khong-dia-chi"):
        assert rows[slug] == next(row for row in ROWS if row["slug"] == slug)


def test_a_repeated_walk_skips_defined_rows(world: Mirror, register: Path) -> None:
    walking = walk(partial(captured_for_survey, world), register, register.parent / "portals", TODAY, 2.0, write=True)
    assert next(walking).slug == "my-duc"
    walking.close()  # type: ignore[attr-defined]  # an iterator that is a generator
    before = len(world.requests)
    found = walked(world, register, write=True)
    assert "my-duc" not in found
    assert not [request for request in world.requests[before:] if "myduc" in request.url]
    assert found["phuong-tay-ho"].is_defined


def test_a_second_walk_leaves_the_register_unchanged(world: Mirror, register: Path) -> None:
    walked(world, register, write=True)
    first = register.read_bytes()
    again = walked(world, register, write=True)
    assert register.read_bytes() == first
    assert set(again) == {"tay-ho", "vang-mat", "xa-soc-son", "ten-la", "dia-chi-hong"}


def test_an_existing_portal_file_is_reported_and_unchanged(world: Mirror, register: Path) -> None:
    file = register.parent / "portals" / "my-duc.yml"
    file.parent.mkdir()
    file.write_text("của tôi", encoding="utf-8")
    found = walked(world, register, write=True)
    assert "nothing was overwritten" in found["my-duc"].off
    assert not found["my-duc"].is_defined
    assert file.read_text(encoding="utf-8") == "của tôi"
    assert read_register(register)[0]["status"] == "candidate"


def test_the_projects_register_survives_a_round_trip(tmp_path: Path) -> None:
    write_register(tmp_path / "copy.csv", read_register(REGISTER))
    assert (tmp_path / "copy.csv").read_bytes() == REGISTER.read_bytes()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a,b\n1,2\n", "its columns must be slug, name"),
        (",".join(COLUMNS) + "\nmot,hai\n", "row 2 has too many or too few columns"),
        (",".join(COLUMNS) + "\n" + "x,x,x,x,hom qua,,,x,x,\n", "row 2: "),
    ],
)
def test_an_invalid_register_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "candidates.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RegisterError, match=complaint):
        read_register(path)
    with pytest.raises(RegisterError, match="cannot be read"):
        read_register(tmp_path / "nowhere.csv")


def test_texts_with_commas_and_quotes_survive(tmp_path: Path) -> None:
    row = a_row("a", "ward", "Phường A", "", evidence='nói "có", rồi\nxuống dòng')
    write_register(tmp_path / "r.csv", [row])
    assert read_register(tmp_path / "r.csv") == [row]
    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [row]
