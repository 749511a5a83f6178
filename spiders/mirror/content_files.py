"""Reads the YAML files of the test portals into Pydantic models.

Belongs here: reading and validating one file, with errors that name file, article and key. Does not belong here: the
models, and checks across files (`spiders.mirror.content`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

_Model = TypeVar("_Model", bound=BaseModel)


class ContentError(Exception):
    """A content file is missing or invalid; the message names the file, and the article if it is in one."""


def read_file(path: Path, model: type[_Model]) -> _Model:
    """Read a YAML file into the model.

    Raises:
        ContentError: the file cannot be read or does not fit the model; the message names every problem.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ContentError(f"{path}: cannot be read: {error}") from error
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise ContentError("\n".join(_problems(error, raw, path))) from error


def _problems(error: ValidationError, raw: Any, path: Path) -> Iterator[str]:
    for problem in error.errors():
        keys = problem["loc"]
        where = ""
        if keys[:1] == ("articles",) and len(keys) > 1 and isinstance(keys[1], int):
            entry = raw["articles"][keys[1]]
            name = entry.get("id", f"number {keys[1] + 1}") if isinstance(entry, dict) else f"number {keys[1] + 1}"
            where, keys = f"article {name}: ", keys[2:]
        dotted = ".".join(str(key) for key in keys)
        yield f"{path}: {where}{dotted + ': ' if dotted else ''}{problem['msg'].removeprefix('Value error, ')}"
