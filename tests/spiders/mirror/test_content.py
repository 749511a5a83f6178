"""The content files: loading, error messages, and a portal's content on each day."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiders.mirror.content import Content, Image, load_content, slugify
from spiders.mirror.content_files import ContentError
from spiders.mirror.days import DAYS, edited_at

FILE = """
portal: my-duc-thu-nghiem
sections: {tin-tuc: Tin tức}
articles:
  - {id: 7, section: tin-tuc, title: Một, published: 2025-03-10 08:15, body: [Một.]}
"""


def problem_with(folder: Path, text: str, name: str = "my-duc-thu-nghiem.yml") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_content(folder)
    return str(caught.value)


def test_day_1_lacks_articles_that_are_new_on_day_2(content: Content) -> None:
    ids = {article.id for article in content.state("my-duc-thu-nghiem", 1).articles}
    assert 108 in ids
    assert 109 not in ids


def test_day_2_adds_and_removes(content: Content) -> None:
    state = content.state("my-duc-thu-nghiem", 2)
    assert state.article(109) is not None
    assert state.article(108) is None
    assert state.removed_ids == {108}


def test_day_2_edits_title_one_paragraph_and_the_end(content: Content) -> None:
    before = content.state("my-duc-thu-nghiem", 1).article(100)
    after = content.state("my-duc-thu-nghiem", 2).article(100)
    assert before
    assert after
    assert (after.title, after.slug) == ("Họp giao ban tháng Tư", "hop-giao-ban-thang-tu")
    assert after.first_slug == before.first_slug == "hop-giao-ban-thang-ba"
    assert after.body[:3] == before.body[:3]
    assert after.body[3:] == ("Việc thứ nhất đã xong.", before.body[4], "Cuộc họp kết thúc lúc 11 giờ.")
    assert after.published == before.published


def test_a_reverted_article_has_its_first_text(content: Content) -> None:
    readings = [content.state("my-duc-thu-nghiem", day).article(100) for day in DAYS]
    assert [reading.title if reading else None for reading in readings] == [
        "Họp giao ban tháng Ba",
        "Họp giao ban tháng Tư",
        "Họp giao ban tháng Tư",
        "Họp giao ban tháng Ba",
        "Họp giao ban tháng Ba",
    ]
    assert readings[0]
    assert readings[3]
    assert readings[0].body == readings[3].body
    assert [reading and reading.changed_at for reading in readings] == [
        None,
        edited_at(2),
        edited_at(2),
        edited_at(4),
        edited_at(4),
    ]


def test_changes_of_several_days_accumulate(tmp_path: Path) -> None:
    days = (
        "days: {2: {append: [Hai.]}, 3: {removed: true}, 4: {restored: true, replace: {0: Bốn.}}, 5: {faults: [nfd]}}"
    )
    (tmp_path / "my-duc-thu-nghiem.yml").write_text(FILE.replace("body", f"{days}, body"), encoding="utf-8")
    states = [load_content(tmp_path).state("my-duc-thu-nghiem", day) for day in DAYS]
    assert [state.removed_ids for state in states] == [set(), set(), {7}, set(), set()]
    shown = [state.article(7) for state in states]
    assert [article and article.body for article in shown] == [
        ("Một.",),
        ("Một.", "Hai."),
        None,
        ("Bốn.", "Hai."),
        ("Bốn.", "Hai."),
    ]
    assert [sorted(article.faults) for article in shown if article] == [[], [], [], ["nfd"]]


def test_a_condition_lasts_one_day(tmp_path: Path) -> None:
    text = FILE.replace("articles:", "conditions: {3: outage}\narticles:")
    (tmp_path / "my-duc-thu-nghiem.yml").write_text(text, encoding="utf-8")
    content = load_content(tmp_path)
    assert [content.state("my-duc-thu-nghiem", day).condition for day in (2, 3, 4)] == [None, "outage", None]


def test_a_copy_has_the_body_and_pictures_of_the_original(content: Content) -> None:
    copy = content.state("my-duc-thu-nghiem", 1).article(110)
    original = content.state("bao-thu-do-thu-nghiem", 1).article(900)
    assert copy
    assert original
    assert copy.body == original.body
    assert any(isinstance(item, Image) for item in copy.body)
    assert copy.title == "Bản chép"


def test_articles_are_newest_first(content: Content) -> None:
    moments = [article.published.at for article in content.state("my-duc-thu-nghiem", 1).articles]
    assert moments == sorted(moments, reverse=True)


def test_a_bare_date_has_no_time(content: Content) -> None:
    article = content.state("my-duc-thu-nghiem", 1).article(101)
    assert article
    assert not article.published.has_time
    assert article.published.at.isoformat() == "2025-03-09T00:00:00+07:00"


def test_an_unknown_day_or_portal_is_rejected(content: Content) -> None:
    with pytest.raises(ContentError, match="not day 6"):
        content.state("my-duc-thu-nghiem", 6)
    with pytest.raises(ContentError, match="'ha-dong'"):
        content.state("ha-dong", 1)


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("titel: Một", "title: Một", "article 7: titel: Extra inputs"),
        ("published: 10/03/2025", "published: 2025-03-10 08:15", "article 7: published: write it as"),
        ("section: the-thao", "section: tin-tuc", "article 7: section: 'the-thao'"),
        ("faults: [nfc], body", "body", "article 7: faults"),
        ("copy_of: {portal: x, id: 1}, body", "body", "article 7: give either body or copy_of"),
        ("days: {2: {replace: {1: x}}}, body", "body", "article 7: days.2.replace: there is no body item 1"),
        ("days: {2: {replace: {0: x}}}, body: [{heading: Một}]", "body: [Một.]", "body item 0 is not a paragraph"),
        (
            "day: 2, days: {2: {removed: true}}, body",
            "body",
            "days: 2 must be after 2, the article's first, and at most 5",
        ),
        ("days: {6: {removed: true}}, body", "body", "article 7: days: 6 must be after 1"),
        ("days: {2: {restored: true}}, body", "body", "article 7: days.2: only a shown article"),
        ("days: {2: {}}, body", "body", "article 7: days.2: changes nothing"),
        ("day: 6, body", "body", "article 7: day: must be 1 to 5"),
        (
            "published: 2026-10-20 06:30",
            "published: 2025-03-10 08:15",
            "must be before the crawl of day 1, 2026-10-20 06",
        ),
        ("conditions: {3: flood}\nsections", "sections", "conditions.3: Input should be"),
        ("conditions: {6: outage}\nsections", "sections", "conditions: 6 is not one of the days 1 to 5"),
        ("body_: [Một.]", "body: [Một.]", "article 7: body_"),
        ("attachments: [{name: x, file: ../x.exe}], body", "body", "article 7: attachments.0.file"),
    ],
)
def test_an_error_names_file_article_and_key(tmp_path: Path, wrong: str, right: str, message: str) -> None:
    assert right in FILE
    problem = problem_with(tmp_path, FILE.replace(right, wrong))
    assert problem.startswith(str(tmp_path / "my-duc-thu-nghiem.yml"))
    assert message in problem


def test_a_duplicate_id_is_rejected(tmp_path: Path) -> None:
    assert "article 7: the id is used twice" in problem_with(tmp_path, FILE + FILE.split("articles:\n")[1])


def test_a_copy_of_a_missing_article_is_rejected(tmp_path: Path) -> None:
    text = FILE.replace("body: [Một.]", "copy_of: {portal: bao, id: 3}")
    assert "article 7: copy_of: portal bao has no article 3" in problem_with(tmp_path, text)


def test_a_file_must_be_named_after_its_portal(tmp_path: Path) -> None:
    assert "must equal the file's name" in problem_with(tmp_path, FILE, "khac.yml")


def test_broken_yaml_and_an_empty_folder_are_rejected(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="contains no content file"):
        load_content(tmp_path)
    assert "cannot be read" in problem_with(tmp_path, "portal: [")


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Đẩy nhanh giải ngân: 36,6%", "day-nhanh-giai-ngan-36-6"),
        ("  “Hồ Tây” - mùa sen  ", "ho-tay-mua-sen"),
    ],
)
def test_slugs(title: str, slug: str) -> None:
    assert slugify(title) == slug
