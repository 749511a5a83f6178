"""Records of other crawlers' WARC files, and what their headers state.

Belongs here: URL, date, record ID and digest of a record in the forms that crawlers write. Does not belong here:
reading files (`warehouse.archive.warc.external`), and this project's own digest (`warehouse.archive.warc.records`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeAlias

_UUID: Final = re.compile(r"<?urn:uuid:([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})>?")
_NAMES: Final = {"sha-1": "sha1", "sha-256": "sha256", "sha-512": "sha512"}
ALGORITHMS: Final = ("md5", "sha1", "sha256", "sha512")
"""Algorithms of `WARC-Payload-Digest` and `WARC-Block-Digest` in use (ISO 28500, 5.8)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Damage, or a record whose length is wrong.

    Attributes:
        offset: where in the file, in bytes: the record, or the gzip member with it.
        url: the record's URL; empty if it has none, or the damage is between records.
        problem: what is wrong, and what of the file was not read for it.
    """

    offset: int
    url: str
    problem: str


@dataclass(frozen=True, slots=True)
class ExternalRecord:
    """A record of another crawler.

    Attributes:
        offset: where it begins in the file, in bytes: itself, or the gzip member with it.
        kind: `WARC-Type` in lower case; empty if the record has none.
        headers: WARC headers by their names in lower case; of repeated ones the first.
        block: its content; None if that is longer than `RECORD_MAX_BYTES`.
    """

    offset: int
    kind: str
    headers: Mapping[str, str]
    block: bytes | None

    @property
    def url(self) -> str:
        """The URL, as `url_in` returns it."""
        return url_in(self.headers.get("warc-target-uri"))

    @property
    def captured_at(self) -> datetime | None:
        """The record's date; None if it is missing, invalid or without a time zone."""
        return date_in(self.headers.get("warc-date"))

    @property
    def is_http(self) -> bool:
        """Whether the block is an HTTP response, by its type or, where none is stated, by its beginning."""
        stated = self.headers.get("content-type", "").lower()
        if stated.startswith("application/http"):
            return "msgtype=request" not in stated.replace(" ", "")
        is_stated_otherwise = stated and not stated.startswith("message/http")
        return not is_stated_otherwise and (self.block or b"")[:5].upper() == b"HTTP/"

    @property
    def software(self) -> str | None:
        """The software that a `warcinfo` record names; None if it names none."""
        found = re.search(rb"^software:[ \t]*([^\r\n]{1,200})", self.block or b"", re.MULTILINE | re.IGNORECASE)
        return found[1].decode("utf-8", "replace").strip() if found else None


Item: TypeAlias = ExternalRecord | Fault


def url_in(uri: str | None) -> str:
    """Return the URL in a header, as a crawler requests it; empty if there is none.

    wget and others add angle brackets, following the grammar of WARC 1.0. Fragments are not sent to the server, and
    spaces are sent as `%20`.
    """
    text = (uri or "").strip()
    text = text[1:-1].strip() if text.startswith("<") and text.endswith(">") else text
    return text.partition("#")[0].replace(" ", "%20")


def uuid_in(record_id: str | None) -> str | None:
    """Return the UUID in a record's ID in lower case; None if the ID is not a UUID."""
    found = _UUID.fullmatch(record_id or "")
    return found[1].lower() if found else None


def date_in(text: str | None) -> datetime | None:
    """Return a `WARC-Date` (ISO 8601) in UTC; None if it is missing, invalid or without a time zone."""
    try:
        found = datetime.fromisoformat(text or "")
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def headers_from(head: bytes) -> dict[str, str]:
    """Return the headers of a record; of repeated ones the first."""
    headers: dict[str, str] = {}
    name = ""
    for line in head.splitlines()[1:]:
        if line[:1] in (b" ", b"\t") and name:
            headers[name] += f" {_text(line)}"
            continue
        key, colon, value = line.partition(b":")
        name = _text(key).lower() if colon else ""
        if name in headers:
            name = ""
        elif name:
            headers[name] = _text(value)
    return headers


def _text(value: bytes) -> str:
    """Return a header's text: UTF-8 (ISO 28500, 4), or Latin-1 as older crawlers wrote."""
    try:
        return value.decode().strip()
    except UnicodeDecodeError:
        return value.decode("latin-1").strip()


class Digest(NamedTuple):
    """An algorithm's name, one of `ALGORITHMS`, and the digest's bytes."""

    algorithm: str
    value: bytes


def stated_digest(text: str | None) -> Digest | None:
    """Return a header's digest in base32 or hex; None if missing, of an unknown form, or of no bytes.

    Some crawlers state the digest of the empty body in a revisit record, whose payload is elsewhere.
    """
    name, _, encoded = (text or "").strip().partition(":")
    algorithm = _NAMES.get(name.lower(), name.lower())
    if algorithm not in ALGORITHMS:
        return None
    size = hashlib.new(algorithm, usedforsecurity=False).digest_size
    value = _value(encoded.strip(), size)
    return None if value is None or value == digest_of(algorithm, b"").value else Digest(algorithm, value)


def _value(encoded: str, size: int) -> bytes | None:
    try:
        if len(encoded) == 2 * size:
            return bytes.fromhex(encoded)
        unpadded = encoded.rstrip("=").upper()
        value = base64.b32decode(unpadded + "=" * (-len(unpadded) % 8))
    except (ValueError, binascii.Error):
        return None
    return value if len(value) == size else None


def digest_of(algorithm: str, data: bytes) -> Digest:
    """Return the digest of some bytes."""
    return Digest(algorithm, hashlib.new(algorithm, data, usedforsecurity=False).digest())
