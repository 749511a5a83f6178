"""Authors, sources and leads on pages of an unknown CMS, wherever a page names them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from spiders.extract.article import extract_page
from tests.spiders.platforms.pages import CAPTURED_AT, a_portal
from warehouse.records import Article

URL = "https://xathu.test/tin-tuc/xa-thu-so-ket-quy-ba-1024.html"
SITE = "Trang tin xã Thử"
TITLE = "Xã Thử sơ kết công tác quý III, bàn việc những tháng cuối năm"
LEAD = "Sau chín tháng, xã hoàn thành 12 trong 15 chỉ tiêu; ba chỉ tiêu còn lại dồn vào quý cuối."
TEXT = (
    "Sáng mùng Năm, xã tổ chức hội nghị sơ kết công tác quý III, có đại diện mười hai thôn và các hội cùng dự.",
    "Theo báo cáo tại hội nghị, thu ngân sách đạt 84 % kế hoạch năm, tăng so với cùng kỳ nhờ khoản đấu giá đất.",
    "Hội nghị thống nhất dồn sức giải phóng mặt bằng tuyến đường liên thôn, xong hồ sơ chuyển đổi số trước ngày 15/12.",
)
ONE = '<a class="author" href="/a">Thu Hà</a>'
TWO = '<a class="author" href="/b">Đức Minh</a>'
RELATED = '<ul><li><a href="/tin/khac-2.html">Hội Nông dân xã bàn giống lúa</a></li></ul>'
RIGHT = ' style="text-align: right"'


def article(
    before: str = "", *, first: str = "", inside: str = "", after: str = "", head: str = "", site: str = SITE
) -> Article:
    """Return the article on a page with markup before, in and after its text."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in TEXT)
    page = (
        f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{TITLE} - {site}</title>'
        f'<meta property="og:site_name" content="{site}"><meta property="og:title" content="{TITLE}">{head}</head>'
        "<body>"
        f'<div class="top"><a href="/">{site}</a></div><div class="detail"><h1>{TITLE}</h1>{before}'
        f'<div class="noi-dung">{first}{text}{inside}</div>{after}</div>'
        f'<div class="footer">© {site}</div></body></html>'
    )
    found = extract_page(page.encode(), URL, a_portal("generic", URL), CAPTURED_AT)
    assert found is not None
    return found


def declared(author: object) -> str:
    data = {"@type": "NewsArticle", "headline": TITLE, "author": author, "publisher": {"name": "Báo Thử"}}
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


@pytest.mark.parametrize(
    ("before", "byline"),
    [
        ('<div class="author">Thu Hà</div>', "Thu Hà"),
        ('<div class="author">Thu Hà và 1 tác giả khác</div>', "Thu Hà và 1 tác giả khác"),
        (
            '<div><a class="author" href="/a">Thu Hà</a>, <a class="author" href="/b">Đức Minh</a></div>',
            "Thu Hà, Đức Minh",
        ),
        ('<p><b class="author">Thu Hà</b> - <b class="author">Đức Minh</b></p>', "Thu Hà - Đức Minh"),
        ('<div class="author"><a href="/a">Thu Hà</a><a href="/b">Đức Minh</a></div>', "Thu Hà, Đức Minh"),
        (
            '<p class="author"><a href="/tac-gia/a">Thu Hà</a></p><p class="author-all"><a>Xem các bài khác</a></p>',
            "Thu Hà",
        ),
        ('<h4 class="author"><a href="/a">Jane Doe</a><a href="/all">View More Articles</a></h4>', "Jane Doe"),
        (f'<p>{ONE}</p><p class="author-bio">Thích đi bộ và cà phê vỉa hè</p>', "Thu Hà"),
        ('<p class="author"><i class="author-by">Bởi</i> <a href="/a">Thu Hà</a></p>', "Thu Hà"),
        ('<p><span class="prep-author">Đăng ngày</span> 5/11/2025 bởi <a class="author">Thu Hà</a></p>', "Thu Hà"),
        ('<div class="author">Nguyễn Thu Hà <a href="mailto:a">thuha@xathu.test</a></div>', "Nguyễn Thu Hà"),
        ("<p><b>Nguyễn Thu Hà</b> | 05/11/2025 10:00</p>", "Nguyễn Thu Hà"),
        ("<p>05/11/2025 10:00 | Nguyễn Thu Hà</p>", "Nguyễn Thu Hà"),
        ("<div><span>Thu Hà</span><span>05/11/2025 10:00</span></div>", "Thu Hà"),
        ("<div><span>05/11/2025 10:00</span><span>Nguyễn Thu Hà</span></div>", "Nguyễn Thu Hà"),
        ("<p>By Jane Doe | Reporter</p>", "Jane Doe"),
        ('<div>By <a href="/j">Jane Doe</a> and <a href="/r">John Roe</a></div>', "Jane Doe and John Roe"),
        ("<p>Bài viết của <b>Nguyễn Thu Hà</b></p>", "Nguyễn Thu Hà"),
        ("<p><b>Tác giả:</b> Nguyễn Thu Hà</p>", "Nguyễn Thu Hà"),
        ('<h6>Posted by: <a href="/u0/">Ban biên tập</a> 1 day, 10 hours ago</h6>', "Ban biên tập"),
    ],
)
def test_authors_named_above_the_text(before: str, byline: str) -> None:
    found = article(before)
    assert (found.byline, found.body) == (byline, TEXT)


