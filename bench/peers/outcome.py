"""What our functions made of one file of a peer's corpus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from bench.extraction.cases import SHARED

PEERS: Final = SHARED / "peers"

Kind: TypeAlias = Literal["right", "missed", "refused", "crashed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one file.

    Attributes:
        corpus: name of the corpus, as in the report.
        file: path of the file in the corpus's folder.
        kind: `right` if nothing is lost; `missed` if something that the corpus expects was not found; `refused` if our
            function says by its own error that the file is unusable; `crashed` if another exception left it.
        reason: what was missed, or the error; empty if nothing is lost.
    """

    corpus: str
    file: str
    kind: Kind
    reason: str = ""


def outcomes(
    corpus: str, files: Iterable[Path], read: Callable[[Path], str], refusals: tuple[type[Exception], ...]
) -> Iterator[Outcome]:
    """Yield the outcome of each file.

    Args:
        corpus: name of the corpus.
        files: the files, inside `PEERS`.
        read: reads one file and returns what was missed; empty if nothing.
        refusals: the errors by which our function refuses a file, as its docstring says.
    """
    for path in files:
        name = str(path.relative_to(PEERS))
        try:
            missed = read(path)
        except refusals as error:
            yield Outcome(corpus, name, "refused", _short(error))
        except Exception as error:  # finding these is what the run is for
            yield Outcome(corpus, name, "crashed", f"{type(error).__name__}: {_short(error)}")
        else:
            yield Outcome(corpus, name, "missed" if missed else "right", missed)


def _short(error: Exception) -> str:
    text = " ".join(str(error).split()).replace(str(PEERS), "")
    return text if len(text) <= 160 else f"{text[:160]}…"


def files_in(folder: Path, *suffixes: str) -> list[Path]:
    """Return the files below a folder, sorted; those with one of the suffixes if any are given."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not suffixes or path.name.endswith(suffixes))
