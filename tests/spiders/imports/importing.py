"""Importing a file in tests, and reading what the archive has then."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from spiders.imports.warc_import import Imported, import_warc
from spiders.portal import Portal
from warehouse.archive.files import warc_files
from warehouse.archive.warc.format import StoredCapture
from warehouse.archive.warc.reader import read_captures
from warehouse.home import Home

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def bring(home: Home, portal: Portal, file: Path) -> Imported:
    return import_warc(home, [portal], file, "run", NOW)


def captures(home: Home) -> list[StoredCapture]:
    return [stored for warc in warc_files(home) for stored in read_captures(warc)]
