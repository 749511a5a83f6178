"""Hand-written YAML files, validated against a model, with errors that name file, line and key.

Such a file is small and plain: scalars, lists and mappings. Anchors, aliases, merge keys, tags and complex keys are
refused, and so are sizes and depths that no such file needs, so that any file is accepted or refused within a second.
Belongs here: parsing such a file, and error messages in terms of YAML, not of Python.
Does not belong here: the models (`spiders.portal`, `warehouse.settings`).
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

BYTES_MAX: Final = 128_000
"""The largest file that is read; real ones have one to five kilobytes."""

_NODES_MAX: Final = 5_000
_DEPTH_MAX: Final = 10
_FAULTS_MAX: Final = 20
_MESSAGE_CHARACTERS_MAX: Final = 300
_KEY_CHARACTERS_MAX: Final = 60

# Control characters but tab and line ends, and halves of characters that UTF-16 writes as two: escapes such as
# "\ud800" give them, and no output could be written with them.
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

Model = TypeVar("Model", bound=BaseModel)


class FileError(Exception):
    """A file that cannot be used; the message has a line per fault: `file:line: key: problem`."""


class Strict(BaseModel):
    """The base of models: unknown keys are faults, and instances are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_truth_value(cls, value: object, info: ValidationInfo) -> object:
        # Without this, `delay_seconds: no` would be 0 seconds, and `pages_max: yes` one page.
        parts = value if isinstance(value, list) else [value]
        field = cls.model_fields[info.field_name or ""]
        if field.annotation is not bool and any(isinstance(part, bool) for part in parts):
            raise ValueError("must not be yes or no, true or false, on or off; put a text in quotes")
        return value


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
    values: dict[str, Any]

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
        where = ".".join(_shown_key(key) for key in keys)
        return _fault(self.path, _line_of(self.root, keys), f"{where + ': ' if where else ''}{message}")

    def _fault_lines(self, error: ValidationError) -> list[str]:
        lines = []
        faults = error.errors(include_url=False)
        for problem in faults[:_FAULTS_MAX]:
            keys = (*problem["loc"], *problem.get("ctx", {}).get("keys", ()))
            what = _MESSAGES.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
            lines.append(str(self.wrong(what, *keys)))
        if len(faults) > _FAULTS_MAX:
            lines.append(f"{shown(self.path)}: and {len(faults) - _FAULTS_MAX} more problems")
        return lines


def shown(value: object, characters_max: int = 1_000) -> str:
    """Return the value as text for a message: printable, on one line, at most `characters_max` long."""
    text = str(value)
    clean = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(one)[0] == "C" else one for one in text)
    return clean if len(clean) <= characters_max else clean[:characters_max] + "…"


def read(path: Path, what: str) -> Document:
    """Read and parse a YAML file.

    `what` is the kind of file, as the subject of an error message, such as `a portal file`.

    Raises:
        FileError: the file cannot be read, or `parse` raises the error.
    """
    try:
        return parse(read_text(path), path, what)
    except (OSError, ValueError) as error:
        raise FileError(f"{shown(path)}: cannot be read: {shown(error)}") from error


def read_text(path: Path) -> str:
    """Return the text of a small file that a person wrote.

    Raises:
        OSError: the file cannot be opened, or it is a folder, a pipe or a device.
        ValueError: it has more than `BYTES_MAX` bytes, or is not UTF-8.
    """
    # Without O_NONBLOCK, opening a pipe would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("it is not a file, but a folder, a pipe or a device")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(BYTES_MAX + 1)
    finally:
        os.close(descriptor)
    if len(content) > BYTES_MAX:
        raise ValueError(f"it has more than {BYTES_MAX} bytes")
    return content.decode("utf-8")


