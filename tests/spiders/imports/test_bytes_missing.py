"""A body of which bytes are missing is refused; it never takes in the records after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiders.portal import Portal
from tests.spiders.imports.external_warcs import ONE, SECOND, TWO, answer, page, record
from tests.spiders.imports.importing import bring, captures
from warehouse.archive.warc.external_record import digest_of
from warehouse.home import Home

BEFORE = record("response", TWO, answer(page(2)), **SECOND)
AFTER = record("response", TWO, answer(page(3)), WARC_Record_ID="")


@pytest.mark.parametrize("digest", ["", "WARC_Payload_Digest", "WARC_Block_Digest"])
def test_a_page_with_bytes_missing_is_named(home: Home, portal: Portal, tmp_path: Path, digest: str) -> None:
    body = page(1)
    block = answer(body, f"Content-Length: {len(body)}")
    digests = {
        "WARC_Payload_Digest": f"sha256:{digest_of('sha256', body).value.hex()}",
        "WARC_Block_Digest": f"sha256:{digest_of('sha256', block).value.hex()}",
    }
    first = record("response", ONE, block, **({digest: digests[digest]} if digest else {}))
    at = first.index(body) + 100
    file = tmp_path / "old.warc"
    file.write_bytes(BEFORE + first[:at] + first[at + 50 :] + AFTER)
    done = bring(home, portal, file)
    assert "ends inside the record" in done.faults[0].problem
    assert [stored.capture.url for stored in captures(home)] == [TWO]


def test_an_http_length_that_a_digest_contradicts_proves_nothing(home: Home, portal: Portal, tmp_path: Path) -> None:
    body = page(1)
    changed = body.replace(b"<p>", b"<p>X", 1)
    block = answer(changed, f"Content-Length: {len(changed)}")
    stated = f"sha256:{digest_of('sha256', body).value.hex()}"
    one = record("response", ONE, block, WARC_Payload_Digest=stated)
    one = one.replace(
        f"\r\nContent-Length: {len(block)}\r\n\r\nHTTP".encode(),
        b"\r\nContent-Length: %d\r\n\r\nHTTP" % (len(block) - 3),
    )
    file = tmp_path / "old.warc"
    file.write_bytes(BEFORE + one + AFTER)
    assert bring(home, portal, file).faults
    assert ONE not in [stored.capture.url for stored in captures(home)]
