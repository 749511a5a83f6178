"""A history in steps: in which order, and in which states, the files of crawls reach a home.

Belongs here: choosing the steps of a seed, and writing a step's files.
Does not belong here: what the files say (`tests.dbt_models.histories.crawls`), and building.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from random import Random

from tests.dbt_models.histories.crawls import Crawl, State, crawls_of, of_type, report_of, rows_of
from tests.dbt_models.histories.site import NAMES, SLUGS, Site
from tests.warehouse.tables import made_up
from warehouse.datasets import (
    ARTICLES,
    CAPTURE_KEYS,
    CAPTURES,
    CREDITS,
    FINGERPRINTS,
    IDENTITIES,
    SIGNATURES,
    STORY_TERMS,
    UNREAD_PAGES,
    Dataset,
)
from warehouse.home import INDEX_FOLDER, Home
from warehouse.records import (
    Article,
    Capture,
    CaptureKey,
    Credit,
    Fingerprints,
    Identity,
    PortalRow,
    Signature,
    StoryTerms,
    UnreadPage,
)
from warehouse.tables import load, lock


@dataclass(frozen=True)
class Step:
    """What is in the home after a step.

    Attributes:
        states: the state of each crawl that is there, by its id.
        portals: the definitions of the portals.
        version: the version of the stages; another one means that everything was extracted again.
    """

    states: Mapping[str, State]
    portals: tuple[PortalRow, ...]
    version: str = made_up.VERSION


@dataclass
class History:
    """The crawls of a seed and the steps in which they come.

    Attributes:
        places: by crawl, the responses that are taken; all of a crawl that is not there. Smaller after shrinking.
    """

    seed: int
    crawls: dict[str, Crawl]
    steps: list[Step]
    places: dict[str, frozenset[int]] = field(default_factory=dict)


def history_of(seed: int, steps: int, crawls: int = 36) -> History:
    """Return the history of a seed."""
    chosen = Random(seed)  # noqa: S311 - no secret
    slugs = SLUGS[: chosen.randrange(2, len(SLUGS) + 1)]
    sites = [Site(slug, has_numbers=index % 2 == 1) for index, slug in enumerate(slugs)]
    made = {crawl.crawl_id: crawl for crawl in crawls_of(chosen, sites, crawls)}
    portals = tuple(_portal(slug) for slug in SLUGS)
    # Most crawls come in the order of time, some of them late: imports, and copies of another machine's archive.
    late = {crawl_id: chosen.random() for crawl_id in made if chosen.random() < 0.25}
    arrival = {crawl_id: late.get(crawl_id, index / len(made)) for index, crawl_id in enumerate(made)}
    waiting = sorted(made, key=lambda crawl_id: arrival[crawl_id])
    first = chosen.randrange(len(waiting) // 3, 2 * len(waiting) // 3)
    states: dict[str, State] = {crawl_id: State() for crawl_id in waiting[:first]}
    waiting = waiting[first:]
    chosen_steps = [Step(dict(states), portals)]
    per_step = max(1, len(waiting) // max(1, steps - 1))
    for _ in range(steps - 1):
        # A large step hides what a small one shows: rows that a change elsewhere made anew anyhow.
        coming = min(len(waiting), chosen.choice((0, 1, 1, per_step, per_step)))
        states |= {crawl_id: State() for crawl_id in waiting[:coming]}
        waiting = waiting[coming:]
        for _ in range(chosen.choice((0, 1, 1, 2, 3)) or (coming == 0)):
            crawl_id = chosen.choice(list(states))
            changed = _changed(chosen, states[crawl_id])
            if changed is None:
                del states[crawl_id]
                if chosen.random() < 0.7:
                    waiting.append(crawl_id)
            else:
                states[crawl_id] = changed
            if not states:
                break
        version = chosen_steps[-1].version
        if chosen.random() < 0.07:
            # The stages have a new version: all is extracted again.
            version = str(int(version) + 1)
            states = {
                crawl_id: replace(state, extraction=state.extraction + (chosen.random() < 0.3))
                for crawl_id, state in states.items()
            }
        if chosen.random() < 0.2:
            portals = _other_portals(chosen, portals)
        chosen_steps.append(Step(dict(states), portals, version))
    return History(seed, made, chosen_steps)


def _changed(chosen: Random, state: State) -> State | None:
    """Return a crawl's next state; None if it is deleted or set aside."""
    (kind,) = chosen.choices(
        ("extract", "identify", "index", "report", "lost report", "lost index", "lost outputs", "found", "delete"),
        (5, 1, 1, 2, 1, 0.7, 0.5, 1, 2),
    )
    changes: dict[str, State | None] = {
        "extract": replace(state, extraction=state.extraction + 1),
        "identify": replace(state, identity=state.identity + 1),
        "index": replace(state, offsets=state.offsets + 1),
        "report": replace(state, report=state.report + 1),
        "lost report": replace(state, has_report=not state.has_report),
        "lost index": replace(state, has_index=not state.has_index),
        "lost outputs": replace(state, has_outputs=not state.has_outputs),
        "found": State(),
        "delete": None,
    }
    return changes[kind]


