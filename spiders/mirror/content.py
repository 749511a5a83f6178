"""What the test portals publish: the model of `content/<slug>.yml`, and how articles read on each day.

Here: reading the files, following `copy_of`, and applying what each day changes. Not here: the calendar (`days`),
markup (`markup`, `render`), addresses (`sites`), or the faults that a portal adds to its text (`faults`).

An article is there from its `day` on, the first unless it says otherwise. What a later day changes stands under `days`,
and holds until another day changes it again. What befalls a portal as a whole stands under `conditions`, and holds for
that day alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from spiders.mirror.days import DAYS, UnknownDayError, edited_at, moment_of
from warehouse.clock import HANOI_TIME
from warehouse.text.normal import unaccented

SHIPPED_CONTENT = Path(__file__).parent / "content"

Fault: TypeAlias = Literal[
    "nfd",
    "old_tone",
    "caption_table",
    "caption_italic",
    "caption_repeated",
    "line_breaks",
    "zero_width",
    "nbsp",
    "wrong_charset",
    "no_charset",
    "slow",
    "moved",
    "gone_as_list",
    "missing",
    "related_inside",
    "glued",
    "broken_html",
    "untitled",
]
WITHOUT_PAGE: frozenset[Fault] = frozenset({"gone_as_list", "missing"})
"""Faults of articles that are linked but have no page."""

Condition: TypeAlias = Literal["challenge", "forbidden", "outage", "redesign"]
"""What befalls a portal for a day.

Every address answers with the cookie challenge (`challenge`) or with status 403 (`forbidden`), every connection is
reset (`outage`), or every page has other class names and ids (`redesign`).
"""


class ContentError(Exception):
    """A content file that cannot be used; the message names the file and the article."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Heading(_Strict):
    """A sub-heading between paragraphs."""

    heading: str = Field(min_length=1)


class Image(_Strict):
    """A picture, named by its file; the mirror has the reference only, not the picture."""

    image: str = Field(min_length=1)
    caption: str | None = None


class Source(_Strict):
    """Where the portal says that it took the text from."""

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
    """What a day changes of an article.

    Attributes:
        removed: the portal takes it down, in its own manner.
        restored: the portal puts it up again.
        reverted: it reads again as it did when it was published.
        replace: paragraphs by their place in the body, counted from 0.
        append: goes to the end of the body.
        faults: further faults from that day on.
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
        """Whether the article reads otherwise for it."""
        return bool(self.reverted or self.title or self.lead or self.replace or self.append)

    @model_validator(mode="after")
    def _changes_something(self) -> _Change:
        if not (self.is_edit or self.removed or self.restored or self.faults):
            raise ValueError("changes nothing")
        return self


@dataclass(frozen=True, slots=True)
class Moment:
    """When an article was published, in the portal's own (Hanoi's) time.

    Attributes:
        at: with offset +07:00; midnight where only the day is known.
        has_time: whether the time of day is known.
    """

    at: datetime
    has_time: bool


def _moment(value: object) -> object:
    """Read `2025-03-10 08:15`, or the bare date that YAML has already made a `date`."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return Moment(datetime.combine(value, time(), HANOI_TIME), has_time=False)
    if isinstance(value, str):
        try:
            return Moment(datetime.strptime(value, "%Y-%m-%d %H:%M").replace(tzinfo=HANOI_TIME), has_time=True)
        except ValueError:
            pass
    raise ValueError("write it as 2025-03-10 08:15, or 2025-03-10 where the time is not known")


class _Entry(_Strict):
    """One article as the YAML gives it."""

    id: int
    section: str
    title: str | None = None
    lead: str | None = None
    published: Annotated[Moment, BeforeValidator(_moment)]
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
            raise ValueError("title: needed, except where copy_of lends one")
        return self

    @model_validator(mode="after")
    def _comes_in_time(self) -> _Entry:
        if self.day not in DAYS:
            raise ValueError(f"day: one of {DAYS[0]} to {DAYS[-1]}")
        if self.published.at >= moment_of(self.day):
            raise ValueError(f"published: not before the crawl of day {self.day}, {moment_of(self.day):%Y-%m-%d %H:%M}")
        return self

    @model_validator(mode="after")
    def _changes_what_is_there(self) -> _Entry:
        is_shown = True
        for day, change in sorted(self.days.items()):
            if not self.day < day <= DAYS[-1]:
                raise ValueError(f"days: {day} is no day after {self.day}, its first, up to {DAYS[-1]}")
            if (change.removed and not is_shown) or (change.restored and is_shown):
                raise ValueError(f"days.{day}: what is not there cannot be removed, and what is there not restored")
            is_shown = change.restored or (is_shown and not change.removed)
            for index in change.replace:
                if not 0 <= index < len(self.body):
                    raise ValueError(f"days.{day}.replace: there is no body item {index} (they count from 0)")
                if not isinstance(self.body[index], str):
                    raise ValueError(f"days.{day}.replace: body item {index} is no paragraph (they count from 0)")
        return self


