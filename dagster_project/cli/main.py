"""The command line `hanoi-corpus`: its commands, and the exit codes of errors.

Belongs here: the table of commands, and what becomes of an error that no command handles. A command's module is
imported when the command runs.
Does not belong here: the commands (the other modules of this package), the stages' work (`dagster_project.pipeline`),
and Dagster, which no command imports: the demo starts it in a separate process.

Exit codes: 0 done; 1 a stage failed; 2 bad input (unknown portal, invalid portal file, wrong SQL); 3 done, but a
portal's crawl was not healthy, a portal file is invalid, a WARC file is damaged, a portal was skipped or is extracted
worse than usual, a probe or a check of saved pages found a problem, `status` or `doctor` found something that needs a
person, or a backfill is paused; 4 another process uses the warehouse, portals or the home's UI; 130 stopped by Ctrl-C
or SIGTERM.
"""

from __future__ import annotations

import errno
import sys
from importlib.metadata import version
from typing import Annotated

import typer
from typer.exceptions import TyperException

from dagster_project.cli.input.late import Late, LateGroup
from dagster_project.cli.output.console import (
    EXIT_BAD_INPUT,
    EXIT_BUSY,
    EXIT_FAILED,
    CommandError,
    asks_for_json,
    print_error,
)
from warehouse.errors import BusyError, InputError, WarehouseError


class _Commands(LateGroup):
    late = {  # noqa: RUF012 - a ClassVar in the base class
        "demo": Late(
            "demo:demo",
            "Run the whole pipeline offline on two days of the bundled test portals; show the results.",
        ),
        "dev": Late(
            "services:dev", "Open the Dagster UI and the site; in a demo home, runs crawl only the test portals."
        ),
        "site": Late("site:site", "Serve the read-only pages of all portals, the runbook and metrics, until Ctrl-C."),
        "crawl": Late("build:crawl", "Crawl portals into the archive."),
        "build": Late(
            "build:build",
            "Build all from the archive, offline: articles, raw tables, marts, the published file.",
        ),
        "run": Late(
            "build:run", "Crawl, then build; if a portal fails, the articles of the others are still published."
        ),
        "check": Late(
            "diagnosis:check",
            "Read every derived file, the warehouse and the release, and test all rows; change nothing.",
        ),
        "query": Late("corpus.query:query", "Query the published corpus, read-only."),
        "article": Late(
            "corpus.article:article",
            "Show what an article copies, what copies it, what differs, and who tells of the same event.",
        ),
        "mirror": Late(
            "services:mirror",
            "Serve the bundled test portals on loopback, as a forward proxy, until Ctrl-C.",
        ),
        "extract": Late(
            "extract:extract",
            "Extract saved pages as the pipeline would: the kind of each, its article or list rows.",
        ),
        "backfill": Late(
            "operator:backfill_portal",
            "Crawl a portal's history into the archive, in chunks; run it again to continue.",
        ),
        "settings": Late(
            "operator:show_settings",
            "Check settings.yml and the secrets; print the settings in force as YAML.",
        ),
        "status": Late("diagnosis:status", "Show the home, its releases, what runs, and every portal, red ones first."),
        "doctor": Late(
            "diagnosis:doctor", "Examine installation, home, settings and network; say what is wrong, and what to do."
        ),
        "releases": Late("corpus.releases:releases_app", "Kept releases of the corpus, and pins."),
        "portals": Late("portals:portals_app", "Portal definitions."),
        "archive": Late("archive:archive_app", "The WARC archive."),
        "alerts": Late("operator:alerts_app", "Alerts by webhook and e-mail."),
    }


app = typer.Typer(
    cls=_Commands,
    help="Crawl, archive, clean and publish the articles of Hanoi's portals. Data is in $HANOI_CORPUS_HOME (./data).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(f"hanoi-corpus {version('hanoi-corpus')}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Take the options of the program itself."""


def main() -> None:
    """Run the command line; end with a message and an exit code on known errors."""
    as_json = asks_for_json(sys.argv[1:])
    try:
        # Typer prints errors of usage itself, with the usage; as JSON, they are printed here as all others.
        status = app(standalone_mode=not as_json)
    except (CommandError, TyperException, WarehouseError, OSError) as error:
        message, status = _explained(error)
        print_error(message, status, as_json=as_json)
    sys.exit(status)


def _explained(error: Exception) -> tuple[str, int]:
    """Return the message for an error, and the exit code."""
    if isinstance(error, CommandError):
        return str(error), error.status
    if isinstance(error, TyperException):
        return error.format_message(), error.exit_code
    if isinstance(error, WarehouseError):
        kinds = {BusyError: EXIT_BUSY, InputError: EXIT_BAD_INPUT}
        return str(error), next((status for kind, status in kinds.items() if isinstance(error, kind)), EXIT_FAILED)
    is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
    way_out = " Free some space and run the command again: everything stored so far is kept." if is_full else ""
    return f"{error}.{way_out}", EXIT_FAILED
