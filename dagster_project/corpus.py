"""The corpus of a command, run or test: its home, clock, portals, and the network to reach them.

Belongs here: everything that the environment and the home define about a corpus, read once when it is opened. In a
demo home, the clock follows the day that the bundled mirror serves, and only the mirror's portals exist; callers treat
both kinds of home alike. Open a corpus for each command or run, not once per process: the demo day and the portal files
may change.
Does not belong here: paths (`warehouse.home`), operator settings (`warehouse.settings`), and work on a corpus.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from spiders.fetch.connection.proxies import proxy_error
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.days import DAYS, moment_of
from spiders.portal import SHIPPED_PORTALS, Portal, PortalError, PortalFiles, load_portals
from warehouse import strict_yaml
from warehouse.archive.files import archived_portals
from warehouse.clock import HANOI_TIME, Clock
from warehouse.durable import replacing
from warehouse.errors import WarehouseError
from warehouse.home import Home, expanded

PORTALS_VARIABLE = "HANOI_CORPUS_PORTALS"

_PRIVATE_NOTICE = (
    "warning: --allow-private: links, redirects and DNS of the portal can lead this command to servers on this machine "
    "and its private network. Use it only for a server of your own"
)

# The demo clock stops this long after the start of a day, before it would reach the next date.
_DEMO_DAY_MAX = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Network:
    """The Internet, through which crawls reach the portals.

    Attributes:
        crawl_options: further command line options of the crawl process.
        notice: a line to log before a crawl; None for no line.
        is_live: whether a retry of an unreachable portal may succeed.
    """

    crawl_options: tuple[str, ...] = ()
    notice: str | None = None
    is_live: bool = True

    def complaint(self) -> str | None:
        """Return why crawling is not allowed, and what to do; None if it is allowed."""
        from spiders.crawl.settings import contact_error  # with Scrapy, which only crawls need

        return contact_error() or proxy_error()

    @contextmanager
    def reachable(self) -> Iterator[Mapping[str, str]]:
        """Yield the environment variables that a process needs to reach the portals."""
        yield {}


@dataclass(frozen=True, slots=True)
class MirrorNetwork(Network):
    """The test portals, served on this machine while a crawl needs them."""

    day: int = field(kw_only=True)

    def complaint(self) -> str | None:
        """Return None: no real server receives a request."""
        return None

    @contextmanager
    def reachable(self) -> Iterator[Mapping[str, str]]:
        """Serve the mirror while the block runs; yield the environment variables that send all requests to it."""
        from spiders.mirror.server import serve  # only crawls need it

        with serve(self.day) as mirror:
            yield mirror.environment()


class DemoMarkerError(WarehouseError):
    """The file that makes a home a demo home is damaged; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """One corpus, as it was when it was opened.

    Attributes:
        files: the portals' definitions, and what is wrong with the files.
        stand_ins: for portals whose file is invalid, the newest definition in the archive, by slug. Their articles are
            read with it; nothing is requested.
    """

    home: Home
    clock: Clock
    files: PortalFiles
    stand_ins: Mapping[str, Portal]
    network: Network
    portal_folders: tuple[Path, ...]

    @staticmethod
    def open(home: Home) -> Corpus:
        """Return the corpus of a home: a `DemoCorpus` if it is a demo home.

        The portals are those shipped and the user's own; in a demo home only the mirror's.

        Raises:
            DemoMarkerError: it cannot be known whether this is a demo home, so nothing may be requested.
        """
        day = _demo_day(home)
        if day is not None:
            return _demo_corpus(home, day)
        folders = (SHIPPED_PORTALS, *own_portal_folders())
        files = load_portals(folders)
        return Corpus(home, Clock(), files, _stand_ins(home, files), Network(), folders)

    @property
    def portals(self) -> Mapping[str, Portal]:
        """The portals with a valid file, by slug, in alphabetical order."""
        return self.files.valid

    @property
    def invalid_portals(self) -> Mapping[str, str]:
        """Why a portal's file cannot be used, by slug."""
        return self.files.invalid

    def portal(self, slug: str) -> Portal:
        """Return the portal with that slug.

        Raises:
            spiders.portal.PortalError: its file is invalid, or no file defines it.
        """
        if slug not in self.slugs and slug in archived_portals(self.home):
            raise PortalError(
                f"portal {slug!r} is only in the archive: no portal file defines it any more. `hanoi-corpus archive` "
                "verifies, backs up and exports what the archive has of it"
            )
        return self.files.find(slug)

    @property
    def slugs(self) -> Sequence[str]:
        """The slugs of all portals, those with an invalid file too, in alphabetical order."""
        return sorted({*self.portals, *self.invalid_portals})

    @property
    def definitions(self) -> Mapping[str, Portal]:
        """The definitions with which articles are read, by slug: those of the files, and the stand-ins."""
        return dict(sorted({**self.stand_ins, **self.portals}.items()))

    @property
    def today(self) -> date:
        """Today's date in Hanoi, whatever the time zone of this machine."""
        return self.clock.now().astimezone(HANOI_TIME).date()

    def allowing_private(self) -> Corpus:
        """Return the corpus with a network whose crawls may reach this machine and its private network.

        For one command, and a staging server of the operator's own: neither a portal file nor a setting can do this.
        """
        options = (*self.network.crawl_options, "--allow-private")
        return replace(self, network=replace(self.network, crawl_options=options, notice=_PRIVATE_NOTICE))

    def active_portals(self) -> Mapping[str, Portal]:
        """Return the portals with a valid file that are active today, by slug."""
        today = self.today
        return {slug: portal for slug, portal in self.portals.items() if portal.is_active(today)}


