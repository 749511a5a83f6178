"""The operator's commands: the settings in force.

Here: arguments, and what is printed. Not here: what the settings may say (`warehouse.settings`).
"""

from __future__ import annotations

import yaml

from dagster_project.console import progress
from warehouse.home import Home
from warehouse.settings import Settings, load_settings


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
