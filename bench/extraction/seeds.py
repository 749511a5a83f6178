"""The seed texts put back into the markup of platforms, at run time, with the furniture that such pages have.

Here: the lines of a seed by the role that `seeds/gold.json` gives each, the markup of captions and signatures, and the
cases made of both. Not here: the pages' frames, which are the templates in `markup/`.

Gold is what the seed's own gold says, and beyond it what the page built here shows: a date, where the seed has lost its
own, and the title of the seed that has none.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bench.extraction.cases import SHARED, Case
from bench.extraction.shared import Frame, liferay_frame, nukeviet_frame
from warehouse.text.normal import clean

_WEEKDAYS: Final = ("Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật")
_ADDRESS: Final = re.compile(r"https?://\S+")

# --- What the seeds have lost ----------------------------------------------------------------------------------------

_TITLES: Final = {"001": "Giao ban quý III: chuyển đổi số tăng bậc, giải ngân vốn đầu tư còn chậm"}
_DATES: Final = {
    "001": "2024-10-11T19:05:00+07:00",
    "002": "2023-11-27T09:15:00+07:00",
    "003": "2024-10-12T16:20:00+07:00",
}
_SECTION: Final = "Tin tức - Sự kiện"
_VIEW_COUNT: Final = 512

# --- Furniture -------------------------------------------------------------------------------------------------------

WORDS: Final[Mapping[str, Any]] = {
    "portal": "Cổng thông tin điện tử huyện thử nghiệm",
    "paper": "Báo Thủ đô thử nghiệm",
    "menu": (
        "Trang chủ",
        "Giới thiệu chung",
        "Cơ cấu tổ chức",
        "Hoạt động của lãnh đạo",
        "Thủ tục hành chính",
        "Văn bản điều hành",
        "Hỏi đáp trực tuyến",
        "Sơ đồ cổng",
    ),
    "related": (
        "Ra quân nạo vét kênh mương trước mùa mưa bão",
        "Trường tiểu học thị trấn đón bằng đạt chuẩn quốc gia mức độ 2",
        "Lịch tiếp công dân của lãnh đạo huyện trong tuần tới",
        "Thông báo tạm ngừng cấp nước để súc rửa đường ống",
    ),
    "offices": (
        "Văn phòng HĐND và UBND",
        "Phòng Nội vụ",
        "Phòng Tư pháp",
        "Phòng Tài chính - Kế hoạch",
        "Phòng Quản lý đô thị",
        "Phòng Giáo dục và Đào tạo",
        "Phòng Văn hóa và Thông tin",
        "Phòng Lao động - Thương binh và Xã hội",
        "Thanh tra huyện",
        "Trung tâm Y tế",
    ),
    "rating": ("Tổng số điểm của bài viết là: 0 trong 0 đánh giá", "Click để đánh giá bài viết"),
    "comments": "Ý kiến bạn đọc",
    "comment": "Bài viết rất bổ ích, mong xã sớm làm nốt đoạn đường liên thôn.",
    "notice": "Đường dây nóng phản ánh, kiến nghị",
    "footer": "Chịu trách nhiệm nội dung: Chánh Văn phòng. Ghi rõ nguồn khi phát lại thông tin từ cổng này.",
}
_TAGS: Final = ("đầu tư công", "chuyển đổi số")

_LABELS: Final = (
    "Tin khác",
    "Gửi thư",
    "Những tin cũ hơn",
    "Dòng sự kiện",
    "Bài viết liên quan",
    "Nội dung đang cập nhật",
    "Tăng tương phản",
    "Đọc bài",
    "Sao chép liên kết",
    "Gửi bình luận",
    "Đọc nhiều",
    "Có thể bạn quan tâm",
    "Theo dõi báo trên Google News",
    "Từ khóa:",
    "Các tin khác:",
    "Quay lại",
    "Về đầu trang",
    "Chia sẻ bài viết",
    "Tin cùng chuyên mục",
    "Lượt xem",
    "View count",
    "Ngày đăng",
    "Đăng lúc",
    "Tác giả",
    "Nguồn tin",
    "(GMT+7)",
)
"""What the frames say on their own."""

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


# --- Markup inside the body ------------------------------------------------------------------------------------------

PICTURE: Final = '<img src="/documents/1/2/anh.jpg" alt="" />'
CAPTIONED: Final[Mapping[str, Callable[[str], str]]] = {
    "same paragraph": lambda text: f'<p style="text-align: center;">{PICTURE}<br />{text}</p>',
    "italic line": lambda text: f'<p align="center">{PICTURE}</p><p align="center"><em>{text}</em></p>',
    "short line": lambda text: f"<p>{PICTURE}</p>\n<p>{text}</p>",
    "twice": lambda text: f"<p>{PICTURE}</p><p><i>{text}</i></p><p><i>{text}</i></p>",
    "figure": lambda text: f'<figure class="image">{PICTURE}<figcaption>{text}</figcaption></figure>',
    "table": lambda text: f"<table><tr><td>{PICTURE}</td></tr><tr><td>{text}</td></tr></table>",
    "picture lost": lambda text: f'<p style="text-align: justify;">{text}</p>',
}
"""A picture's caption, as editors of portals leave it."""