def parse(text: str, path: Path, what: str) -> Document:
    """Parse a file's text as YAML; `path` is used only in errors and need not exist.

    Raises:
        FileError: the text is not YAML, is not a mapping, repeats a key, or uses more of YAML than such a file needs.
    """
    if len(text) > BYTES_MAX:
        raise FileError(f"{shown(path)}: it has more than {BYTES_MAX} characters")
    try:
        root = _Loader(text).get_single_node()
    except yaml.reader.ReaderError as error:
        raise _fault(path, text.count("\n", 0, error.position) + 1, error.reason) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = ": ".join(part for part in (error.context, error.problem) if part)
        raise _fault(path, mark.line + 1 if mark else 1, problem or "is not YAML") from error
    except _RefusedNodeError as error:
        problem, line = error.args
        raise _fault(path, line, problem) from error
    except (ValueError, OverflowError) as error:  # an escape such as "\UFFFFFFFF", which names no character
        raise _fault(path, 1, f"is not YAML: {error}") from error
    if not isinstance(root, yaml.MappingNode):
        raise _fault(path, 1, f"{what} must be a mapping of keys to values")
    values: dict[str, Any] = _value_of(root, path)
    return Document(path, root, values)


def _shown_key(key: object) -> str:
    # An address in the place of a key may be that of a webhook, which is a secret.
    before, slash, _ = shown(key, _KEY_CHARACTERS_MAX).partition("/")
    return f"{before}…" if slash else before or "''"


def _fault(path: Path, line: int, message: str) -> FileError:
    return FileError(f"{shown(path)}:{line}: {shown(message, _MESSAGE_CHARACTERS_MAX)}")


class _RefusedNodeError(Exception):
    """A node is YAML, but no such file needs it; the arguments are what is wrong, and the line."""


class _Loader(yaml.SafeLoader):
    """Composes the nodes of a document, and stops at the first that such a file does not need."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._nodes = 0
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose the node that begins at the next event.

        Raises:
            _RefusedNodeError: no such file needs this node.
        """
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call] # as most of PyYAML's stubs
        self._nodes += 1
        if problem := self._problem(event):
            raise _RefusedNodeError(problem, event.start_mark.line + 1 if event.start_mark else 1)
        self._depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def _problem(self, event: yaml.Event) -> str | None:
        """Return why the node that begins with this event is refused; None if it is not."""
        if self._nodes > _NODES_MAX:
            return f"there are more than {_NODES_MAX} values"
        if self._depth >= _DEPTH_MAX:
            return f"lists and mappings are nested more than {_DEPTH_MAX} deep"
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            return "anchors and aliases (& and *) are not allowed: write the value out"
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            return "tags (!) are not allowed"
        if isinstance(event, yaml.ScalarEvent) and _UNPRINTABLE.search(event.value):
            return "a value holds a control character, or half of a character"
        return None


# Plain scalars that are not text. YAML 1.1 has more, which nobody means: 1:30 as 90, 010 as 8, .inf, dates. They stay
# text, so that the model can name the line and key of an invalid one; so does every text that PyYAML writes plain. The
# numbers are short enough for every reader.
_PLAIN: Final = {
    "null": (r"~|null|Null|NULL|", ("~", "n", "N", "")),
    "bool": (r"(?:y|Y)es|YES|(?:n|N)o|NO|(?:t|T)rue|TRUE|(?:f|F)alse|FALSE|(?:o|O)n|ON|(?:o|O)ff|OFF", "yYnNtTfFoO"),
    "int": (r"[-+]?(?:0|[1-9][0-9]{0,14})", "-+0123456789"),
    "float": (r"[-+]?[0-9]{1,15}\.[0-9]{0,15}(?:[eE][-+][0-9]{1,3})?", "-+0123456789"),
}
_Loader.yaml_implicit_resolvers = {}
for _name, (_pattern, _first) in _PLAIN.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(rf"(?:{_pattern})\Z"), list(_first))

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


def _value_of(node: yaml.Node, path: Path) -> Any:
    """Return a node as a Python value; the keys of mappings are texts as they are written.

    Raises:
        FileError: a key is repeated, of which YAML itself would silently keep the last one; or it is not plain text.
    """
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise _fault(path, line, "a key must be plain text, not a list or mapping")
            if key.value in found:
                raise _fault(path, line, f"{_shown_key(key.value)}: the key is given twice")
            found[key.value] = _value_of(value, path)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_value_of(item, path) for item in node.value]
    return _SCALARS.get(node.tag.rpartition(":")[2], str)(node.value)


_SCALARS: Final[dict[str, Callable[[str], Any]]] = {
    "null": lambda _text: None,
    "bool": lambda text: text.lower() in ("yes", "true", "on"),
    "int": int,
    "float": float,
}
