"""The changes between two revisions: fields, words, figures and dates."""

from __future__ import annotations

from typing import Any

from warehouse.derive.revisions.edits import DIFF_CHARACTERS_MAX, Edit, edit_of

BEFORE = {
    "title": ["Chi 36,6 tỷ đồng sửa trường"],
    "lead": ["Trường mới đón học sinh ngày 5/9."],
    "body": ["Uỷ ban giao phường làm chủ đầu tư.", "Vốn 36,6 tỷ đồng, khởi công ngày 2/9/2025."],
    "captions": ["Phối cảnh trường."],
    "attachments": ["https://tay-ho.test/kh-45.pdf"],
}


def changed(**fields: Any) -> Edit:
    return edit_of(BEFORE, BEFORE | fields)


def test_a_correction_is_shown_by_words_figures_and_dates() -> None:
    edit = changed(
        title=["Chi 40 tỷ đồng sửa trường"],
        body=["Ủy ban giao phường làm chủ đầu tư.", "Vốn 40 tỷ đồng, khởi công ngày 12/9/2025."],
    )
    assert edit == Edit(
        changed_fields=("title", "body"),
        added_word_count=3,
        removed_word_count=3,
        diff="title: Chi [-36,6-]{+40+} tỷ đồng sửa trường\n"
        "body: Vốn [-36,6-]{+40+} tỷ đồng, khởi công ngày [-2/9/2025.-]{+12/9/2025.+}",
        figures_removed=("36,6 tỷ đồng",),
        figures_added=("40 tỷ đồng",),
        dates_removed=("2/9/2025",),
        dates_added=("12/9/2025",),
    )


def test_another_spelling_of_a_figure_or_date_changes_only_words() -> None:
    edit = changed(body=[BEFORE["body"][0], "Vốn 36 tỷ 600 triệu đồng, khởi công ngày 02 tháng 9 năm 2025."])
    assert edit.changed_fields == ("body",)
    assert edit.removed_word_count == 2
    assert edit.figures_removed == edit.figures_added == edit.dates_removed == edit.dates_added == ()


def test_a_figure_corrected_in_one_of_two_places_is_reported() -> None:
    edit = changed(title=["Chi 40 tỷ đồng sửa trường"])
    assert (edit.figures_removed, edit.figures_added) == (("36,6 tỷ đồng",), ("40 tỷ đồng",))


def test_a_sentence_moved_from_lead_to_body_changes_both_and_no_date() -> None:
    edit = changed(lead=[], body=[*BEFORE["lead"], *BEFORE["body"]])
    assert edit.changed_fields == ("lead", "body")
    assert edit.added_word_count == edit.removed_word_count == 7
    assert edit.dates_added == edit.dates_removed == ()
    assert edit.diff == ("lead: [-Trường mới đón học sinh ngày 5/9.-]\nbody: {+Trường mới đón học sinh ngày 5/9.+}")


def test_attachments_have_neither_words_nor_figures() -> None:
    edit = changed(attachments=["https://tay-ho.test/kh-46.pdf"])
    assert edit.changed_fields == ("attachments",)
    assert (edit.added_word_count, edit.removed_word_count) == (0, 0)
    assert edit.figures_added == edit.figures_removed == ()
    assert edit.diff == "attachments: [-https://tay-ho.test/kh-45.pdf-]{+https://tay-ho.test/kh-46.pdf+}"


def test_captions_in_another_order_are_changed() -> None:
    before = BEFORE | {"captions": ["Một.", "Hai."]}
    assert edit_of(before, before | {"captions": ["Hai.", "Một."]}).changed_fields == ("captions",)


def test_another_spelling_is_no_change() -> None:
    edit = changed(body=["Ủy ban giao phường làm chủ đầu tư.  Vốn 36,6 tỷ đồng, khởi công ngày 2/9/2025."])
    assert edit == Edit((), 0, 0, "", (), (), (), ())


def test_a_long_diff_is_cut() -> None:
    edit = changed(body=["chữ " * DIFF_CHARACTERS_MAX])
    assert len(edit.diff) == DIFF_CHARACTERS_MAX + 2
    assert edit.diff.endswith(" …")
    assert edit.added_word_count == DIFF_CHARACTERS_MAX
