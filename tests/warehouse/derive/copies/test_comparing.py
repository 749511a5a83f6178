"""Comparisons of two texts: their kinds, counts and differences, handwritten and hostile."""

from __future__ import annotations

from dataclasses import fields
from itertools import combinations
from pathlib import Path
from random import Random

import pytest

from tests.warehouse.derive.copies.made_set import articles, same_form
from warehouse.derive.copies.comparing import SENTENCE_PAIRS_MAX, Comparison, Text, compare, read_text
from warehouse.derive.copies.words import paragraphs_of_text

NOTICE = (
    "Ủy ban nhân dân xã Hồng Khê thông báo lịch tiêm phòng dại cho đàn chó, mèo trên địa bàn từ ngày 5/4/2025.",
    "Mỗi hộ mang vật nuôi đến nhà văn hóa thôn vào buổi sáng. Phí tiêm là 15.000 đồng một con.",
    "Cán bộ thú y của xã sẽ đến tận nhà những hộ có người già yếu, neo đơn. Hộ nào không tiêm sẽ bị xử phạt.",
    "Sau khi tiêm, bà con theo dõi vật nuôi trong hai ngày và báo cho thú y nếu chúng bỏ ăn.",
)
OTHER = (
    "Câu lạc bộ chèo của phường Minh Lạc biểu diễn tối thứ bảy tại sân đình, phục vụ hơn 400 khán giả.",
    "Chương trình gồm năm trích đoạn cổ do các nghệ nhân cao tuổi dàn dựng cùng thanh niên trong phường.",
    "Ban tổ chức dành toàn bộ tiền ủng hộ để mua nhạc cụ cho lớp học hát của trẻ em.",
)


def text(*paragraphs: str) -> Text:
    return read_text(paragraphs_of_text(None, paragraphs))


def compared(here: Text, there: Text) -> Comparison:
    found = compare(here, there)
    assert found
    return found


def with_changes(*changes: tuple[str, str]) -> Text:
    joined = "\n\n".join(NOTICE)
    for old, new in changes:
        assert old in joined
        joined = joined.replace(old, new)
    return text(joined)


def test_a_copy_has_the_same_sentences() -> None:
    found = compared(text(*NOTICE), text(*NOTICE))
    assert found == Comparison("copy", 1.0, 1.0, 1.0, 0, 0, 0, (), (), (), ())
    # In another order, other paragraphs, and in capitals.
    other = compared(text(*NOTICE), text(" ".join(NOTICE[::-1]).upper()))
    assert (other.kind, other.changed, other.only_here, other.only_there) == ("copy", 0, 0, 0)
    assert 0.8 < other.similarity < 1


def test_changed_figures_and_dates_are_named_as_written() -> None:
    found = compared(text(*NOTICE), with_changes(("15.000 đồng", "20 nghìn đồng"), ("5/4/2025", "12/4/2025")))
    assert (found.figures_here, found.figures_there) == (("15.000 đồng",), ("20 nghìn đồng",))
    assert (found.dates_here, found.dates_there) == (("5/4/2025",), ("12/4/2025",))


def test_the_same_figure_in_other_words_is_no_difference() -> None:
    found = compared(text(*NOTICE), with_changes(("15.000 đồng", "15 nghìn đồng"), ("5/4/2025", "05 tháng 4 năm 2025")))
    assert found.kind == "near_duplicate"
    assert found.changed == 2
    assert (found.figures_here, found.figures_there, found.dates_here, found.dates_there) == ((), (), (), ())


def test_one_changed_figure_makes_no_template() -> None:
    assert compared(text(*NOTICE), with_changes(("15.000", "25.000"))).kind == "near_duplicate"


def test_most_numbers_or_most_names_differ_in_a_template() -> None:
    other = with_changes(("15.000", "25.000"), ("5/4/2025", "8/10/2025"))
    assert compared(text(*NOTICE), other).kind == "template"
    long = (
        "Thôn An Phong họp tại nhà văn hóa để bàn việc làm đường.",
        "Trưởng thôn An Phong mời mỗi hộ cử một người dự.",
        "Mọi người thảo luận sôi nổi và nhất trí đóng góp ngày công theo khả năng của mình.",
    )
    renamed = tuple(sentence.replace("An Phong", "Tân Lạc") for sentence in long)
    assert compared(text(*long), text(*renamed)).kind == "template"


def test_numbers_that_one_side_left_out_make_no_template() -> None:
    other = with_changes((" từ ngày 5/4/2025", ""), ("là 15.000 đồng một con", "theo quy định chung của xã"))
    assert compared(text(*NOTICE), other).kind == "near_duplicate"


