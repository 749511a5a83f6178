"""Boxes with other articles, keyword lines and hidden text inside the text of an unknown site's article."""

from __future__ import annotations

import time

import pytest

from spiders.pages.page import ArticleParts
from spiders.platforms import PLATFORMS
from spiders.platforms.parts.boilerplate import is_boilerplate_line
from tests.spiders.platforms.pages import a_page

TITLE = "Phường họp giao ban công tác tháng ba năm nay"
TEXT = (
    "Ủy ban nhân dân phường tổ chức hội nghị giao ban công tác tháng ba với sự tham gia của các tổ trưởng tổ dân phố.",
    "Báo cáo cho biết trong tháng đã tiếp nhận 103 hồ sơ, giải quyết đúng hạn toàn bộ, không có hồ sơ quá hạn nào.",
    "Chủ tịch phường yêu cầu các bộ phận tiếp tục rà soát, chuẩn bị cho kỳ họp tới và công khai kết quả.",
)
FIRST, SECOND, LAST = (f"<p>{paragraph}</p>" for paragraph in TEXT)
WORDS = "Sáng nay lớp tập huấn đã thu hút hơn hai trăm hộ kinh doanh trên địa bàn tham gia."
ONE = "<a href='/tin/tap-huan-1.html'>Phường mở lớp tập huấn phòng cháy cho các hộ kinh doanh</a>"
TWO = "<a href='/tin/hoi-khoe-2.html'>Khai mạc hội khỏe thiếu nhi năm học mới tại sân vận động</a>"
PHOTO = "<a href='/tin/tap-huan-1.html'><img src='/anh/1.jpg' alt=''></a>"


def parts_of(inside: str, heading: str = f"<h1>{TITLE}</h1>") -> ArticleParts:
    markup = (
        f"<nav><a href='/'>Trang chủ</a></nav><div class='main'>{heading}<div class='date'>14/10/2024 08:15</div>"
        f"<div class='content'>{inside}</div></div><footer>Bản quyền thuộc phường</footer>"
    )
    return (
        PLATFORMS["generic"]
        .TEMPLATES[0]
        .article_parts(a_page(markup, "https://thu.hanoi.test/tin/hop-giao-ban-100003.html"))
    )


