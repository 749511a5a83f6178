"""`analyst.md` works: queries run, code snippets compute the pipeline's values, lists are complete."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.extract.article import QUALITY_FLAGS, UNREAD_REASONS
from spiders.platforms.parts.dating import BASES
from tests.demonstration import Demo
from tests.docs.pages import DOCS, PAGES, blocks, commands, first_cells, rows, text_of
from tests.warehouse.tables import made_up
from warehouse.archive.warc.format import CrawlInfo
from warehouse.archive.warc.reader import read_captures
from warehouse.archive.warc.writer import WarcWriter
from warehouse.corpus.release import open_release
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.settings import Releases
from warehouse.tables import lock
from warehouse.tables.publish import MARTS, publish
from warehouse.text import identity

PAGE = DOCS / "analyst.md"
SQL = [(page.name, sql) for page in PAGES for sql in blocks(page, "sql")]
SQL += [
    (page.name, words[-1])
    for page in PAGES
    for words in commands(page, "hanoi-corpus")
    if words[0] == "query" and " from " in words[-1]
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home with a published release of the made-up corpus."""
    copied = made_up.copy_of(made_up.built(tmp_path_factory)[0], tmp_path_factory.mktemp("docs") / "data")
    with lock.hold(copied, "publish", 5):
        publish(copied, run_id="docs", code_version="0", extractor_version=made_up.VERSION)
    return copied


