"""The demo and the definitions, for what the pages show of them."""

from tests.code_location import definitions, made_manifest
from tests.demonstration import demo

__all__ = ["definitions", "demo", "made_manifest"]
