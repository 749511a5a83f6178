"""The posts of the tests: what an editor would type into a CMS.

Belongs here: reading `posts.yml`, and a post's text as HTML. Does not belong here: how a CMS stores it
(`tests.cms.wordpress`, `tests.cms.pelican`, `tests.cms.wagtail`), and what the corpus must hold (`tests.cms.expected`).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from html import escape
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from spiders.mirror.content import slugify
from spiders.mirror.documents import document_bytes
from warehouse.clock import HANOI_TIME

_FILE: Final = Path(__file__).with_name("posts.yml")
PAGE_BREAK: Final = "<!--nextpage-->"
EDITORS: Final = "Ban biên tập"
"""Name of the account that enters the posts; CMSs show it where a post has no author."""
SITE_NAME: Final = "Trang thông tin phường Vĩnh Sen"
ABOUT_TITLE: Final = "Giới thiệu phường Vĩnh Sen"
ABOUT: Final = (
    "Phường Vĩnh Sen nằm bên bờ sông, gồm 16 tổ dân phố với hơn 48.000 người. Trụ sở đặt tại số 1 đường Bờ Sen.",
    "Trang thông tin này đăng tin tức, thông báo và tài liệu của phường; bạn đọc gửi ý kiến về bộ phận một cửa.",
)

Block: TypeAlias = str | Mapping[str, Any]


@dataclass(frozen=True)
class Post:
    """A post as its editor knows it.

    Attributes:
        key: name of the post in the tests; no CMS shows it.
        slug: last part of its URL, where the CMS has slugs.
        status: `published`, `draft`, `scheduled` or `protected`.
        published_at: in Hanoi time, to the minute.
        body: paragraphs, and mappings with one of the keys `heading`, `image`, `table`, `attachment`, `page_break`.
        byline: signature below the text.
        source: paper that the text was taken from.
    """

    key: str
    title: str
    slug: str
    section: str
    tags: tuple[str, ...]
    status: str
    published_at: datetime
    body: tuple[Block, ...]
    byline: str | None
    source: str | None
    comments: tuple[str, ...]

    def with_text(self, old: str, new: str) -> Post:
        """Return the post with a replaced part of one paragraph."""
        assert sum(old in block for block in self.body if isinstance(block, str)) == 1, old
        return replace(self, body=tuple(b.replace(old, new) if isinstance(b, str) else b for b in self.body))


def load_posts(today: date) -> dict[str, Post]:
    """Return the posts by key, with their dates counted back from a day."""
    rows = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    posts = [_post(row, today) for row in rows]
    assert len({post.key for post in posts}) == len(posts)
    return {post.key: post for post in posts}


def _post(row: Mapping[str, Any], today: date) -> Post:
    day = today - timedelta(days=row["age"])
    return Post(
        key=row["key"],
        title=row["title"],
        slug=slugify(row["title"]),
        section=row["section"],
        tags=tuple(row["tags"]),
        status=row.get("status", "published"),
        published_at=datetime.combine(day, time.fromisoformat(row["at"]), HANOI_TIME),
        body=tuple(row["body"]),
        byline=row.get("byline"),
        source=row.get("source"),
        comments=tuple(row.get("comments", ())),
    )


def body_html(post: Post, file_url: Callable[[str], str], *, blocks: bool = False, shortcodes: bool = False) -> str:
    """Return the text as an editor produces it.

    Args:
        post: the post.
        file_url: gives the URL of a picture or attachment by its name.
        blocks: in the form of WordPress's block editor.
        shortcodes: with captions in the form of WordPress's classic editor.
    """
    parts = [_block_html(block, file_url, shortcodes=shortcodes) for block in post.body]
    if post.byline:
        parts.append(("paragraph", f'<p style="text-align:right"><strong>{escape(post.byline)}</strong></p>'))
    if post.source:
        parts.append(("paragraph", f"<p><em>Theo {escape(post.source)}</em></p>"))
    if not blocks:
        return "\n\n".join(html for _, html in parts)
    return "\n\n".join(f"<!-- wp:{kind} -->\n{html}\n<!-- /wp:{kind} -->" for kind, html in parts)


def _block_html(block: Block, file_url: Callable[[str], str], *, shortcodes: bool) -> tuple[str, str]:
    """Return the name of the block type in WordPress, and the HTML."""
    if isinstance(block, str):
        return "paragraph", f"<p>{escape(block, quote=False)}</p>"
    if heading := block.get("heading"):
        return "heading", f"<h2>{escape(heading)}</h2>"
    if image := block.get("image"):
        tag = f'<img src="{file_url(image)}" alt="" width="640" height="360"/>'
        caption = escape(block["caption"])
        if shortcodes:
            return "", f'[caption width="640" align="aligncenter"]{tag} {caption}[/caption]'
        return "image", f'<figure class="wp-block-image">{tag}<figcaption>{caption}</figcaption></figure>'
    if rows := block.get("table"):
        cells = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        return "table", f'<figure class="wp-block-table"><table><tbody>{cells}</tbody></table></figure>'
    if file := block.get("attachment"):
        return "file", f'<div class="wp-block-file"><a href="{file_url(file)}">{escape(block["label"])}</a></div>'
    assert block == {"page_break": True}, block
    return "nextpage", PAGE_BREAK


def files_of(posts: Sequence[Post]) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each picture and attachment of the posts."""
    for block in (block for post in posts for block in post.body if not isinstance(block, str)):
        if image := block.get("image"):
            yield image, _png(640, 360)
        elif file := block.get("attachment"):
            yield file, document_bytes(file, block["label"])


def _png(width: int, height: int) -> bytes:
    """Return a grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
