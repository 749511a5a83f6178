"""Gold cases: a saved page and its expected article, drafted by the extractor, corrected by a person.

A case is a folder `<fixtures>/<platform>/<case>/` with `page.html` and `article.json`.
Belongs here: drafting, writing and checking a case. Does not belong here: extraction (see `spiders.extract.article`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ValidationError

from spiders.onboarding.captures import CapturedPage
from spiders.portal import SHIPPED_PORTALS, Portal, PortalError, portal_of_platform
from warehouse.durable import replacing
from warehouse.errors import InputError
from warehouse.records import Article
from warehouse.strict_yaml import shown
from warehouse.text.normal import clean, count_words, normal_form

PAGE_FILE: Final = "page.html"
GOLD_FILE: Final = "article.json"
# The capture time of cases that do not state one.
DEFAULT_CAPTURED_AT: Final = "2026-01-01T00:00:00+00:00"
# These depend on the capture and the portal's file, not on what the page shows.
_PROVENANCE: Final = frozenset((
    "article_id", "article_key", "canonical_key", "capture_id", "captured_at", "crawl_id", "extractor_version",
    "former_ids", "page_key", "portal",
))  # fmt: skip
# These say how the page was read, and no reader sees them: a new layout that reads the same changes them. A case is
# held to all other fields.
_READING: Final = frozenset((
    "extractor", "language", "published_basis", "quality_flags", "template", "word_count",
))  # fmt: skip
_BOILERPLATE_MAX: Final = 12
_BOILERPLATE_WORDS: Final = range(2, 13)
_BOILERPLATE: Final = "nav a, footer a, aside a, [class*=menu] a"


class FixtureError(InputError):
    """A case cannot be written or read; the message names the case and the reason."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What a case and the extractor disagree on, one line each.

    Attributes:
        problems: what makes the case fail.
        notes: how the page is read now, if that has changed and readers see no difference.
    """

    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


class _Gold(BaseModel):
    """The content of `article.json`; keys for readers of the file, such as `origin`, are left out."""

    fetched_from: str
    content_type: str | None = None
    captured_at: AwareDatetime | None = None
    confirmed: object = False
    furniture: tuple[str, ...] = ()
    article: dict[str, Any] | None


def saved_page(file: Path, url: str) -> CapturedPage:
    """Return a saved page; its capture time is a guess: the file's modification time."""
    return CapturedPage(url, url, file.read_bytes(), None, datetime.fromtimestamp(file.stat().st_mtime, UTC))


def draft(page: CapturedPage, portal: Portal) -> dict[str, Any]:
    """Return the gold JSON of a page as it is extracted now, for a person to correct and confirm."""
    article = page.article(portal)
    return {
        "fetched_from": page.url,
        "content_type": page.content_type,
        "captured_at": page.captured_at.isoformat(timespec="seconds"),
        "origin": "real",
        "confirmed": False,
        "furniture": [] if article is None else _boilerplate(page, article),
        "article": None if article is None else as_gold(article),
    }


def as_gold(article: Article) -> dict[str, Any]:
    """Return the fields of an article that do not depend on its capture, as JSON values."""
    return {name: value for name, value in as_json(article).items() if name not in _PROVENANCE}


def as_json(article: Article) -> dict[str, Any]:
    """Return all fields of an article as JSON values: times as ISO text, tuples as lists."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else list(value) if isinstance(value, tuple) else value
        for name, value in asdict(article).items()
    }


def write_case(folder: Path, body: bytes, gold: Mapping[str, Any]) -> None:
    """Write a case into a folder, which may already hold a page with the same bytes.

    Raises:
        FixtureError: the folder already holds an `article.json` or another page.
    """
    page, judged = folder / PAGE_FILE, folder / GOLD_FILE
    if judged.exists() or (page.exists() and page.read_bytes() != body):
        raise FixtureError(f"{folder}: already holds a case; nothing was overwritten")
    if not page.exists():
        with replacing(page) as temporary:
            temporary.write_bytes(body)
    with replacing(judged) as temporary:
        temporary.write_text(json.dumps(gold, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def fixtures_of(folder: Path) -> Path:
    """Return the folder of gold cases for a folder of portal files; for the shipped ones, in the tests."""
    tests = SHIPPED_PORTALS.parents[1] / "tests"
    is_shipped = folder.resolve() == SHIPPED_PORTALS.resolve()
    return tests / "fixtures" if is_shipped and tests.is_dir() else folder / "fixtures"


def cases(fixtures: Path) -> list[Path]:
    """Return the folders of all cases below a folder of fixtures."""
    return sorted(gold.parent for gold in fixtures.glob(f"*/*/{GOLD_FILE}"))


def examine(case: Path, portals: Iterable[Portal]) -> Examination:
    """Extract a case's page, and compare the article with the expected one.

    Problems are: not confirmed, a field that readers see with another value, page furniture in the body. If the page's
    URL is in no portal's scope, the page is extracted with its platform's default definition.
    """
    try:
        gold = _Gold.model_validate_json((case / GOLD_FILE).read_bytes())
        url, expected = gold.fetched_from, gold.article
        captured_at = gold.captured_at or datetime.fromisoformat(DEFAULT_CAPTURED_AT)
        page = CapturedPage(url, url, (case / PAGE_FILE).read_bytes(), gold.content_type, captured_at)
        portal = next((one for one in portals if one.scope.covers(url)), None) or portal_of_platform(
            case.parent.name, url
        )
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc'])) or GOLD_FILE}: {one['msg']}" for one in error.errors())
        return Examination((f"cannot be read: {shown(wrong)}",))
    except (OSError, ValueError, PortalError) as error:
        return Examination((f"cannot be read: {shown(error)}",))
    problems = []
    if gold.confirmed is not True:
        problems.append(f"nobody has confirmed it: read {GOLD_FILE} beside the page, correct it, set confirmed to true")
    article = page.article(portal)
    if article is None or expected is None:
        if article is not None:
            problems.append("shows an article where none is expected")
        elif expected is not None:
            problems.append("shows no article where one is expected")
        return Examination(tuple(problems))
    found = as_gold(article)
    notes: list[str] = []
    for name, value in expected.items():
        if found.get(name) != value:
            line = f"{name}: expected {_shown(value)}, read {_shown(found.get(name))}"
            (notes if name in _READING else problems).append(line)
    problems += _furniture(gold.furniture, article)
    return Examination(tuple(problems), tuple(notes))


def _furniture(texts: Iterable[str], article: Article) -> Iterator[str]:
    body = normal_form(" ".join(article.body)).casefold()
    for text in texts:
        if normal_form(text).casefold() in body:
            yield f"the body holds furniture: {_shown(text)}"


def _boilerplate(page: CapturedPage, article: Article) -> list[str]:
    """Return link texts of menus, footers and sidebars, which must not appear in the article's body."""
    own = normal_form(" ".join((article.title or "", article.lead or "", *article.body, *article.captions))).casefold()
    found = dict.fromkeys(clean(anchor.get_text()) for anchor in page.soup.select(_BOILERPLATE))
    kept = [
        text for text in found if count_words(text) in _BOILERPLATE_WORDS and normal_form(text).casefold() not in own
    ]
    return kept[:_BOILERPLATE_MAX]


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:159]}…"