@dataclass(frozen=True, slots=True)
class DemoCorpus(Corpus):
    """The corpus of a demo home: one day of the bundled test portals.

    Attributes:
        day: number of the day that the mirror serves.
    """

    day: int

    @staticmethod
    def begin_day(home: Home, day: int) -> None:
        """Make a home a demo home at the start of a day, or move a demo home to that day."""
        with replacing(_demo_marker(home)) as temporary:
            temporary.write_text(json.dumps({"day": day}), encoding="utf-8")


def own_portal_folders() -> tuple[Path, ...]:
    """Return the user's own folders of portal files, from `HANOI_CORPUS_PORTALS`; `~` is the user's home."""
    folders = os.environ.get(PORTALS_VARIABLE, "").split(os.pathsep)
    return tuple(expanded(folder) for folder in folders if folder)


def is_demo(home: Home) -> bool:
    """Return whether a home is a demo home."""
    return _demo_day(home) is not None


def clock_of(home: Home) -> Clock:
    """Return the clock of a home: real time, or in a demo home the time of the mirror's day."""
    day = _demo_day(home)
    return Clock() if day is None else _demo_clock(home, day)


def _demo_corpus(home: Home, day: int) -> DemoCorpus:
    clock, folders = _demo_clock(home, day), (MIRROR_PORTALS,)
    network = MirrorNetwork(
        # Pass the clock, so that it does not depend on when the crawl process starts.
        crawl_options=("--serves-mirror", f"--clock-ahead-seconds={clock.ahead.total_seconds()}"),
        notice=f"{home.root} is a demo home: only the bundled test portals can be reached",
        is_live=False,
        day=day,
    )
    files = load_portals(folders)
    return DemoCorpus(home, clock, files, _stand_ins(home, files), network, folders, day)


def _stand_ins(home: Home, files: PortalFiles) -> Mapping[str, Portal]:
    if not files.invalid:
        return {}
    from spiders.extract.archived import newest_archived_portal  # with the extractor, which most commands do without

    found = ((slug, newest_archived_portal(home, slug)) for slug in files.invalid)
    return {slug: portal for slug, portal in found if portal is not None}


def _demo_day(home: Home) -> int | None:
    """Return the day that the mirror serves; None if the home is not a demo home.

    Raises:
        DemoMarkerError: the marker exists and holds no day.
    """
    marker = _demo_marker(home)
    if not os.path.lexists(marker):
        return None
    try:
        found = json.loads(strict_yaml.read_text(marker))
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged_marker(marker, strict_yaml.shown(error, 200)) from error
    day = found.get("day") if isinstance(found, dict) else None
    if type(day) is not int or day not in DAYS:  # True is an int, too
        raise _damaged_marker(marker, f'it must be {{"day": N}}, N from {DAYS[0]} to {DAYS[-1]}')
    return day


def _damaged_marker(marker: Path, problem: str) -> DemoMarkerError:
    return DemoMarkerError(
        f"{strict_yaml.shown(marker)}: this file makes the home a demo home, and cannot be used: {problem}. Nothing is "
        "done here, because a home without it reaches the real portals. To begin the demo again, delete the folder "
        f"{strict_yaml.shown(marker.parent)} and run `hanoi-corpus demo`. If this is not a demo home, delete only the "
        "file."
    )


def _demo_clock(home: Home, day: int) -> Clock:
    begun = Clock().now().timestamp() - _demo_marker(home).stat().st_mtime
    # A file from the future, after the machine's clock was set back, is as one from now.
    return Clock.at(moment_of(day) + timedelta(seconds=min(max(begun, 0.0), _DEMO_DAY_MAX.total_seconds())))


def _demo_marker(home: Home) -> Path:
    return home.root / "demo.json"
