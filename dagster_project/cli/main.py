"""The command line `hanoi-corpus`: parses arguments, calls the pipeline, and prints results.

Belongs here: commands, their output and their exit codes.
Does not belong here: the stages' work (`dagster_project.pipeline`), and Dagster, which no command imports: the demo
starts it in a separate process.

Exit codes: 0 done; 1 a stage failed; 2 bad input (unknown portal, invalid portal file, wrong SQL); 3 done, but a
portal's crawl was not healthy, a portal file is invalid, a WARC file is damaged, a portal was skipped or is extracted
worse than usual, a probe or a check of saved pages found a problem, or a backfill is paused; 4 another process uses the
warehouse, portals or the home's UI.
"""

from __future__ import annotations

import errno
import json
import signal
import sys
from dataclasses import asdict, fields
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer

from dagster_project import pipeline
from dagster_project.cli.archive import archive_app
from dagster_project.cli.console import (
    EXIT_BAD_INPUT,
    EXIT_BUSY,
    EXIT_FAILED,
    EXIT_INCOMPLETE,
    AllowPrivate,
    AsJson,
    fail,
    json_default,
    new_run_id,
    print_json,
    progress,
)
from dagster_project.cli.demo import run as run_demo
from dagster_project.cli.operator import alerts_app, backfill_portal, show_settings
from dagster_project.cli.portals import portal_for_reading, portals_app
from dagster_project.cli.tables import print_table, write_csv
from dagster_project.corpus import Corpus
from dagster_project.crawls import process
from dagster_project.crawls.process import CrawlOutcome
from dagster_project.dbt import manifest
from dagster_project.operations.plain_text import printable
from dagster_project.runs.dev import DevBusyError, PortError, only_dev, run_services
from dagster_project.stage import StageError
from spiders.extract.article import read_page
from spiders.mirror.days import DAYS
from spiders.mirror.server import serve
from spiders.onboarding.candidates import RegisterError
from spiders.onboarding.captures import CapturedPage, FetchError
from spiders.onboarding.gold_cases import FixtureError, saved_page
from spiders.pages.html import NotAPage
from spiders.pages.page import ArticleParts, PageKind
from spiders.portal import Portal, PortalError
from warehouse.archive.index.locks import PortalBusyError
from warehouse.archive.upkeep.backup import BackupError
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.corpus.query import QueryError, ask
from warehouse.corpus.release import kept_releases, open_release
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.records import HEALTHY_VERDICTS
from warehouse.settings import SettingsError
from warehouse.stages import DamagedFileError
from warehouse.storage import StorageError
from warehouse.tables.guard import NAMES
from warehouse.tables.lock import LockedError

app = typer.Typer(
    help="Crawl, archive, clean and publish the articles of Hanoi's portals. Data is in $HANOI_CORPUS_HOME (./data).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(portals_app, name="portals")
app.add_typer(archive_app, name="archive")
app.add_typer(alerts_app, name="alerts")
app.command("backfill")(backfill_portal)
app.command("settings")(show_settings)

Slugs = Annotated[list[str] | None, typer.Argument(metavar="[PORTAL]...", help="slugs; default: all active portals")]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow", help="publish although this figure fell since the last release; name as in the guard's message"
    ),
]


def main() -> None:
    """Run the command line; end with a message and an exit code on known errors."""
    try:
        app()
    except (LockedError, PortalBusyError) as error:
        fail(str(error), EXIT_BUSY)
    except (PortalError, FixtureError, RegisterError, SettingsError) as error:
        fail(str(error), EXIT_BAD_INPUT)
    except FetchError as error:  # its message may contain an untrusted URL
        fail(printable(error), EXIT_FAILED)
    except (WarehouseError, DamagedWarcError, DamagedFileError, BackupError, StageError, StorageError) as error:
        fail(str(error), EXIT_FAILED)
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
        way_out = " Free some space and run the command again: everything stored so far is kept." if is_full else ""
        fail(f"{error}.{way_out}", EXIT_FAILED)


@app.command()
def demo() -> None:
    """Run the whole pipeline offline on days 1 and 2 of the bundled test portals, and show the results."""
    run_demo(Home.from_environment(), progress)


