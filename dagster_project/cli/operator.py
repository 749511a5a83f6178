"""The operator's commands: the settings in force, whether alerts arrive, and backfills.

Here: arguments, what is printed, exit codes. Not here: what the settings may say (`warehouse.settings`), and how a
backfill goes on (`dagster_project.crawls.backfill`).
"""

from __future__ import annotations

import shlex
import sys
from datetime import datetime
from typing import Annotated, NoReturn

import typer
import yaml

from dagster_project.cli.console import EXIT_BAD_INPUT, EXIT_FAILED, EXIT_INCOMPLETE, fail, new_run_id, progress
from dagster_project.corpus import Corpus
from dagster_project.crawls.backfill import REQUESTS_PER_CHUNK, BoundsError, Chunk, backfill, checked_bounds
from dagster_project.operations.alerts import Message
from dagster_project.operations.delivery import WAYS, DeliveryError, ways_set
from spiders.portal import find_portal
from warehouse.home import Home
from warehouse.settings import Settings, load_settings

alerts_app = typer.Typer(help="What an operator is told by webhook and e-mail.", no_args_is_help=True)

_TEST = Message(
    "test",
    "hanoi-corpus: a test of alerts",
    ("If you read this, alerts of this corpus reach you.",),
)


@alerts_app.callback()
def _alerts() -> None:
    """Keep `test` a command of its own: a group of one would be taken for it."""


@alerts_app.command("test")
def send_test() -> None:
    """Send a test message by every way that settings.yml sets."""
    home = Home.from_environment()
    alerts = load_settings(home).alerts
    ways = ways_set(alerts)
    if not ways:
        fail(f"{home.settings_file}: set alerts.webhook_url or alerts.email first", EXIT_BAD_INPUT)
    failures = []
    for way in ways:
        try:
            WAYS[way](alerts, _TEST)
        except DeliveryError as error:
            failures.append(str(error))
        else:
            print(f"sent by {way}")
    if failures:
        fail("\n".join(failures), EXIT_FAILED)


def backfill_portal(
    portal: Annotated[str, typer.Argument(help="its slug")],
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="first day of publication, in Hanoi")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day of publication, in Hanoi")
    ] = None,
    depth: Annotated[int | None, typer.Option(metavar="PAGES", help="pages of each list, at the most")] = None,
    chunk: Annotated[
        int, typer.Option(metavar="REQUESTS", help="requests until the portal is free for others, for a moment")
    ] = REQUESTS_PER_CHUNK,
    chunks: Annotated[int | None, typer.Option(metavar="N", min=1, help="pause after so many chunks")] = None,
) -> None:
    """Read a portal's history into the archive, chunk by chunk; run it again to go on where it was paused."""
    corpus = Corpus.open(Home.from_environment())
    slug = find_portal(corpus.portals, portal).slug
    first, last = since and since.date(), until and until.date()
    try:
        bounds = checked_bounds(first, last, depth, chunk, corpus.today)
    except BoundsError as error:
        fail(str(error), EXIT_BAD_INPUT)
    done: Chunk | None = None
    try:
        for done in backfill(corpus, slug, bounds, new_run_id(), progress, chunks):
            print(f"{slug}: {done}", flush=True)
    except KeyboardInterrupt:  # the chunk that was under way has ended in good order, and is stored
        _say_paused("paused")
    if done is not None and done.lists_left:
        _say_paused("paused")
    progress("this backfill has come to its end; `hanoi-corpus build` brings its articles into the corpus")


def _say_paused(how: str) -> NoReturn:
    """End the command, and say how to go on."""
    fail(f"{how}; the same command goes on: {shlex.join(['hanoi-corpus', *sys.argv[1:]])}", EXIT_INCOMPLETE)


def show_settings() -> None:
    """Check the home's settings.yml and print the settings in force, defaults included, as YAML."""
    home = Home.from_environment()
    settings = load_settings(home)
    origin = "as the file says; the rest are defaults" if home.settings_file.exists() else "no such file: all defaults"
    progress(f"{home.settings_file}: {origin}")
    print(_spelled(settings), end="")


def _spelled(settings: Settings) -> str:
    """Return a text that is itself a settings file, in which `null` stands for what has no default."""
    shown = settings.model_dump(mode="json")
    return yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)
