"""What every stage shares: how it tells how far it is, and how it fails.

Not here: any stage (`dagster_project.pipeline`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Tell: TypeAlias = Callable[[str], None]
"""Takes a line of progress."""


class StageError(Exception):
    """A stage that could not do its work; the message says which, why and the way out."""
