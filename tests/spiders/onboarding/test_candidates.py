"""The register of candidates: complete, consistent with the definitions, every URL with evidence."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from datetime import date
from urllib.parse import urlsplit

import pytest

from spiders.portal import SHIPPED_PORTALS, load_portals

REGISTER = SHIPPED_PORTALS / "candidates.csv"
COLUMNS = [
    "slug",
    "name",
    "kind",
    "administrative_unit",
    "valid_from",
    "valid_until",
    "address",
    "evidence",
    "status",
    "definition",
]
Row = dict[str, str]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with REGISTER.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        assert reader.fieldnames == COLUMNS
        rows = list(reader)
    assert all(None not in row and None not in row.values() for row in rows), "a row with too many or too few columns"
    return rows


def test_holds_the_30_former_districts_and_the_126_units_of_today(rows: list[Row]) -> None:
    counts = Counter(row["kind"] for row in rows)

    assert counts["district"] == 30
    assert counts["ward"] == 51
    assert counts["commune"] == 75
    assert set(counts) == {"city", "department", "newspaper", "district", "ward", "commune"}


def test_districts_end_where_wards_and_communes_begin(rows: list[Row]) -> None:
    for row in rows:
        if row["kind"] == "district":
            assert row["valid_until"] == "2025-06-30", row
        elif row["kind"] in ("ward", "commune"):
            assert (row["valid_from"], row["valid_until"]) == ("2025-07-01", ""), row


def test_names_of_units_begin_with_their_kind(rows: list[Row]) -> None:
    words = {"ward": ("Phường ",), "commune": ("Xã ",), "district": ("Quận ", "Huyện ", "Thị xã ")}
    for row in rows:
        assert row["administrative_unit"].startswith(words.get(row["kind"], ("",))), row
    names = [row["administrative_unit"] for row in rows if row["kind"] in words]
    assert len(set(names)) == len(names)


def test_slugs_are_unique_and_follow_the_name_of_the_unit(rows: list[Row]) -> None:
    assert [slug for slug, count in Counter(row["slug"] for row in rows).items() if count > 1] == []
    for row in rows:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["slug"]), row
        if row["kind"] in ("ward", "commune"):
            assert row["slug"] == _folded(row["administrative_unit"]), row
        elif row["kind"] == "district":
            assert row["slug"] == _folded(re.sub(r"^(Quận|Huyện|Thị xã) ", "", row["administrative_unit"])), row


def test_values_are_well_formed(rows: list[Row]) -> None:
    for row in rows:
        assert all(unicodedata.is_normalized("NFC", value) and value == value.strip() for value in row.values()), row
        assert all(row[column] for column in ("slug", "name", "kind", "administrative_unit", "evidence", "status")), row
        for column in ("valid_from", "valid_until"):
            assert not row[column] or date.fromisoformat(row[column]), row
        if row["address"]:
            assert re.fullmatch(r"https?://[a-z0-9.-]+", row["address"]), row


def test_names_hold_no_letters_from_another_alphabet(rows: list[Row]) -> None:
    for row in rows:
        letters = [letter for letter in row["name"] + row["administrative_unit"] if letter.isalpha()]
        assert all(unicodedata.name(letter).startswith("LATIN ") for letter in letters), row


def test_every_url_has_evidence(rows: list[Row]) -> None:
    for row in rows:
        if row["kind"] in ("ward", "commune"):
            assert re.match(r"unit \d{5} in ", row["evidence"]), row
            # What is known of every ward is its name; an address needs more than that.
            assert bool(row["address"]) != row["evidence"].endswith("no portal address known"), row
        elif row["kind"] == "district":
            host = _folded(re.sub(r"^(Quận|Huyện|Thị xã) ", "", row["administrative_unit"])).replace("-", "")
            assert row["address"] == f"https://{host}.hanoi.gov.vn", row


def test_status_and_definition_agree(rows: list[Row]) -> None:
    definitions = load_portals().valid
    for row in rows:
        assert row["status"] in ("candidate", "defined"), row
        assert (row["status"] == "defined") == bool(row["definition"]), row
        if row["definition"]:
            portal = definitions[row["definition"]]
            assert portal.name == row["name"], row
            assert portal.owner.administrative_unit == row["administrative_unit"], row
            assert urlsplit(row["address"]).hostname in portal.scope.hosts, row
            assert (portal.active_until.isoformat() if portal.active_until else "") == row["valid_until"], row


def test_every_shipped_definition_is_registered(rows: list[Row]) -> None:
    registered = Counter(row["definition"] for row in rows if row["definition"])

    assert set(registered.values()) == {1}
    assert set(registered) == set(load_portals().valid)


def _folded(name: str) -> str:
    letters = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")
