"""Terms, weights, linking and reasons."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from bench.stories import b_cubed
from tests.warehouse.derive.stories import made
from tests.warehouse.tables import made_up
from warehouse.datasets import ARTICLES, STORY_TERMS
from warehouse.derive.stories.days import replay
from warehouse.derive.stories.linking import linked
from warehouse.derive.stories.reasons import reason_of
from warehouse.derive.stories.rows import joined
from warehouse.derive.stories.terms import TERM_FINDING, TERMS_MAX, hash_of
from warehouse.derive.stories.weights import BUCKETS, count_terms, due_snapshot, no_tally, vectors_of
from warehouse.home import Home
from warehouse.stages import Unit
from warehouse.storage import StoredFile


def test_terms_of_an_article() -> None:
    terms = made.terms(
        "a", "Khánh thành cầu Vĩnh Tuy", "Ngày 11/10/2024, UBND thành phố họp theo Quyết định 45/QĐ-UBND.\n2,5 km"
    )
    assert terms.names == ("Vĩnh Tuy",)
    assert terms.figures == ("11/10/2024", "2,5 km")
    assert terms.documents == ("45/QĐ-UBND",)
    assert terms.pairs == ("cầu vĩnh", "khánh thành", "thành cầu", "vĩnh tuy")
    assert len(terms.hashes) == len(set(terms.hashes)) == len(terms.weights)
    # The title counts as three mentions.
    assert terms.weights[terms.hashes.index(hash_of("p", "vĩnh tuy"))] == pytest.approx(1 + np.log(3))
    assert STORY_TERMS.table([terms]).num_rows == 1


def test_terms_do_not_depend_on_spelling_and_years() -> None:
    one = made.terms("a", "Hoà Bình", "Chiều 11/10 – lúc 8h")
    other = made.terms("a", "Hòa Bình", "Chiều 11/10/2024 - lúc 8h")
    assert {hash_of("f", "--10-11"), hash_of("n", "hòa bình")} <= set(one.hashes) & set(other.hashes)


def test_a_text_without_a_title_has_pairs_of_its_first_words() -> None:
    terms = made.terms("a", None, "Sáng nay mưa lớn.\nChiều nắng")
    # No pair goes over the end of a paragraph.
    assert terms.pairs == ("chiều nắng", "mưa lớn", "nay mưa", "sáng nay")


def test_the_stage_makes_a_row_for_each_capture_of_an_article(tmp_path: Path) -> None:
    home = Home(tmp_path)
    written = [
        made_up.article("my-duc", number, "md-1", made_up.at(3), title=None, lead=lead, body=body)
        for number, lead, body in ((2, "Hội làng", made_up.FESTIVAL), (1, None, ()), (3, None, made_up.FLOOD))
    ]
    file = made_up.derived(home, ARTICLES, "my-duc", "md-1")
    made_up.write_parquet(file, written, ARTICLES)
    table = TERM_FINDING.run(Unit("my-duc/md-1", home.storage, {ARTICLES.name: StoredFile.at(file)}))[STORY_TERMS.name]
    assert table.schema.equals(STORY_TERMS.schema)
    assert table["capture_id"].to_pylist() == [article.capture_id for article in written]
    assert table["names"].to_pylist() == [["Bến Yến", "Mỹ Đức"], [], []]
    assert hash_of("p", "hội làng") in table["hashes"][0].as_py()
    assert table["hashes"][1].as_py() == []


@pytest.mark.parametrize("text", ["a", "1 " * 500_000, "Hà Nội " * 150_000, "x" * 1_000_000, "12/3/" * 200_000])
def test_hostile_texts_have_few_terms(text: str) -> None:
    assert len(made.terms("a", text, text).hashes) <= TERMS_MAX


def test_snapshots_are_taken_when_the_corpus_has_doubled() -> None:
    assert [due_snapshot(count) for count in (0, 999, 1000, 1999, 2000, 4000, 1_000_000)] == [None, None, 0, 0, 1, 2, 9]
    rows = made.rows(made.tellings())
    hundred = joined([rows] * 40)
    tally = no_tally().with_day(hundred)
    assert tally.snapshot is None
    tally = tally.with_day(hundred)
    first = tally.snapshot
    assert first
    assert (first.number, first.articles) == (0, 1040)
    assert first.counts.sum() == 80 * count_terms(rows).sum()
    # Until the next doubling it stays as it is.
    assert tally.with_day(rows).snapshot is first
    assert len(first.counts) == BUCKETS


def test_what_a_corpus_often_says_weighs_less() -> None:
    rows = made.rows(made.tellings())
    often = no_tally().with_day(joined([made.rows({"bridge-0": made.tellings()["bridge-0"]})] * 1000))
    plain = vectors_of(rows, None).topic
    known = vectors_of(rows, often.snapshot).topic
    place = rows.article_ids.index("bridge-1")
    of = rows.article_ids.index("bridge-0")
    assert (known @ known.T)[place, of] < (plain @ plain.T)[place, of] / 2


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 30), st.integers(0, 10_000), st.floats(0.1, 0.9))
def test_linking_is_average_link(count: int, seed: int, least: float) -> None:
    values = np.random.default_rng(seed).random((count, count)).astype(np.float32)
    values = np.triu(values, 1)
    values += values.T
    groups = linked(sparse.csr_array(values), least)
    tree = linkage(squareform(1 - values.astype(np.float64), checks=False), "average")
    labels = fcluster(tree, 1 - least, "distance")
    expected = sorted(np.flatnonzero(labels == label).tolist() for label in set(labels.tolist()))
    assert groups == expected


def test_nothing_is_linked_to_nothing() -> None:
    assert linked(sparse.csr_array((0, 0), dtype=np.float32), 0.2) == []
    assert linked(sparse.csr_array((2, 2), dtype=np.float32), 0.2) == [[0], [1]]


def test_the_reason_names_what_is_shared() -> None:
    (result,) = replay([(date(2025, 3, 10), made.rows(made.tellings()))])
    (assignment,) = (each for each in result.assignments if each.article_id == "flood-1")
    reason = reason_of(assignment, made.terms("flood-1", *made.tellings()["flood-1"]))
    assert reason.documents == ("07/CĐ-UBND",)
    assert "1.240 hộ" in reason.figures
    assert "sông tích" in reason.terms
    assert 0 < len(reason.terms) <= 5
    assert not any(one.casefold() in other.casefold().split() for one, other in combinations(reason.terms, 2))


@pytest.mark.parametrize(
    ("truth", "found", "expected"),
    [
        ("aabb", "xxyy", (1, 1, 1)),
        # Three articles find three of four right, the fourth one of four.
        ("aaab", "xxxx", (10 / 16, 1, 10 / 13)),
        # Three articles find one of three, the fourth all.
        ("aaab", "xyzw", (1, 2 / 4, 2 / 3)),
        ("aabb", "xxxy", (4 / 6, 3 / 4, 12 / 17)),
    ],
)
def test_b_cubed(truth: str, found: str, expected: tuple[float, float, float]) -> None:
    assert b_cubed(truth, found) == pytest.approx(expected)
