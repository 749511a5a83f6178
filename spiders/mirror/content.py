"""The content of the test portals: the model of `content/<slug>.yml`, and the articles of each day.

Belongs here: checks across files, resolving `copy_of`, and applying the changes of each day. Does not belong here:
reading one file (`content_files`), the calendar (`days`), markup (`markup`, `render`), URLs (`sites`), or text faults
(`faults`).

An article exists from its `day` on; the default is 1. `days` lists its changes on later days; a change lasts until a
later one overrides it. `conditions` lists conditions of the whole portal; each lasts one day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from spiders.mirror.content_files import ContentError, read_file
from spiders.mirror.days import DAYS, Moment, UnknownDayError, edited_at, moment_of, parse_moment
from warehouse.text.normal import unaccented

SHIPPED_CONTENT = Path(__file__).parent / "content"

Fault: TypeAlias = Literal[
    "nfd", "old_tone", "caption_table", "caption_italic", "caption_repeated", "line_breaks", "zero_width", "nbsp",
    "wrong_charset", "no_charset", "slow", "moved", "gone_as_list", "missing", "related_inside", "glued", "broken_html",
    "untitled",
]  # fmt: skip
WITHOUT_PAGE: frozenset[Fault] = frozenset({"gone_as_list", "missing"})
"""Faults that leave an article without a page, although lists link to it."""

Condition: TypeAlias = Literal["challenge", "forbidden", "outage", "redesign"]
"""Condition of a whole portal on one day.