@pytest.mark.parametrize(
    "before",
    [
        f'<div class="author">{SITE}</div>',
        '<div class="author">Cổng thông tin điện tử xã Thử</div>',
        '<div class="author">xathu.test</div>',
        '<div class="author">xathu</div>',
        '<div class="author">bientap1</div>',
        '<div class="author">toasoan</div>',
        '<div class="author">thuha@xathu.test</div>',
        '<div class="meta">Đăng bởi: <b>admin</b> - 05/11/2025</div>',
        "<div><span>Hà Đông</span><span>05/11/2025 10:00</span></div>",
        '<div><a href="/van-hoa">Văn Hóa Xã Hội</a><span>05/11/2025 10:00</span></div>',
        '<div><i class="fa-camera"></i><span>Đức Minh</span><span>05/11/2025 10:00</span></div>',
        '<h6>Posted by: <a href="/u0/">Ban biên tập</a> 1 day, 10 hours ago</h6>',
        '<div class="author">Ban biên tập</div>',
        '<div class="meta">Người đăng: Trần Văn Lưu | 05/11/2025</div>',
    ],
)
def test_sites_accounts_and_posters_give_way_to_a_signature(before: str) -> None:
    signed = article(before, inside=f"<p{RIGHT}>Thu Hà</p>")
    assert (signed.byline, signed.body) == ("Thu Hà", TEXT) or "Ban biên tập" in before
    if "Ban biên tập" in before:
        assert article(before, inside="<p>Nguyễn Thu Hà</p>").byline == "Nguyễn Thu Hà"
    elif "Trần Văn Lưu" not in before:
        assert article(before).byline is None


def test_a_paper_with_words_around_its_name_is_no_author() -> None:
    assert article('<div class="author">Báo Thử Nghiệm điện tử</div>', site="Báo Thử Nghiệm").byline is None


def test_the_office_that_signs_its_own_news_is_kept() -> None:
    office = "Trung tâm Văn hóa, Thông tin và Thể thao quận Thử"
    assert article(inside=f"<p{RIGHT}>{office}</p>", site="UBND quận Thử").byline == office
    # The name of the place is in the site's name, and in the office's.
    committee = '<p class="tac-gia">UBND xã Thử</p>'
    assert article(after=committee, site="Cổng thông tin điện tử xã Thử").byline == "UBND xã Thử"


def test_a_label_at_the_beginning_of_the_text_names_the_author() -> None:
    posted = '<h6 class="post-meta">Posted by: <a href="/u0/">Ban biên tập</a> 1 day, 10 hours ago</h6>'
    assert article(first=posted).byline == "Ban biên tập"
    assert article(first=f"{posted}<p>Bài viết</p>").body[-3:] == TEXT
    assert article(first="<h6>Ghi chú: theo báo cáo quý</h6>").byline is None


