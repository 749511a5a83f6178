"""The large corpus of benchmark `scale`: builds accept what is made, and its texts and histories are as promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bench.corpus import Build
from bench.scale import builds
from bench.scale.homes import copied, home_of, portals_of
from bench.scale.pages import write_new
from bench.scale.plan import PORTALS, Answer, Plan
from bench.scale.words import paragraphs_of, title_of
from bench.stages import STAGES
from dagster_project import pipeline
from dagster_project.corpus import Corpus
from dagster_project.derivation import corpus_stages
from warehouse.archive.files import warc_files
from warehouse.clock import Clock
from warehouse.datasets import ARTICLES, IDENTITIES
from warehouse.home import Home
from warehouse.parquet import read_table
from warehouse.storage import StoredFile

ARTICLES_MADE = 300


def quiet(_line: str) -> None:
    """Discard progress messages."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A small home; no test may write into it."""
    return home_of(tmp_path_factory.mktemp("homes"), ARTICLES_MADE, quiet)


def rows_of(home: Home, dataset: str) -> list[dict[str, object]]:
    keys = [stored.key for stored in home.storage.list(dataset, ".parquet")]
    return [row for key in keys for row in read_table(StoredFile(home.storage, key)).to_pylist()]


def test_texts_differ_and_have_the_length_of_articles() -> None:
    texts = [paragraphs_of(number) for number in range(400)]
    sentences = Counter(sentence for text in texts for paragraph in text for sentence in paragraph.split(". "))
    assert max(sentences.values()) == 1
    assert 2_400 < sum(len("\n\n".join(text).encode()) for text in texts) / len(texts) < 3_400
    assert len({title_of(number) for number in range(2_000)}) == 2_000


def test_an_edit_rewrites_one_paragraph() -> None:
    before, after = paragraphs_of(7), paragraphs_of(7, edits=1)
    assert len(before) == len(after)
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1


def test_a_hundred_articles_have_twenty_further_revisions_and_some_are_gone() -> None:
    plan = Plan(6_000 * PORTALS, Clock().now())
    visits = [visit for crawl in range(plan.crawls) for visit in plan.visits(crawl)]
    texts = Counter((visit.article, visit.edits) for visit in visits if visit.answer is Answer.TEXT)
    assert {article for article, edits in texts if edits == 0} == set(range(6_000))
    assert len(texts) == pytest.approx(7_200, rel=0.01)
    answers = Counter(visit.answer for visit in visits)
    assert answers[Answer.GONE] > answers[Answer.REDIRECT] > answers[Answer.LIST] / 2 > 0


def test_each_article_was_published_before_the_crawl_that_finds_it_first() -> None:
    plan = Plan(1_000 * PORTALS, Clock().now())
    portal = plan.portals[3]
    for crawl in range(plan.crawls):
        for article in range(plan.first_article(crawl), plan.first_article(crawl + 1)):
            age = plan.crawled_at(portal, crawl) - plan.published_at(portal, article)
            assert timedelta() < age < timedelta(days=1)


@pytest.mark.process
@pytest.mark.slow
def test_a_build_finds_everything_of_a_made_home_done(
    made: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with copied(made, tmp_path) as home:
        for name, value in portals_of(home).items():
            monkeypatch.setenv(name, value)
        corpus = Corpus.open(home)
        assert pipeline.index_archive(corpus, quiet).indexed == ()
        stages = corpus_stages(corpus.definitions)
        assert all(pipeline.derive(corpus, stage, quiet).units == () for stage in stages)
        tables = pipeline.load_raw(corpus, stages, quiet)
        assert tables["raw.articles"].rows == len(rows_of(made, ARTICLES.name)) > ARTICLES_MADE
        write_new(home, 20, 0)
        assert len(pipeline.index_archive(corpus, quiet).indexed) == 2
        extraction = pipeline.derive(corpus, stages[0], quiet)
        assert extraction.rows(ARTICLES) == 20
    hashes = [row["content_hash"] for row in rows_of(made, IDENTITIES.name)]
    assert None not in hashes


def test_a_home_is_made_once(made: Home) -> None:
    def fail(_line: str) -> None:
        raise AssertionError("it is made again")

    assert home_of(made.root.parent, ARTICLES_MADE, fail) == made


def test_new_articles_in_homes_of_several_sizes_are_compared(
    made: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run_stages(home: Home, stages: Sequence[str], _log: object, _environment: Mapping[str, str]) -> Build:
        for file in (home.warehouse_file, home.marts_file, home.corpus_file):
            file.write_bytes(b"12345")
        new = 10 * (len(warc_files(home)) - len(warc_files(made)))
        return Build(dict.fromkeys(stages, 3.0 if new else 2.0), {"dbt build": 10**9}, ARTICLES_MADE + new)

    monkeypatch.setattr(builds, "run_stages", run_stages)
    monkeypatch.setattr(builds, "home_of", lambda *_: made)
    figures = builds.measure(2, quiet, tmp_path, sizes=(ARTICLES_MADE, 2 * ARTICLES_MADE), new=10)
    by_name = {figure.what: figure for figure in figures}
    assert by_name["whole build, 600 articles from extracted files"].value == 2 * len(STAGES)
    assert by_name["whole build, 10 new articles on 600"].value == 3 * len(STAGES)
    assert by_name["whole build, 10 new articles on 600"].bar == builds.NEW_BAR
    assert by_name["peak memory, 10 new articles on 600"].ratio == 1