`challenge`: every URL returns the cookie challenge; `forbidden`: every URL returns status 403; `outage`: every
connection is reset; `redesign`: every page has other class names and ids.
"""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Heading(_Strict):
    """A sub-heading between paragraphs."""

    heading: str = Field(min_length=1)


class Image(_Strict):
    """A picture, given by its file name; the mirror does not have the file."""

    image: str = Field(min_length=1)
    caption: str | None = None


class Source(_Strict):
    """The source that the portal credits for the text."""

    name: str = Field(min_length=1)
    url: str | None = None


class Attachment(_Strict):
    """A document that the article links to."""

    name: str = Field(min_length=1)
    file: str = Field(pattern=r"^[A-Za-z0-9._-]+\.(pdf|docx?|xlsx?)$")


BodyItem: TypeAlias = str | Heading | Image


class _CopyOf(_Strict):
    portal: str
    id: int


class _Change(_Strict):
    """Changes to an article on one day.

    Attributes:
        removed: whether the portal deletes the article, as its CMS does.
        restored: whether the portal publishes the article again.
        reverted: whether the article gets its first text back.
        replace: new paragraphs by their index in the body, from 0.
        append: items added to the end of the body.
        faults: additional faults from that day on.
    """

    removed: bool = False
    restored: bool = False
    reverted: bool = False
    title: str | None = None
    lead: str | None = None
    replace: dict[int, str] = {}
    append: tuple[BodyItem, ...] = ()
    faults: frozenset[Fault] = frozenset()

    @property
    def is_edit(self) -> bool:
        """Whether title, lead or body change."""
        return bool(self.reverted or self.title or self.lead or self.replace or self.append)

    @model_validator(mode="after")
    def _changes_something(self) -> _Change:
        if not (self.is_edit or self.removed or self.restored or self.faults):
            raise ValueError("changes nothing")
        return self


class _Entry(_Strict):
    """An article in the YAML file."""

    id: int
    section: str
    title: str | None = None
    lead: str | None = None
    published: Annotated[Moment, BeforeValidator(parse_moment)]
    byline: str | None = None
    views: int = Field(default=0, ge=0)
    tags: tuple[str, ...] = ()
    body: tuple[BodyItem, ...] = ()
    source: Source | None = None
    attachments: tuple[Attachment, ...] = ()
    copy_of: _CopyOf | None = None
    faults: frozenset[Fault] = frozenset()
    pinned: bool = False
    day: int = DAYS[0]
    days: dict[int, _Change] = {}

    @model_validator(mode="after")
    def _is_consistent(self) -> _Entry:
        if self.body and self.copy_of:
            raise ValueError("give either body or copy_of, not both")
        if not (self.body or self.copy_of or self.attachments or self.faults & WITHOUT_PAGE):
            raise ValueError("give one of body, copy_of, attachments")
        if self.title is None and self.copy_of is None:
            raise ValueError("title: required without copy_of, which supplies one")
        return self

    @model_validator(mode="after")
    def _is_published_before_its_day(self) -> _Entry:
        if self.day not in DAYS:
            raise ValueError(f"day: must be {DAYS[0]} to {DAYS[-1]}")
        if self.published.at >= moment_of(self.day):
            crawl = f"the crawl of day {self.day}, {moment_of(self.day):%Y-%m-%d %H:%M}"
            raise ValueError(f"published: must be before {crawl}")
        return self

    @model_validator(mode="after")
    def _changes_are_possible(self) -> _Entry:
        is_shown = True
        for day, change in sorted(self.days.items()):
            if not self.day < day <= DAYS[-1]:
                raise ValueError(f"days: {day} must be after {self.day}, the article's first, and at most {DAYS[-1]}")
            if (change.removed and not is_shown) or (change.restored and is_shown):
                raise ValueError(f"days.{day}: only a shown article can be removed, and only a removed one restored")
            is_shown = change.restored or (is_shown and not change.removed)
            for index in change.replace:
                if not 0 <= index < len(self.body):
                    raise ValueError(f"days.{day}.replace: there is no body item {index} (they count from 0)")
                if not isinstance(self.body[index], str):
                    raise ValueError(f"days.{day}.replace: body item {index} is not a paragraph (they count from 0)")
        return self


class _File(_Strict):
    portal: str
    sections: dict[str, str] = Field(min_length=1)
    conditions: dict[int, Condition] = {}
    articles: tuple[_Entry, ...]

    @field_validator("conditions")
    @classmethod
    def _have_known_days(cls, conditions: dict[int, Condition]) -> dict[int, Condition]:
        for day in conditions:
            if day not in DAYS:
                raise ValueError(f"{day} is not one of the days {DAYS[0]} to {DAYS[-1]}")
        return conditions


@dataclass(frozen=True, slots=True)
class ShownArticle:
    """An article on one day, before its text faults are applied.

    Attributes:
        section_name: the section's Vietnamese name.
        published: the same on every day, because portals do not change it when they edit.
        changed_at: last edit; None if there was none.
        is_pinned: whether lists show it on top, on portals that pin articles.
        slug: slug of the title on this day.
        first_slug: slug of the first title, for CMSs with stable URLs.
    """

    portal: str
    id: int
    section: str
    section_name: str
    title: str
    lead: str | None
    published: Moment
    changed_at: datetime | None
    byline: str | None
    views: int
    tags: tuple[str, ...]
    body: tuple[BodyItem, ...]
    source: Source | None
    attachments: tuple[Attachment, ...]
    faults: frozenset[Fault]
    is_pinned: bool
    slug: str
    first_slug: str


@dataclass(frozen=True, slots=True)
class State:
    """One portal on one day.

    Attributes:
        articles: newest first, including those with a fault of `WITHOUT_PAGE`.
        removed_ids: ids of articles that are deleted on this day or were before.
        condition: condition of the whole portal; None if it works normally.
    """

    portal: str
    day: int
    sections: Mapping[str, str]
    articles: tuple[ShownArticle, ...]
    removed_ids: frozenset[int]
    condition: Condition | None = None

    def article(self, article_id: int) -> ShownArticle | None:
        """Return the article with this id, or None if the portal does not show it on this day."""
        return next((article for article in self.articles if article.id == article_id), None)

    def in_section(self, section: str) -> list[ShownArticle]:
        """Return the section's articles, newest first."""
        return [article for article in self.articles if article.section == section]


