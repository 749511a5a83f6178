"""The data model page, `docs/data-model.md`: what the marts' YAML says, as Markdown on standard output.

Here: turning dbt's descriptions and tests of the marts into a page for readers; `make docs` writes it. Not here: the
descriptions themselves (`dbt_models/models/marts/_marts.yml`, `dbt_models/tests/_tests.yml`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from dagster_project.instance import REPOSITORY
from warehouse.tables.publish import MARTS

MARTS_FILE = Path("dbt_models/models/marts/_marts.yml")
TABLE_TESTS_FILE = Path("dbt_models/tests/_tests.yml")

_HEAD = f"""\
# Data model

Made by `make docs` from `{MARTS_FILE}` and `{TABLE_TESTS_FILE}`; edit those.

These are the tables of `corpus.duckdb`. Their columns and types are enforced by dbt, and each test below is run on
every build: where one fails, nothing is published. Beside them stand `meta` and `meta_portals`, which say what the
release is ([for analysts](analyst.md#which-release-is-this)).
"""

_REFERENCE = re.compile(r"ref\('(?P<model>\w+)'\)")


class DataModelError(Exception):
    """The marts' YAML says something that the page cannot tell; the message names file, table and column."""


def data_model() -> str:
    """Return the page as Markdown.

    Raises:
        DataModelError: a published table or a column lacks its description, or has a kind of test unknown here.
    """
    models = {model["name"]: model for model in _read(MARTS_FILE)["models"]}
    sections = [_HEAD, _contents(models)]
    sections += [_mart(_known(models, mart), order) for mart, order in MARTS.items()]
    sections.append(_table_tests(_read(TABLE_TESTS_FILE)["data_tests"]))
    return "\n".join(sections)


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((REPOSITORY / file).read_text(encoding="utf-8"))
    return found


def _known(models: Mapping[str, dict[str, Any]], mart: str) -> dict[str, Any]:
    if mart not in models:
        raise DataModelError(f"{MARTS_FILE}: {mart} is published but not described")
    return models[mart]


def _contents(models: Mapping[str, dict[str, Any]]) -> str:
    lines = ["| table | one row per |", "| --- | --- |"]
    for mart in MARTS:
        first_clause = re.split(r"[,:.]", _text(_known(models, mart), mart).removeprefix("One row per "), maxsplit=1)[0]
        lines.append(f"| [`{mart}`](#{mart}) | {first_clause} |")
    return "\n".join(lines) + "\n"


def _mart(model: Mapping[str, Any], order: str) -> str:
    name = model["name"]
    lines = [f"## {name}", "", _text(model, name), "", f"Rows stand in the order of {order}.", ""]
    lines += ["| column | type | what it says | tests |", "| --- | --- | --- | --- |"]
    lines += [_column(column, name) for column in model["columns"]]
    return "\n".join(lines) + "\n"


def _column(column: Mapping[str, Any], mart: str) -> str:
    where = f"{mart}.{column['name']}"
    tests = "; ".join(_test(test, where) for test in column.get("data_tests", ()))
    cells = [f"`{column['name']}`", f"`{column['data_type']}`", _text(column, where), tests]
    # A bar within a cell would end it.
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _test(test: str | Mapping[str, Any], where: str) -> str:
    """Return a test in words; dbt writes one without arguments as its bare name."""
    if isinstance(test, str):
        return test.replace("_", " ")
    ((kind, settings),) = test.items()
    arguments = settings.get("arguments", {})
    severity = " (warns)" if settings.get("config", {}).get("severity") == "warn" else ""
    if kind == "accepted_values":
        return f"one of {', '.join(f'`{value}`' for value in arguments['values'])}{severity}"
    if kind == "relationships":
        (model,) = _REFERENCE.findall(arguments["to"])
        return f"is a [`{model}.{arguments['field']}`](#{model}){severity}"
    raise DataModelError(f"{MARTS_FILE}: {where}: no words are known for a test of kind {kind}")


def _table_tests(tests: Sequence[Mapping[str, Any]]) -> str:
    lines = ["## Tests over whole tables", "", "| test | what holds | tables |", "| --- | --- | --- |"]
    for test in tests:
        tables = ", ".join(f"[`{table}`](#{table})" for table in sorted(set(_tables_of(test["name"]))))
        lines.append(f"| `{test['name']}` | {_text(test, test['name'])} | {tables} |")
    return "\n".join(lines) + "\n"


def _tables_of(test: str) -> Iterator[str]:
    sql = (REPOSITORY / TABLE_TESTS_FILE).with_name(f"{test}.sql").read_text(encoding="utf-8")
    yield from _REFERENCE.findall(sql)


def _text(described: Mapping[str, Any], where: str) -> str:
    text = " ".join(str(described.get("description") or "").split())
    if not text:
        raise DataModelError(f"{where} has no description")
    return text


if __name__ == "__main__":
    print(data_model(), end="")
