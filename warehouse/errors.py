"""The base of the warehouse's errors: what a command shows as one message, without a traceback.

Here: the base class alone. Each module defines its own kinds beside the code that raises them.
"""

from __future__ import annotations


class WarehouseError(Exception):
    """Something an operator can act on; the message names the thing and the way out."""