@pytest.fixture
def corpus(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_release(home.corpus_file) as opened:
        yield opened


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize(("page", "sql"), SQL, ids=[f"{page}-{number}" for number, (page, _) in enumerate(SQL)])
def test_queries_run(corpus: duckdb.DuckDBPyConnection, page: str, sql: str) -> None:
    corpus.execute(sql).fetchall()


@pytest.mark.process
@pytest.mark.slow
def test_the_ten_queries_return_rows_in_the_demo(demo: Demo) -> None:
    section = text_of(PAGE).partition("\n## Ten queries\n")[2].partition("\n## ")[0]
    queries = [sql for sql in blocks(PAGE, "sql") if sql in section]
    with open_release(demo.home.corpus_file) as corpus:
        assert [sql for sql in queries if not corpus.execute(sql).fetchall()] == []


@pytest.mark.process
@pytest.mark.slow
def test_more_questions_return_rows_in_the_demo(demo: Demo) -> None:
    section = text_of(PAGE).partition("\n## More questions\n")[2].partition("\n## ")[0]
    queries = [sql for sql in blocks(PAGE, "sql") if sql in section]
    assert len(queries) == section.count("```sql\n") > 5
    with open_release(demo.home.corpus_file) as corpus:
        assert [sql for sql in queries if not corpus.execute(sql).fetchall()] == []


def test_the_readings_of_a_day_are_listed() -> None:
    models = yaml.safe_load(text_of(made_up.PROJECT / "models" / "marts" / "_marts.yml"))["models"]
    (days,) = (model for model in models if model["name"] == "fct_portal_days")
    (column,) = (column for column in days["columns"] if column["name"] == "reading")
    (accepted,) = (test["accepted_values"] for test in column["data_tests"] if "accepted_values" in test)
    listed = first_cells(PAGE, "## No news, or no crawl?")
    assert listed == accepted["arguments"]["values"]
    assert all(f"`{reading}`:" in column["description"] for reading in listed)


def test_every_published_table_is_listed() -> None:
    assert first_cells(PAGE, "## The tables") == list(MARTS)


def test_there_are_ten_queries() -> None:
    section = text_of(PAGE).partition("\n## Ten queries\n")[2].partition("\n## ")[0]
    assert section.count("```sql\n") == 10


@pytest.mark.process
@pytest.mark.slow
def test_the_python_snippet_runs(home: Home, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(home.root.parent)
    exec(blocks(PAGE, "python")[0], {})  # noqa: S102 - the page's own snippet
    assert "my-duc" in capsys.readouterr().out


@pytest.mark.process
@pytest.mark.slow
def test_columns_of_meta_are_listed(corpus: duckdb.DuckDBPyConnection) -> None:
    section = text_of(PAGE).partition("\n### Which release is this?\n")[2].partition("```")[0]
    of_meta, of_portals = section.split("`meta_portals`")
    for table, listed in (("meta", of_meta), ("meta_portals", of_portals)):
        columns = [row[0] for row in corpus.execute(f"describe {table}").fetchall()]
        assert [name for name in re.findall(r"`(\w+)`", listed) if name != "meta"] == columns


def test_quality_flags_are_listed_with_their_meaning() -> None:
    assert {flag.strip("`"): meaning for flag, meaning in rows(PAGE, "## Quality flags")} == QUALITY_FLAGS


def test_date_bases_are_listed_with_their_meaning() -> None:
    listed = rows(PAGE, "### How a date was found")
    assert [(basis.strip("`"), meaning) for basis, meaning in listed] == list(BASES.items())


def test_reasons_of_unread_pages_are_listed_with_their_meaning() -> None:
    listed = rows(PAGE, "## How well a portal is read")
    assert {reason.strip("`"): meaning for reason, meaning in listed} == UNREAD_REASONS


def test_the_number_of_kept_releases_is_correct() -> None:
    keep = Releases()
    assert f"the newest {keep.keep_count} releases and those of the last {keep.keep_for.days} days" in text_of(PAGE)


def snippet(name: str) -> Any:
    """Return the function with this name from the page's code."""
    (code,) = (code for code in blocks(PAGE, "python") if f"def {name}(" in code)
    namespace: dict[str, Any] = {}
    exec(code, namespace)  # noqa: S102 - the page's own snippet
    return namespace[name]


CONTENT_HASH = snippet("content_hash")
# Old and new tone marks, the u of quý, closed rhymes, capitals, typographic quotes and dashes, invisible characters.
SENTENCE = (
    "hoà hòa Hoà HOÀ khoẻ khỏe uỷ ủy Uỷ ỦY thuỷ thủy quý QUÝ quỷ toán hoài huỳnh loè xoè toà. toà-án tuý, hóa\u0301 "
    "“trích” ‘dẫn’ «kép» 5–7 — − ‑ mềm\u00admại không\u200bthấy \ufeffđầu cách\u00a0ra Đống Đa 29.647 36,6% ; "
    "nghĩa\u0323"
)
WORDS = SENTENCE.split(" ")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("count", [29, 30, 31, 200])
def test_the_hash_equals_the_pipelines(form: Any, count: int) -> None:
    words = unicodedata.normalize(form, SENTENCE).split() * 6
    body = "\n\n".join((" ".join(words[: count // 2]), "\t".join(words[count // 2 : count])))
    assert CONTENT_HASH(body) == identity.content_hash(body.split("\n\n"))
    assert (CONTENT_HASH(body) is None) == (count < 30)


@pytest.mark.slow
@settings(deadline=None, derandomize=True)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(WORDS),
            st.text('qoauyeQOAUYE\u0300\u0301\u0303\u0309\u0323\u200b\u00ad \u00a0n-–’"', max_size=6),
            st.text(max_size=4),
        ),
        min_size=30,
        max_size=45,
    )
)
def test_the_hash_equals_the_pipelines_for_any_text(words: list[str]) -> None:
    body = " ".join(words)
    assert CONTENT_HASH(body) == identity.content_hash([body])


def test_spelling_variants_have_the_same_hash() -> None:
    old = " ".join(["Uỷ ban nhân dân huyện – “Hoà Bình” khoẻ"] * 5)
    assert CONTENT_HASH(old) == CONTENT_HASH(old.replace("Uỷ", "Ủy").replace("Hoà", "Hòa").replace("khoẻ", "khỏe"))
    assert CONTENT_HASH(old) != CONTENT_HASH(old.replace("huyện", "xã"))


def test_a_record_can_be_read_by_its_offset(tmp_path: Path) -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    payload = b"<p>" + b"x" * 200_000 + "Hà Nội</p>".encode()
    with WarcWriter(Home(tmp_path), CrawlInfo("c", "p", "r", now, "agent", {})) as writer:
        for name in ("mot", "hai"):
            writer.write(f"https://p.test/{name}", now, b"HTTP/1.1 200 OK", [], payload + name.encode())
        warc = writer.close(CrawlReport("c", "p", "r", now, now, "ok", "x", 0, 0, 0, 0, 0, {}, "p/c.warc.gz"))

    _, second = read_captures(warc)
    record = snippet("read_record")(str(warc), second.capture.warc_offset)
    assert record.startswith(b"WARC/1.1\r\nWARC-Type: response")
    assert b"https://p.test/hai" in record
    assert second.payload in record
    assert record.count(b"WARC/1.1") == 1
