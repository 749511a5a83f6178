"""The pages name every command and recipe that there is, and none that there is not."""

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
    """Return the options of every command, by the command's words."""
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
    """Return the command that a call begins with; the call's first word where there is none."""
    for length in (2, 1):
        if tuple(words[:length]) in COMMANDS:
            return tuple(words[:length])
    return tuple(words[:1])


def test_the_commands_were_found() -> None:
    assert {("demo",), ("query",), ("portals", "check"), ("archive", "recover")} <= COMMANDS.keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_that_a_page_names_exist(page: Path) -> None:
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
    told = {command_of(words) for page in PAGES for words in commands(page, "hanoi-corpus") if "--json" in words}
    assert told == {words for words, options in COMMANDS.items() if "--json" in options}


def test_recipes_that_the_pages_name_exist() -> None:
    recipes = set(re.findall(r"^([a-z-]+):.*## ", text_of(REPOSITORY / "Makefile"), re.MULTILINE))
    named = {words[0] for page in PAGES for words in commands(page, "make")}
    assert named <= recipes
    assert {"demo", "test", "dev", "lint", "bench", "docs"} <= named


def test_modules_that_the_pages_name_can_be_run() -> None:
    named = {words[1] for page in PAGES for words in commands(page, "python") if words[:1] == ["-m"]}
    assert {name for name in named if importlib.util.find_spec(name) is None} == set()
