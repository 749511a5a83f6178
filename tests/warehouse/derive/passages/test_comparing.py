"""Comparing two articles: which sentences they share, how, and what is alike but no passage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from warehouse.derive.passages.comparing import SentenceIndex, SharedSentence, shared_sentences
from warehouse.derive.passages.fingerprints import fingerprints_of
from warehouse.derive.passages.sentences import sentences_of_article

WORKS = (
    "Từ đầu năm đến nay, quận đã nạo vét 42 km cống, thay 310 nắp hố ga hỏng và xử lý dứt điểm mười bảy điểm úng ngập."
)
PROOF = "Nước rút đến đâu, đội xung kích của từng tổ dân phố đi dọn bùn, phun thuốc khử trùng đến đó."
OWN = "Đoạn này chỉ có ở một trang, viết riêng cho bạn đọc của trang ấy trong ngày."


def compared(body: str, first_body: str, set_phrases: frozenset[int] = frozenset()) -> list[SharedSentence]:
    sentences, first = sentences_of_article(None, body), sentences_of_article(None, first_body)
    return shared_sentences(sentences, SentenceIndex(first), set_phrases)


def kinds(body: str, first_body: str) -> list[str]:
    return [found.kind for found in compared(body, first_body)]


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        (WORKS, "verbatim"),
        (WORKS.upper(), "verbatim"),
        (WORKS.replace("đã nạo vét", "đã cho nạo vét"), "near_verbatim"),
        (f"{WORKS[:-1]}, phần còn lại làm xong trước mùa mưa sang năm theo kế hoạch đã duyệt.", "contained"),
        ("Quận đã nạo vét 42 km cống, thay 310 nắp hố ga hỏng.", "contained"),
        (
            "Quận đã thay 310 nắp hố ga hỏng và xử lý dứt điểm mười bảy điểm úng ngập, từ đầu năm đến nay, quận đã nạo"
            " vét 42 km cống.",
            "reordered",
        ),
        (
            "Theo báo cáo, quận đã nạo vét 42 km cống, thay 310 nắp hố ga hỏng và trồng thêm cây dọc hai con đường mới"
            " mở.",
            "partial",
        ),
    ],
)
def test_kinds(sentence: str, kind: str) -> None:
    assert kinds(f"{sentence}\n\n{PROOF}", f"{PROOF}\n\n{WORKS}") == [kind, "verbatim"]


def test_shares_are_those_of_each_sentence() -> None:
    (found,) = compared("Quận đã nạo vét 42 km cống, thay 310 nắp hố ga hỏng và xử lý dứt điểm.", WORKS)
    assert found.word_share == 1.0
    assert found.first_word_share == round(18 / 28, 3)


def test_a_part_alone_proves_nothing() -> None:
    part = "Theo báo cáo, quận đã nạo vét 42 km cống, thay 310 nắp hố ga hỏng và trồng thêm cây dọc hai con đường mới."
    assert kinds(part, WORKS) == []
    assert kinds(f"{part} {PROOF}", f"{WORKS} {PROOF}") == ["partial", "verbatim"]


def test_an_office_with_a_name_is_no_passage() -> None:
    office = "Chủ tịch Ủy ban nhân dân quận Trần Văn Mẫu"
    one, other = f"{office} chủ trì buổi họp.", f"Sau khi nghe các ý kiến, {office} giao các phòng lo đủ vật tư."
    assert kinds(f"{one} {PROOF}", f"{other} {PROOF}") == ["verbatim"]


def test_one_sentence_may_stand_in_two() -> None:
    joined = f"{WORKS[:-1]}; {PROOF}".replace(";", ",")
    found = compared(joined, f"{WORKS}\n\n{PROOF}")
    assert [each.first.start for each in found] == [0, len(WORKS) + 2]


def test_set_phrases_are_left_out_and_prove_nothing() -> None:
    phrases = frozenset(fingerprints_of(sentences_of_article(None, WORKS)[0].words))
    assert compared(WORKS, WORKS, phrases) == []
    assert [each.kind for each in compared(f"{WORKS} {PROOF}", f"{PROOF} {WORKS}", phrases)] == ["verbatim"]
    longer = f"{WORKS[:-1]}, theo báo cáo của phòng quản lý đô thị vừa gửi đến các phường."
    assert compared(longer, WORKS, phrases) == []


def test_each_place_of_a_repeated_sentence_counts_and_refers_to_the_first() -> None:
    found = compared(f"{WORKS}\n\n{OWN}\n\n{WORKS}", f"{OWN[:20]}\n\n{WORKS} {WORKS}")
    assert [each.sentence.start for each in found] == [0, len(WORKS) + len(OWN) + 4]
    assert {each.first.start for each in found} == {22}


@pytest.mark.parametrize("body", ["lụt" + " lụt" * 250_000, f"Lụt{' lụt' * 900}.\n\n" * 270, f"{WORKS}\n\n" * 9_000])
def test_hostile_texts_take_bounded_work(body: str) -> None:
    assert len(compared(body, body)) <= 1_000


def test_texts_without_sentences_share_nothing() -> None:
    assert compared("", WORKS) == compared(WORKS, "") == compared("", "") == []


class Seeds:
    """The five seeds, with the pairs of sentences that are marked in them."""

    def __init__(self, shared: Path) -> None:
        gold = json.loads((shared / "seeds" / "gold.json").read_text(encoding="utf-8"))
        pairs = json.loads((shared / "seeds" / "pairs.json").read_text(encoding="utf-8"))
        self.bodies = {key: self._body(seed) for key, seed in gold.items()}
        self.pairs = {tuple(key.split("|")): pair for key, pair in pairs.items() if not key.startswith("_")}

    def _body(self, seed: dict[str, Any]) -> str:
        paragraphs: dict[int, list[str]] = {}
        for sentence, paragraph in zip(seed["sentences"], seed["sentence_paragraph"], strict=True):
            paragraphs.setdefault(paragraph, []).append(sentence)
        return "\n\n".join(" ".join(sentences) for sentences in paragraphs.values())

    def shared(self, one: str, other: str) -> list[tuple[str, str]]:
        """Return the pairs of sentences that are found, as written."""
        found = compared(self.bodies[one], self.bodies[other])
        return [
            (
                self.bodies[one][each.sentence.start : each.sentence.end],
                self.bodies[other][each.first.start : each.first.end],
            )
            for each in found
        ]


@pytest.fixture(scope="module")
def seeds(shared: Path) -> Seeds:
    return Seeds(shared)


def is_found(pair: dict[str, str], found: list[tuple[str, str]]) -> bool:
    """Tell whether a pair is found, in the whole or in parts: items of a list are sentences."""
    return any(one in pair["a"] and other in pair["b"] for one, other in found)


def test_all_ten_shared_sentences_of_the_seeds_are_found_from_either_side(seeds: Seeds) -> None:
    marked = {key: pair["shared_sentences"] for key, pair in seeds.pairs.items() if pair["shared_sentences"]}
    (((one, other), pairs),) = marked.items()
    assert len(pairs) == 10
    found = seeds.shared(one, other)
    assert [pair for pair in pairs if not is_found(pair, found)] == []
    turned = [(first, second) for second, first in seeds.shared(other, one)]
    assert [pair for pair in pairs if not is_found(pair, turned)] == []


def test_no_formulaic_sentence_of_the_seeds_is_found(seeds: Seeds) -> None:
    formulaic = [(key, pair) for key, marked in seeds.pairs.items() for pair in marked["formulaic_overlaps"]]
    assert len(formulaic) == 6
    for (one, other), pair in formulaic:
        assert not is_found(pair, seeds.shared(one, other))
