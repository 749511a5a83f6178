"""Shared by all stages: the progress callback and the error.

Does not belong here: the stages (`dagster_project.pipeline`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Log: TypeAlias = Callable[[str], None]
"""Logs one line of progress."""


class StageError(Exception):
    """A stage failed; the message says which stage, why, and what to do."""