@app.command()
def dev(port: Annotated[int, typer.Option(help="loopback port of the UI")] = 3000) -> None:
    """Open the Dagster UI; in a demo home, runs crawl only the bundled test portals."""
    home = Home.from_environment()
    try:
        with only_dev(home, port):
            try:
                manifest.refresh(progress)
            except (StageError, OSError) as error:  # the UI still opens, without the dbt models
                progress(str(error))
            run_services(home, port, progress)
    except DevBusyError as error:
        fail(str(error), EXIT_BUSY)
    except PortError as error:
        fail(str(error), EXIT_BAD_INPUT)


@app.command()
def crawl(portals: Slugs = None, allow_private: AllowPrivate = False, as_json: AsJson = False) -> None:
    """Crawl portals into the archive."""
    if allow_private and not portals:
        fail("--allow-private needs the names of the portals that are servers of your own", EXIT_BAD_INPUT)
    corpus = _corpus().allowing_private() if allow_private else _corpus()
    outcome = _crawl(corpus, portals or [], new_run_id())
    _print_crawl(outcome, as_json)
    raise typer.Exit(_crawl_status(outcome) or (0 if portals else _files_status(corpus)))


@app.command()
def build(allow: Allow = None, as_json: AsJson = False) -> None:
    """Build everything from the archive, offline: articles, raw tables, marts, the published file."""
    corpus = _corpus()
    outcome = pipeline.build(corpus, new_run_id(), progress, _allowed(allow))
    _print_build(outcome, as_json)
    raise typer.Exit(_build_status(outcome) or _files_status(corpus))


@app.command()
def run(portals: Slugs = None, allow: Allow = None) -> None:
    """Crawl, then build; if one portal fails, the articles of the others are still published."""
    corpus, run_id, allowed = _corpus(), new_run_id(), _allowed(allow)
    crawled = _crawl(corpus, portals or [], run_id)
    _print_crawl(crawled, as_json=False)
    built = pipeline.build(corpus, run_id, progress, allowed)
    _print_build(built, as_json=False)
    raise typer.Exit(_build_status(built) or _crawl_status(crawled) or _files_status(corpus))


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="a SELECT; `show tables` and `describe fct_articles` help")],
    release: Annotated[str | None, typer.Option(help="an earlier release that is still kept")] = None,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="print CSV")] = False,
    escape_formulas: Annotated[
        bool, typer.Option("--escape-formulas", help="with --csv: text that a spreadsheet would run gets a ' before it")
    ] = False,
) -> None:
    """Query the published corpus, read-only."""
    if escape_formulas and not as_csv:
        fail("--escape-formulas needs --csv: only CSV is opened in a spreadsheet", EXIT_BAD_INPUT)
    home = Home.from_environment()
    file = home.corpus_file if release is None else home.releases / f"{Path(release).name}.duckdb"
    if not file.exists():
        kept = ", ".join(path.stem for path in kept_releases(home)) or "none"
        fail(f"{file}: no such file; kept releases: {kept}. `hanoi-corpus run` creates one.", EXIT_BAD_INPUT)
    with open_release(file) as corpus:
        try:
            names, rows = ask(corpus, sql, file)
        except QueryError as error:
            fail(str(error), EXIT_BAD_INPUT)
    if as_json:
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            fail(f"several columns are named {', '.join(repeated)}: give each a different name", EXIT_BAD_INPUT)
        for row in rows:
            print_json(dict(zip(names, row, strict=True)))
    elif as_csv:
        write_csv(sys.stdout, names, rows, escape_formulas=escape_formulas)
    else:
        print_table(names, rows)


@app.command()
def mirror(
    day: Annotated[int, typer.Option(min=DAYS[0], max=DAYS[-1], help="number of the day that is served")] = DAYS[0],
    port: Annotated[int, typer.Option(help="0 chooses a free one")] = 0,
) -> None:
    """Serve the bundled test portals on loopback until Ctrl-C, as a forward proxy for http and https."""
    with serve(day, port=port) as served:
        print(f"# day {day} of the test portals; set these variables for every process that should reach them:")
        for name, value in served.environment().items():
            print(f"export {name}={value}")
        print(f"# try: curl --cacert {served.ca_file} --proxy {served.proxy_url} https://myduc.hanoi.test/", flush=True)
        stop = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        stop.wait()


