"""The command `extract`, which reads saved pages as the pipeline would.

Does not belong here: reading a page (`spiders.extract.article`).
"""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from dagster_project.cli.input.portals import complete_defined
from dagster_project.cli.output.console import EXIT_BAD_INPUT, AsJson, fail, print_json
from dagster_project.cli.portals import portal_for_reading
from spiders.extract.article import read_page
from spiders.onboarding.captures import CapturedPage
from spiders.onboarding.gold_cases import saved_page
from spiders.pages.html import NotAPage
from spiders.pages.page import ArticleParts, PageKind
from spiders.portal import Portal


def extract(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, help="saved pages")],
    url: Annotated[str, typer.Option(help="the URL that the pages were saved from")],
    portal: Annotated[str | None, typer.Option(help="slug of their portal", autocompletion=complete_defined)] = None,
    platform: Annotated[str | None, typer.Option(help="or the platform, if the portal is not defined")] = None,
    as_json: AsJson = False,
) -> None:
    """Extract saved pages as the pipeline would: the kind of each, its article or list rows."""
    definition = portal_for_reading(url, portal, platform)
    unreadable: list[str] = []
    for file in files:
        try:
            found = {"file": str(file), "url": url} | _as_found(saved_page(file, url), definition)
        except NotAPage as error:
            unreadable.append(f"{file}: {error}")
            continue
        if as_json:
            print_json(found)
        else:
            _print_found(found)
    if unreadable:
        fail("\n".join(unreadable), EXIT_BAD_INPUT)


def _as_found(page: CapturedPage, portal: Portal) -> dict[str, Any]:
    """Return a page's extraction for output; the article's keys are column names of `fct_articles`.

    Raises:
        NotAPage: the page is not an HTML page.
    """
    reading = read_page(page.body, page.url, portal, page.content_type, page.captured_at)
    article = page.article(portal)
    found: dict[str, Any] = {
        "kind": reading.kind.value,
        "extractor": reading.extractor,
        "template": reading.template,
        "quality_flags": sorted(article.quality_flags if article else reading.flags),
    }
    if article is not None:
        shown = [field.name for field in fields(ArticleParts) if field.name != "flags"]
        found["article"] = {name: getattr(article, name) for name in shown}
    if reading.kind is PageKind.LIST:
        found["rows"] = [asdict(row) for row in reading.rows]
    return found


def _print_found(found: dict[str, Any]) -> None:
    print(f"{found['file']}: {found['kind']}, read by {found['extractor']}")
    for name, value in found.get("article", {}).items():
        print(f"  {name}: {_text(value)}")
    for row in found.get("rows", ()):
        print(f"  {row['published_at'] or '-'}  {row['title']}  {row['url']}")


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "".join(f"\n    {item}" for item in value)
    return "" if value is None else str(value)
