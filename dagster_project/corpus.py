"""The corpus that a command, a run or a test works on: its home, its clock, its portals, and how these are reached.

Here: what the environment and the home say of a corpus, read once, when it is opened. A demo home's corpus goes by the
day that the bundled mirror plays, and has the mirror's portals and no others; whoever is given a corpus need not ask
which kind it is. Open one for each command or run, not one for a process that lives on: days and portal files change.
Not here: paths (`warehouse.home`), the operator's settings (`warehouse.settings`), and what is done with a corpus.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from spiders.crawl.settings import contact_complaint
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.days import moment_of
from spiders.mirror.server import serve
from spiders.portal import SHIPPED_PORTALS, Portal, load_portals
from warehouse.clock import HANOI_TIME, Clock
from warehouse.durable import replacing
from warehouse.home import Home

PORTALS_VARIABLE = "HANOI_CORPUS_PORTALS"

# A demo day lasts until the next one is begun, or until shortly before the next would be.
_DEMO_DAY_MAX = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Network:
    """How portals are reached: over the world's network.

    Attributes:
        crawl_options: what the crawl process must be told besides.
        notice: what whoever crawls should know; None where there is nothing to say.
        is_live: whether a portal that is asked again later may answer otherwise.
    """

    crawl_options: tuple[str, ...] = ()
    notice: str | None = None
    is_live: bool = True

    def complaint(self) -> str | None:
        """Return why no portal may be crawled, and the way out; None where they may."""
        return contact_complaint()

    @contextmanager
    def reachable(self) -> Iterator[Mapping[str, str]]:
        """Yield the environment in which a process reaches the portals."""
        yield {}


@dataclass(frozen=True, slots=True)
class MirrorNetwork(Network):
    """The test portals, served on this machine while they are to be reached."""

    day: int = field(kw_only=True)

    def complaint(self) -> str | None:
        """Return None: nobody is bothered."""
        return None

    @contextmanager
    def reachable(self) -> Iterator[Mapping[str, str]]:
        """Serve the mirror, and yield the environment in which it is all that a process reaches."""
        with serve(self.day) as played:
            yield played.environment()


@dataclass(frozen=True, slots=True)
class Corpus:
    """One corpus, as it was when it was opened.

    Attributes:
        home: where it stands.
        clock: the time that it goes by.
        portals: every defined portal by slug, in alphabetical order.
        network: how these are reached.
        portal_folders: the folders whose files define them.
    """

    home: Home
    clock: Clock
    portals: Mapping[str, Portal]
    network: Network
    portal_folders: tuple[Path, ...]

    @staticmethod
    def open(home: Home) -> Corpus:
        """Return the corpus of a home: a `DemoCorpus` where that is a demo home.

        The portals are those that are shipped and the user's own; in a demo home the mirror's and no others.

        Raises:
            spiders.portal.PortalError: a portal file is wrong, or a folder named by `HANOI_CORPUS_PORTALS` is missing.
        """
        day = _demo_day(home)
        if day is not None:
            return _demo_corpus(home, day)
        folders = (SHIPPED_PORTALS, *own_portal_folders())
        return Corpus(home, Clock(), load_portals(folders), Network(), folders)

    @property
    def today(self) -> date:
        """The day that it is in Hanoi, wherever this machine stands."""
        return self.clock.now().astimezone(HANOI_TIME).date()

    def active_portals(self) -> Mapping[str, Portal]:
        """Return the portals that publish today, by slug."""
        today = self.today
        return {slug: portal for slug, portal in self.portals.items() if portal.is_active(today)}


@dataclass(frozen=True, slots=True)
class DemoCorpus(Corpus):
    """The corpus of a demo home: a day of the bundled test portals.

    Attributes:
        day: which one the mirror plays.
    """

    day: int

    @staticmethod
    def begin_day(home: Home, day: int) -> None:
        """Make a home a demo home, or let the next day begin in it."""
        with replacing(_demo_marker(home)) as temporary:
            temporary.write_text(json.dumps({"day": day}), encoding="utf-8")


def own_portal_folders() -> tuple[Path, ...]:
    """Return the user's own folders of portal files, as `HANOI_CORPUS_PORTALS` names them."""
    return tuple(Path(folder) for folder in os.environ.get(PORTALS_VARIABLE, "").split(os.pathsep) if folder)


def is_demo(home: Home) -> bool:
    """Tell whether a home is a demo home."""
    return _demo_day(home) is not None


def clock_of(home: Home) -> Clock:
    """Return the clock that a home goes by: the world's; in a demo home that of the day which the mirror plays."""
    day = _demo_day(home)
    return Clock() if day is None else _demo_clock(home, day)


def _demo_corpus(home: Home, day: int) -> DemoCorpus:
    clock, folders = _demo_clock(home, day), (MIRROR_PORTALS,)
    network = MirrorNetwork(
        # Two crawls of one home are to have one clock, however long each takes to start.
        crawl_options=("--serves-mirror", f"--clock-ahead-seconds={clock.ahead.total_seconds()}"),
        notice=f"{home.root} is a demo home: only the bundled test portals are reached",
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
    begun_at = datetime.fromtimestamp(_demo_marker(home).stat().st_mtime, UTC)
    return Clock.at(moment_of(day) + min(Clock().now() - begun_at, _DEMO_DAY_MAX))


def _demo_marker(home: Home) -> Path:
    return home.root / "demo.json"