def test_a_line_with_another_label_names_no_author() -> None:
    assert article('<div class="byline">Lưu ở mục: nước ngầm, sụt lún</div>').byline is None
    assert article('<div class="byline">Chuyên trang: Đời sống</div>').byline is None


@pytest.mark.parametrize(
    ("after", "byline", "source"),
    [
        (f"<div{RIGHT}><b>Thu Hà</b></div>", "Thu Hà", None),
        ("<div>Bài viết của Nguyễn Thu Hà</div>", "Nguyễn Thu Hà", None),
        (f"<div{RIGHT}>Thu Hà</div><div{RIGHT}>Nguồn: Báo Thử</div>", "Thu Hà", "Báo Thử"),
        (f"<p{RIGHT}>Theo Báo Thử</p>", None, "Báo Thử"),
        ('<div><p class="author">Theo Thu Hà</p><p class="source">Đại Đoàn kết</p></div>', "Thu Hà", "Đại Đoàn kết"),
        ('<p class="author">Theo Thu Hà/baothu.vn</p>', "Thu Hà", "baothu.vn"),
        ('<p class="author">Theo Tuổi Trẻ</p>', None, "Tuổi Trẻ"),
        ('<div><a href="/duong/1">Nguyễn Trãi</a></div>', None, None),
        ('<div class="tin"><h4>Lê Lợi</h4></div>', None, None),
    ],
)
def test_authors_and_sources_below_the_text(after: str, byline: str | None, source: str | None) -> None:
    found = article(after=after)
    assert (found.byline, found.credited_source_name, found.body) == (byline, source, TEXT)


def test_the_box_with_the_originals_address_is_the_source_and_no_text() -> None:
    box = (
        '<div><span class="source">Theo Báo Thử</span><div class="popup"><p>Link bài gốc</p>'
        "<span>https://baothu.test/bai-1.html</span><button>Lấy link!</button></div></div>"
    )
    found = article(after=box)
    assert (found.credited_source_name, found.credited_source_url) == ("Báo Thử", "https://baothu.test/bai-1.html")
    assert found.body == TEXT


def test_all_declared_authors_that_the_page_shows() -> None:
    two = [{"@type": "Person", "name": "Thu Hà"}, {"@type": "Person", "name": "Đức Minh"}]
    shown = '<div class="ky"><i>Thu Hà</i> <i>Đức Minh</i></div>'
    assert article(shown, head=declared(two)).byline == "Thu Hà, Đức Minh"
    assert article(head=declared(two)).byline is None


@pytest.mark.parametrize("name", ["admin", "bientap2", "Báo Thử", SITE, "trinh-van-web"])
def test_declared_accounts_and_publishers_are_no_authors(name: str) -> None:
    assert article(f"<div>{name} giới thiệu</div>", head=declared({"@type": "Person", "name": name})).byline is None


def test_a_signature_beats_a_declared_author() -> None:
    head = declared({"@type": "Person", "name": "Trần Văn Lưu"})
    assert article("<div>Trần Văn Lưu</div>", head=head, inside="<p>Nguyễn Thu Hà</p>").byline == "Nguyễn Thu Hà"


@pytest.mark.parametrize(
    ("before", "first"),
    [
        (f'<div class="sapo">{LEAD}</div>', ""),
        (f"<h2>{LEAD}</h2>", ""),
        (f"<p><strong>{LEAD}</strong></p>", ""),
        (f'<p class="date">05/11/2025 10:00</p><p>{LEAD}</p>', ""),
        ("", f"<h2>{LEAD}</h2>"),
        ("", f'<h2 class="sapo">{LEAD}</h2>'),
        (f'<div class="sapo">{LEAD}</div>', f"<p><b>{LEAD}</b></p>"),
        (f'<div class="sapo">{LEAD}</div>', f"<p><b>(Xathu.test) - {LEAD}</b></p>"),
        (f'<div class="sapo">{LEAD}</div>', f"<p><b>{TITLE}.</b></p>"),
        (
            f'<div class="sapo">{LEAD}{RELATED}</div>',
            "",
        ),
        (
            f'<div class="sapo">{LEAD}</div>{RELATED}',
            "",
        ),
    ],
)
def test_leads_are_not_in_the_text(before: str, first: str) -> None:
    found = article(before, first=first)
    assert (found.lead, found.body) == (LEAD, TEXT)


