"""Wagtail, a CMS that makes its pages from a database at each request.

Belongs here: starting, filling and reading the site. Does not belong here: its pages and templates (`wagtail_site/`),
and what the corpus must hold (`tests.cms.expected`).

Wagtail's pages move with their section: a moved post has another URL, and the old one redirects, as after a new slug.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from spiders.mirror.content import slugify
from tests.cms.posts import ABOUT, ABOUT_TITLE, SITE_NAME, Post, files_of
from tests.cms.site import Change, Stored, free_port, run, start, wait_until_served

_SCRIPTS: Final = Path(__file__).with_name("wagtail_site")


@dataclass
class Wagtail:
    """The site, in a folder of its own."""

    url: str
    root: Path
    python: Path
    slug: str = "wagtail"
    keys: dict[int, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {"CMS_URL": self.url, "CMS_SITE_NAME": SITE_NAME, "DJANGO_SETTINGS_MODULE": "settings"}

    def ask(self, command: str, **request: object) -> Any:
        """Run a command of `editor.py` in the site."""
        data = json.dumps({"command": command, **request})
        return json.loads(run(["env", "-C", self.root, self.python, "editor.py"], self.environment, data))

    def publish(self, posts: Sequence[Post]) -> None:
        for name, content in files_of(posts):
            (self.root / "files" / name).write_bytes(content)
        numbers = self.ask("publish", posts=[_entered(post) for post in posts])
        self.keys.update(zip(numbers, (post.key for post in posts), strict=True))

    def change(self, changes: Sequence[Change]) -> None:
        numbers = {key: number for number, key in self.keys.items()}
        rows = [
            {
                "id": numbers[change.key],
                "body": change.post.body if change.post else None,
                "section": change.section,
                "slug": change.slug,
                "removed": change.removed,
            }
            for change in changes
        ]
        self.ask("change", changes=rows)

    def stored(self) -> Mapping[str, Stored]:
        return {
            self.keys[row["id"]]: Stored(
                key=self.keys[row["id"]],
                url=row["url"],
                title=row["title"],
                published_at=datetime.fromisoformat(row["published_at"]),
                section=row["section"],
                tags=tuple(row["tags"]),
                byline=row["byline"],
                source=row["source"],
                html=row["html"],
            )
            for row in self.ask("stored")
        }


def _entered(post: Post) -> dict[str, object]:
    return {
        "title": post.title,
        "slug": post.slug,
        "published_at": post.published_at.isoformat(),
        "section": post.section,
        "tags": post.tags,
        "status": post.status,
        "byline": post.byline,
        "source": post.source,
        "comments": post.comments,
        "body": post.body,
    }


def serve_wagtail(stack: ExitStack, folder: Path, python: Path, sections: Sequence[str]) -> Wagtail:
    """Install and start an empty site; it ends with the stack."""
    root, log = folder / "wagtail", folder / "wagtail.log"
    shutil.copytree(_SCRIPTS, root)
    (root / "files").mkdir()
    port = free_port()
    site = Wagtail(f"http://127.0.0.1:{port}", root, python)
    slugs = {section: slugify(section) for section in sections}
    site.ask("install", name=SITE_NAME, port=port, sections=slugs, about_title=ABOUT_TITLE, about=ABOUT)
    command: list[str | Path] = [
        "env",
        "-C",
        root,
        python,
        "-m",
        "django",
        "runserver",
        "--noreload",
        f"127.0.0.1:{port}",
    ]
    server = start(stack, command, log, {**site.environment, "PYTHONPATH": str(root)})
    wait_until_served(site.url, server, log)
    return site
