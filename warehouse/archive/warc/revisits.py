"""Revisits resolved: from a record that says "unchanged" to the response in which its body stands.

Here: finding that response in the archive, whatever has become of its file since. Not here: writing and reading the
records themselves (`warehouse.archive.warc`).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from warehouse.archive.files import WARC_NAME, named_warc_file
from warehouse.archive.warc.format import DamagedWarcError, RecordReference, StoredCapture
from warehouse.archive.warc.reader import read_capture, read_captures
from warehouse.storage import Storage, StoredFile


class UnresolvedRevisitError(Exception):
    """The body that a revisit refers to is not in the archive, or not whole; says which, and why."""

    def __init__(self, revisit: StoredCapture, problem: str) -> None:
        """Name the revisit, and why there is no body for it."""
        one = revisit.capture
        super().__init__(f"{one.warc_file}: the revisit of {one.url} at byte {one.warc_offset}: {problem}")
        self.problem = problem


class Revisits:
    """Resolves revisits within one archive; keeps where the records stand of files in which they have moved."""

    def __init__(self, storage: Storage) -> None:
        """Resolve within the archive that stands in a storage."""
        self._storage = storage
        self._moved: dict[str, Mapping[str, int]] = {}

    def resolve(self, revisit: StoredCapture) -> StoredCapture:
        """Return the response in which the revisit's body stands.

        Raises:
            UnresolvedRevisitError: its file is gone or damaged, or another record stands there.
        """
        reference = revisit.refers_to
        if reference is None:
            raise ValueError(f"{revisit.capture.url} is no revisit")
        if not WARC_NAME.fullmatch(reference.warc_file):
            raise UnresolvedRevisitError(revisit, f"{reference.warc_file!r} is not the name of a file of the archive")
        if not named_warc_file(self._storage, reference.warc_file).exists():
            raise UnresolvedRevisitError(revisit, f"{reference.warc_file} is not in the archive")
        found = self._find(reference)
        if found is None:
            raise UnresolvedRevisitError(
                revisit, f"{reference.warc_file} has no whole response {reference.record_id} any more"
            )
        if found.capture.payload_digest != reference.payload_digest:
            raise UnresolvedRevisitError(revisit, f"response {reference.record_id} has another payload digest")
        return found

    def _find(self, reference: RecordReference) -> StoredCapture | None:
        warc = named_warc_file(self._storage, reference.warc_file)
        if reference.warc_file not in self._moved:
            if (found := _read(warc, reference.warc_offset, reference)) is not None:
                return found
            self._moved[reference.warc_file] = _offsets(warc)
        offset = self._moved[reference.warc_file].get(reference.record_id)
        return None if offset is None else _read(warc, offset, reference)


def _read(warc: StoredFile, offset: int, reference: RecordReference) -> StoredCapture | None:
    """Return the response at an offset if it is whole and the one that is meant."""
    try:
        found = read_capture(warc, offset)
    except DamagedWarcError:
        return None
    is_meant = found.capture.capture_id == reference.record_id and not found.capture.is_revisit
    return found if is_meant else None


def _offsets(warc: StoredFile) -> dict[str, int]:
    """Return where each capture stands, by its id: a recovery drops what is damaged, and the rest moves forward."""
    offsets: dict[str, int] = {}
    # Of a damaged file, what stands before the damage; `archive verify` tells about the rest.
    with suppress(DamagedWarcError):
        for stored in read_captures(warc):
            offsets[stored.capture.capture_id] = stored.capture.warc_offset
    return offsets