@pytest.mark.parametrize(
    "first",
    [
        "<h2>Ba việc phải làm</h2>",
        "<h2>Ba việc dồn sức làm trong quý cuối năm và người chịu trách nhiệm từng việc</h2>",
        "<p><b>Ba việc phải làm</b></p>",
    ],
)
@pytest.mark.parametrize("lead", [None, LEAD])
def test_the_first_sub_heading_stays(first: str, lead: str | None) -> None:
    found = article(f'<div class="sapo">{lead}</div>' if lead else "", first=first)
    assert (found.lead, found.body[1:]) == (lead, TEXT)
    assert found.body[0].startswith("Ba việc")


@pytest.mark.parametrize("mark", ["<h1>{}</h1>", "<h2>{}</h2>", "<p><b>{}</b></p>"])
def test_a_second_headline_in_the_text_is_removed(mark: str) -> None:
    for place in ({"first": mark.format(TITLE)}, {"inside": mark.format(TITLE)}):
        found = article(**place)
        assert (found.title, found.body) == (TITLE, TEXT)


def test_the_papers_name_before_a_lead_stays() -> None:
    assert article(f'<div class="sapo">(Xathu.test) - {LEAD}</div>').lead == f"(Xathu.test) - {LEAD}"


def test_captions_and_figures_above_the_text_are_no_lead() -> None:
    caption = "Quang cảnh hội nghị sơ kết công tác quý III của xã tại hội trường, sáng mùng Năm"
    found = article(f'<figure><img src="/a.jpg"><figcaption>{caption}</figcaption></figure>')
    assert (found.lead, found.captions, found.body) == (None, (caption,), TEXT)


@pytest.mark.parametrize(
    "markup",
    [
        {"before": '<span class="author">Nguyễn Thu Hà</span>' * 5000},
        {"before": '<div class="author">' * 150 + "A" + "</div>" * 150},
        {"before": f'<div class="author">{"Nguyễn " * 100_000}</div>'},
        {"before": "<p>Tác giả: </p>" * 3000},
        {"after": '<p class="source">Báo Thử</p>' * 3000},
        {"head": declared([{"@type": "Person", "name": f"Nguyễn Thu {number}"} for number in range(2000)])},
    ],
)
def test_hostile_markup_takes_bounded_time(markup: dict[str, str]) -> None:
    start = time.monotonic()
    article(**markup)
    assert time.monotonic() - start < 8


def test_bylines_and_sources_of_real_papers(shared: Path) -> None:
    folder = shared / "portals" / "papers"
    wrong = []
    for entry in json.loads((folder / "gold.json").read_text(encoding="utf-8"))["articles"]:
        body = (folder / "pages" / entry["file"]).read_bytes()
        found = extract_page(body, entry["url"], a_portal("generic", entry["url"]), CAPTURED_AT)
        assert found is not None
        if (found.byline, found.credited_source_name) != (entry["byline"], entry["source"]):
            wrong.append(entry["file"])
    assert len(wrong) <= 1, wrong


@pytest.mark.parametrize("name", ["cmt", "cmt-list", "comments"])
def test_who_comments_is_no_author(name: str) -> None:
    comment = f'<div class="{name}"><span class="author">Trần Văn Thử</span><p>Bài viết rất hay.</p></div>'
    assert article(after=comment).byline is None


def test_the_last_of_a_list_of_names_is_no_author() -> None:
    found = article(inside="<p>Trúng cử:</p><p>Nguyễn Văn An</p><p>Lê Thị Bình</p><p>Trần Văn Cảnh</p>")
    assert found.byline is None
    assert found.body[-3:] == ("Nguyễn Văn An", "Lê Thị Bình", "Trần Văn Cảnh")
    assert article(inside="<p><b>Nguyễn Văn An</b></p><p><b>Lê Thị Bình</b></p>").byline is not None
