"""Errors of the extractor on single pages: each flags its page; the other pages of the file are read.

Belongs here: which errors are those of one page, and how a build names them. Does not belong here: what a page without
an article is recorded as (`spiders.extract.stage`), and damaged files (`warehouse.stages.DamagedInputError`).
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

from warehouse.records import Capture
from warehouse.stages import DamagedFileError, DamagedInputError
from warehouse.storage import StoredFile

EXTRACTOR_ERROR: Final = "extractor_error"
"""The reason of pages on which the extractor failed (see `spiders.extract.article.UNREAD_REASONS`)."""

_NAMED_MAX: Final = 5  # of one file; the table has all
_URL_CHARACTERS_MAX: Final = 200
# The file or the disk is at fault, not the page.
_OF_THE_FILE: Final = (DamagedInputError, DamagedFileError, OSError)


class PageError(Exception):
    """The extractor failed on one page.

    Attributes:
        name: the name of the exception's class, such as `ValueError`.
    """

    def __init__(self, name: str) -> None:
        """Store the name."""
        super().__init__(name)
        self.name = name


@dataclass
class PageErrors:
    """The pages of one WARC file on which the extractor failed.

    Attributes:
        warc: the file.
    """

    warc: StoredFile
    _lines: dict[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Return on how many pages the extractor failed."""
        return len(self._lines)

    @contextmanager
    def of_page(self, capture: Capture) -> Iterator[None]:
        """Turn an error of the block into a `PageError`, and note the page.

        An error of the extractor on one page must not keep back ten thousand others. It is not hidden: the page is
        flagged, counted and named. `hanoi-corpus extract` and the tests of extraction raise it.

        Raises:
            PageError: the extractor failed.
            DamagedInputError, DamagedFileError, OSError: as the block raised it; the page is not at fault.
        """
        try:
            yield
        except _OF_THE_FILE:
            raise
        except Exception as error:
            self._lines.setdefault(capture.capture_id, self._line(capture, error))
            raise PageError(type(error).__name__) from error

    def notes(self) -> tuple[str, ...]:
        """Return the lines for the operator: on some pages, and how many more there are."""
        lines = tuple(self._lines.values())
        more = len(lines) - _NAMED_MAX
        return lines[:_NAMED_MAX] + ((f"{self.warc}: the extractor failed on {more} more pages",) if more > 0 else ())

    def _line(self, capture: Capture, error: Exception) -> str:
        place = traceback.extract_tb(error.__traceback__)[-1]
        url = capture.url[:_URL_CHARACTERS_MAX].encode("ascii", "backslashreplace").decode()
        return (
            f"{self.warc}: the extractor failed on the page at byte {capture.warc_offset}, {url}, with "
            f"{type(error).__name__} in {PurePath(place.filename).name} line {place.lineno}. The page is in "
            f"fct_unread_pages with the reason {EXTRACTOR_ERROR}; the others are read. Report it as a bug"
        )