def test_sentences_of_one_text_alone_are_counted() -> None:
    found = compared(text(*NOTICE, OTHER[0]), text(*NOTICE[:-1], OTHER[1], OTHER[2]))
    assert (found.kind, found.changed, found.only_here, found.only_there) == ("near_duplicate", 0, 2, 2)


def test_a_changed_sentence_is_paired_with_the_most_similar_one() -> None:
    found = compared(text(*NOTICE), with_changes(("trong hai ngày", "trong vài ngày")))
    assert (found.changed, found.only_here, found.only_there) == (1, 0, 0)


def test_a_text_inside_a_longer_one_is_an_excerpt() -> None:
    long = [paragraph for number in range(3) for paragraph in articles()[number].body]
    found = compared(text(*NOTICE), text(*NOTICE, *long))
    assert (found.kind, found.containment_here) == ("excerpt", 1)
    assert found.containment_there < 0.3
    assert found.only_there > 5


def test_a_few_common_sentences_are_nothing() -> None:
    assert compare(text(*NOTICE, *OTHER), text(NOTICE[0], *articles()[0].body)) is None
    assert compare(text(*NOTICE), text(*OTHER)) is None


@pytest.mark.parametrize(
    ("here", "there"), [((), ()), ((), NOTICE), (("–",), ("–",)), (("Một câu ngắn.",), ("Một câu ngắn.",))]
)
def test_texts_of_few_words_are_not_compared(here: tuple[str, ...], there: tuple[str, ...]) -> None:
    assert compare(text(*here), text(*there)) is None


def test_from_20_words_on_equal_texts_are_copies() -> None:
    words = [f"từ{number}" for number in range(20)]
    assert compared(text(" ".join(words)), text(" ".join(words))).kind == "copy"
    assert compare(text(" ".join(words[1:])), text(" ".join(words[1:]))) is None


def swapped(found: Comparison) -> Comparison:
    other = {"here": "there", "there": "here"}

    def name(field: str) -> str:
        stem, _, side = field.rpartition("_")
        return f"{stem}_{other[side]}" if side in other else field

    return Comparison(**{field.name: getattr(found, name(field.name)) for field in fields(Comparison)})


def test_the_order_of_the_texts_swaps_the_result() -> None:
    chosen = Random(5)  # noqa: S311 - no secret
    sentences = [sentence for article in articles()[:4] for part in article.body for sentence in part.split(". ")]
    made = [text(". ".join(chosen.choices(sentences, k=12))) for _ in range(40)]
    made += [text(*form.body) for forms in same_form().values() for form in forms[:4]]
    kinds = set()
    for here, there in combinations(made, 2):
        one, other = compare(here, there), compare(there, here)
        assert (one and swapped(one)) == other
        kinds.add(one.kind if one else None)
    assert kinds >= {None, "template"}


def test_equal_sentences_are_paired_one_by_one() -> None:
    repeated = "Bà con chú ý giữ gìn vệ sinh chung và đổ rác đúng nơi quy định của thôn."
    found = compared(text(*[repeated] * 2_000), text(*[repeated] * 1_990))
    assert (found.kind, found.changed, found.only_here, found.only_there) == ("near_duplicate", 0, 10, 0)


@pytest.mark.slow
def test_hostile_texts_are_compared_in_bounds() -> None:
    """Sentences by the thousand that are all alike, and a text of one word."""
    chosen = Random(3)  # noqa: S311 - no secret
    words = [f"tiếng{number}" for number in range(12)]
    here, there = (
        text(*(f"Số {' '.join(chosen.sample(words, 10))} {side} {number}." for number in range(3_000)))
        for side in ("này", "kia")
    )
    found = compare(here, there)
    assert found is None or found.changed**2 <= SENTENCE_PAIRS_MAX
    one_word = text("nước " * 200_000)
    assert compared(one_word, text("Nước, " * 200_000)).kind == "copy"
    assert compare(one_word, here) is None


def test_seeds_that_tell_of_one_event_in_other_words_are_no_copies(shared: Path) -> None:
    seeds = sorted((shared / "seeds").glob("*.txt"))
    assert len(seeds) == 5
    read = [text(*seed.read_text(encoding="utf-8").split("\n")) for seed in seeds]
    for (one, here), (other, there) in combinations(enumerate(read), 2):
        found = compare(here, there)
        assert found is None or ((one, other) == (0, 1) and found.kind == "excerpt")
