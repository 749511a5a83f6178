"""The seed texts put back into the markup of platforms, at run time, with the furniture that such pages have.

Here: the lines of a seed by the role that `seeds/gold.json` gives each, the looks of pages, and the cases made of both.
Not here: the body's markup (`bench.extraction.bodies`), or the pages around it, which are the templates in `markup/`.

Gold is what the seed's own gold says, and beyond it what the page built here shows: a date, where the seed has lost its
own, and the title of the seed that has none.
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
from bench.extraction.cases import SHARED, Case
from bench.extraction.furniture import WORDS, furniture_of
from bench.extraction.shared import Frame, liferay_frame, nukeviet_frame
from warehouse.text.normal import clean

_WEEKDAYS: Final = ("Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật")

# --- What the seeds have lost ----------------------------------------------------------------------------------------

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
        key: its three digits.
        lines: role and text of each line that has one, in the order of the file.
        said: what `seeds/gold.json` says of it.
    """

    key: str
    lines: tuple[tuple[str, str], ...]
    said: Mapping[str, Any]

    def texts(self, *roles: str) -> tuple[str, ...]:
        """Return the lines of these roles."""
        return tuple(text for role, text in self.lines if role in roles)

    @property
    def title(self) -> str:
        """The seed's own, or the one that its pages are given."""
        return str(self.said["title"] or _TITLES[self.key])

    @property
    def published_at(self) -> datetime:
        """The seed's own, or the one that its pages are given."""
        return datetime.fromisoformat(self.said["published_at"] or _DATES[self.key])


def read_seeds(shared: Path = SHARED) -> tuple[Seed, ...]:
    """Return the seeds of the folder."""
    gold = json.loads((shared / "seeds" / "gold.json").read_text(encoding="utf-8"))
    return tuple(_seed(shared / "seeds" / f"{name}.txt", said) for name, said in sorted(gold.items()))


def _seed(path: Path, said: Mapping[str, Any]) -> Seed:
    lines = path.read_text(encoding="utf-8").split("\n")
    roles = sorted((int(number), role) for number, role in said["line_roles"].items())
    # What a table's cell ended with is no part of its caption.
    return Seed(
        path.name[:3], tuple((role, clean(lines[number - 1]).removesuffix(" |")) for number, role in roles), said
    )


# --- Pages ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """How a platform's pages show an article.

    Attributes:
        platform: of the pages' portal.
        path: of their addresses; `{key}` is the seed's.
        caption: a key of `bodies.CAPTIONED`.
        signature: a key of `bodies.SIGNED`.
        source: a key of `bodies.SOURCED`.
        has_lead: whether the first paragraph stands apart.
        shows: which of `section`, `view_count` and `tags` the page states.
        frame: of a real page; None where the template is the whole page.
        section: the one that the frame names; the seed's where None.
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


LOOKS: Final[Mapping[str, Look]] = {
    "liferay_point": Look(
        "liferay_point",
        "/dang-doan-the/-/view_content/4400{key}-bai-viet",
        "short line",
        shows=("section", "view_count"),
        frame=liferay_frame,
    ),
    "nukeviet": Look(
        "nukeviet",
        "/tin-tuc/bai-viet-{key}.html",
        "figure",
        source="by the template",
        has_lead=True,
        shows=("section",),
        frame=nukeviet_frame,
        section="Tin tức",
    ),
    "vhv": Look(
        "vhv",
        "/tin-tuc-su-kien/bai-viet-{key}.html",
        "italic line",
        signature="last line to the right",
        has_lead=True,
        shows=("section",),
    ),
    "onecms": Look("onecms", "/bai-viet-681{key}.html", "figure", source="line", has_lead=True, shows=("section",)),
    "newspaper": Look("zce", "/bai-viet-post836{key}.html", "table", shows=("tags",)),
    "own_cms": Look(
        "generic",
        "/tin-tuc/chi-tiet/{key}/bai-viet.aspx",
        "short line",
        signature="last line to the right",
        source="line",
    ),
    "plain": Look("generic", "/bai-viet/{key}", "same paragraph", signature="last line", shows=("view_count",)),
}
"""By the file in `markup/` that shows it."""

_NO_FRAME: Final = Frame("", "", ())


def seed_cases(shared: Path = SHARED) -> Iterator[Case]:
    """Yield the seeds in their own platforms' markup, and every one of them in four others."""
    seeds = {seed.key: seed for seed in read_seeds(shared)}
    for caption in CAPTIONED:
        for signature in SIGNED:
            yield liferay_case(shared, seeds["000"], caption, signature)
    for signature in SIGNED:
        yield liferay_case(shared, seeds["004"], "short line", signature)  # it has no captions
    yield seed_case(shared, seeds["001"], "newspaper")
    yield seed_case(shared, seeds["003"], "own_cms")
    for name in ("nukeviet", "vhv", "onecms", "plain"):
        for seed in seeds.values():
            yield seed_case(shared, seed, name)


def liferay_case(shared: Path, seed: Seed, caption: str, signature: str) -> Case:
    """Return a seed in the markup of `liferay_point`, its captions and byline in one of the ways that occur there."""
    look = replace(LOOKS["liferay_point"], caption=caption, signature=signature)
    return _case(shared, seed, "liferay_point", look, f"liferay_point, {caption}, {signature}")


def seed_case(shared: Path, seed: Seed, template: str) -> Case:
    """Return a seed as a page of the look that the template shows."""
    return _case(shared, seed, template, LOOKS[template], template)


def _case(shared: Path, seed: Seed, template: str, look: Look, name: str) -> Case:
    url = f"https://{template.replace('_', '-')}.hanoi.test{look.path.format(key=seed.key)}"
    gold = _gold(seed, look)
    lines = [line for line in seed.lines if line != ("body", gold["lead"])]
    body = body_markup(lines, caption=look.caption, signature=look.signature, source=look.source)
    section = look.section or seed.said["section"] or _SECTION
    shown = {"section": section, "view_count": seed.said["view_count"] or _VIEW_COUNT, "tags": list(_TAGS)}
    page = shown | {
        "url": url,
        "key": f"4400{seed.key}",
        "title": seed.title,
        "lead": gold["lead"],
        "body": Markup(body),  # noqa: S704 - its words are escaped line by line
        "author": gold["byline"] if look.signature == "by the template" else None,
        "source": seed.said["credited_source"] if look.source == "by the template" else None,
        "published_at": seed.published_at,
        "weekday": _WEEKDAYS[seed.published_at.weekday()],
    }
    frame = look.frame(shared) if look.frame else _NO_FRAME
    around = {"before": Markup(frame.before), "after": Markup(frame.after)}  # noqa: S704 - the markup of a real page
    rendered = _TEMPLATES.get_template(f"{template}.html.j2").render(page=page, words=WORDS, frame=around)
    return Case(
        name=f"seed {seed.key} in {name}",
        platform=look.platform,
        origin="seed",
        url=url,
        body=rendered.encode(),
        gold=gold | {field: shown[field] for field in look.shows},
        furniture=(*furniture_of(rendered), *seed.texts("related_link"), *frame.furniture),
    )


def _gold(seed: Seed, look: Look) -> dict[str, Any]:
    text = seed.texts("body", "subheading")
    captions = {line.rstrip("."): line for line in seed.texts("caption")}
    source = seed.said["credited_source"] or {"name": None, "url": None}
    return {
        "title": seed.title,
        "lead": text[0] if look.has_lead else None,
        "body": list(text[1:] if look.has_lead else text),
        "captions": list(captions.values()),
        "byline": seed.said["byline"],
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
