"""Pages that answer 200 without content: errors, servers' first pages, maintenance, script shells; and what is none."""

from __future__ import annotations

import time

import pytest

from spiders.pages.html import parse_page
from spiders.pages.no_content import is_error_page, is_script_shell, names_error, no_content
from spiders.pages.page import Page


def a_page(title: str, body: str, head: str = "") -> Page:
    markup = f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    return parse_page(markup.encode(), "https://xathu.hanoi.test/tin/hop-dan-102030.html", None)


PROSE = (
    "<p>Người dân gặp thông báo này khi máy chủ quá tải; bộ phận kỹ thuật khuyên nên thử lại sau ít phút và xóa bộ nhớ "
    "đệm của trình duyệt trước khi báo cho quản trị.</p>"
) * 12
TRACE = "<pre>[NullReferenceException: Object reference not set] tin_tuc.Page_Load(Object sender) +42</pre>" * 60

ERROR_PAGES = {
    "asp.net": ("Runtime Error", f"<h1>Server Error in '/' Application.</h1><h2><i>Runtime Error</i></h2>{TRACE}"),
    "asp.net, application in a folder": (
        "Could not load file or assembly",
        f"<h1>Server Error in '/CongThongTin' Application.<hr></h1><h2><i>Could not load</i></h2>{TRACE}",
    ),
    "asp.net, resource": ("The resource cannot be found.", "<h1>Server Error in '/' Application.</h1>"),
    "classic asp": (
        "Microsoft OLE DB Provider for SQL Server error '80004005'",
        "<font>Microsoft OLE DB Provider for SQL Server</font> <font>error '80004005'</font><p>Login failed.</p>",
    ),
    "iis": ("IIS Windows Server", '<a href="https://go.test/"><img src="iisstart.png"></a>'),
    "iis 404": (
        "404 - File or directory not found.",
        "<h1>Server Error</h1><h2>404 - File or directory not found.</h2>",
    ),
    "tomcat": ("HTTP Status 500 – Internal Server Error", f"<h1>HTTP Status 500 – Internal Server Error</h1>{TRACE}"),
    "tomcat, first page": ("Apache Tomcat/8.5.39", "<h1>Apache Tomcat/8.5.39</h1><p>You have installed Tomcat.</p>"),
    "spring": ("", "<h1>Whitelabel Error Page</h1><p>There was an unexpected error (type=Not Found, status=404).</p>"),
    "nginx": ("502 Bad Gateway", "<center><h1>502 Bad Gateway</h1></center><hr><center>nginx/1.18.0</center>"),
    "nginx, first page": ("Welcome to nginx!", "<h1>Welcome to nginx!</h1><p>Further configuration is required.</p>"),
    "apache": ("403 Forbidden", "<h1>Forbidden</h1><p>You don't have permission to access this resource.</p>"),
    "apache, first page": ("", "<h1>It works!</h1>"),
    "apache, ubuntu": ("Apache2 Ubuntu Default Page: It works", "<div>Apache2 Ubuntu Default Page</div>"),
    "directory": (
        "Index of /upload",
        "<h1>Index of /upload</h1>" + '<a href="a.pdf">a.pdf</a> 2020-01-02 10:20\n' * 90,
    ),
    "php fatal": (
        "",
        "<br><b>Fatal error</b>:  Uncaught Error: Call to undefined function mysql_connect() in /home/x/config.php:12 "
        "Stack trace: #0 {main} thrown in <b>/home/x/config.php</b> on line <b>12</b>",
    ),
    "php and mysql": (
        "",
        "<br><b>Warning</b>:  mysqli_connect(): (HY000/2002): Connection refused in <b>/var/www/db.php</b> on line "
        "<b>5</b><br>Failed to connect to MySQL: Connection refused",
    ),
    "pdo": ("Error", "<pre>SQLSTATE[HY000] [2002] Connection refused</pre>"),
    "python": ("", "<pre>Traceback (most recent call last):\n File /app/x.py, line 3\nKeyError: 'a'</pre>"),
    "laravel": ("Whoops, looks like something went wrong.", "<div>Whoops</div>"),
    "wordpress": ("Database Error", "<h1>Error establishing a database connection</h1>"),
    "wordpress in vietnamese": ("Lỗi cơ sở dữ liệu", "<h1>Lỗi kết nối cơ sở dữ liệu</h1>"),
    "wordpress, critical": ("WordPress &rsaquo; Error", "<p>There has been a critical error on this website.</p>"),
    "drupal": ("", "<p>The website encountered an unexpected error. Please try again later.</p>"),
    "cloudflare": ("xathu.test | 522: Connection timed out", "<h1>Connection timed out</h1><p>Ray ID: 7a</p>"),
    "host": ("Account Suspended", "<h1>Account Suspended</h1><p>Contact your hosting provider.</p>"),
    "host in vietnamese": ("Thông báo", "<h1>Website đã bị tạm ngưng hoạt động</h1><p>Xin liên hệ nhà cung cấp.</p>"),
    "maintenance": ("Bảo trì", "<h1>Website đang bảo trì</h1><p>Vui lòng quay lại sau.</p>"),
    "maintenance, title only": ("Cổng thông tin điện tử đang được nâng cấp", "<p>Mong quý vị thông cảm.</p>"),
    "moved": ("Object moved", '<h2>Object moved to <a href="/x">here</a>.</h2>'),
    "not found": ("Trang không tồn tại", "<h1>404</h1><p>Trang bạn tìm không tồn tại.</p>"),
    "not found, polite": ("404", "<h1>Rất tiếc, trang bạn tìm kiếm không tồn tại!</h1>"),
    "no heading": ("", "Service Unavailable"),
}


