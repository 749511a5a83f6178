"""What the corpus must hold of an article, read from the CMS's database, and what it holds.

Belongs here: both as one record that can be compared. Does not belong here: how a CMS stores an article.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

import duckdb
from lxml import html
from lxml.html import HtmlElement

from tests.cms.site import Stored
from warehouse.clock import HANOI_TIME
from warehouse.text.normal import normal_form

_CAPTION_SHORTCODE: Final = ("[caption", "[/caption]")


@dataclass(frozen=True)
class Row:
    """An article, with its texts in normal form."""

    url: str
    title: str
    published_at: datetime | None
    section: str | None
    tags: tuple[str, ...]
    paragraphs: tuple[str, ...]
    captions: tuple[str, ...]
    byline: str | None
    source: str | None
    attachments: tuple[str, ...]

    def differences(self, found: Row) -> list[str]:
        """Return what differs, one line a field."""
        return [
            f"{name}: expected {wanted!r}, found {getattr(found, name)!r}"
            for name in self.__dataclass_fields__
            if (wanted := getattr(self, name)) != getattr(found, name)
        ]


def expected_row(stored: Stored) -> Row:
    """Return the article as a reader of the CMS's page sees it."""
    paragraphs: list[str] = []
    captions: list[str] = []
    attachments: list[str] = []
    byline, source = stored.byline, stored.source
    for element in _blocks(stored.html):
        text = _text(element)
        if element.tag == "figure" and (caption := element.find("figcaption")) is not None:
            captions.append(_text(caption))
        elif element.tag in ("figure", "table"):
            paragraphs += [" | ".join(_text(cell) for cell in row.iter("td")) for row in element.iter("tr")]
        elif element.tag == "div":
            attachments += [urljoin(stored.url, link.get("href")) for link in element.iter("a")]
        elif "text-align" in (element.get("style") or ""):
            byline = text
        elif element.find("em") is not None:
            source = text.removeprefix("Theo ")
        else:
            paragraphs.append(text)
    return Row(
        url=stored.url,
        title=normal_form(stored.title),
        published_at=stored.published_at.astimezone(HANOI_TIME),
        section=normal_form(stored.section),
        tags=tuple(sorted(normal_form(tag) for tag in stored.tags)),
        paragraphs=tuple(paragraphs),
        captions=tuple(captions),
        byline=byline,
        source=source,
        attachments=tuple(sorted(attachments)),
    )


def _blocks(text: str) -> Iterator[HtmlElement]:
    """Yield the elements of the text at its top level, captions of the classic editor as figures."""
    for part in text.replace(_CAPTION_SHORTCODE[1], "</figcaption></figure>").split(_CAPTION_SHORTCODE[0]):
        is_caption = part.startswith(" width=")
        if is_caption:
            attributes, _, rest = part.partition("]")
            image, _, caption = rest.partition("/>")
            assert attributes
            part = f"<figure>{image}/><figcaption>{caption}"
        for element in html.fragments_fromstring(part) if part.strip() else ():
            if isinstance(element, HtmlElement) and isinstance(element.tag, str):
                yield element


def _text(element: HtmlElement) -> str:
    return normal_form(element.text_content())


def corpus_rows(corpus: Path, portal: str, *, removed: bool = False) -> list[Row]:
    """Return the portal's articles in the published corpus."""
    with duckdb.connect(str(corpus), read_only=True) as connection:
        rows = connection.execute(
            "select url, title, published_at, section, tags, body, captions, byline, credited_source_name, attachments"
            " from fct_articles where portal = ? and is_removed = ? order by url",
            [portal, removed],
        ).fetchall()
    return [
        Row(
            url=url,
            title=normal_form(title or ""),
            published_at=published_at.astimezone(HANOI_TIME) if published_at else None,
            section=normal_form(section) if section else None,
            tags=tuple(sorted(normal_form(tag) for tag in tags)),
            paragraphs=tuple(normal_form(paragraph) for paragraph in body.split("\n\n") if paragraph),
            captions=tuple(normal_form(caption) for caption in captions),
            byline=byline,
            source=source,
            attachments=tuple(sorted(attachments)),
        )
        for url, title, published_at, section, tags, body, captions, byline, source, attachments in rows
    ]
