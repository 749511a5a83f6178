"""What elements show: pictures that a script loads later, files in viewers and behind links, preformatted text."""

from __future__ import annotations

import time

import pytest

from spiders.pages.page import ArticleParts
from spiders.platforms import generic
from spiders.platforms.parts.assembly import Marked, assemble
from spiders.platforms.parts.blocks import read_blocks
from spiders.platforms.parts.elements.preformatted import line_ends
from spiders.platforms.parts.links.files import linked_attachments
from spiders.platforms.parts.roles import assign_roles
from tests.spiders.platforms.pages import a_page, a_portal

HOST = "https://dongtam.hanoi.test"
TEXT = (
    "<p>Ủy ban nhân dân xã tổ chức hội nghị giao ban tháng ba với sự tham gia của các trưởng thôn.</p>"
    "<p>Báo cáo cho biết trong tháng đã giải quyết đúng hạn toàn bộ hồ sơ của người dân.</p>"
)


def parts_of(markup: str) -> ArticleParts:
    page = a_page(f"<div id='text'>{markup}</div>", f"{HOST}/tin/hop-giao-ban-12.html")
    return assemble(page, Marked("Họp giao ban", [page.tree.get_element_by_id("text")]))


# --- Pictures ---------------------------------------------------------------------------------------------------------

BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


@pytest.mark.parametrize(
    "markup",
    [
        "<img src='/anh/hop.jpg'>",
        f"<img src='{BLANK}' data-src='/anh/hop.jpg'>",
        f"<img src='{BLANK}' data-original='/anh/hop.jpg'>",
        f"<img src='{BLANK}' data-lazy-src='/anh/hop.jpg'>",
        f"<img src='{BLANK}' data-large-file='/anh/hop.jpg'>",
        f"<img src='{BLANK}' data-anything-at-all='https://dongtam.hanoi.test/anh/hop.jpg'>",
        f"<img src='{BLANK}' data-srcset='/anh/hop-nho.jpg 300w, /anh/hop.jpg 900w'>",
        f"<img src='{BLANK}' srcset='/anh/hop-nho.jpg 1x,/anh/hop.jpg 2x'>",
        "<img srcset='/anh/hop.jpg'>",
        "<img src='/images/blank.gif' data-hires='/anh/hop.jpg'>",
        "<img src='/images/loading.svg' data-full='/anh/hop.jpg'>",
        "<img src='/images/1x1.png' data-link='/anh/hop.jpg'>",
        "<img class='lazyload' src='/anh/hop-mo.jpg' data-zoom='/anh/hop.jpg'>",
        f"<img src='{BLANK}' alt=''><noscript><img src='/anh/hop.jpg'></noscript>",
        "<noscript><img src='/anh/hop.jpg'></noscript>",
        "<img data-src='/anh/hop.jpg'><noscript><img src='/anh/hop-khac.jpg'></noscript>",
        f"<picture><source srcset='/anh/hop.jpg 1x'><img src='{BLANK}'></picture>",
        f"<picture><source data-srcset='/anh/hop.jpg'><img src='{BLANK}'></picture>",
        "<img src='//dongtam.hanoi.test/anh/hop.jpg'>",
        "<img style='opacity:0' data-src='/anh/hop.jpg'>",
        "<amp-img src='/anh/hop.jpg'></amp-img>",
    ],
)
def test_a_picture_is_found_in_whichever_attribute(markup: str) -> None:
    assert parts_of(f"{TEXT}<p>{markup}</p>").image_urls == (f"{HOST}/anh/hop.jpg",)


@pytest.mark.parametrize(
    "markup",
    [
        f"<img src='{BLANK}'>",
        "<img>",
        "<img src=''>",
        "<img src='/images/spacer.gif'>",
        "<img src='/images/lazyload.png' data-id='12' data-caption='Họp giao ban. Ảnh: Lan'>",
        f"<img src='{BLANK}' data-link='/tin/hop-giao-ban-11.html' data-json='{{\"a\": \"/b.jpg\"}}'>",
        "<img src='blob:https://dongtam.hanoi.test/1-2' data-src='javascript:tai()'>",
        "<img width='1' height='1' src='https://dem.hanoi.test/tr?id=5'>",
        "<noscript><img width=1 height=1 src='https://dem.hanoi.test/tr?id=5'></noscript>",
    ],
)
def test_placeholders_and_counters_are_no_pictures(markup: str) -> None:
    assert parts_of(f"{TEXT}<p>{markup}</p>").image_urls == ()


def test_a_picture_of_its_own_beats_the_sizes_of_it() -> None:
    markup = "<img src='/anh/hop.jpg' srcset='/anh/hop-300.jpg 300w, /anh/hop-9.jpg 900w' data-orig-file='/goc.jpg'>"
    assert parts_of(TEXT + markup).image_urls == (f"{HOST}/anh/hop.jpg",)


