"""Gold cases: a page and the article that a person says it contains.

Belongs here: the record of a case, and reading the cases of `tests/fixtures`. Does not belong here: cases made at run
time from the folder `shared` (see `bench.extraction.seeds`, `bench.extraction.saved`), the list of all cases (see
`bench.extraction.all_cases`), and comparing (see `spiders.onboarding.gold_cases`, `bench.extraction.score`).

A fixture is a folder `tests/fixtures/<platform>/<case>/` with `page.html` and `article.json`:

    {
      "fetched_from": "https://…",      URL of the page
      "content_type": null,             its Content-Type header, if it matters
      "captured_at": "2026-01-01T00:00:00+00:00",    time of the capture; this is the default
      "origin": "written",              one of `ORIGINS`
      "confirmed": true,                false until a person has checked it: a test fails if it is false
      "furniture": ["…"],               boilerplate texts that must not be in the body: menus, ratings, related titles
      "article": {…}                    fields of `warehouse.records.Article`; only the given fields are compared
    }

`article` is null if the page contains none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

from bench.figures import REPOSITORY
from spiders.onboarding.gold_cases import DEFAULT_CAPTURED_AT, GOLD_FILE, PAGE_FILE, cases

Origin: TypeAlias = Literal["real", "rebuilt_body", "seed", "written"]
ORIGINS: Final[tuple[Origin, ...]] = get_args(Origin)
"""A real page; a page of a real CMS with a rebuilt body; a seed in rebuilt markup; a page written for the project."""

FIXTURES: Final = REPOSITORY / "tests" / "fixtures"
SHARED: Final = REPOSITORY.parent / "shared"
CAPTURED_AT: Final = datetime.fromisoformat(DEFAULT_CAPTURED_AT)
"""Time of the capture if a case states none."""


@dataclass(frozen=True, slots=True)
class Case:
    """One page and its gold.

    Attributes:
        name: name in the command and the report.
        platform: platform whose templates must recognise the page; `generic` if none must.
        gold: fields of `warehouse.records.Article` as JSON values; None if the page contains no article.
        furniture: boilerplate texts of the page, which must not be in the body.
        optional: paragraphs that may or may not be in the body.
        is_confirmed: whether a person has compared the gold with the page.
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
    optional: tuple[str, ...] = ()
    is_confirmed: bool = True


def fixture_cases(folder: Path = FIXTURES) -> Iterator[Case]:
    """Yield the cases of a folder of fixtures, sorted by name."""
    yield from map(read_case, cases(folder))


def read_case(folder: Path) -> Case:
    """Return the case in a folder `<platform>/<case>`.

    Raises:
        OSError: a file is missing.
        ValueError: `article.json` does not have the format described in the module's docstring.
    """
    content = json.loads((folder / GOLD_FILE).read_text(encoding="utf-8"))
    missing = {"fetched_from", "origin", "confirmed", "article"} - content.keys()
    if missing or content["origin"] not in ORIGINS:
        raise ValueError(f"{folder}: {GOLD_FILE} lacks {sorted(missing)}, or its origin is none of {ORIGINS}")
    return Case(
        name=f"{folder.parent.name}/{folder.name}",
        platform=folder.parent.name,
        origin=content["origin"],
        url=content["fetched_from"],
        body=(folder / PAGE_FILE).read_bytes(),
        gold=content["article"],
        furniture=tuple(content.get("furniture", ())),
        content_type=content.get("content_type"),
        captured_at=datetime.fromisoformat(content["captured_at"]) if "captured_at" in content else CAPTURED_AT,
        is_confirmed=content["confirmed"],
    )
