"""The base class of errors that commands print as a message without a traceback.

Belongs here: the base class only. Each module defines its own errors beside the code that raises them.
"""

from __future__ import annotations


class WarehouseError(Exception):
    """An error that an operator can act on; its message is understandable without a traceback."""
