"""Deletes old releases: those beyond the newest ones that are older than a period and not pinned.

Does not belong here: the numbers (`warehouse.settings.Releases`), and pins (`warehouse.corpus.pins`).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from warehouse.corpus.pins import pins, releases_locked
from warehouse.corpus.release import kept_releases
from warehouse.home import Home
from warehouse.settings import Releases

# Another name is that of a copy that somebody made.
_RELEASE_ID: Final = re.compile(r"\d{8}T\d{9}Z")


def delete_old_releases(home: Home, published_id: str, keep: Releases, now: datetime) -> list[Path]:
    """Delete the releases that need not be kept, and return their paths.

    The published one stays in any case. A release that a wrong clock named later than the published one counts as older
    than all others.

    Raises:
        OSError: a file cannot be deleted.
    """
    deleted = []
    with releases_locked(home):
        pinned = pins(home)
        releases = [path for path in kept_releases(home) if _RELEASE_ID.fullmatch(path.stem)]
        releases.sort(key=lambda path: path.stem <= published_id, reverse=True)
        for old in releases[keep.keep_count :]:
            is_recent = old.stem <= published_id and now - _built_at(old) <= keep.keep_for
            if old.stem not in pinned and old.stem != published_id and not is_recent:
                old.unlink()
                deleted.append(old)
    return deleted


def _built_at(release: Path) -> datetime:
    """Return the time in a release's name; the first of all times for a name that is none."""
    try:
        # The last three digits are milliseconds.
        return datetime.strptime(f"{release.stem[:-1]}000+0000", "%Y%m%dT%H%M%S%f%z")
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
