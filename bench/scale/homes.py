"""Homes with a large corpus: an archive without pages, with everything that the stages derive from it.

A build takes the derived files for its own: the stages themselves write them, with another function in place of the
extraction's. So the first build of such a home loads, models and publishes; only an extraction of another version would
need the pages.
Belongs here: making such a home, and copying one for a round. Does not belong here: rows (`bench.scale.rows`), new
articles with pages (`bench.scale.pages`), and measuring.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import yaml

from bench.figures import Log
from bench.scale.plan import Plan, PlannedPortal
from bench.scale.rows import Extracted, PlannedCrawl
from dagster_project.corpus import PORTALS_VARIABLE
from dagster_project.derivation import corpus_stages
from spiders.portal import load_portals
from warehouse.archive.files import index_file, observations_file, report_file
from warehouse.archive.index.reports import report_json
from warehouse.archive.observations import AskedPage, HostAnswers, Observations, to_json
from warehouse.archive.sealed import sealed
from warehouse.archive.warc.writer import WarcWriter
from warehouse.clock import Clock
from warehouse.datasets import CAPTURES
from warehouse.executors import LocalProcesses
from warehouse.home import Home
from warehouse.parquet import parquet_bytes
from warehouse.stages import bring_up_to_date

_WORKERS: Final = 2
_LINKED: Final = frozenset({".parquet", ".gz", ".json"})


def home_of(folder: Path, articles: int, log: Log) -> Home:
    """Return the home with this number of articles in a folder of such homes; made at the first call."""
    root = folder / f"{articles}-{_version()}"
    if not root.exists():
        log(f"making a home of {articles:,} articles: {root}")
        unfinished = root.with_name(f".{root.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        _make(Home(unfinished), Plan(articles, Clock().now() - timedelta(days=1)), log)
        unfinished.rename(root)
    return Home(root)


def _version() -> str:
    """Return 8 hex digits that change with the stages: those of other versions would look for pages."""
    stages = corpus_stages({})
    parts = [CAPTURES.digest, *(stage.version for stage in stages)]
    parts += [dataset.digest for stage in stages for dataset in stage.outputs]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


def portals_of(home: Home) -> Mapping[str, str]:
    """Return the variables of the environment with which commands know the portals of a home."""
    return {PORTALS_VARIABLE: str(_portals(home))}


@contextmanager
def copied(home: Home, folder: Path) -> Iterator[Home]:
    """Yield a copy of a home in a folder, which builds may change, and delete it afterwards.

    Files that are always replaced whole, which are nearly all, are linked and not copied.
    """
    with tempfile.TemporaryDirectory(prefix=".copy-", dir=folder) as copy:
        target = Home(Path(copy) / "home")
        shutil.copytree(home.root, target.root, copy_function=_copy)
        yield target


def _copy(source: str, target: str) -> None:
    if Path(source).suffix in _LINKED:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def _make(home: Home, plan: Plan, log: Log) -> None:
    _portals(home).mkdir(parents=True)
    for portal in plan.portals:
        definition = portal.definition.model_dump(mode="json", exclude_defaults=True)
        (_portals(home) / f"{portal.slug}.yml").write_text(yaml.safe_dump(definition, allow_unicode=True), "utf-8")
    with ProcessPoolExecutor(_WORKERS) as pool:
        for _ in pool.map(partial(_archive, home, plan), plan.portals):
            pass
    log(f"  {plan.crawls * len(plan.portals):,} crawls in the archive")
    extraction, *others = corpus_stages(load_portals([_portals(home)]).valid)
    for stage in (replace(extraction, run=Extracted(plan)), *others):
        report = bring_up_to_date(stage, home.storage, LocalProcesses(_WORKERS))
        rows = ", ".join(f"{report.rows(dataset):,} {dataset.name}" for dataset in stage.outputs)
        log(f"  {stage.name}: {rows}")


def _archive(home: Home, plan: Plan, portal: PlannedPortal) -> None:
    """Write the WARC files of a portal, which have no captures, and what the archive knows of them."""
    for number in range(plan.crawls):
        crawl = PlannedCrawl(plan, portal, number)
        captures = crawl.captures()
        observations = Observations(
            pages=tuple(AskedPage(url.removeprefix("https://"), url, is_list=True) for url in crawl.lists),
            hosts={portal.host: HostAnswers(asked=len(crawl.lists))},
        )
        report = crawl.report(len(captures))
        warc = WarcWriter(home, crawl.info).close(report, observations)
        index_file(home, warc).put(parquet_bytes(CAPTURES.table(captures)))
        observations_file(home, warc).put(sealed(to_json(observations)).encode())
        report_file(home, warc).put(report_json(report).encode())


def _portals(home: Home) -> Path:
    return home.root / "portals"
