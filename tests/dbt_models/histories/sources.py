"""`python -m tests.dbt_models.histories.sources`: what increments make of credits whose sources come and go.

Prints JSON: for each step, the resolved portal and article of each crediting article, by its number. In a process of
its own, since dbt closes neither its log nor its pool of processes.
Does not belong here: what each step must give (`tests.dbt_models.test_credited`).
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tests.dbt_models.histories.building import Builder
from tests.warehouse.tables import made_up
from tests.warehouse.tables.made_up import PROJECT, at
from warehouse.home import Home
from warehouse.records import PortalRow
from warehouse.tables import load, lock, store

CREDITS: Final[tuple[dict[str, str], ...]] = (
    {"credited_source_url": "http://www.thu-do.test/tin/7/"},
    {"credited_source_url": "https://thu-do.test/doi-song/loi-khac-68002.html"},
    {"credited_source_name": "Báo Thử khác"},
    {"credited_source_url": "https://thudo-cu.test/tin/7"},
)
"""By an address, by a number in one, by a name, and by an address at another host; the numbers of articles from 1."""

SOURCES: Final = (7, 68002)


def steps(home: Home) -> Iterator[tuple[str, Sequence[PortalRow]]]:
    """Bring the home from step to step; yield the step's name and the portals then."""
    plain = made_up.PORTALS
    crediting = [made_up.article("tay-ho", n, "th-1", at(3), **credit) for n, credit in enumerate(CREDITS, start=1)]
    made_up.write_crawl(home, "tay-ho", "th-1", crediting)
    yield "without sources", plain
    made_up.write_crawl(home, "thu-do", "td-1", [made_up.article("thu-do", n, "td-1", at(5)) for n in SOURCES])
    yield "sources came", plain
    known = [
        replace(
            row, former_hosts=("thudo-cu.test",), source_keys=(*row.source_keys, *made_up.source_keys("Báo Thử khác"))
        )
        if row.slug == "thu-do"
        else row
        for row in plain
    ]
    yield "definition changed", known
    for file in home.root.rglob("td-1.*"):
        file.unlink()
    yield "sources went", known


def resolved(home: Home) -> dict[str, Any]:
    """Return portal and number of the article that each crediting article means, by its number."""
    numbers = {made_up.digest("thu-do", str(number))[:32]: number for number in SOURCES}
    crediting = {made_up.digest("tay-ho", str(number))[:32]: number for number in range(1, len(CREDITS) + 1)}
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        rows = warehouse.execute(
            "select article_id, source_portal, source_article_id from intermediate.int_articles__credited"
        ).fetchall()
    return {str(crediting[one]): [portal, numbers.get(source)] for one, portal, source in sorted(rows)}


def main(project: Path) -> None:
    """Print what each step gives, built in increments."""
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-sources-") as name:
        home, builder = Home(Path(name) / "home"), Builder(Path(name), project)
        for step, portals in steps(home):
            with lock.hold(home, "load", timeout_seconds=5):
                load.load(home, made_up.stages(), portals)
            builder.build(home, full=not found)
            found[step] = resolved(home)
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else PROJECT)
