"""Ð for Đ: replaced in Vietnamese words, kept in those of other languages."""

from __future__ import annotations

import time

import pytest

from tests.warehouse.text.foreign import FOREIGN
from warehouse.text.eth import has_eth, without_eth
from warehouse.text.normal import unaccented


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("Quận Ðống Ða thông báo", "Quận Đống Đa thông báo"),
        ("ðã tiếp nhận, giải quyết ðúng hạn", "đã tiếp nhận, giải quyết đúng hạn"),
        ("ĐẢNG BỘ PHƯỜNG ÐÔNG NGẠC", "ĐẢNG BỘ PHƯỜNG ĐÔNG NGẠC"),
        ("Nghị định 30/2020/NÐ-CP, số 12/QÐ-UBND của HÐND", "Nghị định 30/2020/NĐ-CP, số 12/QĐ-UBND của HĐND"),
        ("Ɖoàn Thanh niên, ɖường làng", "Đoàn Thanh niên, đường làng"),
        ("Sở GD&ÐT, Sở LÐTBXH", "Sở GD&ĐT, Sở LĐTBXH"),
        ("người Ðắk Lắk", "người Đắk Lắk"),
        ("giá 50.000ð, phí 20.000 ð/lượt", "giá 50.000đ, phí 20.000 đ/lượt"),
        ("điểm ð) khoản 1; ð/c Chủ tịch; Ð/c Bí thư", "điểm đ) khoản 1; đ/c Chủ tịch; Đ/c Bí thư"),
        ("Ðô\u0301ng \u0110a, ðươ\u0300ng", "Đô\u0301ng \u0110a, đươ\u0300ng"),  # decomposed
    ],
)  # fmt: skip
def test_eth_in_vietnamese_words_is_replaced(written: str, right: str) -> None:
    assert without_eth(written) == right
    assert without_eth(right) == right


@pytest.mark.parametrize(
    "kept",
    [
        "Theo tờ Viðskiptablaðið, ông Guðmundur Sigurðsson",
        "nhà thơ Davíð Stefánsson ở Ísafjörður, báo Morgunblaðið",
        "GUÐMUNDUR và SIGURÐUR",
        "Phát âm /ðen/ và [ðis], âm /ð/",
        "Đống Đa, đường Giải Phóng",
    ],
)
def test_other_words_with_eth_stay(kept: str) -> None:
    assert without_eth(kept) == kept


def test_a_page_without_vietnamese_letters_is_left_alone() -> None:
    assert not has_eth(FOREIGN["Icelandic"])
    assert has_eth("Quận Ðống Đa, phường Ô Chợ Dừa")
    assert not has_eth("Quận Đống Đa, phường Ô Chợ Dừa")


def test_the_form_of_addresses_has_d_for_both() -> None:
    assert unaccented("Ðống Ða") == unaccented("Đống Đa") == "dong da"


def test_hostile_texts_take_little_time() -> None:
    start = time.process_time()
    for text in ("ð" * 300_000, "ðã " * 100_000, "a\u0301" * 200_000 + "ð", "Ð/" * 200_000, "ð " + "a" * 300_000):
        without_eth(text)
    assert time.process_time() - start < 3
