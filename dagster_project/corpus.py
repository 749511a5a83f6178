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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from spiders.crawl.settings import contact_error
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.days import moment_of
from spiders.mirror.server import serve
from spiders.portal import SHIPPED_PORTALS, Portal, load_portals
from warehouse.clock import HANOI_TIME, Clock
from warehouse.durable import replacing
from warehouse.home import Home

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
        return contact_error()

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
        with serve(self.day) as mirror:
            yield mirror.environment()


@dataclass(frozen=True, slots=True)
class Corpus:
    """One corpus, as it was when it was opened; `portals` is by slug, in alphabetical order."""

    home: Home
    clock: Clock
    portals: Mapping[str, Portal]
    network: Network
    portal_folders: tuple[Path, ...]

    @staticmethod
    def open(home: Home) -> Corpus:
        """Return the corpus of a home: a `DemoCorpus` if it is a demo home.

        The portals are those shipped and the user's own; in a demo home only the mirror's.

        Raises:
            spiders.portal.PortalError: a portal file is invalid, or a folder in `HANOI_CORPUS_PORTALS` is missing.
        """
        day = _demo_day(home)
        if day is not None:
            return _demo_corpus(home, day)
        folders = (SHIPPED_PORTALS, *own_portal_folders())
        return Corpus(home, Clock(), load_portals(folders), Network(), folders)

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
        """Return the portals that are active today, by slug."""
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
    """Return the user's own folders of portal files, from `HANOI_CORPUS_PORTALS`."""
    return tuple(Path(folder) for folder in os.environ.get(PORTALS_VARIABLE, "").split(os.pathsep) if folder)


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
    return DemoCorpus(home, clock, load_portals(folders), network, folders, day)


def _demo_day(home: Home) -> int | None:
    try:
        return int(json.loads(_demo_marker(home).read_text(encoding="utf-8"))["day"])
    except FileNotFoundError:
        return None


def _demo_clock(home: Home, day: int) -> Clock:
    started_at = datetime.fromtimestamp(_demo_marker(home).stat().st_mtime, UTC)
    return Clock.at(moment_of(day) + min(Clock().now() - started_at, _DEMO_DAY_MAX))


def _demo_marker(home: Home) -> Path:
    return home.root / "demo.json"
