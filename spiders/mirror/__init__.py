"""The bundled test portals: their content, their markup, and the server for them on loopback.

Belongs here: everything that simulates the web. Does not belong here: code that a crawl of a real portal needs. Only
the demo, tests and benchmarks import this package.
"""

from pathlib import Path

MIRROR_PORTALS = Path(__file__).parent / "portals"
"""Folder of the test portals' definitions."""
