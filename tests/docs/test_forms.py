"""Issue forms, the pull-request template and the pre-commit hooks are valid and call what exists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.pages import REPOSITORY, text_of

GITHUB = REPOSITORY / ".github"
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
# The labels of a new repository on GitHub that the forms may use.
LABELS = {"bug", "documentation", "enhancement", "question"}
TYPES = {"checkboxes", "dropdown", "input", "markdown", "textarea"}


def load(path: Path) -> Any:
    return yaml.safe_load(text_of(path))


def test_there_are_four_forms() -> None:
    assert [path.stem for path in FORMS] == ["bug", "layout-changed", "new-portal", "wrong-article"]
    assert load(GITHUB / "ISSUE_TEMPLATE" / "config.yml") == {"blank_issues_enabled": True}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_valid(path: Path) -> None:
    form = load(path)
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert form["name"]
    assert form["description"]
    assert set(form["labels"]) <= LABELS
    assert {field["type"] for field in form["body"]} <= TYPES
    for key in ([field["id"] for field in fields], [field["attributes"]["label"] for field in fields]):
        assert len(set(key)) == len(key)
    assert any(field.get("validations", {}).get("required") for field in fields)
    for field in fields:
        options = field["attributes"].get("options", [])
        assert (field["type"] == "dropdown") == bool(options)
        assert all(isinstance(option, str) for option in options)
        assert len(set(options)) == len(options)


def test_the_pull_request_template_names_the_checks() -> None:
    template = text_of(GITHUB / "pull_request_template.md")
    assert [name for name in ("make check", "make test", "CHANGELOG.md") if f"`{name}`" not in template] == []


def test_hooks_call_installed_tools() -> None:
    (repository,) = load(REPOSITORY / ".pre-commit-config.yaml")["repos"]
    hooks = repository["hooks"]
    assert repository["repo"] == "local"
    assert {hook["language"] for hook in hooks} == {"system"}
    assert len({hook["id"] for hook in hooks}) == len(hooks)
    programs = {hook["entry"].split()[0] for hook in hooks} - {"git"}
    assert [program for program in programs if not (REPOSITORY / program).exists()] == []