class Content:
    """The content of all test portals."""

    def __init__(self, files: Mapping[str, _File]) -> None:
        self._files = dict(files)

    @property
    def portals(self) -> tuple[str, ...]:
        """Slugs of the portals that have content, sorted."""
        return tuple(sorted(self._files))

    def state(self, portal: str, day: int) -> State:
        """Return the portal's content on that day.

        Raises:
            ContentError: the portal has no content file, or the day is not one of `DAYS`.
        """
        if portal not in self._files:
            raise ContentError(f"no content for portal {portal!r}; there is: {', '.join(self.portals) or 'none'}")
        try:
            moment_of(day)
        except UnknownDayError as error:
            raise ContentError(str(error)) from error
        file = self._files[portal]
        shown = [self._shown_on(day, file, entry) for entry in file.articles if entry.day <= day]
        shown.sort(key=lambda article: (article.published.at, article.id), reverse=True)
        removed = frozenset(entry.id for entry in file.articles if _is_removed(entry, day))
        articles = tuple(article for article in shown if article.id not in removed)
        return State(portal, day, file.sections, articles, removed, file.conditions.get(day))

    def _shown_on(self, day: int, file: _File, entry: _Entry) -> ShownArticle:
        first = article = self._shown(file, entry)
        for number, change in sorted(entry.days.items()):
            if number <= day:
                article = _edited(first if change.reverted else article, change, edited_at(number))
        return article

    def _shown(self, file: _File, entry: _Entry) -> ShownArticle:
        original = self._original(entry)
        title = entry.title or original.title
        if title is None:  # rejected by the loader
            raise ContentError(f"{file.portal}: article {entry.id}: has no title")
        return ShownArticle(
            portal=file.portal,
            id=entry.id,
            section=entry.section,
            section_name=file.sections[entry.section],
            title=title,
            lead=entry.lead if entry.lead is not None or entry.copy_of is None else original.lead,
            published=entry.published,
            changed_at=None,
            byline=entry.byline,
            views=entry.views,
            tags=entry.tags,
            body=original.body,
            source=entry.source,
            attachments=entry.attachments,
            faults=entry.faults,
            is_pinned=entry.pinned,
            slug=slugify(title),
            first_slug=slugify(title),
        )

    def _original(self, entry: _Entry) -> _Entry:
        if entry.copy_of is None:
            return entry
        return next(e for e in self._files[entry.copy_of.portal].articles if e.id == entry.copy_of.id)


def slugify(title: str) -> str:
    """Return the title as a URL slug: lower case, without accents, other characters replaced by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", unaccented(title)).strip("-")


def load_content(folder: Path = SHIPPED_CONTENT) -> Content:
    """Read all `*.yml` files of the folder.

    Raises:
        ContentError: a file is invalid or copies an article that does not exist; the message names every problem.
    """
    files: dict[str, _File] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            files[path.stem] = _load_file(path)
        except ContentError as error:
            problems.append(str(error))
    if not files and not problems:
        problems.append(f"{folder}: contains no content file (*.yml)")
    problems += _wrong_copies(files, folder)
    if problems:
        raise ContentError("\n".join(problems))
    return Content(files)


def _is_removed(entry: _Entry, day: int) -> bool:
    """Return whether the last removal or restoration up to that day is a removal."""
    changes = [change for number, change in sorted(entry.days.items()) if number <= day]
    return next((change.removed for change in reversed(changes) if change.removed or change.restored), False)


def _edited(article: ShownArticle, change: _Change, at: datetime) -> ShownArticle:
    body = tuple(change.replace.get(index, item) for index, item in enumerate(article.body)) + change.append
    title = change.title or article.title
    return replace(
        article,
        title=title,
        lead=change.lead or article.lead,
        changed_at=at if change.is_edit else article.changed_at,
        body=body,
        faults=article.faults | change.faults,
        slug=slugify(title),
    )


def _load_file(path: Path) -> _File:
    file = read_file(path, _File)
    problems = []
    if file.portal != path.stem:
        problems.append(f"{path}: portal: {file.portal!r} must equal the file's name")
    seen: set[int] = set()
    for entry in file.articles:
        if entry.section not in file.sections:
            problems.append(f"{path}: article {entry.id}: section: {entry.section!r} is not one of the file's sections")
        if entry.id in seen:
            problems.append(f"{path}: article {entry.id}: the id is used twice")
        seen.add(entry.id)
    if problems:
        raise ContentError("\n".join(problems))
    return file


def _wrong_copies(files: Mapping[str, _File], folder: Path) -> list[str]:
    problems = []
    for slug, file in files.items():
        for entry in file.articles:
            if entry.copy_of is None:
                continue
            where = f"{folder / slug}.yml: article {entry.id}: copy_of: "
            other = files.get(entry.copy_of.portal)
            original = next((e for e in other.articles if e.id == entry.copy_of.id), None) if other else None
            if original is None:
                problems.append(f"{where}portal {entry.copy_of.portal} has no article {entry.copy_of.id}")
            elif not original.body:
                problems.append(f"{where}article {original.id} has no body of its own")
    return problems
