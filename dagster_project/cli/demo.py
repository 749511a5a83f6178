"""The demo: the whole Dagster job on the bundled test portals, day 1 and day 2, and what came of it.

Here: the order of the demo and what it shows. Not here: the job (`dagster_project.defs`), which runs as a process of
its own, exactly as an operator's would.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from dagster_project.cli.tables import print_table
from dagster_project.corpus import DemoCorpus, is_demo
from dagster_project.dbt import manifest
from dagster_project.instance import REPOSITORY, dagster_environment, program
from dagster_project.stage import StageError, Tell
from warehouse.corpus.release import open_release
from warehouse.home import HOME_VARIABLE, Home

JOB = "collect_and_publish"

_PER_PORTAL = """
    select
        portal,
        (select count(*) from fct_captures as c where c.portal = crawl.portal) as captures,
        (select count(*) from fct_articles as a where a.portal = crawl.portal) as articles,
        (select count(*) from fct_articles as a where a.portal = crawl.portal and not a.is_canonical) as copies,
        verdict,
        verdict_reason as reason
    from fct_crawls as crawl
    qualify row_number() over (partition by portal order by started_at desc) = 1
    order by portal
"""

_CHANGED = """
    with last_crawls as (
        select portal, max(started_at) as started_at from fct_crawls where verdict in ('ok', 'no_news') group by portal
    ),
    changes as (
        select article_id, case event when 'published' then 'new' else event end as change, seen_at
        from fct_article_events
        union all
        -- Gone on one look: the next one a day later tells whether it is removed.
        select article_id, 'suspected gone', suspected_at
        from fct_articles
        where suspected_at is not null
    )
    select change, portal, title
    from changes
    inner join fct_articles using (article_id)
    inner join last_crawls using (portal)
    where seen_at >= started_at
    order by all
"""

_EXAMPLES = (
    (
        "Which portals write how much of their own?",
        "select portal, count(*) as articles, count(*) filter (is_canonical) as own from fct_articles "
        "group by portal order by portal",
    ),
    (
        "Whose text was taken over, by whom, and did they say so?",
        "select c.portal as original, a.portal as copy, a.credited_source_name as credited, a.title "
        "from fct_articles a join fct_articles c on c.article_id = a.canonical_article_id "
        "where not a.is_canonical order by all",
    ),
    (
        "What was written about đầu tư công, and where does it stand in the archive?",
        "select published_at::date as published_on, portal, title, warc_file, warc_offset from fct_articles "
        "where body ilike '%đầu tư công%' and is_canonical order by 1 limit 5",
    ),
)


class DemoError(StageError):
    """The demo cannot run here, or its job failed."""


def run(home: Home, tell: Tell) -> None:
    """Run the demo in a home that is empty or holds an earlier demo.

    Raises:
        DemoError: the home holds something else, or the job failed.
    """
    _make_room(home)
    manifest.refresh(tell)
    for day in (1, 2):
        tell(f"day {day}: crawling the test portals, then everything up to the published corpus")
        DemoCorpus.begin_day(home, day)
        _execute_job(home, tell)
    _show(home)


def _make_room(home: Home) -> None:
    if is_demo(home):
        shutil.rmtree(home.root)
    elif home.root.exists() and any(home.root.iterdir()):
        raise DemoError(
            f"{home.root} holds data that is not the demo's. Let the demo have a folder of its own: "
            f"{HOME_VARIABLE}=/tmp/demo hanoi-corpus demo"
        )


def _execute_job(home: Home, tell: Tell) -> None:
    log = home.root / "logs" / "demo.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [program("dg"), "launch", "--job", JOB]
    with log.open("a", encoding="utf-8") as file:
        status = subprocess.run(
            command, cwd=REPOSITORY, env=dagster_environment(home), stdout=file, stderr=subprocess.STDOUT, check=False
        ).returncode
    if status != 0:
        last = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])
        raise DemoError(f"the Dagster job {JOB} failed; its log is {log} and ends:\n{last}")
    tell(f"  done; Dagster's log: {log}")


def _show(home: Home) -> None:
    with open_release(home.corpus_file) as corpus:
        _print(corpus, "Per portal", _PER_PORTAL)
        _print(corpus, "What day 2 changed", _CHANGED)
        for question, sql in _EXAMPLES:
            _print(corpus, f'{question}\n  hanoi-corpus query "{sql}"', sql)
    print(f"\nThe corpus is {home.corpus_file}. `make dev` opens the Dagster UI on these runs;")
    print(f"`hanoi-corpus` stands in {Path(sys.executable).parent}.")


def _print(corpus: duckdb.DuckDBPyConnection, title: str, sql: str) -> None:
    found = corpus.execute(sql)
    names = [column[0] for column in found.description or ()]
    print(f"\n{title}")
    print_table(names, found.fetchall())
