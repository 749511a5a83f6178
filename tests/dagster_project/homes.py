"""Demo homes for tests that crawl the mirror."""

from __future__ import annotations

from pathlib import Path

from dagster_project.corpus import Corpus, DemoCorpus
from dagster_project.crawls import process
from warehouse.archive.files import warc_files
from warehouse.archive.warc.reader import read_captures
from warehouse.home import Home


def no_log(_line: str) -> None:
    """Ignore a line of progress."""


def demo_home(folder: Path) -> Home:
    """Return a new demo home on day 1."""
    folder.mkdir()
    DemoCorpus.begin_day(Home(folder), 1)
    return Home(folder)


def crawled_home(folder: Path, slug: str) -> Home:
    """Return a new demo home with a full crawl of one portal."""
    home = demo_home(folder)
    process.crawl(Corpus.open(home), [slug], "whole", no_log)
    return home


def captured(home: Home, slug: str) -> dict[str, str]:
    """Return the URLs of the fetched articles, by the platform's key."""
    stored = [found.capture for warc in warc_files(home, slug) for found in read_captures(warc)]
    return {capture.article_key: capture.url for capture in stored if capture.article_key and capture.status == 200}
