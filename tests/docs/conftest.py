"""The demo, for what the pages show of it."""

from tests.demonstration import demo

__all__ = ["demo"]
