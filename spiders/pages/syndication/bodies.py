"""From the body of a feed or sitemap to its text: decompressed, in UTF-8, and bounded in size.

Belongs here: gzip that no header announces, and the size limit of the sitemaps protocol. Does not belong here: content
encodings that a header names (`spiders.fetch.decompression`), charsets (`spiders.pages.charset`), and XML
(`spiders.pages.syndication.xml`).
"""

from __future__ import annotations

from typing import Final

from spiders.pages.charset import to_utf8
from warehouse.archive.warc.codecs import CorruptStreamError, gunzip
from warehouse.archive.warc.codecs import TooLargeError as StreamTooLargeError

BYTES_MAX: Final = 52_428_800
"""Maximum size of a feed or sitemap, decompressed: 50 MB (sitemaps.org)."""

# The magic number alone, so that another method is said to be broken gzip, not text.
_GZIP: Final = b"\x1f\x8b"


class NotXmlError(ValueError):
    """The bytes are not a feed or sitemap: not XML, or another root element."""


class TooLargeError(NotXmlError):
    """The feed or sitemap is larger than any real one, in bytes or entries."""


def utf8_text(body: bytes, content_type: str | None) -> bytes:
    """Return the text of a feed or sitemap in UTF-8, without a byte-order mark and without NULs.

    Args:
        body: the body, which may be a gzip file of one or more members (RFC 1952, 2.2).
        content_type: the header, for its charset; None if there is none. Valid UTF-8 overrides it.

    Raises:
        NotXmlError: nothing of the gzip file can be decompressed.
        TooLargeError: the text is larger than `BYTES_MAX`.
    """
    if body.startswith(_GZIP):
        body = _unpacked(body)
    if len(body) > BYTES_MAX:
        raise TooLargeError(f"has more than {BYTES_MAX} bytes")
    return to_utf8(body, content_type)[0]


def _unpacked(body: bytes) -> bytes:
    try:
        return gunzip(body, BYTES_MAX).body
    except CorruptStreamError as error:
        raise NotXmlError(f"broken gzip: {error}") from error
    except StreamTooLargeError as error:
        raise TooLargeError(f"unpacks to more than {BYTES_MAX} bytes") from error