# --- Files ------------------------------------------------------------------------------------------------------------

SHOWN = [
    ("<iframe src='/vb/12.pdf'></iframe>", "/vb/12.pdf"),
    ("<iframe src='../vb/12.pdf#page=2'></iframe>", "/vb/12.pdf"),
    ("<iframe data-src='/vb/12.pdf'></iframe>", "/vb/12.pdf"),
    ("<embed src='/vb/12.pdf'>", "/vb/12.pdf"),
    ("<embed src='/vb/12' type='application/pdf'>", "/vb/12"),
    ("<object data='/vb/12.pdf' type='application/pdf'><p>Trình duyệt không xem được.</p></object>", "/vb/12.pdf"),
    ("<object><param name='src' value='/vb/12.pdf'></object>", "/vb/12.pdf"),
    ("<object><embed src='/vb/12.pdf'></object>", "/vb/12.pdf"),
    ("<iframe src='https://docs.google.com/gview?url=@/vb/12.pdf&amp;embedded=true'></iframe>", "/vb/12.pdf"),
    ("<iframe src='//docs.google.com/viewer?embedded=true&url=@%2Fvb%2F12.docx'></iframe>", "/vb/12.docx"),
    ("<iframe src='https://view.officeapps.live.com/op/embed.aspx?src=@/vb/12.xlsx'></iframe>", "/vb/12.xlsx"),
    ("<iframe src='/pdfjs/web/viewer.html?file=/vb/12.pdf'></iframe>", "/vb/12.pdf"),
    ("<iframe src='/pdfjs/web/viewer.html?file=%2Fvb%2F12.pdf#page=1'></iframe>", "/vb/12.pdf"),
    ("<iframe src='/pdfjs/web/viewer.html?file=../../vb/12.pdf'></iframe>", "/vb/12.pdf"),
    ("<iframe src='/flipbook/?pdf=/vb/12.pdf'></iframe>", "/vb/12.pdf"),
    ("<iframe src='/viewer.html?file=https://docs.google.com/viewer?url=@/vb/12.pdf'></iframe>", "/vb/12.pdf"),
    ("<iframe src='https://docs.google.com/viewer?url=@/download.aspx?id=5'></iframe>", "/download.aspx?id=5"),
    ("<iframe src='/ViewPdf.aspx?id=5'></iframe>", "/ViewPdf.aspx?id=5"),
]  # fmt: skip
OFFERED = [
    ("<p><a href='/vb/12.pdf'>Kế hoạch</a></p>", "/vb/12.pdf"),
    ("<p><a href='/download.aspx?id=5'>Tải văn bản số 12/KH-UBND (PDF)</a></p>", "/download.aspx?id=5"),
    ("<p><a href='/Handlers/GetFile.ashx?id=5'>Kế hoạch số 12</a></p>", "/Handlers/GetFile.ashx?id=5"),
    ("<p><a href='/xem.aspx?id=5'>Tải về</a></p>", "/xem.aspx?id=5"),
    ("<p><a href='/xem.aspx?id=5'>[PDF]</a></p>", "/xem.aspx?id=5"),
    ("<p><a href='/xem.aspx?id=5'>ke-hoach-12.docx</a></p>", "/xem.aspx?id=5"),
    ("<p><a href='/xem.aspx?id=5'>Văn bản đính kèm</a></p>", "/xem.aspx?id=5"),
    ("<p><a href='/xem.aspx?id=5'>Download</a></p>", "/xem.aspx?id=5"),
    ("<p>Tải về toàn văn kế hoạch <a href='/xem.aspx?id=5'>tại đây</a></p>", "/xem.aspx?id=5"),
    ("<p><a href='/van-ban/12?do=download'>Kế hoạch</a></p>", "/van-ban/12?do=download"),
    ("<p><a href='/?wpdmdl=77'>Kế hoạch</a></p>", "/?wpdmdl=77"),
    ("<p><a href='/documents/20181/345/ke-hoach/1a2b-3c'>Kế hoạch</a></p>", "/documents/20181/345/ke-hoach/1a2b-3c"),
    ("<p><a href='/documents/d/guest/ke-hoach-12'>Kế hoạch</a></p>", "/documents/d/guest/ke-hoach-12"),
    ("<p><a href='https://docs.google.com/viewer?url=@/vb/12.pdf'>Kế hoạch</a></p>", "/vb/12.pdf"),
    ("<p><a href='#' onclick=\"downloadFile('/vb/12.pdf')\">Kế hoạch</a></p>", "/vb/12.pdf"),
    ("<p><a href=\"javascript:window.open('/vb/12.pdf')\">Kế hoạch</a></p>", "/vb/12.pdf"),
]  # fmt: skip
NO_FILE = [
    "<iframe src='https://www.youtube.com/embed/abc'></iframe>",
    "<iframe src='https://www.google.com/maps/embed?pb=!1m18'></iframe>",
    "<iframe src='https://www.facebook.com/plugins/post.php?href=https://dongtam.hanoi.test/tin/12.html'></iframe>",
    "<iframe src='https://quangcao.hanoi.test/banner?url=https://mua.hanoi.test/'></iframe>",
    "<iframe src='/tin/hop-giao-ban-11.html'></iframe>",
    "<iframe src='about:blank'></iframe>",
    "<iframe></iframe>",
    "<iframe style='display:none' src='/vb/12.pdf'></iframe>",
    "<embed src='data:application/pdf;base64,JVBERi0=' type='application/pdf'>",
    "<object data='javascript:tai()'></object>",
    "<object data='/phim.swf' type='application/x-shockwave-flash'><param name='movie' value='/phim.swf'></object>",
    "<iframe src='http://[bad/viewer?file=/vb/12.pdf'></iframe>",
    "<p><a href='/tin/hop-giao-ban-11.html'>Tải văn bản (PDF)</a></p>",
    "<p><a href='/anh/hop.jpg'>Tải về</a></p>",
    "<p><a href='/dang-nhap.aspx?ReturnUrl=/vb/12.pdf'>Đăng nhập</a></p>",
    "<p><a href='https://cho.hanoi.test/ung-dung'>Tải ứng dụng</a></p>",
    "<p><a href='https://khac.hanoi.test/xem.aspx?id=5'>Tải về</a></p>",
    "<p><a href='/download/van-ban-luat/Huong-dan-nhiem-vu/'>Hướng dẫn</a></p>",
    "<p><a href='/xem.aspx?id=5'>Xem tiếp</a></p>",
    "<p><a href='#' onclick=\"mo('/tin/hop-11.html')\">Xem</a></p>",
    "<p><a href='mailto:xa@hanoi.test'>Gửi file đính kèm</a></p>",
]


