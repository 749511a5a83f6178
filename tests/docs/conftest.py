"""The demo and the Dagster definitions as fixtures of these tests."""

from tests.code_location import definitions, made_manifest
from tests.demonstration import demo, installed

__all__ = ["definitions", "demo", "installed", "made_manifest"]
