"""What the test portals publish: the model of `content/<slug>.yml`, and how articles read on day 1 and day 2.

Here: reading the files, following `copy_of`, and applying what day 2 changes. Not here: markup (`markup`, `render`),
addresses (`sites`), or the faults that a portal adds to its text (`faults`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from warehouse.text.normal import unaccented

SHIPPED_CONTENT = Path(__file__).parent / "content"
HANOI_TIME = timezone(timedelta(hours=7))
DAYS = (1, 2)

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
_WITHOUT_PAGE: frozenset[Fault] = frozenset({"gone_as_list", "missing"})


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


class _DayTwo(_Strict):
    removed: bool = False
    title: str | None = None
    lead: str | None = None
    replace: dict[int, str] = {}
    append: tuple[BodyItem, ...] = ()


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
    day: Literal[1, 2] = 1
    day_2: _DayTwo = _DayTwo()

    @model_validator(mode="after")
    def _is_consistent(self) -> _Entry:
        if self.body and self.copy_of:
            raise ValueError("give either body or copy_of, not both")
        if not (self.body or self.copy_of or self.attachments or self.faults & _WITHOUT_PAGE):
            raise ValueError("give one of body, copy_of, attachments")
        if self.title is None and self.copy_of is None:
            raise ValueError("title: needed, except where copy_of lends one")
        if self.day_2 != _DayTwo() and self.day == 2:
            raise ValueError("day_2: changes an article of day 1, this one is new on day 2")
        for index in self.day_2.replace:
            if not 0 <= index < len(self.body):
                raise ValueError(f"day_2.replace: there is no body item {index} (they count from 0)")
            if not isinstance(self.body[index], str):
                raise ValueError(f"day_2.replace: body item {index} is no paragraph (they count from 0)")
        return self


class _File(_Strict):
    portal: str
    sections: dict[str, str] = Field(min_length=1)
    articles: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class ShownArticle:
    """One article as its portal shows it on one day, before the portal's faults.

    Attributes:
        section_name: the section's Vietnamese name.
        published: never changes; portals do not re-date what they edit.
        slug: of the title of the day.
        first_slug: of the title of day 1; a CMS that keeps addresses stable keeps this one.
    """

    portal: str
    id: int
    section: str
    section_name: str
    title: str
    lead: str | None
    published: Moment
    byline: str | None
    views: int
    tags: tuple[str, ...]
    body: tuple[BodyItem, ...]
    source: Source | None
    attachments: tuple[Attachment, ...]
    faults: frozenset[Fault]
    slug: str
    first_slug: str


@dataclass(frozen=True, slots=True)
class State:
    """One portal on one day.

    Attributes:
        articles: newest first. Those with the faults `missing` and `gone_as_list` are linked but have no page.
        removed_ids: articles of day 1 that are gone.
    """

    portal: str
    day: int
    sections: Mapping[str, str]
    articles: tuple[ShownArticle, ...]
    removed_ids: frozenset[int]

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
        if day not in DAYS:
            raise ContentError(f"the mirror knows day 1 and day 2, not day {day}")
        file = self._files[portal]
        shown = [self._shown(file, entry) for entry in file.articles if entry.day <= day]
        removed = frozenset(entry.id for entry in file.articles if day == 2 and entry.day_2.removed)
        if day == 2:
            edits = {entry.id: entry.day_2 for entry in file.articles}
            shown = [_edited(article, edits[article.id]) for article in shown if article.id not in removed]
        shown.sort(key=lambda article: (article.published.at, article.id), reverse=True)
        return State(portal, day, file.sections, tuple(shown), removed)

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
            byline=entry.byline,
            views=entry.views,
            tags=entry.tags,
            body=original.body,
            source=entry.source,
            attachments=entry.attachments,
            faults=entry.faults,
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


def _edited(article: ShownArticle, change: _DayTwo) -> ShownArticle:
    body = tuple(change.replace.get(index, item) for index, item in enumerate(article.body)) + change.append
    title = change.title or article.title
    return replace(article, title=title, lead=change.lead or article.lead, body=body, slug=slugify(title))


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
