"""What the tests of this package share with those of the whole: the demo, run once."""

from __future__ import annotations

from tests.code_location import definitions, made_manifest
from tests.demonstration import demo

__all__ = ["definitions", "demo", "made_manifest"]
