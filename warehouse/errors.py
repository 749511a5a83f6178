"""The base classes of errors that commands print as a message without a traceback.

Belongs here: the base classes only; the command line ends with another exit code for each. Each module defines its own
errors beside the code that raises them.
"""

from __future__ import annotations


class WarehouseError(Exception):
    """An error that an operator can act on; its message is understandable without a traceback."""


class InputError(WarehouseError):
    """What the user gave cannot be used: an argument, a setting, a portal file, SQL."""


class BusyError(WarehouseError):
    """Another process uses what this one needs."""
