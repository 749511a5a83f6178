"""Resolves revisits: finds the response with the body of each.

Belongs here: finding a response in the archive, even if a recovery of its file changed its offset.
Does not belong here: writing and reading revisit records (`warehouse.archive.warc`).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from warehouse.archive.files import WARC_NAME, named_warc_file
from warehouse.archive.warc.format import DamagedWarcError, RecordReference, StoredCapture
from warehouse.archive.warc.reader import read_capture, read_captures
from warehouse.storage import Storage, StoredFile


class UnresolvedRevisitError(Exception):
    """The response that a revisit refers to is missing or damaged; the message says which revisit and why."""

    def __init__(self, revisit: StoredCapture, problem: str) -> None:
        """Take the revisit and the problem."""
        found = revisit.capture
        super().__init__(f"{found.warc_file}: the revisit of {found.url} at byte {found.warc_offset}: {problem}")
        self.problem = problem


class Revisits:
    """Resolves revisits within one archive; caches the new offsets of recovered files."""

    def __init__(self, storage: Storage) -> None:
        """Take the storage of the archive."""
        self._storage = storage
        self._new_offsets: dict[str, Mapping[str, int]] = {}

    def resolve(self, revisit: StoredCapture) -> StoredCapture:
        """Return the response with the revisit's body.

        Raises:
            UnresolvedRevisitError: the response or its file is missing or damaged, or has another payload digest.
            ValueError: the capture is not a revisit.
        """
        reference = revisit.refers_to
        if reference is None:
            raise ValueError(f"the capture of {revisit.capture.url} is not a revisit")
        if not WARC_NAME.fullmatch(reference.warc_file):
            raise UnresolvedRevisitError(revisit, f"{reference.warc_file!r} is not a valid WARC file name")
        if not named_warc_file(self._storage, reference.warc_file).exists():
            raise UnresolvedRevisitError(revisit, f"{reference.warc_file} is not in the archive")
        found = self._find(reference)
        if found is None:
            raise UnresolvedRevisitError(revisit, f"{reference.warc_file} has no intact response {reference.record_id}")
        if found.capture.payload_digest != reference.payload_digest:
            raise UnresolvedRevisitError(revisit, f"response {reference.record_id} has another payload digest")
        return found

    def _find(self, reference: RecordReference) -> StoredCapture | None:
        warc = named_warc_file(self._storage, reference.warc_file)
        if reference.warc_file not in self._new_offsets:
            if (found := _read(warc, reference.warc_offset, reference)) is not None:
                return found
            self._new_offsets[reference.warc_file] = _offsets(warc)
        offset = self._new_offsets[reference.warc_file].get(reference.record_id)
        return None if offset is None else _read(warc, offset, reference)


def _read(warc: StoredFile, offset: int, reference: RecordReference) -> StoredCapture | None:
    """Return the response at an offset; None if it is damaged or is not the referenced one."""
    try:
        found = read_capture(warc, offset)
    except DamagedWarcError:
        return None
    is_referenced = found.capture.capture_id == reference.record_id and not found.capture.is_revisit
    return found if is_referenced else None


def _offsets(warc: StoredFile) -> dict[str, int]:
    """Return the offset of each capture, by its id, after a recovery moved the records of a file."""
    offsets: dict[str, int] = {}
    # If the file is damaged, only the captures before the damage are found; `archive verify` reports it.
    with suppress(DamagedWarcError):
        for stored in read_captures(warc):
            offsets[stored.capture.capture_id] = stored.capture.warc_offset
    return offsets
