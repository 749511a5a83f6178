"""WARC files of warcio and jwarc, and compressed bodies of Scrapy.

Belongs here: reading the files as `hanoi-corpus archive import` does, and decoding the bodies as the archive does.
Sources: <https://github.com/webrecorder/warcio>, <https://github.com/iipc/jwarc> (Apache) and
<https://github.com/scrapy/scrapy> (BSD).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.peers.outcome import PEERS, Outcome, files_in, outcomes
from warehouse.archive.warc import external
from warehouse.archive.warc.encoding import UndecodableBodyError, decoded
from warehouse.archive.warc.external import ExternalWarcError

# By the ending of the name; the first that fits, so that longer ones come first.
_ENCODINGS: Final = {
    "gzip-deflate-gzip.bin": "gzip, deflate, gzip",
    "gzip-deflate.bin": "gzip, deflate",
    "-rawdeflate.bin": "deflate",
    "-zlibdeflate.bin": "deflate",
    "-deflate.bin": "deflate",
    "-gzip.bin": "gzip",
    "-br.bin": "br",
    "content-size.bin": "zstd",
    "-zstd.bin": "zstd",
    ".gz": "gzip",
}


def warc_outcomes() -> Iterator[Outcome]:
    """Yield the outcome of each WARC file: every record must be read, and every response's body."""
    files = [path for name in ("warcio", "jwarc") for path in files_in(PEERS / name) if ".arc" not in path.name]
    archives = [path for path in files if ".warc" in path.name]
    yield from outcomes("warcio and jwarc", archives, _read_records, (ExternalWarcError,))


def _read_records(path: Path) -> str:
    checked = external.check(path)
    responses, undated = 0, 0
    for record in external.records(path, checked):
        if external.is_response(record):
            responses += 1
            undated += external.date_of(record) is None or not external.url_of(record)
            external.exchange_of(record, path)
    return f"{undated} of {responses} responses without date or URL" if undated else ""


def body_outcomes() -> Iterator[Outcome]:
    """Yield the outcome of each of Scrapy's compressed bodies; a bomb must be refused."""
    folder = PEERS / "scrapy/tests/sample_data/compressed"
    files = [path for path in files_in(folder) if _encoding_of(path)] if folder.is_dir() else []
    yield from outcomes("scrapy, bodies", files, _decode, (UndecodableBodyError,))


def _encoding_of(path: Path) -> str | None:
    return next((encoding for ending, encoding in _ENCODINGS.items() if path.name.endswith(ending)), None)


def _decode(path: Path) -> str:
    body = path.read_bytes()
    text = decoded(body, [(b"Content-Encoding", (_encoding_of(path) or "").encode())])
    return f"a bomb of {len(body)} bytes was unpacked to {len(text)}" if "bomb" in path.name else ""