BOXES = {
    "vccorp": f"<div class='VCSortableInPreviewMode' type='RelatedNewsBox'>"
    f"<ul><li>{PHOTO}{ONE}</li><li>{TWO}</li></ul></div>",
    "vccorp_one": f"<div class='VCSortableInPreviewMode' "
    f"type='RelatedOneNews'>{PHOTO}<h4>{ONE}</h4><p>{WORDS}</p></div>",
    "vccorp_footer": f"<div class='link-content-footer IMSCurrentEditorEditObject'>{ONE}</div>",
    "vietnamnet": f"<div class='insert-wiki-content'><h3>{ONE}</h3><p>{WORDS}</p></div>",
    "vietnamnet_article": f"<article class='khung-tin'>{PHOTO}<div>{ONE}<span>{WORDS}</span></div></article>",
    "article_relate": f"<div class='article-relate'>{ONE}{TWO}</div>",
    "tindnd": f"<div class='tindnd'><h3>Tin đọc nhiều</h3><ul><li>{ONE}</li><li>{TWO}</li></ul></div>",
    "onecms": f"<div class='c-related'><div>Tin liên quan</div><div>{PHOTO}<h3>{ONE}</h3><p>{WORDS}</p></div></div>",
    "nhandan": f"<div class='cms-relate'><article>{PHOTO}<h2>{ONE}</h2><div>{WORDS}</div></article></div>",
    "vnexpress": f"<ul class='box-tinlienquan list-news'><li>{ONE}</li></ul>",
    "dantri": f"<article class='article-related'><h3>{ONE}</h3></article>",
    "no_class": f"<div>{PHOTO}<h3>{ONE}</h3><p>{WORDS}</p></div>",
    "table": f"<table><tr><td>{PHOTO}</td><td>{ONE}<p>{WORDS}</p></td></tr></table>",
    "figure": f"<figure>{PHOTO}<figcaption>{ONE}</figcaption></figure>",
    "known_heading": f"<div><b>Tin liên quan</b><ul><li>{ONE}</li><li>{TWO}</li></ul></div>",
    "other_heading": f"<div><p><strong>Đừng bỏ lỡ</strong></p><ul><li>{ONE}</li><li>{TWO}</li></ul></div>",
    "arrows": f"<p>&gt;&gt; {ONE}</p><p>&gt;&gt;&gt; {TWO}</p>",
    "bullets": f"<p>• {ONE}</p><p>- {TWO}</p>",
    "keywords": "<p>Từ khóa: giao ban, tổ dân phố, hồ sơ</p>",
    "keywords_linked": "<p><strong>Từ khóa:</strong> <a href='/tag/a'>giao "
    "ban</a>, <a href='/tag/b'>tổ dân phố</a></p>",
    "tags": "<div>Tags: <a href='/tag/a'>giao ban</a> <a href='/tag/b'>tổ dân phố</a></div>",
    "topic": "<p>Chủ đề: <a href='/chu-de/a'>Cải cách hành chính</a></p>",
    "many_keywords": (
        "<p>Từ khóa: "
        + ", ".join(f"<a href='/tag/{n}'>cải cách hành chính {n}</a>" for n in range(14))
        + "</p>"
    ),
    "zing": "<p class='the-article-tags'><a href='/tag/a'>giao ban</a><a href='/tag/b'>tổ dân phố</a></p>",
    "hidden_by_style": "<p style='position:absolute;left:-9999px'>Giao ban, "
    "tổ dân phố, hồ sơ, phường, tháng ba năm nay.</p>",
    "hidden_by_class": "<p class='sr-only'>Bạn đọc đang nghe bản tin của phường về hội nghị giao ban tháng ba.</p>",
}  # fmt: skip
KEPT = {
    "link_in_a_sentence": "<p>Trước đó, <a href='/tin/tap-huan-1.html'>phường đã "
    "mở lớp tập huấn</a> cho hơn hai trăm hộ kinh doanh.</p>",
    "quote": "<div class='VCSortableInPreviewMode' type='quote'><p>Chúng tôi "
    "sẽ công khai kết quả trong tháng tới để dân giám sát.</p></div>",
    "sub_heading": "<p><strong>Không để hồ sơ quá hạn</strong></p>",
    "word_with_a_colon": "<p>Từ khóa của năm nay là cải cách: người dân nộp "
    "hồ sơ ở nơi gần nhất và nhận kết quả tại nhà.</p>",
    "tab": "<div class='tab-pane hide'><p>Lịch tiếp công dân của phường "
    "trong tháng tới sẽ được niêm yết tại trụ sở.</p></div>",
    "on_large_screens": "<p class='d-none d-md-block'>Lịch tiếp công dân "
    "của phường tháng tới sẽ được niêm yết tại trụ sở.</p>",
}  # fmt: skip


@pytest.mark.parametrize("name", BOXES)
@pytest.mark.parametrize("place", ["between", "below"])
def test_a_box_inside_the_text_is_not_text(name: str, place: str) -> None:
    box = BOXES[name]
    article = parts_of(FIRST + SECOND + (box + LAST if place == "between" else LAST + box))
    assert (article.title, article.body, article.captions, article.image_urls) == (TITLE, TEXT, (), ())


@pytest.mark.parametrize("name", KEPT)
def test_what_is_no_box_stays(name: str) -> None:
    assert len(parts_of(FIRST + SECOND + KEPT[name] + LAST).body) == 4


def test_a_photo_in_a_box_of_the_editor_stays_with_its_caption() -> None:
    box = (
        "<div class='VCSortableInPreviewMode' type='Photo'><a href='/anh/to-1.jpg'><img src='/anh/1.jpg'></a>"
        "<div class='PhotoCMS_Caption'><p>Quang cảnh hội nghị sáng nay.</p></div></div>"
    )
    article = parts_of(FIRST + SECOND + box + LAST)
    assert (article.body, article.captions) == (TEXT, ("Quang cảnh hội nghị sáng nay.",))
    assert article.image_urls == ("https://thu.hanoi.test/anh/1.jpg",)


