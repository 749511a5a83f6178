"""Signatures: what is equal, what is similar, and the stage that makes them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.warehouse.derive.copies.made_set import articles
from tests.warehouse.tables import made_up
from warehouse.datasets import ARTICLES, SIGNATURES
from warehouse.derive.copies.signatures import (
    BANDS,
    ROWS,
    SIGNING,
    WORDS_MIN,
    bands_of,
    signatures_of,
    text_id_of,
)
from warehouse.home import Home
from warehouse.records import Article
from warehouse.stages import Unit
from warehouse.storage import StoredFile

BODY = " ".join(f"Đoạn {number} nói về việc cấp nước sạch." for number in range(5))


CAPTURED = datetime(2025, 3, 10, 8, tzinfo=UTC)


def captured(**changes: Any) -> Article:
    """Return a capture of an article without lead."""
    return replace(made_up.article("my-duc", 1, "md-1", CAPTURED, lead=None), **changes)


def test_the_join_is_as_good_as_documented() -> None:
    for similarity, found in ((0.5, 0.995), (0.4, 0.93), (0.3, 0.67), (0.01, 0.00004)):
        assert 1 - (1 - similarity**ROWS) ** BANDS == pytest.approx(found, rel=0.01)


def test_spelling_case_and_punctuation_do_not_matter() -> None:
    written = "Uỷ ban xã hoà giải. " + BODY
    other = unicodedata.normalize("NFD", written.replace("Uỷ", "Ủy").replace("hoà", "hòa").replace(".", " !").upper())
    one, two = signatures_of([captured(body=(written,)), captured(body=(other,))])
    assert one == two


def test_a_lead_counts_like_a_first_paragraph() -> None:
    one, two = signatures_of([captured(lead="Mở đầu.", body=(BODY,)), captured(body=("Mở đầu.", BODY))])
    assert (one.text_id, one.word_count, one.bands) == (two.text_id, two.word_count, two.bands)


def test_order_matters_to_the_text_id() -> None:
    assert text_id_of(["một", "hai"]) != text_id_of(["hai", "một"])
    assert text_id_of(["một", "hai"]) == hashlib.sha256("một hai".encode()).hexdigest()[:32]


@pytest.mark.parametrize(("words", "rows"), [(0, 0), (WORDS_MIN - 1, 0), (WORDS_MIN, 1)])
def test_short_texts_have_no_signature(words: int, rows: int) -> None:
    article = captured(body=(" ".join(f"từ{number}" for number in range(words)),))
    assert len(list(signatures_of([article]))) == rows


def test_a_text_of_one_repeated_word_is_signed() -> None:
    (one,) = signatures_of([captured(body=("nước " * 100_000,))])
    assert (one.word_count, len(one.bands)) == (100_000, BANDS)


def test_batches_change_nothing() -> None:
    articles = [captured(capture_id=str(number), body=(f"{BODY} Số {number}.",)) for number in range(450)]
    together = list(signatures_of(articles))
    assert [each.capture_id for each in together] == [article.capture_id for article in articles]
    assert together[::97] == [one for article in articles[::97] for one in signatures_of([article])]


def test_unrelated_texts_share_no_band() -> None:
    texts = [captured(lead=text.lead, body=text.body) for text in articles()]
    shared = [band for signature in signatures_of(texts) for band in enumerate(signature.bands)]
    assert len(set(shared)) == len(shared) == BANDS * len(texts)


def test_signatures_are_the_same_in_every_process() -> None:
    """Python's hashes of strings differ from process to process."""
    code = f"from warehouse.derive.copies.signatures import bands_of; print(bands_of([{BODY.split()!r}]))"
    for seed in ("1", "2"):
        printed = subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        assert printed.strip() == str(bands_of([BODY.split()]))


def test_the_stage_signs_articles_in_their_order(tmp_path: Path) -> None:
    home = Home(tmp_path)
    written = [
        replace(made_up.article("my-duc", number, "md-1", made_up.at(1)), lead=None, body=body)
        for number, body in ((2, (BODY, "Hết.")), (3, ("Ngắn.",)), (1, (BODY, "Hết.")))
    ]
    file = made_up.derived(home, ARTICLES, "my-duc", "md-1")
    made_up.write_parquet(file, written, ARTICLES)
    made = SIGNING.run(Unit("my-duc/md-1", home.storage, {ARTICLES.name: StoredFile.at(file)}))[SIGNATURES.name]
    assert made.schema.field("bands").type == pa.list_(pa.int32())
    assert made["capture_id"].to_pylist() == [article.capture_id for article in written[::2]]
    assert len(set(made["text_id"].to_pylist())) == 1
