"""The operator's commands: showing the settings, testing alerts, and backfills.

Does not belong here: the settings' schema (`warehouse.settings`), and the chunks of a backfill
(`dagster_project.crawls.backfill`).
"""

from __future__ import annotations

import shlex
import sys
from datetime import datetime
from typing import Annotated

import typer
import yaml

from dagster_project.cli.input.portals import Slug
from dagster_project.cli.output.console import EXIT_BAD_INPUT, EXIT_FAILED, EXIT_INCOMPLETE, fail, new_run_id, progress
from dagster_project.cli.output.stopping import stoppable
from dagster_project.corpus import Corpus
from dagster_project.crawls.backfill import REQUESTS_PER_CHUNK, Chunk, backfill, checked_bounds
from dagster_project.operations.alerting.alerts import Message
from dagster_project.operations.alerting.credentials import smtp_password, webhook_token
from dagster_project.operations.alerting.delivery import CHANNELS, DeliveryError, active_channels
from warehouse.home import Home
from warehouse.settings import load_settings

alerts_app = typer.Typer(help="Alerts by webhook and e-mail.", no_args_is_help=True)

_TEST = Message("test", "hanoi-corpus: a test of alerts", ("If you can read this, alerts of this corpus reach you.",))


@alerts_app.callback()
def _alerts() -> None:
    """Make `test` a subcommand: without a callback, Typer would turn the group into that command."""


@alerts_app.command("test")
def send_test() -> None:
    """Send a test message to the webhook and the e-mail recipients in settings.yml."""
    home = Home.from_environment()
    alerts = load_settings(home).alerts
    channels = active_channels(alerts)
    if not channels:
        fail(f"{home.settings_file}: set alerts.webhook_url or alerts.email first", EXIT_BAD_INPUT)
    failures = []
    for channel in channels:
        try:
            CHANNELS[channel](alerts, _TEST)
        except DeliveryError as error:
            failures.append(str(error))
        else:
            print(f"sent by {channel}")
    if failures:
        fail("\n".join(failures), EXIT_FAILED)


def backfill_portal(
    portal: Slug,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="first day of publication, in Hanoi")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day of publication, in Hanoi")
    ] = None,
    depth: Annotated[int | None, typer.Option(metavar="PAGES", help="maximum number of pages of each list")] = None,
    chunk: Annotated[
        int, typer.Option(metavar="REQUESTS", help="requests per chunk; other crawls may run between two chunks")
    ] = REQUESTS_PER_CHUNK,
    chunks: Annotated[int | None, typer.Option(metavar="N", min=1, help="pause after this many chunks")] = None,
) -> None:
    """Crawl a portal's history into the archive, in chunks; run it again to continue."""
    corpus = Corpus.open(Home.from_environment())
    slug = corpus.portal(portal).slug
    first, last = since and since.date(), until and until.date()
    bounds = checked_bounds(first, last, depth, chunk, corpus.today)
    done: Chunk | None = None
    with stoppable("the backfill", lambda: f"Every page that was received is stored; {_how_to_continue()}"):
        for done in backfill(corpus, slug, bounds, new_run_id(), progress, chunks):
            print(f"{slug}: {done}", flush=True)
    if done is not None and done.lists_left:
        fail(f"paused; {_how_to_continue()}", EXIT_INCOMPLETE)
    progress("this backfill is complete; run `hanoi-corpus build` to add its articles to the corpus")


def _how_to_continue() -> str:
    return f"the same command continues: {shlex.join(['hanoi-corpus', *sys.argv[1:]])}"


def show_settings() -> None:
    """Check settings.yml and the secrets; print the settings in force as YAML."""
    home = Home.from_environment()
    settings = load_settings(home)
    origin = "as the file says, otherwise defaults" if home.settings_file.exists() else "no such file: all defaults"
    progress(f"{home.settings_file}: {origin}")
    # The output is a valid settings file, but for the webhook's URL, whose secret is hidden; `null` means not set.
    shown = settings.model_dump(mode="json")
    print(yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110), end="")
    webhook_token()
    smtp_password()
