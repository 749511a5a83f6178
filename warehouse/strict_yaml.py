"""Hand-written YAML files, validated against a model, with errors that name file, line and key.

Belongs here: parsing such a file, and error messages in terms of YAML, not of Python.
Does not belong here: the models (`spiders.portal`, `warehouse.settings`).
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
    """A file that cannot be used; the message has a line per fault: `file:line: key: problem`."""


class Strict(BaseModel):
    """The base of models: unknown keys are faults, and instances are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def rule_broken(message: str, *keys: str | int) -> PydanticCustomError:
    """Return the error for a rule about several keys; the message gives the line of the path `keys`."""
    return PydanticCustomError("inconsistent", "{message}", {"message": message, "keys": keys})


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed YAML file.

    Attributes:
        path: the file's name in errors.
        root: its top-level mapping, with line numbers.
        values: the same mapping as Python values.
    """

    path: Path
    root: yaml.MappingNode
    values: dict[Any, Any]

    def as_model(self, model: type[Model]) -> Model:
        """Return the values as an instance of the model.

        Raises:
            FileError: the values do not fit the model; the message has a line per fault.
        """
        try:
            return model.model_validate(self.values)
        except ValidationError as error:
            raise FileError("\n".join(self._fault_lines(error))) from error

    def wrong(self, message: str, *keys: str | int) -> FileError:
        """Return an error about the value at the path `keys`."""
        where = ".".join(str(key) for key in keys)
        return FileError(f"{self.path}:{_line_of(self.root, keys)}: {where + ': ' if where else ''}{message}")

    def _fault_lines(self, error: ValidationError) -> list[str]:
        lines = []
        for problem in error.errors():
            keys = (*problem["loc"], *problem.get("ctx", {}).get("keys", ()))
            what = _MESSAGES.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
            lines.append(str(self.wrong(what, *keys)))
        return lines


def read(path: Path, what: str) -> Document:
    """Read and parse a YAML file.

    `what` is the kind of file, as the subject of an error message, such as `a portal file`.

    Raises:
        FileError: the file cannot be read, or `parse` raises the error.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: cannot be read: {error}") from error
    return parse(text, path, what)


def parse(text: str, path: Path, what: str) -> Document:
    """Parse a file's text as YAML; `path` is used only in errors and need not exist.

    Raises:
        FileError: the text is not YAML, is not a mapping, or repeats a key.
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
        values = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader by another name
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "is not YAML"
        raise FileError(f"{path}:{line}: {problem}") from error
    if not isinstance(root, yaml.MappingNode):
        raise FileError(f"{path}:1: {what} must be a mapping of keys to values")
    _refuse_repeated_keys(root, path)
    return Document(path, root, values)


class _Loader(yaml.SafeLoader):
    """A SafeLoader that keeps dates as text, so that errors can name the line and key of an invalid one."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

# Replacements for messages of pydantic that mention Python types.
_MESSAGES = {
    "extra_forbidden": "unknown key",
    "missing": "the key is missing",
    "model_type": "must be a mapping of keys to values",
    "tuple_type": "must be a list",
}


def _line_of(node: Any, keys: tuple[int | str, ...]) -> int:
    """Return the 1-based line of the key at the path `keys`, or of the path's deepest existing part."""
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
    """Raise an error for a repeated key; YAML itself would silently keep the last one."""
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
