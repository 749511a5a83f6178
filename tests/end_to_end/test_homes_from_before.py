"""A build upgrades homes written by earlier versions without loss (`tests.homes`)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest

from tests.demonstration import hanoi_corpus
from tests.homes import NAMES, unpacked
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]

PORTAL, KILLED = "xa-dong-anh-thu-nghiem", "dang-bo-ha-dong-thu-nghiem"
# Columns that a later version may change: the version of the code.
EXCEPT = {"fct_articles": ("extractor_version",)}
# Columns that the earlier version did not have.
_REVISIT = ("revisit_warc_file", "revisit_warc_offset")
ADDED = {
    "fct_articles": ("published_on", "search_text", "near_duplicate_of", "is_original", "story_id", *_REVISIT),
    "fct_article_revisions": ("significance", "warc_file", "warc_offset", *_REVISIT),
    "fct_article_events": ("happened_on", "from_url", "to_url"),
    "fct_captures": ("body_warc_file", "body_warc_offset"),
    "fct_crawls": ("articles_read", "pages_unread"),
    "fct_unread_pages": ("detail", *_REVISIT),
}
# The earlier version cited a revisit itself, and not the record with the body.
CITED = ("fct_articles", "fct_unread_pages")
MARTS = (
    "fct_articles",
    "fct_article_revisions",
    "fct_article_events",
    "fct_captures",
    "fct_crawls",
    "fct_unread_pages",
)


def digests(home: Home) -> dict[str, str]:
    """Return the SHA-256 of every complete WARC file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in home.warc.glob("*/*.warc.gz")}


def rows_of(side: str, mart: str) -> str:
    """Return a query for the rows of the home's portal."""
    without = (*EXCEPT.get(mart, ()), *(ADDED.get(mart, ()) if side == "after" else ()))
    columns = f"* exclude ({', '.join(without)})" if without else "*"
    if mart in CITED and side == "after":
        places = (f"coalesce(revisit_{name}, {name}) as {name}" for name in ("warc_file", "warc_offset"))
        columns += f" replace ({', '.join(places)})"
    own = f"portal = '{PORTAL}'"
    if mart == "fct_article_revisions":
        own = f"article_id in (select article_id from {side}.fct_articles where {own})"  # noqa: S608 - constants
    return f"select {columns} from {side}.{mart} where {own}"  # noqa: S608 - constants


@pytest.mark.parametrize("name", NAMES)
def test_a_build_upgrades_the_home_and_loses_nothing(name: str, tmp_path: Path) -> None:
    home = unpacked(name, tmp_path / "home")
    archived = digests(home)
    before = tmp_path / "before.duckdb"
    before.write_bytes(home.corpus_file.read_bytes())

    done = hanoi_corpus(home, "build")

    assert done.returncode == 0, done.stderr
    assert {name: digests(home)[name] for name in archived} == archived
    with duckdb.connect() as connection:
        connection.execute(f"attach '{before}' as before (read_only)")
        connection.execute(f"attach '{home.corpus_file}' as after (read_only)")
        for mart in MARTS:
            rows = [rows_of(side, mart) for side in ("before", "after")]
            differing = connection.execute(
                f"select (select count(*) from ({rows[0]} except all {rows[1]})),"  # noqa: S608 - constants
                f" (select count(*) from ({rows[1]} except all {rows[0]}))"
            ).fetchall()
            assert (mart, differing) == (mart, [(0, 0)])
        # The captures of the killed crawl are recovered.
        (recovered,) = connection.execute(
            f"select count(*) from after.fct_captures where portal = '{KILLED}'"  # noqa: S608 - a constant
        ).fetchall()[0]
    assert recovered > 0
    assert not list(home.warc.glob("*/*.part"))
    assert {path.name for path in (home.root / "articles").iterdir()}.isdisjoint({"1-9f022134"})


@pytest.mark.parametrize("name", NAMES)
def test_the_next_crawl_is_incremental(name: str, tmp_path: Path) -> None:
    home = unpacked(name, tmp_path / "home")
    (home.root / "demo.json").write_text('{"day": 4}', encoding="utf-8")
    done = hanoi_corpus(home, "crawl", PORTAL, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"kind": "incremental"' in done.stdout
