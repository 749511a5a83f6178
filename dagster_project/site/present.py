"""What pages and metrics show: the present state, the figures of the last build, and the release.

All of it is read from files of the home. With hundreds of portals that takes seconds, so it is kept for a few, and
requests that come at the same time wait for one reading.
Belongs here: reading. Does not belong here: showing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from threading import Lock

from dagster_project.corpus import Corpus
from dagster_project.operations.health import (
    BuiltPortal,
    Duration,
    Figures,
    UnreadableFiguresError,
    read_figures,
    recorded_durations,
)
from dagster_project.operations.states import CorpusState, PortalState, corpus_state
from spiders.extract.newest import newest_articles
from spiders.portal import Portal
from warehouse.archive.index.reports import crawl_reports
from warehouse.corpus.release import Release, ReleaseError, read_release
from warehouse.home import Home
from warehouse.records import Article, CrawlReport

_KEPT_SECONDS = 5.0
_ARTICLES_SHOWN = 10
_CRAWLS_SHOWN = 15


@dataclass(frozen=True, slots=True)
class Present:
    """The corpus at this moment.

    Attributes:
        now: the corpus's time.
        figures: those of the last build; None if there was none, or if they cannot be read.
        durations: how long each step of a build last took, by its name.
        release: the published one; None if there is none, or if it cannot be read.
        complaints: what is wrong with the corpus as a whole: portal files, findings, shares, figures, the
            release.
    """

    now: datetime
    corpus: Corpus
    state: CorpusState
    figures: Figures | None
    durations: Mapping[str, Duration]
    release: Release | None
    complaints: tuple[str, ...]

    def built(self, slug: str) -> BuiltPortal | None:
        """Return the figures of a portal as of the last build; None if there are none."""
        return self.figures.portals.get(slug) if self.figures else None

    def articles(self, slug: str) -> int | None:
        """Return the number of a portal's articles in the release; None without a release."""
        if self.release is None:
            return None
        return self.release.portals[slug].articles if slug in self.release.portals else 0


@dataclass(frozen=True, slots=True)
class History:
    """What is stored of one portal.

    Attributes:
        crawls: its last crawls of any kind, newest first.
        newest: its newest articles.
    """

    crawls: Sequence[CrawlReport]
    newest: Sequence[Article]


class Sources:
    """The home's files, for requests of several threads."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._reading = Lock()
        self._present: tuple[float, Present] | None = None
        self._release: tuple[tuple[int, int, int], Release] | None = None
        self._newest: dict[str, tuple[tuple[str, Portal], list[Article]]] = {}

    def present(self) -> Present:
        """Return the corpus as it is now, or was up to five seconds ago.

        Raises:
            WarehouseError: the home cannot be used.
        """
        with self._reading:
            kept = self._present
            if kept is None or time.monotonic() - kept[0] > _KEPT_SECONDS:
                found = self._read()
                kept = self._present = time.monotonic(), found
            return kept[1]

    def history(self, portal: PortalState) -> History:
        """Return the last crawls of a portal, and its newest articles."""
        crawls = tuple(islice(crawl_reports(self._home, portal.slug), _CRAWLS_SHOWN))
        if not crawls or portal.definition is None:
            return History(crawls, ())
        return History(crawls, self._newest_of(portal.slug, portal.definition, crawls[0].crawl_id))

    def _read(self) -> Present:
        corpus = Corpus.open(self._home)
        state = corpus_state(corpus, corpus.slugs)
        complaints = [*corpus.files.problems, *map(str, (*state.unreadable.values(), *state.problems))]
        figures, release = None, None
        durations: Mapping[str, Duration] = {}
        try:
            figures = read_figures(self._home)
            durations = recorded_durations(self._home)
        except UnreadableFiguresError as error:
            complaints.append(str(error))
        try:
            release = self._published()
        except ReleaseError as error:
            complaints.append(str(error))
        return Present(corpus.clock.now(), corpus, state, figures, durations, release, tuple(complaints))

    def _published(self) -> Release | None:
        """Return the release; it is read again if `corpus.duckdb` is another file."""
        try:
            found = self._home.corpus_file.stat()
        except FileNotFoundError:
            return None
        file = (found.st_ino, found.st_mtime_ns, found.st_size)
        kept = self._release
        if kept is None or kept[0] != file:
            kept = self._release = file, read_release(self._home.corpus_file)
        return kept[1]

    def _newest_of(self, slug: str, definition: Portal, crawl_id: str) -> Sequence[Article]:
        """Return the newest articles; the next crawl, or another definition, has them extracted again."""
        kept = self._newest.get(slug)
        if kept is None or kept[0] != (crawl_id, definition):
            articles = newest_articles(self._home, definition, _ARTICLES_SHOWN)
            kept = self._newest[slug] = (crawl_id, definition), articles
        return kept[1]
