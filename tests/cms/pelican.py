"""Pelican, a generator of static sites, and a server of its output.

Belongs here: source files, generating, serving. Does not belong here: Pelican's settings (`pelican_site/`), and what
the corpus must hold (`tests.cms.expected`).

Pelican has no comments, no passwords and no posts in pages: the protected post is left out, and a break is a comment.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from html import escape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

from tests.cms.posts import ABOUT, ABOUT_TITLE, EDITORS, SITE_NAME, Post, body_html, files_of
from tests.cms.site import Change, Stored, run

_SCRIPTS: Final = Path(__file__).with_name("pelican_site")
_STATES: Final = {"published": "published", "scheduled": "published", "draft": "draft", "protected": "skip"}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Write no log."""


@dataclass
class Pelican:
    """The site, generated anew after each change."""

    url: str
    root: Path
    python: Path
    slug: str = "pelican"
    posts: dict[str, Post] = field(default_factory=dict)

    def publish(self, posts: Sequence[Post]) -> None:
        for name, content in files_of(posts):
            (self.root / "content/files" / name).write_bytes(content)
        for post in posts:
            self._write(post)
        self._generate()

    def change(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.removed:
                (self.root / "content" / f"{change.key}.html").unlink()
                continue
            post = change.post or self.posts[change.key]
            self._write(replace(post, section=change.section or post.section, slug=change.slug or post.slug))
        self._generate()

    def stored(self) -> Mapping[str, Stored]:
        rows = json.loads((self.root / "stored.json").read_text(encoding="utf-8"))
        return {
            Path(row["file"]).stem: Stored(
                key=Path(row["file"]).stem,
                url=row["url"],
                title=row["title"],
                published_at=datetime.fromisoformat(row["published_at"]),
                section=row["section"],
                tags=tuple(row["tags"]),
                byline=row["byline"],
                source=None,
                html=row["html"],
            )
            for row in rows
        }

    def _write(self, post: Post) -> None:
        self.posts[post.key] = post
        head = {
            "date": f"{post.published_at:%Y-%m-%d %H:%M}",
            "slug": post.slug,
            "category": post.section,
            "tags": ", ".join(post.tags),
            "status": _STATES[post.status],
            **({"author": post.byline} if post.byline else {}),
        }
        _write_page(
            self.root / "content" / f"{post.key}.html", post.title, head, body_html(post, "{{static}}/files/{}".format)
        )

    def _generate(self) -> None:
        environment = {"CMS_URL": self.url, "CMS_SITE_NAME": SITE_NAME, "CMS_EDITORS": EDITORS}
        run(["env", "-C", self.root, self.python, "-m", "pelican", "--settings", "pelicanconf.py"], environment)


def _write_page(file: Path, title: str, head: Mapping[str, str], html: str) -> None:
    metadata = "".join(f'<meta name="{name}" content="{escape(value)}"/>\n' for name, value in head.items())
    file.write_text(
        f"<html><head><title>{escape(title, quote=False)}</title>\n{metadata}</head><body>\n{html}\n</body></html>",
        encoding="utf-8",
    )


def serve_pelican(stack: ExitStack, folder: Path, python: Path) -> Pelican:
    """Start an empty site; it ends with the stack."""
    root = folder / "pelican"
    shutil.copytree(_SCRIPTS, root)
    for part in ("content/pages", "content/files", "output"):
        (root / part).mkdir(parents=True)
    about = "".join(f"<p>{paragraph}</p>" for paragraph in ABOUT)
    _write_page(root / "content/pages/gioi-thieu.html", ABOUT_TITLE, {"slug": "gioi-thieu"}, about)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root / "output")))
    stack.callback(server.server_close)
    stack.callback(server.shutdown)
    Thread(target=server.serve_forever, daemon=True).start()
    return Pelican(f"http://127.0.0.1:{server.server_address[1]}", root, python)
