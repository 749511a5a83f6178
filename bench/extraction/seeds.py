"""Gold cases made at run time from the seed texts and the markup of platforms.

Belongs here: the lines of a seed by the role from `seeds/gold.json`, the page styles, and the cases made from both.
Does not belong here: the markup of bodies (see `bench.extraction.bodies`) and of pages (the templates in `markup/`).

Gold is the seed's own gold, completed by values that the page built here adds: a date for seeds that have lost theirs,
and a title for the seed without one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bench.extraction.bodies import CAPTIONED, SIGNED, body_markup
from bench.extraction.boilerplate import WORDS, boilerplate_of
from bench.extraction.cases import SHARED, Case
from bench.extraction.shared import Frame, liferay_frame, nukeviet_frame
from warehouse.text.normal import clean

_WEEKDAYS: Final = ("Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật")

# --- Values that the seeds lack ---------------------------------------------------------------------------------------

_TITLES: Final = {"001": "Giao ban quý III: chuyển đổi số tăng bậc, giải ngân vốn đầu tư còn chậm"}
_DATES: Final = {
    "001": "2024-10-11T19:05:00+07:00",
    "002": "2023-11-27T09:15:00+07:00",
    "003": "2024-10-12T16:20:00+07:00",
}
_SECTION: Final = "Tin tức - Sự kiện"
_VIEW_COUNT: Final = 512
_TAGS: Final = ("đầu tư công", "chuyển đổi số")

# --- Seeds -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seed:
    """One seed text.

    Attributes:
        key: its three-digit number.
        lines: role and text of each line with a role, in file order.
        gold: its entry in `seeds/gold.json`.
    """

    key: str
    lines: tuple[tuple[str, str], ...]
    gold: Mapping[str, Any]

    def texts(self, *roles: str) -> tuple[str, ...]:
        """Return the lines of these roles."""
        return tuple(text for role, text in self.lines if role in roles)

    @property
    def title(self) -> str:
        """The seed's title, or the one given to its pages."""
        return str(self.gold["title"] or _TITLES[self.key])

    @property
    def published_at(self) -> datetime:
        """The seed's time, or the one given to its pages."""
        return datetime.fromisoformat(self.gold["published_at"] or _DATES[self.key])


def read_seeds(shared: Path = SHARED) -> tuple[Seed, ...]:
    """Return the seeds of the folder."""
    gold = json.loads((shared / "seeds" / "gold.json").read_text(encoding="utf-8"))
    return tuple(_seed(shared / "seeds" / f"{name}.txt", entry) for name, entry in sorted(gold.items()))


def _seed(path: Path, gold: Mapping[str, Any]) -> Seed:
    lines = path.read_text(encoding="utf-8").split("\n")
    roles = sorted((int(number), role) for number, role in gold["line_roles"].items())
    # The separator at the end of a table cell is not part of its caption.
    return Seed(
        path.name[:3], tuple((role, clean(lines[number - 1]).removesuffix(" |")) for number, role in roles), gold
    )


# --- Pages ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PageStyle:
    """How the pages of a platform present an article.

    Attributes:
        platform: platform of the portal.
        path: path of the URLs; `{key}` is the key of the seed.
        caption: a key of `bodies.CAPTIONED`.
        signature: a key of `bodies.SIGNED`.
        source: a key of `bodies.SOURCED`.
        has_lead: whether the first paragraph is a separate lead.
        shows: which of `section`, `view_count` and `tags` the page contains.
        frame: returns the frame of a real page; None if the template is the whole page.
        section: section in the frame; None for the seed's own.
    """

    platform: str
    path: str
    caption: str
    signature: str = "by the template"
    source: str = "linked line"
    has_lead: bool = False
    shows: tuple[str, ...] = ()
    frame: Callable[[Path], Frame] | None = None
    section: str | None = None