@pytest.mark.parametrize(("markup", "path"), [*SHOWN, *OFFERED])
def test_a_file_is_an_attachment_for_the_crawl_and_for_the_article(markup: str, path: str) -> None:
    markup = markup.replace("@", HOST)
    url = f"{HOST}/tin/hop-giao-ban-12.html"
    assert linked_attachments([a_page(markup, url).tree], url) == (HOST + path,)
    article = parts_of(TEXT + markup)
    assert article.attachments == (HOST + path,)
    assert (len(article.body), article.flags) == (2, ())


@pytest.mark.parametrize("markup", NO_FILE)
def test_other_frames_and_links_are_no_attachments(markup: str) -> None:
    assert parts_of(TEXT + markup).attachments == ()


def test_the_line_of_a_file_is_not_another_article() -> None:
    page = a_page(f"<div>{TEXT}<p><a href='/xem.aspx?id=5'>Tải văn bản số 12 (PDF)</a></p></div>")
    roles = assign_roles(read_blocks(page.tree), HOST)
    assert (len(roles.body), roles.attachments, roles.flags) == (2, (f"{HOST}/xem.aspx?id=5",), ())
    page = a_page(f"<div>{TEXT}<p>Xem thêm: <a href='/vb/12.pdf'>Kế hoạch số 12</a></p></div>")
    assert "related_inside" not in assign_roles(read_blocks(page.tree), HOST).flags


def test_a_viewer_does_not_part_a_picture_from_its_caption() -> None:
    article = parts_of(f"{TEXT}<img src='/a.jpg'><embed src='/vb/12.pdf'><p><i>Quang cảnh hội nghị.</i></p>{TEXT}")
    assert (article.captions, article.attachments) == (("Quang cảnh hội nghị.",), (f"{HOST}/vb/12.pdf",))


def test_menus_of_unknown_sites_offer_no_candidates() -> None:
    markup = (
        "<nav><a href='/tai-ve.aspx?id=1'>Tải về</a><a href='/vb/chung.pdf'>Quy chế</a></nav>"
        f"<h1>Ủy ban nhân dân xã họp giao ban tháng ba</h1><div>{TEXT * 3}<a href='/xem.aspx?id=5'>Tải về</a></div>"
    )
    page = a_page(markup, f"{HOST}/tin/hop-giao-ban-100012.html")
    found = generic.platform.links(page, a_portal("generic", HOST)).attachments
    assert found == (f"{HOST}/vb/chung.pdf", f"{HOST}/xem.aspx?id=5")


