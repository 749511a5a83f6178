"""Interoperability of the archive: pywb replays our exports, and WARC files of wget become articles."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from dagster_project.corpus import PORTALS_VARIABLE
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.server import Mirror, serve
from spiders.portal import load_portals
from tests.demonstration import COMMAND_TIMEOUT_SECONDS, PROGRAM
from tests.docs.pages import REPOSITORY
from tests.warehouse.archive.warc.warc_files import STARTED, crawl_info, crawl_report
from warehouse.archive.files import warc_files
from warehouse.archive.upkeep.export import export
from warehouse.archive.warc.reader import read_captures
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import HOME_VARIABLE, Home

PYWB = REPOSITORY / ".venv-replay" / "bin"
BOUND_SECONDS = 60
URL = "https://myduc.hanoi.test/tin/-/view_content/1-tin"
PAGE = "<html><head><title>Tin</title></head><body>Hội nghị giao ban</body></html>".encode()
SLUG = "my-duc-thu-nghiem"


@contextmanager
def wayback(folder: Path) -> Iterator[str]:
    """Run pywb on the collections of a folder; yield its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(PYWB / "wayback"), "--bind", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as server:
        try:
            deadline = time.monotonic() + BOUND_SECONDS
            while True:
                with socket.socket() as tried:
                    if tried.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, "pywb does not respond"
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()  # it ignores SIGTERM where SIGINT is ignored
            server.wait(BOUND_SECONDS)


def replayed(base: str, moment: str) -> bytes:
    with urllib.request.urlopen(f"{base}/ours/{moment}id_/{URL}", timeout=BOUND_SECONDS) as answer:  # noqa: S310  # loopback
        body: bytes = answer.read()
    return body


@pytest.mark.skipif(not (PYWB / "wayback").exists(), reason="pywb is not installed: `make replay` does it")
def test_pywb_replays_an_export_byte_for_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    home, day = Home(tmp_path / "home"), timedelta(days=1)
    headers = [(b"Content-Type", b"text/html; charset=utf-8")]
    with WarcWriter(home, crawl_info("my-duc-1")) as writer:
        first = writer.write(URL, STARTED, b"HTTP/1.1 200 OK", headers, PAGE)
        writer.write(URL, STARTED + day, b"HTTP/1.1 200 OK", headers, PAGE + b"<!-- edited -->")
        writer.write_revisit(URL, STARTED + 2 * day, b"HTTP/1.1 200 OK", headers, first)
        writer.write_revisit(URL, STARTED + 3 * day, b"HTTP/1.1 304 Not Modified", [], first)
        writer.close(crawl_report(4))
    file = tmp_path / "ours.warc.gz"
    export(home, "my-duc", file, None, None, STARTED)
    for words in (("init", "ours"), ("add", "ours", str(file))):
        subprocess.run([PYWB / "wb-manager", *words], cwd=tmp_path, check=True, capture_output=True)
    with wayback(tmp_path) as base:
        assert replayed(base, "20260914011500") == PAGE
        assert replayed(base, "20260915011500") == PAGE + b"<!-- edited -->"
        assert replayed(base, "20260916011500") == PAGE
        with pytest.raises(urllib.error.HTTPError) as error:
            replayed(base, "20260917011500")
        # The response of that day was a 304.
        assert error.value.code == 304
        error.value.close()


def wget(mirror: Mirror, folder: Path) -> Path:
    """Archive some pages of a mirror portal with wget."""
    folder.mkdir()
    options = ["--recursive", "--level=2", "--execute", "robots=off", "--quiet", "--delete-after", "--tries=1"]
    options += ["--ca-certificate", str(mirror.ca_file), "--warc-file", "old", "--no-warc-keep-log"]
    options += ["--timeout=20", "--quota=3m", "--domains", "myduc.hanoi.test"]
    done = subprocess.run(
        ["wget", *options, "https://myduc.hanoi.test/"],  # noqa: S607  # wherever it is installed
        cwd=folder,
        env={**os.environ, **mirror.environment()},
        capture_output=True,
        text=True,
        timeout=BOUND_SECONDS,
        check=False,
    )
    file = folder / "old.warc.gz"
    assert file.exists(), done.stderr
    return file


@pytest.mark.skipif(shutil.which("wget") is None, reason="wget is not installed")
@pytest.mark.process
@pytest.mark.slow
def test_pages_archived_by_wget_become_articles_with_their_own_dates(tmp_path: Path) -> None:
    with serve(1) as mirror:
        file = wget(mirror, tmp_path / "wget")
    with file.open("rb") as opened:
        stated = {
            record.headers["WARC-Target-URI"].strip("<>"): (record.headers["WARC-Date"], record.record_id)
            for record in ArchiveIterator(opened, record_types=WarcRecordType.response, parse_http=False)
        }
    home = Home(tmp_path / "home")
    output = hanoi_corpus(home, "archive", "import", str(file), "--portal", SLUG)
    assert f"{SLUG}: " in output
    (warc,) = warc_files(home)
    taken = {
        stored.capture.url: (f"{stored.capture.captured_at:%Y-%m-%dT%H:%M:%SZ}", stored.capture.capture_id)
        for stored in read_captures(warc)
    }
    scope = load_portals([MIRROR_PORTALS]).valid[SLUG].scope
    assert taken == {
        url: (date, (record_id or "").removeprefix("<urn:uuid:").removesuffix(">").lower())
        for url, (date, record_id) in stated.items()
        if scope.covers(url)
    }
    hanoi_corpus(home, "build")
    sql = "select url, first_captured_at from fct_articles"
    rows = [json.loads(line) for line in hanoi_corpus(home, "query", sql, "--json").splitlines()]
    assert len(rows) >= 5
    dates = {datetime.fromisoformat(date) for date, _ in stated.values()}
    assert {datetime.fromisoformat(row["first_captured_at"]) for row in rows} <= dates


def hanoi_corpus(home: Home, *arguments: str) -> str:
    """Run a command on a home with the mirror's portals; return its output."""
    environment = {**os.environ, HOME_VARIABLE: str(home.root), PORTALS_VARIABLE: str(MIRROR_PORTALS)}
    done = subprocess.run(
        [PROGRAM, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
