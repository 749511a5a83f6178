"""WARC files of warcio and jwarc, and compressed bodies of Scrapy.

Belongs here: reading the files as `hanoi-corpus archive import` does, and decoding the bodies as the archive does.
Sources: <https://github.com/webrecorder/warcio>, <https://github.com/iipc/jwarc> (Apache) and
<https://github.com/scrapy/scrapy> (BSD).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.peers.outcome import PEERS, Outcome, files_in, outcomes
from spiders.imports.survey import reason_to_skip, refusal_of
from warehouse.archive.warc import external
from warehouse.archive.warc.encoding import UndecodableBodyError, decode
from warehouse.archive.warc.external import ExternalWarcError
from warehouse.archive.warc.external_record import Fault
from warehouse.archive.warc.http_block import HttpBlockError, exchange_from

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
    """Yield the outcome of each WARC file: every record must be read, and no response or resource refused.

    ARC files are among them: they must be refused by name.
    """
    files = [path for name in ("warcio", "jwarc") for path in files_in(PEERS / name)]
    archives = [path for path in files if ".warc" in path.name or ".arc" in path.name]
    yield from outcomes("warcio and jwarc", archives, _read_records, (ExternalWarcError,))


def _read_records(path: Path) -> str:
    return "; ".join(_missed(path))


def _missed(path: Path) -> Iterator[str]:
    """Yield what an import of a file would name as damaged or refused."""
    for item in external.records(path, external.check(path)):
        if isinstance(item, Fault):
            yield f"byte {item.offset}: {item.problem}"
        elif reason_to_skip(item, None) is None:
            if refusal := refusal_of(item, datetime.now(UTC)):
                yield f"byte {item.offset}: {refusal.problem}"
                continue
            try:
                exchange_from(item.block or b"", None, is_revisit=item.kind == "revisit")
            except HttpBlockError as error:
                yield f"byte {item.offset}: {error}"


def body_outcomes() -> Iterator[Outcome]:
    """Yield the outcome of each of Scrapy's compressed bodies; a bomb must be refused."""
    folder = PEERS / "scrapy/tests/sample_data/compressed"
    files = [path for path in files_in(folder) if _encoding_of(path)] if folder.is_dir() else []
    yield from outcomes("scrapy, bodies", files, _decode, (UndecodableBodyError,))


def _encoding_of(path: Path) -> str | None:
    return next((encoding for ending, encoding in _ENCODINGS.items() if path.name.endswith(ending)), None)


def _decode(path: Path) -> str:
    body = path.read_bytes()
    text = decode(body, [(b"Content-Encoding", (_encoding_of(path) or "").encode())])
    return f"a bomb of {len(body)} bytes was unpacked to {len(text.content)}" if "bomb" in path.name else ""
