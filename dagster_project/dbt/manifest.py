"""dbt's manifest, from which Dagster learns which models there are: made when installing, checked when it is read.

`make install` makes it, as do `hanoi-corpus demo` and `hanoi-corpus dev` where a model was changed since:

    python -m dagster_project.dbt.manifest

Whether it is of the models that stand there now is told by a digest of their files beside it: times of files say
nothing where git or a copy set them. `hanoi-corpus build` needs no manifest. Not here: what Dagster makes of it
(`dagster_project.defs.dbt_models`).
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from dagster_project.children import run_child
from dagster_project.dbt.project import DBT_PROJECT
from dagster_project.instance import program
from dagster_project.stage import StageError, Tell
from warehouse.durable import replacing

MANIFEST = DBT_PROJECT / "target" / "manifest.json"
_SUFFIXES = (".csv", ".md", ".py", ".sql", ".yml")
# Parsing takes seconds; another process that parses is waited for.
_TIMEOUT_SECONDS = 120.0


def complaint() -> str | None:
    """Return why the manifest cannot be used, and the way out; None where it can."""
    reason = _what_is_wrong()
    return reason and f"{MANIFEST} {reason}. Run `make install` in {DBT_PROJECT.parent}, then reload the code location."


def refresh(tell: Tell) -> None:
    """Make the manifest where it cannot be used as it is.

    Raises:
        StageError: dbt cannot read the models; the message holds its own words.
    """
    if _what_is_wrong() is None:
        return
    MANIFEST.parent.mkdir(exist_ok=True)
    with FileLock(MANIFEST.with_suffix(".lock"), timeout=_TIMEOUT_SECONDS):
        if _what_is_wrong() is None:  # whoever was waited for has made it
            return
        tell(f"reading the dbt models: {MANIFEST}")
        digest = _digest_of_sources()
        with tempfile.TemporaryDirectory(dir=MANIFEST.parent) as folder:
            _parse(Path(folder), tell)
            # First the one, then what vouches for it: a process killed between leaves one that is made again.
            (Path(folder) / MANIFEST.name).replace(MANIFEST)
        with replacing(_digest_file()) as temporary:
            temporary.write_text(digest, encoding="utf-8")


def _parse(target: Path, tell: Tell) -> None:
    project = str(DBT_PROJECT)
    command = [program("dbt"), "--quiet", "parse", "--project-dir", project, "--profiles-dir", project]
    command += ["--target-path", str(target), "--log-path", str(target)]
    status, complaint = run_child(command, {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}, tell)
    if status != 0:
        raise StageError(f"dbt cannot read the models of {project}.\n{complaint}".strip())


def _what_is_wrong() -> str | None:
    try:
        json.loads(MANIFEST.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "is missing"
    except (OSError, ValueError):
        return "cannot be read"
    try:
        digest = _digest_file().read_text(encoding="utf-8")
    except (OSError, ValueError):
        digest = None
    return None if digest == _digest_of_sources() else "is of other models than stand there now"


def _digest_file() -> Path:
    return MANIFEST.with_name("sources.sha256")


def _digest_of_sources() -> str:
    """Return a digest over the project's files and dbt's version, by both of which the manifest is what it is."""
    digest = hashlib.sha256(version("dbt-core").encode())
    for file in sorted(_sources()):
        content = file.read_bytes()
        digest.update(f"\n{file.relative_to(DBT_PROJECT).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield from DBT_PROJECT.glob("[!.]*.yml")
    for folder in ("macros", "models", "tests"):
        yield from (
            path for path in (DBT_PROJECT / folder).rglob("[!.]*") if path.suffix in (".md", ".py", ".sql", ".yml")
        )


if __name__ == "__main__":
    try:
        refresh(lambda line: print(line, file=sys.stderr))
    except StageError as error:
        sys.exit(str(error))
