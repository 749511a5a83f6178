"""The demo's home, for the tests that break one."""

from tests.demonstration import demo

__all__ = ["demo"]
