"""Added and removed words: handwritten cases, and properties of any two texts."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.derive.revisions import words
from warehouse.derive.revisions.words import WordChanges, word_changes
from warehouse.text.normal import normal_form

OPENING = "Sáng 2/9, ủy ban nhân dân huyện khởi công tuyến đường liên xã dài 12 km qua ba xã ven sông."
COST = "Tổng mức đầu tư là 36,6 tỷ đồng, lấy từ ngân sách huyện và vốn xã hội hóa trong hai năm tới."
CLOSING = "Bà con mong đường xong trước mùa mưa."


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            [OPENING, COST, CLOSING],
            [OPENING, COST.replace("36,6", "40"), CLOSING],
            WordChanges(1, 1, ("… mức đầu tư là [-36,6-]{+40+} tỷ đồng, lấy từ …",)),
            id="a figure",
        ),
        pytest.param(
            [OPENING, COST],
            [OPENING.replace("Sáng 2/9", "Chiều 5/9").replace("ven sông", "ven đê"), COST],
            WordChanges(3, 3, ("[-Sáng 2/9,-]{+Chiều 5/9,+} ủy ban nhân dân … qua ba xã ven [-sông.-]{+đê.+}",)),
            id="both ends of a paragraph",
        ),
        pytest.param(
            [COST],
            [COST.replace("36,6", "40").replace("huyện và vốn xã hội hóa", "thành phố")],
            WordChanges(
                3,
                7,
                (
                    "… mức đầu tư là [-36,6-]{+40+} tỷ đồng, lấy từ ngân sách"
                    " [-huyện và vốn xã hội hóa-]{+thành phố+} trong hai năm tới.",
                ),
            ),
            id="two changes close to each other",
        ),
        pytest.param(
            [OPENING, CLOSING],
            [OPENING, "Đường thông xe năm sau.", CLOSING],
            WordChanges(5, 0, ("{+Đường thông xe năm sau.+}",)),
            id="a new paragraph",
        ),
        pytest.param([OPENING, CLOSING], [OPENING], WordChanges(0, 8, (f"[-{CLOSING}-]",)), id="a paragraph less"),
        pytest.param(
            ["Một hai ba.", "Bốn năm sáu."],
            ["hai ba.", "Bốn năm sáu bảy."],
            WordChanges(2, 2, ("[-Một-] hai ba.", "Bốn năm [-sáu.-]{+sáu bảy.+}")),
            id="the first word of a paragraph",
        ),
        pytest.param([], ["Có nội dung."], WordChanges(3, 0, ("{+Có nội dung.+}",)), id="nothing before"),
        pytest.param(["Có [-dấu-]"], ["Có {+dấu+}"], WordChanges(1, 1, ("Có [-[-dấu-]-]{+{+dấu+}+}",)), id="own marks"),
    ],
)
def test_changes(before: list[str], after: list[str], expected: WordChanges) -> None:
    assert word_changes(before, after) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("Uỷ ban xã Hoà Bình", "Ủy ban xã Hòa Bình", id="tone marks"),
        pytest.param("Đống Đa", unicodedata.normalize("NFD", "Đống Đa"), id="Unicode form"),
        pytest.param("chợ “Mơ” – phố", "chợ \u200b\"Mơ\" -\u00a0 phố", id="quotes, dashes, white space"),
    ],
)  # fmt: skip
def test_another_spelling_is_no_change(before: str, after: str) -> None:
    assert word_changes([before], [after]) == WordChanges(0, 0, ())
    (line,) = word_changes([f"{before} cũ"], [f"{after} mới"]).lines
    assert line.endswith("[-cũ-]{+mới+}")


def test_other_paragraph_breaks_are_no_change() -> None:
    assert word_changes([OPENING, COST], [f"{OPENING} {COST}"]) == WordChanges(0, 0, ())
    assert word_changes([f"{OPENING} {COST}"], [OPENING, COST]) == WordChanges(0, 0, ())


def test_a_stretch_with_too_many_matches_is_shown_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "PAIRS_MAX", 5)
    # Two words three times each: eighteen pairs.
    changes = word_changes(["đầu a b a b a b cuối"], ["đầu b a b b a a cuối"])
    assert changes == WordChanges(6, 6, ("đầu [-a b a b a b-]{+b a b b a a+} cuối",))


PARAGRAPH = st.lists(st.sampled_from(("a", "b", "c", "hoà", "hòa")), max_size=8).map(" ".join)


def keys(paragraphs: list[str]) -> list[str]:
    return normal_form(" ".join(paragraphs)).split()


@settings(deadline=None, derandomize=True)
@given(PARAGRAPH, PARAGRAPH)
def test_applying_a_diff_gives_the_other_text(before: str, after: str) -> None:
    stream = list(words._stream([f"x {before}"], [f"y {after}"]))
    assert [word.key for status, word in stream if status is not words.WordStatus.ADDED] == keys(["x", before])
    assert [word.key for status, word in stream if status is not words.WordStatus.REMOVED] == keys(["y", after])


@settings(deadline=None, derandomize=True)
@given(st.lists(PARAGRAPH, max_size=4), st.lists(PARAGRAPH, max_size=4))
def test_the_counts_match_the_lines(before: list[str], after: list[str]) -> None:
    changes = word_changes(before, after)
    assert changes.added - changes.removed == len(keys(after)) - len(keys(before))
    assert bool(changes.lines) == (keys(before) != keys(after))
    shown = " ".join(changes.lines)
    assert sum(len(found.split()) for found in re.findall(r"\{\+(.*?)\+\}", shown)) == changes.added
    assert sum(len(found.split()) for found in re.findall(r"\[-(.*?)-\]", shown)) == changes.removed
