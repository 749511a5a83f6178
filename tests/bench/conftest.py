"""The demo's home, for the tests that break one."""

from tests.demonstration import demo, installed

__all__ = ["demo", "installed"]
