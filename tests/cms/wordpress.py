"""WordPress from Debian's package, with its database server, both run by the test in a folder of its own.

Belongs here: installing, filling and reading WordPress sites. Does not belong here: the scripts that run inside
WordPress (`wordpress_site/`), and what the corpus must hold (`tests.cms.expected`).
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.cms.posts import ABOUT, ABOUT_TITLE, EDITORS, SITE_NAME, Post, body_html, files_of
from tests.cms.site import (
    START_TIMEOUT_SECONDS,
    Change,
    NotInstalledError,
    Stored,
    free_port,
    run,
    start,
    wait_until_served,
)

_PACKAGE: Final = Path("/usr/share/wordpress")
_SCRIPTS: Final = Path(__file__).with_name("wordpress_site")
_PROGRAMS: Final = ("php", "mariadbd", "mariadb-install-db", "mariadb")
_THEMES: Final = _PACKAGE / "wp-content/themes"


@dataclass(frozen=True)
class Form:
    """How a site is set up."""

    slug: str
    has_blocks: bool
    permalinks: str
    date_format: str

    @property
    def theme(self) -> str | None:
        """The first installed theme of the kind: of blocks, or a classic one. None if there is none."""
        found = sorted(_THEMES.glob("*/style.css"))
        return next((file.parent.name for file in found if _has_blocks(file.parent) == self.has_blocks), None)


def _has_blocks(theme: Path) -> bool:
    # The file that makes a theme one of blocks: https://developer.wordpress.org/themes/block-themes/
    return (theme / "templates/index.html").is_file()


FORMS: Final = (
    Form("wp-blocks", True, "/%year%/%monthnum%/%day%/%postname%/", "d/m/Y"),
    Form("wp-classic", False, "", "j/n/Y"),
)


@dataclass
class WordPress:
    """One site; several share the code and the database server."""

    slug: str
    url: str
    form: Form
    root: Path
    environment: dict[str, str]
    keys: dict[int, str] = field(default_factory=dict)

    def ask(self, command: str, **request: object) -> Any:
        """Run a command of `site.php` in the site."""
        data = json.dumps({"command": command, **request})
        return json.loads(run(["php", self.root / "site.php"], self.environment, data))

    def publish(self, posts: Sequence[Post]) -> None:
        uploads = self.root / self.environment["CMS_UPLOADS"]
        uploads.mkdir(parents=True, exist_ok=True)
        for name, content in files_of(posts):
            (uploads / name).write_bytes(content)
        numbers = self.ask("publish", posts=[self._entered(post) for post in posts])
        self.keys.update(zip(numbers, (post.key for post in posts), strict=True))

    def change(self, changes: Sequence[Change]) -> None:
        numbers = {key: number for number, key in self.keys.items()}
        self.ask("change", changes=[self._changed(change, numbers[change.key]) for change in changes])

    def stored(self) -> Mapping[str, Stored]:
        found = (row for row in self.ask("stored") if row["status"] == "publish")
        return {
            self.keys[row["id"]]: Stored(
                key=self.keys[row["id"]],
                url=row["url"],
                title=row["title"],
                published_at=datetime.fromisoformat(row["published_at"]),
                section=row["section"],
                tags=tuple(row["tags"]),
                byline=EDITORS,
                source=None,
                html=row["content"],
            )
            for row in found
        }

    def _content(self, post: Post) -> str:
        is_block = self.form.has_blocks
        return body_html(post, self._file_url, blocks=is_block, shortcodes=not is_block)

    def _file_url(self, name: str) -> str:
        return f"{self.url}/{self.environment['CMS_UPLOADS']}/{name}"

    def _entered(self, post: Post) -> dict[str, object]:
        return {
            "title": post.title,
            "slug": post.slug,
            "content": self._content(post),
            "status": post.status,
            "date": f"{post.published_at:%Y-%m-%d %H:%M:%S}",
            "section": post.section,
            "tags": post.tags,
            "comments": post.comments,
        }

    def _changed(self, change: Change, number: int) -> dict[str, object]:
        content = {"content": self._content(change.post)} if change.post else {}
        parts = {"section": change.section, "slug": change.slug, "removed": change.removed}
        return {"id": number, **content, **{name: part for name, part in parts.items() if part}}


def missing() -> list[str]:
    """Return what WordPress needs and this machine lacks."""
    programs = [program for program in _PROGRAMS if shutil.which(program) is None]
    themes = [f"a theme for {form.slug}" for form in FORMS if form.theme is None]
    return [*programs, *([] if _PACKAGE.is_dir() else [str(_PACKAGE)]), *themes]


def serve_wordpress(stack: ExitStack, folder: Path, sections: Sequence[str]) -> list[WordPress]:
    """Install and start one empty site for each form; they end with the stack.

    Raises:
        NotInstalledError: Debian's packages are missing.
    """
    if lacking := missing():
        raise NotInstalledError(f"WordPress needs {', '.join(lacking)}: see CONTRIBUTING.md")
    root = folder / "wordpress"
    # Links of Debian's package lead to other packages; a server follows only what is below its root.
    shutil.copytree(_PACKAGE, root, ignore=shutil.ignore_patterns(".htaccess"))
    for script in _SCRIPTS.iterdir():
        shutil.copy(script, root)
    database = _serve_database(stack, folder / "database")
    sites = []
    for number, form in enumerate(FORMS):
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environment = {
            "CMS_ROOT": str(root),
            "CMS_SOCKET": str(database),
            "CMS_URL": url,
            "CMS_PREFIX": f"wp{number}_",
            "CMS_UPLOADS": f"wp-content/uploads/{form.slug}",
            "PHP_CLI_SERVER_WORKERS": "2",
        }
        site = WordPress(form.slug, url, form, root, environment)
        site.ask(
            "install",
            name=SITE_NAME,
            editors=EDITORS,
            theme=form.theme,
            permalinks=form.permalinks,
            date_format=form.date_format,
            sections=sections,
            about_title=ABOUT_TITLE,
            about=ABOUT,
        )
        log = folder / f"{form.slug}.log"
        server = start(stack, ["php", "-S", f"127.0.0.1:{port}", "-t", root, root / "router.php"], log, environment)
        wait_until_served(url, server, log)
        sites.append(site)
    return sites


def _serve_database(stack: ExitStack, folder: Path) -> Path:
    """Start a database server that listens on a socket alone, and return the socket."""
    data, log = folder / "data", folder / "log"
    # The path of a socket has at most 107 bytes, which a test's folder may exceed.
    socket = Path(stack.enter_context(TemporaryDirectory(prefix="cms")), "s")
    folder.mkdir()
    run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
         "--skip-test-db", "--user=root"])  # fmt: skip
    server = start(stack, ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={socket}", "--skip-networking",
                           "--user=root", "--innodb-flush-log-at-trx-commit=0"], log)  # fmt: skip
    until = time.monotonic() + START_TIMEOUT_SECONDS
    while not socket.exists():
        assert server.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        assert time.monotonic() < until, log.read_text(encoding="utf-8", errors="replace")
        time.sleep(0.1)
    create = "create database wordpress character set utf8mb4"
    run(["mariadb", "--no-defaults", f"--socket={socket}", "--user=root", "--execute", create])
    return socket