STYLES: Final[Mapping[str, PageStyle]] = {
    "liferay_point": PageStyle(
        "liferay_point",
        "/dang-doan-the/-/view_content/4400{key}-bai-viet",
        "short line",
        shows=("section", "view_count"),
        frame=liferay_frame,
    ),
    "nukeviet": PageStyle(
        "nukeviet",
        "/tin-tuc/bai-viet-{key}.html",
        "figure",
        source="by the template",
        has_lead=True,
        shows=("section",),
        frame=nukeviet_frame,
        section="Tin tức",
    ),
    "vhv": PageStyle(
        "vhv",
        "/tin-tuc-su-kien/bai-viet-{key}.html",
        "italic line",
        signature="last line to the right",
        has_lead=True,
        shows=("section",),
    ),
    "onecms": PageStyle(
        "onecms", "/bai-viet-681{key}.html", "figure", source="line", has_lead=True, shows=("section",)
    ),
    "newspaper": PageStyle("zce", "/bai-viet-post836{key}.html", "table", shows=("tags",)),
    "own_cms": PageStyle(
        "generic",
        "/tin-tuc/chi-tiet/{key}/bai-viet.aspx",
        "short line",
        signature="last line to the right",
        source="line",
    ),
    "plain": PageStyle("generic", "/bai-viet/{key}", "same paragraph", signature="last line", shows=("view_count",)),
}
"""Page styles by the name of their template in `markup/`."""

_NO_FRAME: Final = Frame("", "", ())


def seed_cases(shared: Path = SHARED) -> Iterator[Case]:
    """Yield the seeds in the markup of their own platforms, and all seeds in four others."""
    seeds = {seed.key: seed for seed in read_seeds(shared)}
    for caption in CAPTIONED:
        for signature in SIGNED:
            yield liferay_case(shared, seeds["000"], caption, signature)
    for signature in SIGNED:
        yield liferay_case(shared, seeds["004"], "short line", signature)  # this seed has no captions
    yield seed_case(shared, seeds["001"], "newspaper")
    yield seed_case(shared, seeds["003"], "own_cms")
    for name in ("nukeviet", "vhv", "onecms", "plain"):
        for seed in seeds.values():
            yield seed_case(shared, seed, name)


def liferay_case(shared: Path, seed: Seed, caption: str, signature: str) -> Case:
    """Return a seed in the markup of `liferay_point`, with the given markup of captions and byline."""
    style = replace(STYLES["liferay_point"], caption=caption, signature=signature)
    return _case(shared, seed, "liferay_point", style, f"liferay_point, {caption}, {signature}")


def seed_case(shared: Path, seed: Seed, template: str) -> Case:
    """Return a seed as a page made from a template."""
    return _case(shared, seed, template, STYLES[template], template)


def _case(shared: Path, seed: Seed, template: str, style: PageStyle, name: str) -> Case:
    url = f"https://{template.replace('_', '-')}.hanoi.test{style.path.format(key=seed.key)}"
    gold = _gold(seed, style)
    lines = [line for line in seed.lines if line != ("body", gold["lead"])]
    body = body_markup(lines, caption=style.caption, signature=style.signature, source=style.source)
    section = style.section or seed.gold["section"] or _SECTION
    shown = {"section": section, "view_count": seed.gold["view_count"] or _VIEW_COUNT, "tags": list(_TAGS)}
    page = shown | {
        "url": url,
        "key": f"4400{seed.key}",
        "title": seed.title,
        "lead": gold["lead"],
        "body": Markup(body),  # noqa: S704 - each line is escaped
        "author": gold["byline"] if style.signature == "by the template" else None,
        "source": seed.gold["credited_source"] if style.source == "by the template" else None,
        "published_at": seed.published_at,
        "weekday": _WEEKDAYS[seed.published_at.weekday()],
    }
    frame = style.frame(shared) if style.frame else _NO_FRAME
    around = {"before": Markup(frame.before), "after": Markup(frame.after)}  # noqa: S704 - the markup of a real page
    rendered = _TEMPLATES.get_template(f"{template}.html.j2").render(page=page, words=WORDS, frame=around)
    return Case(
        name=f"seed {seed.key} in {name}",
        platform=style.platform,
        origin="seed",
        url=url,
        body=rendered.encode(),
        gold=gold | {field: shown[field] for field in style.shows},
        furniture=(*boilerplate_of(rendered), *seed.texts("related_link"), *frame.boilerplate),
    )


def _gold(seed: Seed, style: PageStyle) -> dict[str, Any]:
    text = seed.texts("body", "subheading")
    captions = {line.rstrip("."): line for line in seed.texts("caption")}
    source = seed.gold["credited_source"] or {"name": None, "url": None}
    return {
        "title": seed.title,
        "lead": text[0] if style.has_lead else None,
        "body": list(text[1:] if style.has_lead else text),
        "captions": list(captions.values()),
        "byline": seed.gold["byline"],
        "credited_source_name": source["name"],
        "credited_source_url": source["url"],
        "published_at": seed.published_at.isoformat(),
        "published_precision": "minute",
    }


_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "markup"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)
