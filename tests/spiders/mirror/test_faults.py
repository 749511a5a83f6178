"""Faults of text: the words stay, and the characters are corrupted as the fault is named."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest

from spiders.mirror import faults
from spiders.mirror.content import Content, Fault, Image, ShownArticle

TEXT = "Ủy ban xã An Hòa họp bàn việc thủy lợi. Việc thứ hai là khóa sửa chữa đường, kết thúc 29.647 giờ. Xong."


@pytest.fixture
def article(content: Content) -> ShownArticle:
    found = content.state("my-duc-thu-nghiem", 1).article(100)
    assert found
    return found


def test_nfd_only_decomposes() -> None:
    spoiled = faults.nfd(TEXT)
    assert spoiled != TEXT
    assert unicodedata.normalize("NFC", spoiled) == TEXT


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("hòa", "hoà"),
        ("Hòa", "Hoà"),
        ("HÒA", "HOÀ"),
        ("khỏe", "khoẻ"),
        ("ủy", "uỷ"),
        ("Ủy", "Uỷ"),
        ("thủy", "thuỷ"),
        ("lũy", "luỹ"),
        ("hoàn", "hoàn"),
        ("quý", "quý"),
        ("của", "của"),
        ("mùa", "mùa"),
        ("hòa bình", "hoà bình"),
        ("khóa.", "khoá."),
    ],
)
def test_old_tone_moves_the_mark_of_open_syllables_only(new: str, old: str) -> None:
    assert faults.old_tone(new) == old


def test_nbsp_keeps_the_words_apart() -> None:
    spoiled = faults.nbsp(TEXT)
    assert "\u00a0\u00a0" in spoiled.strip()
    assert spoiled.split() == TEXT.split()


def test_zero_width_characters_are_between_and_inside_words() -> None:
    spoiled = faults.zero_width(TEXT)
    assert re.search("\\w\u200b\\w", spoiled)
    assert spoiled.startswith("\ufeff")
    assert re.sub("[\u200b\ufeff]", "", spoiled) == TEXT


def test_glued_removes_spaces_after_full_stops_but_keeps_numbers() -> None:
    spoiled = faults.glued("Một. Hai. Ba. Bốn, năm. Giá 29.647 đồng.")
    assert spoiled == "Một.Hai. Ba. Bốn, năm.Giá 29.647 đồng."


@pytest.mark.parametrize("fault", ["nfd", "old_tone", "nbsp", "zero_width", "glued"])
def test_each_fault_affects_the_body(article: ShownArticle, fault: Fault) -> None:
    spoiled = faults.with_text_faults(replace(article, faults=frozenset({fault})))
    assert spoiled.body[0] != article.body[0]
    assert spoiled.slug == article.slug


def test_letter_faults_affect_title_and_captions_too(article: ShownArticle) -> None:
    spoiled = faults.with_text_faults(replace(article, faults=frozenset({"nfd"})))
    assert spoiled.title == unicodedata.normalize("NFD", article.title) != article.title
    caption = next(item.caption for item in spoiled.body if isinstance(item, Image))
    assert caption == unicodedata.normalize("NFD", "Quang cảnh cuộc họp.")


def test_faults_combine(article: ShownArticle) -> None:
    spoiled = faults.with_text_faults(replace(article, faults=frozenset({"old_tone", "glued"})))
    assert spoiled.body[0] == "Sáng nay, văn phòng họp giao ban.Uỷ ban bàn ba việc của xã An Hoà."


def test_without_faults_nothing_changes(article: ShownArticle) -> None:
    assert faults.with_text_faults(article) == article