def _portal(slug: str) -> PortalRow:
    return PortalRow(
        slug=slug,
        name=NAMES[slug],
        owner="Văn phòng",
        administrative_unit="Phường",
        platform="generic",
        base_url=f"https://{slug}.test",
        active_from=None,
        active_until=None,
        verified_on=None,
        hosts=(f"{slug}.test",),
        former_hosts=(),
        source_keys=made_up.source_keys(NAMES[slug]),
    )


def _other_portals(chosen: Random, portals: tuple[PortalRow, ...]) -> tuple[PortalRow, ...]:
    """Rename, date, move, remove or add back one portal."""
    slug = chosen.choice(SLUGS)
    rest = tuple(portal for portal in portals if portal.slug != slug)
    there = next((portal for portal in portals if portal.slug == slug), None)
    if there is None:
        return (*rest, _portal(slug))
    name = chosen.choice((*NAMES.values(), f"{there.name} mới"))
    (changed,) = chosen.choices(
        (
            (replace(there, name=name, source_keys=made_up.source_keys(name)),),
            # It had the other host before, or is on both, or no longer.
            (replace(there, former_hosts=() if there.former_hosts else (f"cu.{slug}.test",)),),
            (replace(there, hosts=(f"{slug}.test", *(() if there.hosts[1:] else (f"{chosen.choice(SLUGS)}.test",)))),),
            (replace(there, active_from=date(2025, 3, chosen.randrange(1, 9))),),
            (replace(there, active_until=date(2025, 3, chosen.randrange(1, 9)), platform="wordpress"),),
            (),
        )
    )
    return (*rest, *changed)


def write(home: Home, history: History, before: Step | None, step: Step) -> None:
    """Bring the files of a home from one step to another; files that do not change are not touched."""
    old = {} if before is None else before.states
    for crawl_id in sorted(old.keys() | step.states.keys()):
        crawl = history.crawls[crawl_id]
        now = step.states.get(crawl_id)
        was = old.get(crawl_id)
        is_new_version = before is not None and before.version != step.version
        if now == was and not (is_new_version and now):
            continue
        _write_crawl(home, crawl, was, now, step.version, history.places.get(crawl_id), is_new_version)


def load_step(home: Home, step: Step) -> None:
    """Load the files of a home."""
    with lock.hold(home, "load", timeout_seconds=5):
        load.load(home, made_up.stages(step.version), step.portals)


def _write_crawl(
    home: Home,
    crawl: Crawl,
    was: State | None,
    now: State | None,
    version: str,
    places: frozenset[int] | None,
    is_new_version: bool,
) -> None:
    portal, crawl_id = crawl.portal, crawl.crawl_id
    index = home.root / INDEX_FOLDER / portal / f"{crawl_id}.parquet"
    report = made_up.report_path(home, portal, crawl_id)
    rows = [] if now is None else rows_of(crawl, now, places)
    outputs: dict[Dataset, type] = {
        ARTICLES: Article,
        UNREAD_PAGES: UnreadPage,
        CAPTURE_KEYS: CaptureKey,
        IDENTITIES: Identity,
        SIGNATURES: Signature,
        FINGERPRINTS: Fingerprints,
        CREDITS: Credit,
        STORY_TERMS: StoryTerms,
    }
    if now is None or not now.has_index:
        index.unlink(missing_ok=True)
    elif was is None or (was.has_index, was.offsets) != (True, now.offsets):
        made_up.write_parquet(index, of_type(rows, Capture), CAPTURES)
        _set_clock_back(index)
    if now is None or not now.has_report:
        report.unlink(missing_ok=True)
    elif was is None or (was.has_report, was.report) != (True, now.report):
        made_up.write_report(home, portal, crawl_id, len(crawl.responses), **report_of(crawl, now))
        _set_clock_back(report)
    for dataset, record in outputs.items():
        path = made_up.derived(home, dataset, portal, crawl_id, version)
        if now is None or not now.has_outputs:
            path.unlink(missing_ok=True)
            continue
        is_same = was is not None and was.has_outputs and was.extraction == now.extraction and not is_new_version
        if dataset == IDENTITIES and was is not None:
            is_same = is_same and was.identity == now.identity
        if is_same:
            continue
        made = of_type(rows, record)
        if dataset == ARTICLES:
            made = [replace(row, extractor_version=version) for row in made if isinstance(row, Article)]
        made_up.write_parquet(path, made, dataset)
        _set_clock_back(path)


def _set_clock_back(file: Path) -> None:
    """Give every second file a time before those of the files that are there, as after a clock was set back."""
    written = file.stat()
    if written.st_mtime_ns // 1000 % 2:
        os.utime(file, ns=(written.st_atime_ns, written.st_mtime_ns - 10**15))