@app.command()
def extract(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, help="saved pages")],
    url: Annotated[str, typer.Option(help="the URL that the pages were saved from")],
    portal: Annotated[str | None, typer.Option(help="slug of their portal")] = None,
    platform: Annotated[str | None, typer.Option(help="or the platform, if the portal is not defined")] = None,
    as_json: AsJson = False,
) -> None:
    """Extract saved pages as the pipeline would: the kind of each, and its article or its list rows."""
    definition = portal_for_reading(url, portal, platform)
    unreadable = 0
    for file in files:
        try:
            found = {"file": str(file), "url": url} | _as_found(saved_page(file, url), definition)
        except NotAPage as error:
            unreadable += 1
            progress(f"{file}: {error}")
            continue
        if as_json:
            print_json(found)
        else:
            _print_found(found)
    raise typer.Exit(EXIT_BAD_INPUT if unreadable else 0)


def _allowed(names: list[str] | None) -> frozenset[str]:
    """Return the figures of `--allow`; fail at once if a name is unknown, before minutes of work."""
    if unknown := set(names or ()) - NAMES:
        known = ", ".join(sorted(NAMES))
        fail(f"--allow: no guard is named {', '.join(sorted(unknown))}; there are {known}", EXIT_BAD_INPUT)
    return frozenset(names or ())


def _corpus() -> Corpus:
    return Corpus.open(Home.from_environment())


def _crawl(corpus: Corpus, slugs: list[str], run_id: str) -> CrawlOutcome:
    """Crawl the named portals, or all active ones; one that cannot be crawled takes out only itself."""
    if not slugs:
        for problem in corpus.files.problems:
            progress(problem)
    chosen = list(dict.fromkeys(slugs)) or sorted({*corpus.active_portals(), *corpus.invalid_portals})
    if not chosen:
        fail("no portal is active today; name the portals to crawl", EXIT_BAD_INPUT)
    outcome = process.crawl(corpus, chosen, run_id, progress)
    if not any(slug in corpus.portals for slug in chosen):
        raise typer.Exit(EXIT_BAD_INPUT)  # the crawl has named each
    return outcome


def _crawl_status(outcome: CrawlOutcome) -> int:
    is_healthy = all(report.verdict in HEALTHY_VERDICTS for report in outcome.reports.values())
    return 0 if is_healthy and not outcome.failures and not outcome.skipped else EXIT_INCOMPLETE


def _files_status(corpus: Corpus) -> int:
    return EXIT_INCOMPLETE if corpus.files.complaints else 0


def _build_status(outcome: pipeline.BuildOutcome) -> int:
    return EXIT_INCOMPLETE if outcome.damaged or outcome.unloaded or outcome.broken else 0


def _print_crawl(outcome: CrawlOutcome, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(outcome), default=json_default))
        return
    rows = [
        [slug, r.verdict, str(r.captures), str(r.articles_found), str(r.articles_new), r.verdict_reason]
        for slug, r in sorted(outcome.reports.items())
    ]
    rows += [[slug, "none", "", "", "", reason] for slug, reason in sorted(outcome.failures.items())]
    rows += [[slug, "skipped", "", "", "", reason] for slug, reason in sorted(outcome.skipped.items())]
    print_table(["portal", "verdict", "captures", "articles", "new", "reason"], rows)


def _print_build(outcome: pipeline.BuildOutcome, as_json: bool) -> None:
    release = outcome.release
    if as_json:
        print_json(json_default(release) | {"broken": outcome.broken})
    else:
        print(f"published {release.path} (release {release.release_id})")


def _as_found(page: CapturedPage, portal: Portal) -> dict[str, Any]:
    """Return a page's extraction for output; the article's keys are column names of `fct_articles`.

    Raises:
        NotAPage: the page is not an HTML page.
    """
    reading = read_page(page.body, page.url, portal, page.content_type, page.captured_at)
    article = page.article(portal)
    found: dict[str, Any] = {
        "kind": reading.kind.value,
        "extractor": reading.extractor,
        "template": reading.template,
        "quality_flags": sorted(article.quality_flags if article else reading.flags),
    }
    if article is not None:
        shown = [field.name for field in fields(ArticleParts) if field.name != "flags"]
        found["article"] = {name: getattr(article, name) for name in shown}
    if reading.kind is PageKind.LIST:
        found["rows"] = [asdict(row) for row in reading.rows]
    return found


def _print_found(found: dict[str, Any]) -> None:
    print(f"{found['file']}: {found['kind']}, read by {found['extractor']}")
    for name, value in found.get("article", {}).items():
        print(f"  {name}: {_text(value)}")
    for row in found.get("rows", ()):
        print(f"  {row['published_at'] or '-'}  {row['title']}  {row['url']}")


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "".join(f"\n    {item}" for item in value)
    return "" if value is None else str(value)
