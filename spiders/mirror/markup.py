"""The HTML of an article's body: the conventions of each CMS, plus faults of markup.

Belongs here: converting body items to HTML. Does not belong here: the page around the body (`render`, `templates/`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from markupsafe import Markup, escape

from spiders.mirror.content import BodyItem, Heading, Image, ShownArticle
from spiders.mirror.faults import NBSP

Cms: TypeAlias = Literal["liferay_point", "ward", "newspaper", "nukeviet", "vhv", "onecms", "zce"]
_CaptionStyle: TypeAlias = Literal["same_paragraph", "figure", "table", "italic", "twice"]

_CAPTION_STYLE: dict[Cms, _CaptionStyle] = {
    "liferay_point": "same_paragraph",
    "ward": "figure",
    "newspaper": "table",
    "nukeviet": "figure",
    "vhv": "twice",
    "onecms": "figure",
    "zce": "table",
}
# CMSs whose editors use bold lines as headings.
_BOLD_HEADINGS: frozenset[Cms] = frozenset({"liferay_point", "vhv"})
# Inline style of text that was pasted from a word processor into an old editor.
_PASTED_STYLE = Markup("font-family: 'Times New Roman', Times, serif; font-size: 14pt; line-height: 150%;")


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another article of the portal."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class _Block:
    """The HTML of one body item; that of a paragraph has no `<p>`, because its separator is added later."""

    html: Markup
    is_paragraph: bool


def text_markup(text: str) -> Markup:
    """Escape the text; write no-break spaces as `&nbsp;`, as editors do."""
    return Markup(str(escape(text)).replace(NBSP, "&nbsp;"))  # noqa: S704 - escaped on this line


def body_markup(article: ShownArticle, cms: Cms, image_url: Callable[[str], str], related: Link | None) -> Markup:
    """Return the HTML of an article's body by the conventions of the CMS.

    Text faults must be applied already. `related` is the link for the fault `related_inside`, which has no effect if
    `related` is None.
    """
    blocks = [_block(item, article, cms, image_url) for item in article.body]
    if related and "related_inside" in article.faults:
        link = Markup('<p class="related-inline"><strong><a href="{}">{}</a></strong></p>').format(
            related.url, related.title
        )
        blocks.insert(len(blocks) // 2, _Block(link, is_paragraph=False))
    if "line_breaks" in article.faults:
        return _separated_by_line_breaks(blocks)
    wrap = _broken_paragraph if "broken_html" in article.faults else _whole_paragraph
    return Markup("\n").join(
        wrap(block.html, number, cms) if block.is_paragraph else block.html for number, block in enumerate(blocks)
    )


def _block(item: BodyItem, article: ShownArticle, cms: Cms, image_url: Callable[[str], str]) -> _Block:
    if isinstance(item, Image):
        return _Block(_picture(item, article, cms, image_url(item.image)), is_paragraph=False)
    if isinstance(item, Heading):
        heading = text_markup(item.heading)
        if cms in _BOLD_HEADINGS:
            return _Block(Markup("<p><strong>{}</strong></p>").format(heading), is_paragraph=False)
        return _Block(Markup("<h2>{}</h2>").format(heading), is_paragraph=False)
    return _Block(text_markup(item), is_paragraph=True)


def _whole_paragraph(text: Markup, _number: int, cms: Cms) -> Markup:
    if cms == "liferay_point":
        return Markup('<p style="text-align: justify; {}"><span style="color: #000000;">{}</span></p>').format(
            _PASTED_STYLE, text
        )
    if cms == "vhv":
        return Markup('<p style="text-align:justify">{}</p>').format(text)
    return Markup("<p>{}</p>").format(text)


def _broken_paragraph(text: Markup, number: int, _cms: Cms) -> Markup:
    """Omit `<p>` if `number` is divisible by 3; otherwise end the paragraph by `</p></p>` alone."""
    if number % 3 == 0:
        return Markup("{}</p>").format(text)
    return Markup('<p style="{}"><span style="color: #333"><b style="font-weight: normal">{}</p></p>').format(
        _PASTED_STYLE, text
    )


def _separated_by_line_breaks(blocks: list[_Block]) -> Markup:
    html = Markup("<div>")
    after_paragraph = False
    for block in blocks:
        if block.is_paragraph and after_paragraph:
            html += Markup("<br /><br />\n")
        html += block.html
        after_paragraph = block.is_paragraph
    return html + Markup("</div>")


def _picture(item: Image, article: ShownArticle, cms: Cms, url: str) -> Markup:
    # VHV repeats the caption in the picture's alt text.
    alt_text = text_markup(item.caption) if item.caption and cms == "vhv" else ""
    picture = Markup('<img src="{}" alt="{}" width="640" height="427" />').format(url, alt_text)
    if not item.caption:
        return Markup('<p style="text-align: center;">{}</p>').format(picture)
    caption = text_markup(item.caption)
    style = _CAPTION_STYLE[cms]
    if "caption_table" in article.faults:
        style = "table"
    elif "caption_italic" in article.faults:
        style = "italic"
    html = _CAPTIONED[style].format(picture=picture, caption=caption)
    if "caption_repeated" in article.faults:
        html += Markup('\n<p style="text-align: center;"><em>{}</em></p>').format(caption)
    return html


_CAPTIONED: dict[_CaptionStyle, Markup] = {
    "same_paragraph": Markup('<p style="text-align: center;">{picture}<br />{caption}</p>'),
    "figure": Markup('<figure class="anh">{picture}<figcaption>{caption}</figcaption></figure>'),
    "twice": Markup(
        '<figure class="image">{picture}<figcaption>{caption}</figcaption></figure>\n'
        '<p style="text-align:center"><em>{caption}</em></p>'
    ),
    "table": Markup(
        '<table class="picture" align="center"><tbody><tr><td class="pic">{picture}</td></tr>'
        '<tr><td class="caption">{caption}</td></tr></tbody></table>'
    ),
    "italic": Markup(
        '<p style="text-align: center;">{picture}</p>\n<p style="text-align: center;"><em>{caption}</em></p>'
    ),
}