@pytest.mark.parametrize(
    "markup",
    [
        "<iframe src='/a.html'></iframe>" * 5_000,
        "<iframe src='/v/viewer.html?file=/v/viewer.html?file=/v/viewer.html?file=/v/viewer.html?file=/a.pdf'></iframe>"
        * 3_000,
        f"<embed src='data:application/pdf;base64,{'A' * 2_000_000}'>",
        f"<img src='data:,' srcset='{'/a.jpg 1x, ' * 200_000}'>",
        f"<img src='data:,' data-src='{'/' * 1_000_000}' data-b='{'a.' * 500_000}'>",
        f"<p style='{'opacity:0 ' * 100_000}'>chữ</p>",
        f"<p style='position:absolute;{'left: ' * 100_000}'>chữ</p>",
        f"<iframe src='/viewer?{'file=x&' * 100_000}'></iframe>",
        f"<iframe src='/viewer?{'file=x&' * 500}'></iframe>" * 300,
        f"<a href='#' onclick='{'(' * 500_000}'>a</a>",
        f"<p><a href='/x?id=1'>{'tải ' * 100_000}</a></p>",
        f"<p><a href='/x?id=1'>{'văn bản ' * 35}</a></p>" * 2_000,
        f"<pre>{'a' * 60}{chr(10) * 100_000}</pre>",
        "<pre>" + ("chữ " * 15 + "\n") * 10_000 + "</pre>",
        "<object>" + "<param name='a' value='b'>" * 10_000 + "</object>",
        "<object>" * 390 + "</object>" * 390,
    ],
    ids=range(16),
)
def test_hostile_elements_take_little_time(markup: str) -> None:
    page = a_page(f"<div id='text'>{TEXT}{markup}</div>", f"{HOST}/tin/hop-giao-ban-12.html")
    start = time.process_time()
    assemble(page, Marked("Họp giao ban", [page.tree.get_element_by_id("text")]))
    linked_attachments([page.tree], HOST)
    assert time.process_time() - start < 3


# --- Preformatted text ------------------------------------------------------------------------------------------------

LINES = (
    "Ủy ban nhân dân xã thông báo lịch tiếp công dân tháng ba của Chủ tịch",
    "Thời gian: từ 8 giờ ngày 14 tháng 3",
    "Địa điểm: phòng tiếp công dân",
)
WRAPPED = (
    "Ủy ban nhân dân xã tổ chức hội nghị giao ban công tác tháng ba với sự\n"
    "tham gia của các trưởng thôn, đại diện Mặt trận Tổ quốc và các đoàn thể\n"
    "trên địa bàn.\n\n"
    "Báo cáo cho biết trong tháng đã tiếp nhận và giải quyết đúng hạn toàn bộ\n"
    "hồ sơ, không có hồ sơ quá hạn."
)


@pytest.mark.parametrize("tag", ["pre", "div style='white-space:pre-line'", "p style='white-space: pre-wrap'"])
def test_each_line_of_preformatted_text_is_a_paragraph(tag: str) -> None:
    markup = f"<{tag}>" + "\n".join(LINES) + f"</{tag.split()[0]}>"
    assert parts_of(markup).body == LINES
    assert len(parts_of(markup.replace("\n", "\r\n")).body) == 3
    assert len(parts_of(markup.replace("<div", "<div class='a'").replace("\n", "\n\n\n")).body) == 3


def test_other_line_breaks_in_the_markup_are_spaces() -> None:
    assert parts_of("<p>" + "\n".join(LINES) + "</p>").body == (" ".join(LINES),)


def test_wrapped_lines_are_joined_up_to_a_blank_line() -> None:
    body = parts_of(f"<pre>{WRAPPED}</pre>").body
    assert [paragraph[:11] for paragraph in body] == ["Ủy ban nhân", "Báo cáo cho"]
    assert body[0].endswith(
        "với sự tham gia của các trưởng thôn, đại diện Mặt trận Tổ quốc và các đoàn thể trên địa bàn."
    )


def test_formatting_inside_preformatted_text_is_kept() -> None:
    blocks = read_blocks(a_page(f"<pre><b>{LINES[0]}</b>\n{LINES[1]}<br>{LINES[2]}</pre>").tree)
    assert [(block.text, block.is_bold) for block in blocks] == [
        (LINES[0], True), (LINES[1], False), (LINES[2], False)
    ]  # fmt: skip


def test_paragraphs_of_one_line_each_are_not_taken_for_wrapped_text() -> None:
    text = "\n".join(
        f"{number}. " + "Các thôn rà soát, chuẩn bị cho kỳ họp tới và công khai kết quả." for number in range(5)
    )
    assert all(line_ends(text))
    assert line_ends("một dòng") == []
