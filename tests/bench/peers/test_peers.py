"""The peers' corpora: the metric of one of them, the outcome of a file, and what counts as a missed bar."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.peers import archives, feeds
from bench.peers.__main__ import missed_bars
from bench.peers.articles import CORPUS, Accuracy, Page, accuracy, pages
from bench.peers.outcome import PEERS, Outcome, files_in, outcomes

TEXT = "một hai ba bốn năm"


def measured(*texts: tuple[str, str | None]) -> Accuracy:
    every = [Page(str(at), "https://a.test/", b"", expected) for at, (expected, _) in enumerate(texts)]
    return accuracy("ours", every, [found for _, found in texts])


def test_the_metric_is_that_of_the_benchmark() -> None:
    assert measured((TEXT, TEXT)).f1 == 1
    half = measured((TEXT, "một hai ba bốn"))
    assert (half.precision, half.recall) == (1, 0.5)
    # A refused page has no precision, which the mean leaves out, and a recall of 0.
    both = measured((TEXT, TEXT), (TEXT, None))
    assert (both.precision, both.recall, round(both.f1, 3)) == (1, 0.5, 0.667)
    assert measured(("một", "một")).f1 == 1  # a text of fewer than four words is one gram


def test_an_error_of_ours_is_a_refusal_and_any_other_is_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(path: Path) -> str:
        if path.name == "a":
            raise ValueError("no feed")
        if path.name == "b":
            raise KeyError("x")
        return "two links" if path.name == "c" else ""

    found = outcomes("corpus", [PEERS / name for name in "abcd"], read, (ValueError,))
    assert [(one.kind, one.reason) for one in found] == [
        ("refused", "no feed"), ("crashed", "KeyError: 'x'"), ("missed", "two links"), ("right", ""),
    ]  # fmt: skip


def test_a_crash_a_refused_article_and_a_lower_f1_miss_the_bar() -> None:
    ours, peer = Accuracy("ours", 1, 0.9, 0.9), Accuracy("trafilatura", 1, 0.8, 0.8)
    fine = [Outcome("feeds", "a", "refused", "no feed"), Outcome(CORPUS, "b", "missed", "F1 0.50")]
    assert not list(missed_bars([ours, peer], fine))
    assert len(list(missed_bars([peer, ours], fine))) == 1
    assert len(list(missed_bars([ours, peer], [Outcome("feeds", "a", "crashed", "KeyError")]))) == 1
    assert len(list(missed_bars([ours, peer], [Outcome(CORPUS, "a", "refused", "no article")]))) == 1


def test_no_file_of_a_peer_crashes_a_reader(shared: Path) -> None:
    found = [
        *feeds.sitemap_outcomes(),
        *feeds.robots_outcomes(),
        *archives.warc_outcomes(),
        *archives.body_outcomes(),
    ]
    assert len(found) > 60
    assert not [one for one in found if one.kind == "crashed"]
    assert all(one.reason for one in found if one.kind != "right")
    bombs = [one for one in found if "bomb" in one.file]
    assert bombs
    assert {one.kind for one in bombs} == {"refused"}


@pytest.mark.slow
def test_no_feed_of_feedparser_crashes_the_reader(shared: Path) -> None:
    found = list(feeds.feed_outcomes())
    assert len(found) > 2_000
    assert not [one for one in found if one.kind == "crashed"]


def test_the_benchmark_has_its_pages(shared: Path) -> None:
    assert len(list(pages())) == 181
    assert len(files_in(PEERS / CORPUS / "html", ".gz")) == 181