SIGNED: Final[Mapping[str, Callable[[str], str]]] = {
    "by the template": lambda name: "",
    "last line": lambda name: f"<p>{name}</p>",
    "last line to the right": lambda name: f'<p style="text-align: right;"><b>{name}</b></p>',
}
"""The byline at the end of the body; nothing where the page's template prints it."""


def _linked(line: str) -> str:
    address = _ADDRESS.search(line)
    if not address:
        return line
    return f'{line[: address.start()]}<a href="{address[0]}">{address[0]}</a>{line[address.end() :]}'


SOURCED: Final[Mapping[str, Callable[[str], str]]] = {
    "by the template": lambda line: "",
    "line": lambda line: f"<p>{line}</p>",
    "linked line": lambda line: f'<p style="text-align: right;"><em>{_linked(line)}</em></p>',
}
"""The line that names the credited source; nothing where the page's template prints it."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a platform's pages show an article.

    Attributes:
        platform: of the pages' portal.
        path: of their addresses; `{key}` is the seed's.
        caption: a key of `CAPTIONED`.
        signature: a key of `SIGNED`.
        source: a key of `SOURCED`.
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
    "newspaper": Look("generic", "/bai-viet-post836{key}.html", "table", shows=("tags",)),
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
    body, gold = _body_and_gold(seed, look)
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
        furniture=(*_furniture(seed, rendered), *frame.furniture),
    )


def _body_and_gold(seed: Seed, look: Look) -> tuple[str, dict[str, Any]]:
    """Return the body's markup, and gold."""
    text = seed.texts("body", "subheading")
    lead = text[0] if look.has_lead else None
    parts: list[str] = []
    captions: list[str] = []
    for role, lines in groupby(
        seed.lines, key=lambda line: (line[0], line[1].rstrip(".") if line[0] == "caption" else "")
    ):
        shown = [html.escape(line) for _, line in lines]
        if role[0] == "caption":
            captions.append(role[1])
            parts.append(CAPTIONED["twice" if len(shown) > 1 else look.caption](shown[0]))
        elif role[0] == "byline":
            parts += [SIGNED[look.signature](line) for line in shown]
        elif role[0] == "source":
            parts += [SOURCED[look.source](line) for line in shown]
        elif role[0] == "related_link":
            parts += [f'<p><a href="/bai-lien-quan-1.html">{line}</a></p>' for line in shown]
        elif role[0] == "subheading":
            parts += [f"<p><strong>{line}</strong></p>" for line in shown]
        elif role[0] == "body":
            parts += [f'<p style="text-align: justify;">{line}</p>' for line in shown if html.unescape(line) != lead]
    source = seed.said["credited_source"] or {"name": None, "url": None}
    gold = {
        "title": seed.title,
        "lead": lead,
        "body": list(text[1:] if lead else text),
        "captions": captions,
        "byline": seed.said["byline"],
        "credited_source_name": source["name"],
        "credited_source_url": source["url"],
        "published_at": seed.published_at.isoformat(),
        "published_precision": "minute",
    }
    return "\n".join(part for part in parts if part), gold


def _furniture(seed: Seed, page: str) -> tuple[str, ...]:
    """Return what of the furniture the page shows."""
    words = [text for value in WORDS.values() for text in ([value] if isinstance(value, str) else value)]
    return tuple(text for text in (*words, *_LABELS, *seed.texts("related_link")) if html.escape(text) in page)


_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "markup"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)
