"""`hanoi-corpus archive cited`: the bytes of a row, checked, or an error and no bytes."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dagster_project.cli import main as cli
from tests.demonstration import Demo
from warehouse.corpus.release import kept_releases, open_release
from warehouse.home import HOME_VARIABLE, Home

pytestmark = [pytest.mark.process, pytest.mark.slow]

LINE = re.compile(
    r"(?P<url>\S+): captured (?P<at>[-0-9]+ [:0-9]+\+07:00), "
    r"(?:unchanged by the revisit (?P<revisit>\S+ at byte \d+) since (?P<since>[-0-9]+ [:0-9]+\+07:00), )?"
    r"(?P<place>\S+ at byte \d+), SHA-256 recorded (?P<recorded>\w+), computed (?P<computed>\w+)\n"
)


Cited = Callable[..., tuple[int, bytes, str]]


@pytest.fixture
def cited(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], published: Home) -> Cited:
    """Return the command as a function: exit code, the bytes on standard output, standard error."""

    def run(*arguments: object) -> tuple[int, bytes, str]:
        monkeypatch.setattr(sys, "argv", ["hanoi-corpus", "archive", "cited", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capfdbinary.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err.decode()

    return run


def rows(home: Home, sql: str, release: Path | None = None) -> list[dict[str, Any]]:
    with open_release(release or home.corpus_file) as corpus:
        found = corpus.execute(sql)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


ARTICLES = """
    select article_id, capture_id, captures.url, captured_at, payload_digest, title, articles.warc_file,
        articles.warc_offset, revisit_warc_file, revisit_warc_offset
    from fct_articles as articles join fct_captures as captures using (capture_id)
    where (revisit_warc_file is not null) = {} order by article_id limit 3
"""


@pytest.mark.parametrize("is_revisit", [False, True])
def test_an_articles_bytes_are_printed_and_described(published: Home, cited: Cited, is_revisit: bool) -> None:
    for row in rows(published, ARTICLES.format(is_revisit)):
        status, raw, err = cited(row["article_id"])
        line = LINE.fullmatch(err)
        assert status == 0
        assert line
        digest = hashlib.sha256(raw).hexdigest()
        assert line["recorded"] == line["computed"] == digest == row["payload_digest"].removeprefix("sha256:")
        assert line["url"] == row["url"]
        assert datetime.fromisoformat(line["at"]) == row["captured_at"].replace(microsecond=0)
        assert line["place"] == f"{row['warc_file']} at byte {row['warc_offset']}"
        revisit = f"{row['revisit_warc_file']} at byte {row['revisit_warc_offset']}"
        assert line["revisit"] == (revisit if is_revisit else None)
        status, page, _ = cited(row["article_id"], "--decoded")
        assert status == 0
        assert page.lstrip().lower().startswith(b"<!doctype html>")
        assert cited(row["capture_id"])[1] == raw


def test_a_revision_has_its_own_bytes(published: Home, cited: Cited) -> None:
    (edited,) = rows(
        published,
        "select article_id, list(payload_digest order by revision) as digests from fct_article_revisions"
        " join fct_captures using (capture_id) group by all having count(*) = 2 order by 1 limit 1",
    )
    for number, digest in enumerate(edited["digests"], start=1):
        _, raw, _ = cited(edited["article_id"], "--revision", number)
        assert f"sha256:{hashlib.sha256(raw).hexdigest()}" == digest
    assert edited["digests"][0] != edited["digests"][1]
    status, raw, err = cited(edited["article_id"], "--revision", 3)
    assert (status, raw) == (2, b"")
    assert "no article with a revision 3 has the id" in err


def test_a_row_of_an_earlier_release_is_printed(published: Home, cited: Cited) -> None:
    oldest = kept_releases(published)[-1]
    (row,) = rows(
        published,
        "select article_id, payload_digest from fct_articles join fct_captures using (capture_id)"
        " order by article_id limit 1",
        oldest,
    )
    status, raw, _ = cited(row["article_id"], "--release", oldest.stem)
    assert (status, f"sha256:{hashlib.sha256(raw).hexdigest()}") == (0, row["payload_digest"])
    status, raw, err = cited(row["article_id"], "--release", "20200101T000000000Z")
    assert (status, raw) == (2, b"")
    assert oldest.stem in err


def test_an_unknown_id_is_bad_input(cited: Cited) -> None:
    status, raw, err = cited("1c0f")
    assert (status, raw) == (2, b"")
    assert "no article or capture has the id 1c0f" in err


def test_missing_and_damaged_bytes_are_an_error(
    demo: Demo, cited: Cited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = demo.copy(tmp_path / "home")
    monkeypatch.setenv(HOME_VARIABLE, str(home.root))
    (row,) = rows(home, ARTICLES.format(True))[:1]
    warc = home.warc / row["warc_file"]
    data = bytearray(warc.read_bytes())
    data[row["warc_offset"] + 60] ^= 0xFF
    warc.write_bytes(data)
    status, raw, err = cited(row["article_id"])
    assert (status, raw) == (1, b"")
    assert f"{row['warc_file']} has no intact response" in err
    warc.unlink()
    status, raw, err = cited(row["article_id"], "--decoded")
    assert (status, raw) == (1, b"")
    assert f"{row['warc_file']} is not in the archive" in err
    assert "archive restore" in err


def test_a_terminal_gets_no_bytes(cited: Cited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    status, raw, err = cited("1c0f")
    assert (status, raw) == (2, b"")
    assert "> page.html" in err
