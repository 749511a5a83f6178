"""The status of a home: its disk, releases and processes, and its portals.

It can be read at any time: nothing waits for a lock, and what cannot be read is a problem with a name.
Does not belong here: whether the installation works (`dagster_project.diagnosis.doctor`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dagster_project.corpus import Corpus, DemoCorpus
from dagster_project.operations.states import PortalState, corpus_state
from dagster_project.runs.dev import dev_lock
from dagster_project.runs.lock import description_of_holder
from warehouse.archive.index.locks import is_being_crawled
from warehouse.archive.upkeep.space import free_bytes
from warehouse.clock import HANOI_TIME
from warehouse.corpus.release import Release, ReleaseError, kept_releases, read_release
from warehouse.home import Home
from warehouse.settings import Settings, SettingsError, load_settings
from warehouse.tables.lock import Holder, holder_of


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a home now.

    Attributes:
        demo_day: the day that a demo home's test portals show; None if it is not a demo home.
        free_bytes: what is free on the disk of the home.
        free_bytes_min: what must stay free there; None if the settings cannot be read.
        release: the published release; None if there is none, or if it cannot be read.
        kept_releases: number of releases that can still be queried.
        kept_bytes: their size.
        built_at: when a build last wrote the warehouse; None if there is none.
        warehouse_holder: the process that uses the warehouse.
        dev: the process of `hanoi-corpus dev`, as it described itself; None if none is open on the home.
        being_crawled: slugs of the portals that are being crawled, imported or recovered.
        portals: the portals, red ones first.
        problems: what is wrong with the home itself, each with its file, and with the corpus as a whole.
    """

    home: Path
    demo_day: int | None
    free_bytes: int
    free_bytes_min: int | None
    release: Release | None
    kept_releases: int
    kept_bytes: int
    built_at: datetime | None
    warehouse_holder: Holder | None
    dev: str | None
    being_crawled: tuple[str, ...]
    portals: tuple[PortalState, ...]
    problems: tuple[str, ...]

    @property
    def is_space_short(self) -> bool:
        """Whether less is free than must stay free, so that crawls and builds do not start."""
        return self.free_bytes_min is not None and self.free_bytes < self.free_bytes_min

    @property
    def is_well(self) -> bool:
        """Whether nothing needs an operator."""
        return not (self.problems or self.is_space_short or any(state.problems for state in self.portals))


def status_of(corpus: Corpus, slugs: Collection[str]) -> Status:
    """Return the status of a corpus and of some portals."""
    home, problems = corpus.home, list(corpus.files.problems)
    settings = _settings(home, problems)
    release = _release(home, problems)
    kept = list(_sizes(kept_releases(home)))
    states = corpus_state(corpus, slugs)
    problems += [str(error) for error in states.unreadable.values()]
    problems += map(str, states.problems)
    return Status(
        home=home.root,
        demo_day=corpus.day if isinstance(corpus, DemoCorpus) else None,
        free_bytes=free_bytes(home.root),
        free_bytes_min=settings.free_space_min_bytes if settings else None,
        release=release,
        kept_releases=len(kept),
        kept_bytes=sum(kept),
        built_at=_changed_at(home.warehouse_file),
        warehouse_holder=holder_of(home),
        dev=description_of_holder(dev_lock(home)),
        being_crawled=tuple(slug for slug in slugs if is_being_crawled(home, slug)),
        portals=states.portals,
        problems=tuple(problems),
    )


def _settings(home: Home, problems: list[str]) -> Settings | None:
    try:
        return load_settings(home)
    except SettingsError as error:
        problems.append(str(error))
        return None


def _release(home: Home, problems: list[str]) -> Release | None:
    if not home.corpus_file.exists():
        return None
    try:
        return read_release(home.corpus_file)
    except ReleaseError as error:
        problems.append(str(error))
        return None


def _sizes(files: Iterable[Path]) -> Iterator[int]:
    for file in files:
        with suppress(FileNotFoundError):  # a build has just deleted it
            yield file.stat().st_size


def _changed_at(file: Path) -> datetime | None:
    with suppress(FileNotFoundError):
        return datetime.fromtimestamp(file.stat().st_mtime, HANOI_TIME)
    return None
