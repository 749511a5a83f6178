"""Commands and recipes in the pages: all that exist are named, and all that are named exist."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from dagster_project.cli.main import app
from tests.docs.pages import PAGES, REPOSITORY, commands, text_of


def existing() -> dict[tuple[str, ...], set[str]]:
    """Return the options of every command, by its words."""
    found: dict[tuple[str, ...], set[str]] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        if hasattr(command, "commands"):
            for name, child in command.commands.items():
                walk(child, (*words, name))
        else:
            found[words] = {option for parameter in command.params for option in parameter.opts} | {"--help"}

    walk(typer.main.get_command(app), ())
    return found


COMMANDS = existing()


def command_of(words: list[str]) -> tuple[str, ...]:
    """Return the command at the beginning of a call, or the call's first word."""
    for length in (2, 1):
        if tuple(words[:length]) in COMMANDS:
            return tuple(words[:length])
    return tuple(words[:1])


def test_the_commands_were_found() -> None:
    assert {("demo",), ("query",), ("portals", "check"), ("archive", "recover")} <= COMMANDS.keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_commands_and_options_in_a_page_exist(page: Path) -> None:
    wrong = []
    for words in commands(page, "hanoi-corpus"):
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        if command_of(words) not in COMMANDS or options - COMMANDS[command_of(words)]:
            wrong.append(" ".join(words))
    assert wrong == []


def test_every_command_is_named() -> None:
    named = {command_of(words) for page in PAGES for words in commands(page, "hanoi-corpus")}
    assert COMMANDS.keys() - named == set()


def test_every_json_option_is_explained() -> None:
    explained = {command_of(words) for page in PAGES for words in commands(page, "hanoi-corpus") if "--json" in words}
    assert explained == {words for words, options in COMMANDS.items() if "--json" in options}


def test_recipes_in_the_pages_exist() -> None:
    recipes = set(re.findall(r"^([a-z-]+):.*## ", text_of(REPOSITORY / "Makefile"), re.MULTILINE))
    named = {words[0] for page in PAGES for words in commands(page, "make")}
    assert named <= recipes
    assert {"demo", "test", "check", "fmt", "dev", "lint", "bench", "docs"} <= named


def test_modules_in_the_pages_can_be_run() -> None:
    named = {words[1] for page in PAGES for words in commands(page, "python") if words[:1] == ["-m"]}
    assert {name for name in named if importlib.util.find_spec(name) is None} == set()
