"""Gold cases: a saved page, and beside it what is true of it, drafted by the extractor and corrected by a person.

A case is a folder `<fixtures>/<platform>/<case>/` with `page.html` and `article.json`. Here: drafting one, writing one,
and telling how a page's reading differs from it. Not here: reading a page (`spiders.extract.article`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from spiders.onboarding.survey import parsed, read_article
from spiders.onboarding.visit import Visit
from spiders.pages.page import Page
from spiders.platforms.parts.selectors import select, text_of
from spiders.portal import SHIPPED_PORTALS, Portal, PortalError, portal_of_platform
from warehouse.durable import replacing
from warehouse.records import Article
from warehouse.text.normal import count_words, normal_form

PAGE_FILE: Final = "page.html"
GOLD_FILE: Final = "article.json"
# The day on which pages were captured whose case does not say.
USUAL_CAPTURE: Final = "2026-01-01T00:00:00+00:00"
# Where a row came from is the capture's business, not the page's.
_PROVENANCE: Final = frozenset(
    {
        *("article_id", "capture_id", "crawl_id", "portal", "captured_at"),
        *("extractor_version", "warc_file", "warc_offset"),
    }
)
_FURNITURE_MAX: Final = 12
_FURNITURE_WORDS: Final = range(2, 13)
_AROUND: Final = select("//nav//a", "//footer//a", "//aside//a", "//*[contains(@class,'menu')]//a")


class FixtureError(Exception):
    """A case that cannot be written or read; the message says which and why."""


def saved_page(file: Path, url: str) -> Visit:
    """Return a saved page as if it had been visited when it was saved, the nearest that can be known."""
    return Visit(url, url, file.read_bytes(), None, datetime.fromtimestamp(file.stat().st_mtime, UTC))


def draft(visit: Visit, portal: Portal) -> dict[str, Any]:
    """Return the gold JSON of a page as the extractor reads it, for a person to correct and confirm."""
    article = read_article(visit, portal)
    return {
        "fetched_from": visit.url,
        "content_type": visit.content_type,
        "captured_at": visit.visited_at.isoformat(timespec="seconds"),
        "origin": "real",
        "confirmed": False,
        "furniture": _furniture(parsed(visit), article),
        "article": None if article is None else as_gold(article),
    }


def as_gold(article: Article) -> dict[str, Any]:
    """Return what an article says, in the spelling of `article.json`."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else list(value) if isinstance(value, tuple) else value
        for name, value in asdict(article).items()
        if name not in _PROVENANCE
    }


def write_case(folder: Path, body: bytes, gold: Mapping[str, Any]) -> None:
    """Write a case into a folder; a page that stands there already with the same bytes stays.

    Raises:
        FixtureError: the folder holds a case.
    """
    page, judged = folder / PAGE_FILE, folder / GOLD_FILE
    if judged.exists() or (page.exists() and page.read_bytes() != body):
        raise FixtureError(f"{folder}: holds a case already; nothing was overwritten")
    if not page.exists():
        with replacing(page) as temporary:
            temporary.write_bytes(body)
    with replacing(judged) as temporary:
        temporary.write_text(json.dumps(gold, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def fixtures_of(folder: Path) -> Path:
    """Return where the cases of a folder of portal files stand: beside them; those of the project in its tests."""
    tests = SHIPPED_PORTALS.parents[1] / "tests"
    is_shipped = folder.resolve() == SHIPPED_PORTALS.resolve()
    return tests / "fixtures" if is_shipped and tests.is_dir() else folder / "fixtures"


def cases(fixtures: Path) -> list[Path]:
    """Return the folders of all cases below a folder of fixtures."""
    return sorted(gold.parent for gold in fixtures.glob(f"*/*/{GOLD_FILE}"))


def problems(case: Path, portals: Iterable[Portal]) -> Iterator[str]:
    """Yield what is wrong with a case: that nobody has confirmed it, and how the page's reading differs from it.

    Args:
        case: its folder.
        portals: the definitions that may be its page's; where none is, its platform's plain definition is used.
    """
    try:
        gold = json.loads((case / GOLD_FILE).read_text(encoding="utf-8"))
        url, expected = gold["fetched_from"], gold["article"]
        captured_at = datetime.fromisoformat(gold.get("captured_at") or USUAL_CAPTURE)
        visit = Visit(url, url, (case / PAGE_FILE).read_bytes(), gold.get("content_type"), captured_at)
        portal = next((one for one in portals if one.scope.covers(url)), None) or portal_of_platform(
            case.parent.name, url
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, PortalError) as error:
        yield f"cannot be read: {type(error).__name__}: {error}"
        return
    if gold.get("confirmed") is not True:
        yield f"nobody has confirmed it: read {GOLD_FILE} beside the page, correct it, set confirmed to true"
    article = read_article(visit, portal)
    if article is None or expected is None:
        if article is not expected:
            yield "shows an article where none is expected" if article else "shows no article where one is expected"
        return
    found = as_gold(article)
    for name, value in expected.items():
        if found.get(name) != value:
            yield f"{name}: expected {_shown(value)}, read {_shown(found.get(name))}"
    body = normal_form(" ".join(article.body)).casefold()
    for text in gold.get("furniture", ()):
        if normal_form(text).casefold() in body:
            yield f"the body holds furniture: {_shown(text)}"


def _furniture(page: Page | None, article: Article | None) -> list[str]:
    """Return texts of menus and margins that are not the article's, which must not appear in its body."""
    if page is None or article is None:
        return []
    own = normal_form(" ".join((article.title or "", article.lead or "", *article.body, *article.captions))).casefold()
    found = dict.fromkeys(text_of(anchor) for anchor in _AROUND(page.tree))
    kept = [text for text in found if count_words(text) in _FURNITURE_WORDS and normal_form(text).casefold() not in own]
    return kept[:_FURNITURE_MAX]


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:159]}…"