@pytest.mark.parametrize(
    "heading",
    [
        f"<h1 style='text-indent:-9999px'>Trang thông tin của phường Thử Nghiệm</h1><h2 class='title'>{TITLE}</h2>",
        f"<h1 class='sr-only'>Bạn đang đọc bản tin của phường Thử Nghiệm</h1><h2 class='title'>{TITLE}</h2>",
        f"<h1><span class='visually-hidden'>Bài viết: </span>{TITLE}</h1>",
        f"<h1>{TITLE}<span style='font-size:0'>Phường Thử Nghiệm</span></h1>",
        f"<noscript><h1>Trình duyệt của bạn đã tắt chức năng hỗ trợ</h1></noscript><h1>{TITLE}</h1>",
        "<h1>Phường họp giao ban<br>công tác tháng ba năm nay</h1>",
        "<h1><p>Phường họp giao ban</p><p>công tác tháng ba năm nay</p></h1>",
        "<h1 class='title'> <a href='#'><P>Phường họp giao ban công tác tháng ba năm nay</P></a></h1>",
    ],
)
def test_hidden_words_are_not_in_the_headline(heading: str) -> None:
    assert parts_of(FIRST + SECOND + LAST, heading).title == TITLE


@pytest.mark.parametrize(
    ("line", "is_boilerplate"),
    [
        ("Từ khóa: " + ", ".join(["cải cách hành chính"] * 40), True),
        ("Tags: " + "; ".join(["tổ dân phố"] * 30), True),
        ("Từ khóa: " + "cải cách hành chính là việc của cả hệ thống và của mỗi người dân trong phường ta " * 4, False),
        ("Từ khóa: " + "a," * 2_000, False),
        ("Mục lục", True),
        ("Mục lục ngân sách của xã", False),
        ("Lần cập nhật cuối ( Thứ năm, 15 Tháng 10 2026 10:00 )", True),
        ("Cập nhật lần cuối: 15/10/2026", True),
        ("Cập nhật lần cuối cùng của xã về 15 tuyến đường", False),
    ],
)
def test_lines_of_keywords_and_of_the_last_change(line: str, is_boilerplate: bool) -> None:
    assert is_boilerplate_line(line) is is_boilerplate


@pytest.mark.parametrize("box", [BOXES["no_class"] * 2_000, "<div>" * 350 + PHOTO + ONE, f"<div>{PHOTO * 9_000}</div>"])
def test_thousands_of_boxes_take_little_time(box: str) -> None:
    start = time.process_time()
    parts_of(FIRST + SECOND + box)
    assert time.process_time() - start < 20


FILE = "<iframe src='/vb/12.pdf'></iframe>"


@pytest.mark.parametrize(
    ("inside", "paragraphs"),
    [
        (FILE, 0),
        ("<object data='/vb/12.pdf' type='application/pdf'></object>", 0),
        ("<p><a href='/vb/12.pdf'>Tải về</a></p>", 0),
        (FILE + FIRST + SECOND, 2),
        (FIRST + FILE + SECOND, 2),
        (FIRST + SECOND + FILE, 2),
        (FIRST + SECOND + f"<div class='file-dinh-kem'>{FILE}</div>", 2),
        (FIRST + SECOND + "</div><div class='xem'>" + FILE, 2),
        ("</div><div class='xem'>" + FILE + "</div><div class='content'>" + FIRST + SECOND, 2),
    ],
)
def test_a_file_in_a_viewer_is_found_wherever_it_stands(inside: str, paragraphs: int) -> None:
    article = parts_of(inside)
    assert article.attachments == ("https://thu.hanoi.test/vb/12.pdf",)
    assert (article.title, len(article.body)) == (TITLE, paragraphs)


def test_a_file_of_the_sidebar_is_no_attachment() -> None:
    assert parts_of(FIRST + SECOND + f"</div><aside>{FILE}</aside><div>").attachments == ()
