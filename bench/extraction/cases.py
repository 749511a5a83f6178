"""Gold cases: a page, and what a person says that it says.

Here: the record of a case, and those of `tests/fixtures`. Not here: those made at run time of the folder `shared`
(`bench.extraction.seeds`, `bench.extraction.saved`), all of them (`bench.extraction.all_cases`), or any judgement
(`bench.extraction.score`).

A case of the project's own is a folder `tests/fixtures/<platform>/<case>/` with `page.html` and `article.json`:

    {
      "fetched_from": "https://…",      the address that the page came from
      "content_type": null,             its header, where that matters
      "captured_at": "2026-01-01T00:00:00+00:00",    when; this unless told
      "origin": "written",              one of `ORIGINS`
      "confirmed": true,                false until a person has read it: a test fails on it
      "furniture": ["…"],               texts on the page that belong to no body: menus, ratings, related titles
      "article": {…}                    fields of `warehouse.records.Article`; what is not given is not compared
    }

`article` is null where the page shows none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

from bench.figures import REPOSITORY

Origin: TypeAlias = Literal["real", "rebuilt_body", "seed", "written"]
ORIGINS: Final[tuple[Origin, ...]] = get_args(Origin)
"""A real page; a real CMS's page with a rebuilt body; a seed in rebuilt markup; a page written for the project."""

FIXTURES: Final = REPOSITORY / "tests" / "fixtures"
SHARED: Final = REPOSITORY.parent / "shared"
CAPTURED_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When a case was captured that does not say."""


@dataclass(frozen=True, slots=True)
class Case:
    """One page and its gold.

    Attributes:
        name: the one by which the command and the report know it.
        platform: the CMS whose templates shall know the page; `generic` where none shall.
        gold: fields of `warehouse.records.Article` as JSON has them; None where the page shows no article.
        furniture: texts of the page that belong to no body.
        is_confirmed: whether a person has read the gold beside the page.
    """

    name: str
    platform: str
    origin: Origin
    url: str
    body: bytes
    gold: Mapping[str, Any] | None
    furniture: tuple[str, ...] = ()
    content_type: str | None = None
    captured_at: datetime = CAPTURED_AT
    is_confirmed: bool = True


def fixture_cases(folder: Path = FIXTURES) -> Iterator[Case]:
    """Yield the cases of `tests/fixtures`, in the order of their names."""
    for path in sorted(folder.glob("*/*/article.json")):
        yield read_case(path.parent)


def read_case(folder: Path) -> Case:
    """Return the case of one folder `<platform>/<case>`.

    Raises:
        OSError: a file is missing.
        ValueError: `article.json` is not of the form that the module's head shows.
    """
    said = json.loads((folder / "article.json").read_text(encoding="utf-8"))
    missing = {"fetched_from", "origin", "confirmed", "article"} - said.keys()
    if missing or said["origin"] not in ORIGINS:
        raise ValueError(f"{folder}: article.json lacks {sorted(missing)}, or its origin is none of {ORIGINS}")
    return Case(
        name=f"{folder.parent.name}/{folder.name}",
        platform=folder.parent.name,
        origin=said["origin"],
        url=said["fetched_from"],
        body=(folder / "page.html").read_bytes(),
        gold=said["article"],
        furniture=tuple(said.get("furniture", ())),
        content_type=said.get("content_type"),
        captured_at=datetime.fromisoformat(said["captured_at"]) if "captured_at" in said else CAPTURED_AT,
        is_confirmed=said["confirmed"],
    )
