"""The kind of a page of an unknown CMS: an article, a list, or which page that is neither; each tested both ways."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from bench.extraction.cases import SHARED
from spiders.extract.article import article_or_reason, read_page
from spiders.pages.page import PageKind
from spiders.portal import portal_of_platform
from tests.spiders.platforms.pages import CAPTURED_AT, a_capture, a_portal
from warehouse.records import Article

HOST = "https://xathu.hanoi.test"
MENU = (
    '<header><a href="/">Cổng thông tin điện tử xã Thử</a></header>'
    '<nav><ul><li><a href="/gioi-thieu">Giới thiệu</a></li><li>'
    '<a href="/tin-tuc">Tin tức</a></li><li><a href="/quy-che">Quy chế làm việc</a></li></ul></nav>'
)
FOOTER = "<footer><p>Bản quyền thuộc UBND xã Thử. Địa chỉ: số 1 đường Thử. Điện thoại: 024 0000 0000</p></footer>"
FIRST = (
    "<p>Sáng nay, Ủy ban nhân dân xã tổ chức hội nghị triển khai kế hoạch chỉnh trang các ngõ nhỏ trước mùa mưa với sự "
    "tham gia của đông đảo người dân.</p>"
)
SECOND = (
    "<p>Theo kế hoạch, mười hai ngõ sẽ được nâng cấp hệ thống thoát nước, lắp thêm đèn chiếu sáng và trồng lại những "
    "hàng cây đã gãy đổ sau cơn bão vừa qua.</p>"
)
THIRD = (
    "<p>Người dân được mời góp ý bản vẽ tại nhà văn hóa thôn từ thứ Hai đến thứ Sáu hằng tuần cho tới khi khởi công "
    "công trình vào đầu năm tới.</p>"
)
TEXT = FIRST + SECOND + THIRD
SUMMARY = (
    "Xã vừa công bố kết quả rà soát đợt đầu với nhiều số liệu đáng chú ý, trong đó có những khu vực cần sửa chữa ngay "
    "trước khi bước vào mùa mưa năm nay theo yêu cầu của thành phố."
)
DATE = '<div class="meta"><span class="date">20/11/2025 08:30</span></div>'
HEADLINE = "Xã triển khai chỉnh trang mười hai ngõ nhỏ"
CAPTIONS = (
    "Người dân xã Thử trải chiếu hoa chờ xem rối nước bên hồ trong buổi tối đầu tiên của lễ hội.",
    "Các nghệ nhân cao tuổi kiểm tra lại từng con rối trước giờ diễn mở màn.",
    "Trẻ em háo hức chụp ảnh cùng chú Tễu, nhân vật mở đầu mọi tích trò.",
)


def a_row(number: int, *, day: str | None = None, summary: str = SUMMARY) -> str:
    day = f"{number % 28 + 1:02d}/10/2025" if day is None else day
    return (
        f'<div class="item"><h3><a href="/tin/ban-tin-{number}">Bản tin địa bàn số {number} của xã trong tháng</a></h3>'
        f"<span>{day}</span><p>{summary}</p></div>"
    )


ROWS = "".join(map(a_row, range(1, 9)))
RELATED = "<h3>Tin cùng chuyên mục</h3><ul>" + "".join(
    f'<li><a href="/tin/viec-{n}">Một việc khác của xã trong tuần thứ {n}</a> <span>{n:02d}/09/2025</span></li>'
    for n in range(1, 21)
)


def markup_of(title: str, main: str, head: str = "", body_class: str = "") -> bytes:
    head = f'<meta charset="utf-8"><title>{title}</title>{head}'
    body = f'<body class="{body_class}">{MENU}<main>{main}</main>{FOOTER}</body>'
    return f'<!DOCTYPE html><html lang="vi"><head>{head}</head>{body}</html>'.encode()


def outcome(markup: bytes, path: str, *patterns: str) -> Article | str:
    return article_or_reason(a_capture(HOST + path, markup), markup, a_portal("generic", f"{HOST}/", *patterns))


def kind_of(markup: bytes, path: str, *patterns: str) -> str:
    found = outcome(markup, path, *patterns)
    return "article" if isinstance(found, Article) else found


# --- Lists ------------------------------------------------------------------------------------------------------------

LONG_HEADING = "<h1>Công tác chuyển đổi số và cải cách hành chính trên địa bàn xã</h1>"
GRAPH = ",".join(
    f'{{"@type":"NewsArticle","headline":"Bản tin {n}","datePublished":"2025-10-0{n}"}}' for n in range(1, 9)
)
TWO_PARAGRAPHS = f"{SUMMARY}</p><p>{SUMMARY}"
OG_ARTICLE = '<meta property="og:type" content="article"><meta property="og:title" content="Tin hoạt động của xã Thử">'
LISTS = {
    "long heading, first summary of forty words": ("Chuyển đổi số", LONG_HEADING + ROWS, ""),
    "a heading that is the page's title": ("Tin hoạt động của xã Thử", f"<h1>Tin hoạt động của xã Thử</h1>{ROWS}", ""),
    "all pages declare og:type article": ("Tin hoạt động", f"<h1>Tin hoạt động của xã Thử</h1>{ROWS}", OG_ARTICLE),
    "each row is declared": (
        "Tin mới",
        f"<h1>Tin mới cập nhật của xã</h1>{ROWS}",
        f'<script type="application/ld+json">{{"@context":"https://schema.org","@graph":[{GRAPH}]}}</script>',
    ),
    "rows without dates": ("Văn bản", f"{LONG_HEADING}{''.join(a_row(n, day='') for n in range(9))}", ""),
    "rows of two paragraphs": (
        "Hội",
        LONG_HEADING + "".join(a_row(n, summary=TWO_PARAGRAPHS) for n in range(9)),
        "",
    ),
    "one row": ("Công khai ngân sách của xã năm nay", f"<h1>Công khai ngân sách của xã năm nay</h1>{a_row(3)}", ""),
}


@pytest.mark.parametrize("path", ["/chuyen-doi-so", "/chuyen-doi-so-cai-cach-123456.html"])
@pytest.mark.parametrize(("title", "main", "head"), LISTS.values(), ids=LISTS.keys())
def test_a_page_of_rows_is_no_article(title: str, main: str, head: str, path: str) -> None:
    assert kind_of(markup_of(title, main, head), path) in ("list_in_its_place", "no_article")
    assert kind_of(markup_of(title, main, head), path, r"^/chuyen-doi-so") != "article"


@pytest.mark.parametrize(
    "main",
    [
        f"<h1>{HEADLINE}</h1>{DATE}<div>{TEXT}</div>{RELATED}<div>{ROWS}</div>",
        f"<div><h1>{HEADLINE}</h1>{DATE}{TEXT}{RELATED}{ROWS}</div>",
        f"<div><h1>{HEADLINE}</h1>{DATE}{FIRST}{RELATED}{ROWS}</div>",
        f'<div><h1>{HEADLINE}</h1>{DATE}<p><a href="/tin/x">Xem thêm: Xã họp bàn kế hoạch</a></p>{TEXT}</div>',
    ],
    ids=["beside", "in the same element", "longer than a short notice", "a link above the text"],
)
def test_an_article_is_one_though_rows_of_others_follow(main: str) -> None:
    found = outcome(markup_of(HEADLINE, main), "/tin/9-chinh-trang")
    assert isinstance(found, Article)
    assert found.title == HEADLINE
    assert (found.lead or found.body[0]).startswith("Sáng nay")
    assert not any("rà soát đợt đầu" in text or "Một việc khác" in text for text in found.body)


# --- Static pages -----------------------------------------------------------------------------------------------------

STATIC = {
    "about": ("/gioi-thieu", "Giới thiệu chung", "", ""),
    "about an office": ("/trung-tam/gioi-thieu-trung-tam-y-te-12.html", "Giới thiệu Trung tâm Y tế", "", ""),
    "duties": ("/chuc-nang-nhiem-vu", "Chức năng, nhiệm vụ", "", ""),
    "contact": ("/lien-he.html", "Liên hệ với chúng tôi", "", ""),
    "organisation": ("/so-do-to-chuc", "Sơ đồ tổ chức bộ máy", "", ""),
    "history": ("/lich-su-hinh-thanh-va-phat-trien-12.html", "Lịch sử hình thành và phát triển", "", ""),
    "wordpress, by class": ("/noi-quy", "Nội quy tiếp công dân của xã", "", "page-template-default page page-id-50"),
    "wordpress, by query": ("/?page_id=50", "Quy chế phát ngôn của xã và các đoàn thể", "", ""),
    "pelican": ("/pages/noi-quy-phong-doc.html", "Nội quy phòng đọc của thư viện xã Thử", "", ""),
    "drupal": ("/node/5", "Nội quy tiếp công dân của Ủy ban nhân dân", "", "html not-front node-type-page"),
    "declared": (
        "/ve-xa-thu",
        "Đôi nét về vùng đất và con người xã Thử",
        '<script type="application/ld+json">{"@context":"https://schema.org","@type": "AboutPage"}</script>',
        "",
    ),
    "login": ("/tin/9-chinh-trang", "Đăng nhập hệ thống", "", ""),
    "in the menu under its title": ("/quy-che", "Quy chế làm việc", "", ""),
}
DECREE = "<p>(Ban hành kèm theo Quyết định số 12/2020/QĐ-UBND ngày 15/6/2020 của Ủy ban nhân dân quận)</p>"


@pytest.mark.parametrize(("path", "title", "head", "body_class"), STATIC.values(), ids=STATIC.keys())
def test_static_pages_are_no_news(path: str, title: str, head: str, body_class: str) -> None:
    for text in (TEXT, DECREE + TEXT):
        markup = markup_of(title, f'<h1 class="entry-title">{title}</h1>{text}', head, body_class)
        assert kind_of(markup, path) == "static_page"


@pytest.mark.parametrize(
    ("path", "title", "date", "body_class"),
    [
        ("/tin/9-chinh-trang", HEADLINE, "", ""),
        ("/tin/gioi-thieu-sach-moi-thang-muoi-mot", "Giới thiệu sách mới tháng mười một tại thư viện xã", "", ""),
        ("/tin/10-dang-nhap", "Đăng nhập một lần, dùng mọi dịch vụ công của xã", "", ""),
        ("/gioi-thieu-mo-hinh", "Giới thiệu chung", DATE, ""),
        ("/?p=16", "Xã ra quân dọn rác cuối tuần", "", "post-template-default single single-post postid-16"),
        ("/lanh-dao-xa-tham-ho-ngheo", "Lãnh đạo xã thăm hộ nghèo nhân dịp cuối năm", "", ""),
        ("/lien-he-chat-che-giua-xa-va-truong", "Liên hệ chặt chẽ giữa xã và các trường học", "", ""),
        ("/trang/2", HEADLINE, "", ""),
    ],
)
def test_news_without_a_date_and_dated_pages_are_no_static_pages(
    path: str, title: str, date: str, body_class: str
) -> None:
    assert kind_of(markup_of(title, f"<h1>{title}</h1>{date}{TEXT}", "", body_class), path) == "article"


def test_where_the_portal_names_an_address_news_a_menu_is_no_evidence() -> None:
    markup = markup_of("Quy chế làm việc", f"<h1>Quy chế làm việc</h1>{TEXT}")
    assert kind_of(markup, "/quy-che") == "static_page"
    assert kind_of(markup, "/quy-che", "^/quy-che$") == "article"


# --- Several texts ----------------------------------------------------------------------------------------------------


def a_post(number: int) -> str:
    return (
        f'<div class="post" id="p{number}"><div><a class="username" href="/u/{number}">ban{number}</a></div>'
        f'<p>{number:02d}/10/2025 10:{number}0</p><div class="content">Nên hỏi thẳng bộ phận một cửa của xã, vì '
        f"giấy tờ thứ {number} này đã được bãi bỏ từ đầu năm, nhà tôi vừa làm xong không mất phí gì cả.</div></div>"
    )


POSTS = "".join(map(a_post, range(1, 5)))
SEVERAL = {
    "forum": f'<h2><a href="/t/5">Hỏi về thủ tục tách thửa đất ở xã ta</a></h2><div class="topic">{POSTS}</div>',
    "two notices in boxes": (
        f'<div class="tb"><h2>Thông báo cắt nước khu vực thôn Đông</h2><p>20/11/2025</p>{FIRST}{SECOND}</div>'
        f'<div class="tb"><h2>Thông báo lịch phun thuốc diệt muỗi</h2><p>18/11/2025</p>{SECOND}{THIRD}</div>'
    ),
    "two notices in one element": (
        f"<div><h3>Thông báo cắt nước khu vực thôn Đông</h3><p>Ngày đăng: 20/11/2025</p>{FIRST}{SECOND}"
        f"<h3>Thông báo lịch phun thuốc diệt muỗi</h3><p>Ngày đăng: 18/11/2025</p>{SECOND}{THIRD}</div>"
    ),
    "blog": "".join(
        f'<article class="post"><h2>Chuyện ngõ nhỏ kỳ {n} của thôn</h2><time datetime="2025-10-0{n}">{n}/10</time>'
        f"{FIRST}<p>Kỳ {n}.</p>{THIRD}</article>"
        for n in range(1, 5)
    ),
}


@pytest.mark.parametrize("main", SEVERAL.values(), ids=SEVERAL.keys())
def test_several_whole_texts_are_no_article(main: str) -> None:
    assert kind_of(markup_of("Thông báo của xã Thử", main), "/thong-bao") == "several_texts"


@pytest.mark.parametrize(
    "main",
    [
        f"<div><h3>Ngày thứ nhất</h3>{FIRST}<h3>Ngày thứ hai</h3>{SECOND}<h3>Hết</h3>{THIRD}</div>",
        f'<div class="c">{TEXT}</div><div class="binh-luan">{POSTS}</div>',
        f"<section><h2>Vì sao</h2>{FIRST}{SECOND}</section><section><h2>Khi nào</h2>{THIRD}</section>",
    ],
    ids=["days", "comments", "sections"],
)
def test_an_article_with_sections_or_comments_is_one(main: str) -> None:
    found = outcome(markup_of(HEADLINE, f"<h1>{HEADLINE}</h1>{DATE}{main}"), "/tin/9-chinh-trang")
    assert isinstance(found, Article)
    assert not any("bộ phận một cửa" in text for text in found.body)


# --- Search results and errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "title", "body_class"),
    [
        ("/tra-cuu?keyword=nuoc+sach", "Kết quả tìm kiếm: nước sạch", ""),
        ("/?s=nuoc", "Những bài viết về nước sạch trên địa bàn xã", "search search-results"),
        ("/x", "Tìm thấy 1.284 kết quả trong 0,21 giây", ""),
    ],
)
def test_search_results_are_no_article(path: str, title: str, body_class: str) -> None:
    markup = markup_of(title, f"<h1>{title}</h1>{a_row(1)}{a_row(2)}", "", body_class)
    assert kind_of(markup, path) in ("search_results", "list_in_its_place", "no_article")
    assert kind_of(markup, path, ".") != "article"


@pytest.mark.parametrize(
    "title",
    [
        "Kết quả tìm kiếm cứu nạn trên sông Hồng",
        "Tìm kiếm ba ngư dân mất tích trong đêm",
        "Không tìm thấy nạn nhân thứ ba trong vụ lật đò",
        "Lỗi 404 trên cổng dịch vụ công: nguyên nhân và cách xử lý",
        "Trang không tồn tại nhưng vẫn thu phí: cảnh báo lừa đảo",
        "Hệ thống một cửa tạm ngừng để nâng cấp trong hai ngày",
    ],
)
def test_news_about_searches_and_errors_is_news(title: str) -> None:
    assert kind_of(markup_of(title, f"<h1>{title}</h1>{DATE}{FIRST}"), "/tin/9-tin-moi") == "article"


@pytest.mark.parametrize(
    ("title", "heading"),
    [
        ("Không tìm thấy trang", "<h1>Không tìm thấy trang</h1>"),
        ("404", "<h1>404</h1><h2>Rất tiếc, trang bạn tìm kiếm không tồn tại!</h2>"),
        ("Hệ thống đang bảo trì", "<h1>Hệ thống đang bảo trì</h1>"),
        ("Bài viết đã bị xóa", "<h1>Bài viết này đã bị xóa</h1>"),
    ],
)
def test_errors_in_the_sites_own_layout(title: str, heading: str) -> None:
    links = "".join(f'<li><a href="/muc-{n}">Mục {n}</a></li>' for n in range(20))
    advice = "<p>Vui lòng kiểm tra lại đường dẫn hoặc quay về trang chủ để tìm nội dung mà bạn quan tâm trên cổng.</p>"
    markup = markup_of(title, f"<ul>{links}</ul>{heading}{advice}")
    for patterns in ((), ("^/tin/",)):
        assert kind_of(markup, "/tin/9-chinh-trang-123456.html", *patterns) == "error_page"


# --- Photo stories ----------------------------------------------------------------------------------------------------

SHOWN = [(f'<img src="/{number}.jpg">', caption) for number, caption in enumerate(CAPTIONS)]
PHOTOS = {
    "figures": "".join(f"<figure>{image}<figcaption>{text}</figcaption></figure>" for image, text in SHOWN),
    "tables": "".join(f"<table><tr><td>{image}</td></tr><tr><td>{text}</td></tr></table>" for image, text in SHOWN),
    "centred": "".join(f"<p>{image}</p><p align='center'><em>{text}</em></p>" for image, text in SHOWN),
    "wordpress": "".join(
        f"<div class='wp-caption'>{image}<p class='wp-caption-text'>{text}</p></div>" for image, text in SHOWN
    ),
}


@pytest.mark.parametrize("pictures", PHOTOS.values(), ids=PHOTOS.keys())
def test_the_captions_of_a_photo_story_are_its_body(pictures: str) -> None:
    title = "Đêm rối nước bên hồ xã Thử"
    found = outcome(markup_of(title, f"<h1>{title}</h1>{DATE}<div>{pictures}</div>{RELATED}"), "/anh/9-roi-nuoc")
    assert isinstance(found, Article)
    assert (found.title, found.body) == (title, CAPTIONS)
    assert found.captions in (CAPTIONS, ())
    assert ("photo_story" in found.quality_flags) == bool(found.captions)
    assert len(found.image_urls) == 3


def test_an_article_with_captions_keeps_them_out_of_its_body() -> None:
    found = outcome(markup_of(HEADLINE, f"<h1>{HEADLINE}</h1>{DATE}<div>{TEXT}{PHOTOS['figures']}</div>"), "/tin/9-x")
    assert isinstance(found, Article)
    assert (len(found.body), found.captions) == (3, CAPTIONS)
    assert "photo_story" not in found.quality_flags


def test_pictures_without_captions_are_an_article_without_text() -> None:
    pictures = "".join(f'<p><img src="/{n}.jpg"></p>' for n in range(6))
    found = outcome(markup_of("Lễ hội", f"<h1>Hình ảnh lễ hội làng</h1>{DATE}<div>{pictures}</div>"), "/anh/9-le-hoi")
    assert isinstance(found, Article)
    assert (found.lead, found.body, len(found.image_urls)) == (None, (), 6)
    assert "short_body" in found.quality_flags


# --- Refused prose, real pages, hostile pages -------------------------------------------------------------------------


def test_refused_prose_is_recorded_where_an_article_was_expected() -> None:
    paragraphs = "".join(f"<p>Đoạn {n}: {SUMMARY}</p>" for n in range(6))
    markup = markup_of("", f"<div>{paragraphs}</div>")
    assert kind_of(markup, "/tin/9-x-123456.html") == "refused_prose"
    assert kind_of(markup, "/tin") == "no_article"
    assert kind_of(markup_of("", f"<div>{paragraphs[:400]}</div>"), "/tin/9-x-123456.html") == "no_article"


def _pages(folder: str) -> Path:
    path = SHARED / folder
    if not path.is_dir():
        pytest.skip("the folder shared is not at hand")
    return path


def test_no_real_list_of_a_department_is_an_article() -> None:
    folder = _pages("portals/liferay-point")
    for entry in json.loads((folder / "index.json").read_text(encoding="utf-8")):
        if entry["kind"] == "list":
            reading = read_page(
                (folder / "pages" / entry["file"]).read_bytes(),
                entry["url"],
                portal_of_platform("generic", entry["url"]),
                None,
                CAPTURED_AT,
            )
            assert reading.kind is PageKind.LIST, entry["file"]
            assert reading.rows, entry["file"]


def test_real_lists_and_articles_of_papers() -> None:
    folder = _pages("portals/papers")
    gold = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
    for kind, entries in ((PageKind.ARTICLE, gold["articles"]), (PageKind.LIST, gold["lists"])):
        for entry in entries:
            portal = portal_of_platform("generic", entry["url"])
            body = (folder / "pages" / entry["file"]).read_bytes()
            assert read_page(body, entry["url"], portal, None, CAPTURED_AT).kind is kind, entry["file"]


@pytest.mark.parametrize(
    "main",
    [
        LONG_HEADING + "".join(a_row(n) for n in range(1500)),
        "<h1>Một tiêu đề dài của trang này</h1>" * 3000,
        f'<article class="post"><h2>Kỳ này</h2><time>09/10/2025</time>{FIRST}</article>' * 1500,
        "<div class=post>" * 150 + POSTS * 50,
        f"<h1>{HEADLINE}</h1>{DATE}" + '<img src="/a.jpg">' * 10_000,
        "<ul>" + '<li><a href="/x">Giới thiệu chung về xã Thử</a></li>' * 8000 + "</ul><h1>Giới thiệu</h1>" + TEXT,
    ],
    ids=["rows", "headlines", "posts", "nested", "pictures", "menu"],
)
def test_hostile_pages_take_bounded_time(main: str) -> None:
    markup = markup_of("Một trang", main)
    started = time.process_time()
    kind_of(markup, "/tin/9-x-123456.html")
    assert time.process_time() - started < 8


def test_the_heading_that_the_address_names_is_the_headline() -> None:
    title = "Xã Thử mở lại chợ phiên bên bến sông cũ"
    main = (
        f'<div class="box-heading"><h3 class="heading">{title}</h3><p>Nghe bài viết</p></div><div>{TEXT}'
        f'<h5 class="story__heading">Chợ phiên vùng cao về giữa phố đông</h5>{THIRD}</div>'
    )
    found = outcome(markup_of("bai-viet.html", main), "/xa-thu-mo-lai-cho-phien-ben-ben-song-post102030.html")
    assert isinstance(found, Article)
    assert found.title == title


def test_bare_text_beside_the_headline_is_the_text_and_the_footer_is_not() -> None:
    footer = "<div id=rodape><div>Trung tâm Y tế, số một trăm lẻ một đường Thử, phường Thử, mở cửa các ngày</div></div>"
    bare = FIRST.removeprefix("<p>").removesuffix("</p>")
    main = f'<div class="col"><p class="tieude">{HEADLINE}</p><p>20/11/2025</p>{bare}</div>'
    found = outcome(markup_of(HEADLINE, main) + footer.encode(), "/tin/9-chinh-trang")
    assert isinstance(found, Article)
    assert " ".join((found.lead or "", *found.body)).strip().startswith("Sáng nay")
    assert not any("Trung tâm Y tế" in text for text in found.body)