@pytest.mark.parametrize(("title", "body"), ERROR_PAGES.values(), ids=ERROR_PAGES.keys())
def test_error_pages(title: str, body: str) -> None:
    assert no_content(a_page(title, body)) == "error_page"


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Lỗi 404 là gì và cách khắc phục", f"<h1>Lỗi 404 là gì và cách khắc phục</h1>{PROSE}"),
        ("Lỗi 404 Not Found", f"<h1>Lỗi 404 Not Found</h1>{PROSE}"),
        ("Runtime Error khi nộp hồ sơ trực tuyến", f"<h1>Runtime Error khi nộp hồ sơ trực tuyến</h1>{PROSE}"),
        (
            "Không tìm thấy nạn nhân vụ lật đò",
            "<h1>Không tìm thấy nạn nhân vụ lật đò</h1><p>Tìm kiếm vẫn tiếp tục.</p>",
        ),
        (
            "Hệ thống dịch vụ công tạm ngừng để nâng cấp từ 20h ngày 15/11",
            "<h1>Hệ thống dịch vụ công tạm ngừng để nâng cấp từ 20h ngày 15/11</h1><p>Sở thông báo lịch.</p>",
        ),
        ("Hệ thống đang nâng cấp", f"<h1>Hệ thống đang nâng cấp</h1>{PROSE}"),
        (
            "Phường họp giao ban",
            f"<b>Warning</b>: Undefined variable $x in <b>/a.php</b> on line <b>5</b><h1>Phường họp</h1>{PROSE}",
        ),
        ("Phường họp", "<h1>Phường họp</h1><p>Ngắn.</p>"),
        ("Mục lục của tập san: Index of names", "<h1>Index of names</h1>" + PROSE),
    ],
)
def test_pages_about_errors_and_pages_with_a_printed_warning_are_no_error_pages(title: str, body: str) -> None:
    assert not is_error_page(a_page(title, body))


def test_a_layout_with_menus_is_judged_by_its_text_and_not_here() -> None:
    menu = "<ul>" + "".join(f'<li><a href="/{n}">Mục {n}</a></li>' for n in range(20)) + "</ul>"
    assert not is_error_page(a_page("Không tìm thấy trang", f"{menu}<h1>Không tìm thấy trang</h1>"))
    assert names_error("Không tìm thấy trang")
    assert not names_error("Không tìm thấy trang sử của làng trong kho lưu trữ")


@pytest.mark.parametrize(
    ("body", "head"),
    [
        ('<div id="root"></div><script src="/static/js/main.js"></script>', ""),
        ("<app-root></app-root>", '<script type="module" src="/assets/index.js"></script>'),
        ('<div id="__next"></div><script id="__NEXT_DATA__" type="application/json">{"props": {}}</script>', ""),
        ('<div id="app">Đang tải…</div><script src="a.js"></script>', ""),
        (
            "<noscript>You need to enable JavaScript to run this app.</noscript><div id=x></div><script>go()</script>",
            "",
        ),
        ("<noscript><b>Vui lòng bật JavaScript để tiếp tục</b></noscript><div></div><script>go()</script>", ""),
    ],
)
def test_shells_that_a_script_fills(body: str, head: str) -> None:
    assert no_content(a_page("Cổng thông tin", body, head)) == "drawn_by_scripts"


@pytest.mark.parametrize(
    "body",
    [
        f'<noscript>Enable JavaScript</noscript><div id=app><h1>Tin</h1>{PROSE}</div><script src="a.js"></script>',
        '<div id="root"></div>',
        '<h1>Tin ngắn</h1><p>Một thông báo.</p><script src="/thong-ke.js"></script>',
        "<p>Một dòng</p>",
    ],
)
def test_pages_with_text_and_pages_without_scripts_are_no_shells(body: str) -> None:
    assert not is_script_shell(a_page("Tin", body))


@pytest.mark.parametrize(
    "body",
    [
        "<h1>" + "Lỗi " * 50_000 + "</h1>",
        "<h2>" + "404 " * 60 + "</h2>" + "<p>x</p>" * 20_000,
        "Warning: " * 20_000,
        "<noscript>" + "bật " * 50_000 + "</noscript><script></script>",
        "<x-y></x-y>" * 300 + "<script src=a></script>" * 5_000,
        "<h1>Trang " + "này " * 60 + "</h1>",
        "<h1>Rất tiếc, Trang" + " bạn đang cần tìm" * 13 + "</h1>",
    ],
)
def test_hostile_pages_take_bounded_time(body: str) -> None:
    page = a_page("Trang " + "quý vị " * 30, body)
    started = time.perf_counter()
    no_content(page)
    assert time.perf_counter() - started < 1
