"""The bundled test portals: their content, their markup and the server that plays them on loopback.

Here: everything that pretends to be the web. Not here: anything that a crawl of a real portal needs; nothing outside
demo and tests imports this package.
"""

from pathlib import Path

MIRROR_PORTALS = Path(__file__).parent / "portals"
"""Folder of the test portals' definitions."""
