"""YAML files that people write, held to a model, with errors that name file, line and key.

Here: reading such a file's text, and saying where it is wrong in words that its author knows. Not here: what a file may
say (`spiders.portal`, `warehouse.settings`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

Model = TypeVar("Model", bound=BaseModel)


class FileError(Exception):
    """A file that cannot be used; the message has a line `file:line: key: what is wrong` for each fault."""


class Strict(BaseModel):
    """A part of a file: unknown keys are faults, values do not change afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def rule_broken(message: str, *keys: str | int) -> PydanticCustomError:
    """Return the error of a rule over several keys, which says itself where it belongs."""
    return PydanticCustomError("inconsistent", "{message}", {"message": message, "keys": keys})


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text as YAML, its lines remembered.

    Attributes:
        path: the file, as errors name it.
        root: its mapping.
        values: what it says.
    """

    path: Path
    root: yaml.MappingNode
    values: dict[Any, Any]

    def as_model(self, model: type[Model]) -> Model:
        """Return what the file says as the model.

        Raises:
            FileError: it says something that the model does not know; each fault has its line.
        """
        try:
            return model.model_validate(self.values)
        except ValidationError as error:
            raise FileError("\n".join(self._explained(error))) from error

    def wrong(self, message: str, *keys: str | int) -> FileError:
        """Return the error that the value under `keys` is wrong."""
        where = ".".join(str(key) for key in keys)
        return FileError(f"{self.path}:{_line_of(self.root, keys)}: {where + ': ' if where else ''}{message}")

    def _explained(self, error: ValidationError) -> list[str]:
        lines = []
        for problem in error.errors():
            keys = (*problem["loc"], *problem.get("ctx", {}).get("keys", ()))
            what = _WORDS.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
            lines.append(str(self.wrong(what, *keys)))
        return lines


def read(path: Path, what: str) -> Document:
    """Return a file as YAML.

    Args:
        path: the file.
        what: what it is, as an error begins to speak of it, such as `a portal file`.

    Raises:
        FileError: it cannot be read, or as of `parse`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: cannot be read: {error}") from error
    return parse(text, path, what)


def parse(text: str, path: Path, what: str) -> Document:
    """Return a file's text as YAML; `path` names the file, which need not be there yet.

    Raises:
        FileError: it is no YAML, no mapping, or gives a key twice.
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
        values = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader by another name
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "is not YAML"
        raise FileError(f"{path}:{line}: {problem}") from error
    if not isinstance(root, yaml.MappingNode):
        raise FileError(f"{path}:1: {what} is a mapping of keys to values")
    _refuse_repeated_keys(root, path)
    return Document(path, root, values)


class _Loader(yaml.SafeLoader):
    """A SafeLoader that leaves dates as written, so that the model can name the line and key of a wrong one."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

# What pydantic says in the words of Python, in those of a file.
_WORDS = {
    "extra_forbidden": "unknown key",
    "missing": "the key is missing",
    "model_type": "must be a mapping of keys to values",
    "tuple_type": "must be a list",
}


def _line_of(node: Any, keys: tuple[int | str, ...]) -> int:
    """Return the 1-based line of the key that `keys` leads to, or of the deepest part of the way that exists."""
    line: int = node.start_mark.line + 1
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == key), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _refuse_repeated_keys(node: yaml.Node, path: Path) -> None:
    """YAML lets the last of two equal keys win silently; these files may not."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise FileError(f"{path}:{key.start_mark.line + 1}: {key.value}: the key is given twice")
            seen.add(key.value)
            _refuse_repeated_keys(value, path)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeated_keys(item, path)