class _File(_Strict):
    portal: str
    sections: dict[str, str] = Field(min_length=1)
    conditions: dict[int, Condition] = {}
    articles: tuple[_Entry, ...]

    @field_validator("conditions")
    @classmethod
    def _befall_on_days_that_are_played(cls, conditions: dict[int, Condition]) -> dict[int, Condition]:
        for day in conditions:
            if day not in DAYS:
                raise ValueError(f"{day} is none of the days {DAYS[0]} to {DAYS[-1]}")
        return conditions


@dataclass(frozen=True, slots=True)
class ShownArticle:
    """One article as its portal shows it on one day, before the portal's faults.

    Attributes:
        section_name: the section's Vietnamese name.
        published: never changes; portals do not re-date what they edit.
        changed_at: when it was last edited; None where it never was.
        is_pinned: whether a portal that pins articles shows it on top of its lists.
        slug: of the title of the day.
        first_slug: of the first title; a CMS that keeps addresses stable keeps this one.
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
        articles: newest first. Those with the faults `missing` and `gone_as_list` are linked but have no page.
        removed_ids: articles of days before that are gone.
        condition: what befalls the portal as a whole, if anything.
    """

    portal: str
    day: int
    sections: Mapping[str, str]
    articles: tuple[ShownArticle, ...]
    removed_ids: frozenset[int]
    condition: Condition | None = None

    def article(self, article_id: int) -> ShownArticle | None:
        """Return the article of that id, or None where the portal does not show it on this day."""
        return next((article for article in self.articles if article.id == article_id), None)


class Content:
    """All test portals' content."""

    def __init__(self, files: Mapping[str, _File]) -> None:
        self._files = dict(files)

    @property
    def portals(self) -> tuple[str, ...]:
        """Slugs of the portals that have content, in alphabetical order."""
        return tuple(sorted(self._files))

    def state(self, portal: str, day: int) -> State:
        """Return what the portal shows on that day.

        Raises:
            ContentError: the portal has no content file, or the day is none of `DAYS`.
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
        if title is None:  # the loader has refused this
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
    """Return the title as a part of an address: no accents, lower case, runs of other characters as one hyphen."""
    return re.sub(r"[^a-z0-9]+", "-", unaccented(title)).strip("-")


def load_content(folder: Path = SHIPPED_CONTENT) -> Content:
    """Read every `*.yml` of the folder.

    Raises:
        ContentError: a file is wrong, or copies an article that is not there; every problem is named.
    """
    files: dict[str, _File] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            files[path.stem] = _load_file(path)
        except ContentError as error:
            problems.append(str(error))
    if not files and not problems:
        problems.append(f"{folder}: holds no content file (*.yml)")
    problems += _wrong_copies(files, folder)
    if problems:
        raise ContentError("\n".join(problems))
    return Content(files)


def _is_removed(entry: _Entry, day: int) -> bool:
    """Tell whether the last day until then that removed or restored the article removed it."""
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
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ContentError(f"{path}: cannot be read: {error}") from error
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise ContentError("\n".join(_explain(error, raw, path))) from error
    problems = []
    if file.portal != path.stem:
        problems.append(f"{path}: portal: {file.portal!r} must equal the file's name")
    seen: set[int] = set()
    for entry in file.articles:
        if entry.section not in file.sections:
            problems.append(f"{path}: article {entry.id}: section: {entry.section!r} is none of the file's sections")
        if entry.id in seen:
            problems.append(f"{path}: article {entry.id}: the id is given twice")
        seen.add(entry.id)
    if problems:
        raise ContentError("\n".join(problems))
    return file


def _explain(error: ValidationError, raw: Any, path: Path) -> list[str]:
    lines = []
    for problem in error.errors():
        keys = problem["loc"]
        where = ""
        if keys[:1] == ("articles",) and len(keys) > 1 and isinstance(keys[1], int):
            entry = raw["articles"][keys[1]]
            name = entry.get("id", f"number {keys[1] + 1}") if isinstance(entry, dict) else f"number {keys[1] + 1}"
            where, keys = f"article {name}: ", keys[2:]
        dotted = ".".join(str(key) for key in keys)
        lines.append(f"{path}: {where}{dotted + ': ' if dotted else ''}{problem['msg'].removeprefix('Value error, ')}")
    return lines


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
