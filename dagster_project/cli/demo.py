"""The command `demo`: the Dagster job on days 1 and 2 of the bundled test portals, and its results.

Does not belong here: the job (`dagster_project.defs`), which runs in a separate process, as for an operator.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

from dagster_project.children import run_child
from dagster_project.cli.output.console import progress
from dagster_project.cli.output.stopping import stoppable
from dagster_project.cli.output.tables import print_table
from dagster_project.corpus import DemoCorpus, is_demo
from dagster_project.dbt import manifest
from dagster_project.instance import REPOSITORY, dagster_environment, program
from dagster_project.stage import StageError, Steps
from warehouse.corpus.release import open_release
from warehouse.home import HOME_VARIABLE, Home
from warehouse.records import HEALTHY_VERDICTS

JOB = "collect_and_publish"

# In the lines of Dagster's log: a step of the job begins, or is done.
_BEGUN = re.compile(r" - (\w+) - STEP_START - ")
_ENDED = re.compile(r" - STEP_SUCCESS - ")

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
        select portal, max(started_at) as started_at from fct_crawls where verdict = any(?) group by portal
    ),
    changes as (
        select article_id, case event when 'published' then 'new' else event end as change, seen_at
        from fct_article_events
        union all
        -- Missing in one crawl; a later crawl, after at least a day, decides whether it was removed.
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
        "How many articles does each portal have, and how many are its own?",
        "select portal, count(*) as articles, count(*) filter (is_canonical) as own from fct_articles "
        "group by portal order by portal",
    ),
    (
        "Which articles copy another portal's text, and do they credit a source?",
        "select c.portal as original, a.portal as copy, a.credited_source_name as credited, a.title "
        "from fct_articles a join fct_articles c on c.article_id = a.canonical_article_id "
        "where not a.is_canonical order by all",
    ),
    (
        "Which articles are about đầu tư công, and where are they in the archive?",
        "select published_on, portal, title, warc_file, warc_offset from fct_articles "
        "where body ilike '%đầu tư công%' and is_canonical order by 1 limit 5",
    ),
)


class DemoError(StageError):
    """The demo cannot run here, or its job failed."""


def demo() -> None:
    """Run the whole pipeline offline on two days of the bundled test portals; show the results."""
    home = Home.from_environment()
    log_file = home.root / "logs" / "demo.log"
    _empty(home)
    with stoppable("the demo", lambda: "Run `hanoi-corpus demo` again: it begins anew."):
        for day in (1, 2):
            DemoCorpus.begin_day(home, day)  # first of all, since it marks the home as a demo's
            manifest.refresh(progress)
            progress(f"day {day}: crawling the test portals, then building and publishing the corpus")
            with progress.stage(f"day {day} of the test portals", "steps") as steps:
                _execute_job(home, log_file, steps)
    progress(f"Dagster's log: {log_file}")
    _show(home)


def _empty(home: Home) -> None:
    """Delete an earlier demo in the home.

    Raises:
        DemoError: the home holds other data.
    """
    if is_demo(home):
        shutil.rmtree(home.root)
    elif home.root.exists() and any(home.root.iterdir()):
        raise DemoError(
            f"{home.root} holds data that is not the demo's. Run the demo in another folder: "
            f"{HOME_VARIABLE}=/tmp/demo hanoi-corpus demo"
        )


def _execute_job(home: Home, log_file: Path, steps: Steps) -> None:
    log_file.parent.mkdir(parents=True, exist_ok=True)
    command = [program("dagster"), "job", "execute", "--module-name", "dagster_project.definitions", "--job", JOB]
    steps.say("Dagster is starting")
    with log_file.open("a", encoding="utf-8", buffering=1) as file:

        def take(line: str) -> None:
            print(line, file=file)
            if begun := _BEGUN.search(line):
                steps.say(begun[1])
            elif _ENDED.search(line):
                steps.advance()

        status, last_lines = run_child(command, dagster_environment(home), take, folder=REPOSITORY)
    if status != 0:
        raise DemoError(f"the Dagster job {JOB} failed; its log is {log_file} and ends:\n{last_lines}")


def _show(home: Home) -> None:
    with open_release(home.corpus_file) as corpus:
        _print(corpus, "Per portal", _PER_PORTAL)
        _print(corpus, "What day 2 changed", _CHANGED, [HEALTHY_VERDICTS])
        for question, sql in _EXAMPLES:
            _print(corpus, f'{question}\n  hanoi-corpus query "{sql}"', sql)
    print(f"\nThe corpus is {home.corpus_file}. `hanoi-corpus dev` opens the Dagster UI on these runs;")
    print(f"`hanoi-corpus` is in {Path(sys.executable).parent}.")


def _print(corpus: duckdb.DuckDBPyConnection, title: str, sql: str, parameters: Sequence[object] = ()) -> None:
    found = corpus.execute(sql, parameters)
    names = [column[0] for column in found.description or ()]
    print(f"\n{title}")
    print_table(names, found.fetchall())
