"""The operator's commands: the settings in force, and whether alerts arrive.

Here: arguments, and what is printed. Not here: what the settings may say (`warehouse.settings`).
"""

from __future__ import annotations

import typer
import yaml

from dagster_project.alerts import Message
from dagster_project.console import EXIT_BAD_INPUT, EXIT_FAILED, fail, progress
from dagster_project.delivery import WAYS, DeliveryError, ways_set
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
