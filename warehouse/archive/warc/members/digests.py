"""Whether a response of another crawler matches the digests that its record states.

Belongs here: which bytes crawlers compute digests of. Does not belong here: the forms in which they write them
(`warehouse.archive.warc.external_record`), and this project's own digest (`warehouse.archive.warc.records`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from warehouse.archive.warc.encoding import UndecodableBodyError, decode
from warehouse.archive.warc.external_record import ExternalRecord, digest_of, stated_digest
from warehouse.archive.warc.http_block import HttpBlockError, exchange_from, split_head


def problem_of_digests(record: ExternalRecord, *, has_checksum: bool) -> str | None:
    """Return which stated digest a response contradicts; None if none, or if it states none that counts.

    ISO 28500 (5.8) leaves no doubt what a block digest is of. Payload digests are of the body as received, without its
    chunks, or uncompressed. One that is of none of these may be a mistake of the crawler: it counts as damage only if
    no checksum of gzip says that the record is as it was written (`has_checksum`).
    """
    if record.kind != "response" or record.block is None:
        return None
    block = stated_digest(record.headers.get("warc-block-digest"))
    if block is not None:
        return None if digest_of(block.algorithm, record.block) == block else "its block does not match its digest"
    payload = stated_digest(record.headers.get("warc-payload-digest"))
    if payload is None or has_checksum:
        return None
    is_right = any(digest_of(payload.algorithm, body) == payload for body in _bodies(record.block))
    return None if is_right else "its body does not match its digest"


def _bodies(block: bytes) -> Iterator[bytes]:
    """Yield what the payload digest of a response may be of."""
    yield split_head(block)[1]
    with suppress(HttpBlockError, UndecodableBodyError):
        exchange = exchange_from(block, None, is_revisit=False)
        yield exchange.payload
        yield decode(exchange.payload, exchange.headers).content
