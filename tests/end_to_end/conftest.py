"""Shared fixtures of the end-to-end tests: the demo, run once, and the definitions, loaded once."""

from __future__ import annotations

from tests.code_location import definitions, made_manifest
from tests.demonstration import demo, installed

__all__ = ["definitions", "demo", "installed", "made_manifest"]
