"""Detects pages that answer 200 without content.

They are error pages, and shells that scripts fill in the browser.
Belongs here: what such a page looks like, whatever the site. Does not belong here: an error in the site's own layout
(`spiders.platforms.generic.kinds.page_kind`), responses with an error status (`spiders.fetch.errors`), challenges
(`spiders.pages.challenge`).
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final, Literal, TypeAlias, get_args

from lxml import etree
from lxml.html import HtmlElement

from spiders.pages.page import Page
from warehouse.text.normal import clean

NoContent: TypeAlias = Literal["drawn_by_scripts", "error_page"]

NO_CONTENT_KINDS: Final = frozenset(get_args(NoContent))

NOTHING_FOUND: Final = (
    r"(?:(?:Rất tiếc|Xin lỗi|Oops|Lỗi)[\s,!.:]{1,3})?(?:"
    r"(?:Trang|Nội dung|Bài viết|Tin bài|Tin tức|Đường dẫn|Địa chỉ|Liên kết|Dữ liệu|Tài liệu|Bản tin|Mục)"
    r"(?: web| này| (?:mà )?(?:quý vị|bạn|anh/chị)? ?(?:đang )?(?:yêu cầu|tìm(?: kiếm)?|cần(?: tìm)?|truy cập))*+"
    r"(?: này| hiện)?(?: đã)? (?:không (?:còn )?(?:tồn tại|tìm thấy|có sẵn)|bị (?:xóa|xoá|gỡ)(?: bỏ)?)"
    r"(?: hoặc .{0,40})?|"
    r"Không (?:tìm thấy|tồn tại|có) (?:trang|nội dung|bài viết|tin bài|đường dẫn|địa chỉ|liên kết|dữ liệu|tài liệu|"
    r"bản tin|bài nào|kết quả)(?: web| này| nào| phù hợp| yêu cầu| (?:quý vị|bạn) (?:yêu cầu|cần|tìm))*|"
    r"(?:Page|File|Article|Content) (?:could )?not (?:be )?found|Nothing (?:was )?found)"
)
"""A pattern of headlines that say that the address leads to nothing; an article's headline says more."""

# Headings that no article has, above a stack trace or a listing of any length.
_SURE: Final = re.compile(
    r"Server Error in '/.{0,100}' Application\.?|(?:Runtime|Compilation|Parser|Configuration) Error|"
    r"HTTP Status [45]\d\d\b.{0,150}|Whitelabel Error Page|Whoops, looks like something went wrong\.?|"
    r"Index of /.{0,150}|Directory listing for /.{0,150}|\S{1,60} - /(?:\S+/)?|"
    r"(?:System|Microsoft)(?:\.\w+){1,8}Exception\b.{0,150}|javax?(?:\.\w+){1,8}(?:Exception|Error)\b.{0,150}",
    re.IGNORECASE,
)
_STATUS: Final = (
    r"(?:(?:Error|Lỗi|HTTP Error|HTTP)\W*)?(?:code\W*)?[45]\d\d(?:\.\d{1,2})?\W*"
    r"(?:Error|Lỗi|Bad Request|Unauthori[sz]ed|Forbidden|(?:(?:Page|File)\W*)?Not Found|Request Time-?out|Gone|"
    r"(?:Internal )?Server Error|Bad Gateway|Service (?:Temporarily )?Unavailable|Gateway Time-?out|"
    r"Access (?:is )?Denied|Oops|Unknown error|Connection timed out)?\W*"
)
_PHRASES: Final = (
    _STATUS,
    # Web servers and proxies.
    r"(?:Page|File|Object) (?:not found|moved|could not be found)(?: to here)?|Not Found|Forbidden|Access Denied|"
    r"Bad Request|Internal Server Error|Service (?:Temporarily )?Unavailable|Bad Gateway|Gateway Time-?out|"
    r"Server Error|"
    r"The (?:resource|page|file)(?: you (?:requested|are looking for))? (?:cannot|could not|was not) (?:be )?found|"
    r"Request Rejected|Web Page Blocked|The requested URL was rejected|Error 404 \(Not Found\)!!1",
    NOTHING_FOUND,
    r"(?:\S{1,80} \| )?5[12]\d: .{3,60}|Error 10\d\d\b.{0,60}|Attention Required! \| Cloudflare|"
    r"Access denied \| .{1,80}",
    # A server without a site.
    r"Welcome to (?:nginx|OpenResty|CentOS|tengine)\b.{0,40}|It works|Apache2? .{0,40}(?:Default|Test) Page\b.{0,40}|"
    r"(?:Apache )?(?:HTTP Server )?Test Page\b.{0,80}|IIS ?\d{0,2}(?:\.\d)?|IIS Windows(?: Server)?|"
    r"Internet Information Services|Default (?:Web Site|Parallels Plesk|Plesk) Page|Web Server'?s Default Page|"
    r"Apache Tomcat(?:/[\d.]{1,12})?(?: - Error report)?",
    # Applications and databases.
    r"Application Error|Unhandled Exception|Fatal error|Error establishing a database connection|"
    r"Lỗi kết nối (?:tới |đến |với )?(?:cơ sở dữ liệu|CSDL|máy chủ)|Database (?:Connection )?Error|"
    r"Could not connect to (?:the )?(?:database|MySQL)\b.{0,40}|WordPress\W+(?:Error|Lỗi)|"
    r"The website encountered an unexpected error\b.{0,60}|There has been a critical error on (?:this|your) website|"
    r"Đã có một lỗi nghiêm trọng trên trang web.{0,20}|Site off-?line|"
    r"Lỗi (?:hệ thống|máy chủ|server|kết nối|truy cập)|(?:Đã )?(?:có|xảy ra)(?: một)? lỗi(?: xảy ra)?",
    # Hosts.
    r"(?:(?:This )?(?:Account|Site|Website|Domain)(?: has been| is)? (?:suspended|parked|disabled|expired))|"
    r"Suspended (?:Account|Domain|Website)|Bandwidth Limit Exceeded|Future home of something quite cool|"
    r"(?:Tài khoản|Website|Tên miền)(?: này)? (?:đã |đang )?bị (?:tạm )?(?:khóa|khoá|ngưng|ngừng|đình chỉ)"
    r"(?: hoạt động)?|(?:Website|Tên miền)(?: này)? (?:đã )?hết hạn",
    # Maintenance.
    r"(?:Website|Trang web|Trang|Cổng thông tin(?: điện tử)?|Hệ thống)(?: này| của chúng tôi)?(?: hiện)?"
    r"(?: đang| tạm)(?: được| trong quá trình| ngừng để| dừng để)? ?(?:bảo trì|nâng cấp|bảo dưỡng|ngừng hoạt động)"
    r"\D{0,30}|(?:Đang )?(?:bảo trì|nâng cấp)(?: hệ thống| website)?|Under construction|"
    r"(?:Site |We.re |Website )?(?:(?:is )?(?:down for |under |in |undergoing ))?(?:scheduled )?maintenance(?: mode)?|"
    r"(?:Briefly |Temporarily )?unavailable(?: for scheduled maintenance)?.{0,40}|We.?ll be back soon",
)
# An article may have such a headline too, so the page must be short, without menus.
_SHORT: Final = re.compile(rf"(?:{'|'.join(_PHRASES)})[\s.!:…]*", re.IGNORECASE)
_MESSAGE: Final = re.compile(
    r"(?:PHP )?(?:Fatal error|Parse error|Warning|Notice|Deprecated)\s*:\s[^\n]{0,600}?"
    r"\bin\s+\S{1,300}\s+on line\s+\d+\.?|"
    r"Uncaught (?:Error|Exception|\w{1,60}Exception)\b|Stack trace:|"
    r"Microsoft (?:VBScript|JET Database|OLE DB|SQL Server)\b.{0,60}error '|"
    r"You have an error in your SQL syntax\b|SQLSTATE\[\w{1,8}\]|ORA-\d{5}:|Traceback \(most recent call last\):|"
    r"Error establishing a database connection|The website encountered an unexpected error\.",
    re.IGNORECASE,
)
_HEADING_CHARACTERS_MAX: Final = 250
_HEADINGS_MAX: Final = 2
_LINKS_MAX: Final = 10
# Such pages have some sentences of advice.
_TEXT_CHARACTERS_MAX: Final = 1500
_READ_CHARACTERS_MAX: Final = 6_000
# An error printed in front of a page that is otherwise whole leaves it readable.
_BESIDE_MESSAGE_CHARACTERS_MAX: Final = 400

# A shell has at most a few words: "Đang tải…", the site's name.
_SHELL_CHARACTERS_MAX: Final = 200
_SCRIPTS_MAX: Final = 100
_ELEMENTS_MAX: Final = 400
# The element that the program fills.
_MOUNT_ID: Final = re.compile(
    r"root|app|main-?app|react-?(?:root|app)|__next|__nuxt|___gatsby|q-app|ember\d*|svelte|application|app-?(?:root|container|mount)|"
    r"single-spa-application:.*|page-?root|vue-?app|blazor.*",
    re.IGNORECASE,
)
_MOUNT_TAG: Final = re.compile(r"[a-z]+(?:-[a-z0-9]+)+|router-outlet")
_NEEDS_SCRIPT: Final = re.compile(
    r"(?:enable|need|requires?|turn on|activate|without) .{0,30}java\s?script|"
    r"java\s?script .{0,30}(?:enabled|required|disabled)|"
    r"(?:bật|kích hoạt|hỗ trợ|cho phép|tắt) .{0,30}java\s?script|java\s?script .{0,30}(?:bật|kích hoạt|bị tắt)",
    re.IGNORECASE,
)
_UNSEEN: Final = frozenset(("head", "script", "style", "noscript", "template", "textarea", "option"))


def no_content(page: Page) -> NoContent | None:
    """Return why the page has no content; None if it may have some."""
    if is_script_shell(page):
        return "drawn_by_scripts"
    return "error_page" if is_error_page(page) else None


def is_error_page(page: Page) -> bool:
    """Tell whether the page is only an error message, a server's first page, or a notice of maintenance.

    A page that tells about errors, such as an article, has more text, menus, or a longer headline.
    """
    headings = list(_headings(page))
    if any(_SURE.fullmatch(text) for text in headings):
        return True
    if sum(1 for _ in islice(page.tree.iter("a"), _LINKS_MAX + 1)) > _LINKS_MAX:
        return False
    shown = visible_text(page.tree, _READ_CHARACTERS_MAX)
    if len(shown) <= _TEXT_CHARACTERS_MAX and any(_SHORT.fullmatch(text) for text in headings or [shown]):
        return True
    if len(shown) == _READ_CHARACTERS_MAX or not _MESSAGE.search(shown):
        return False
    return _MESSAGE.match(shown) is not None and len(clean(_MESSAGE.sub("", shown))) <= _BESIDE_MESSAGE_CHARACTERS_MAX


def is_script_shell(page: Page) -> bool:
    """Tell whether the page has next to no text, and scripts draw it.

    It has a script, and either an empty element for a program to fill, or a notice that it needs scripts.
    """
    if next(page.tree.iter("script"), None) is None:
        return False
    if len(visible_text(page.tree, _SHELL_CHARACTERS_MAX + 1)) > _SHELL_CHARACTERS_MAX:
        return False
    if any(_NEEDS_SCRIPT.search(str(each.text_content())[:1000]) for each in islice(page.tree.iter("noscript"), 5)):
        return True
    scripts = islice(page.tree.iter("script"), _SCRIPTS_MAX)
    has_program = any(each.get("src") or each.get("type") in ("module", "application/json") for each in scripts)
    body = page.tree.find("body")
    elements = islice(body.iterdescendants(), _ELEMENTS_MAX) if body is not None else ()
    return has_program and any(
        isinstance(each.tag, str) and (_MOUNT_ID.fullmatch(each.get("id") or "") or _MOUNT_TAG.fullmatch(each.tag))
        for each in elements
    )


def names_error(headline: str) -> bool:
    """Tell whether a headline only says that something is wrong."""
    return len(headline) <= _HEADING_CHARACTERS_MAX and _SHORT.fullmatch(headline) is not None


def _headings(page: Page) -> list[str]:
    """Return the page's title and its first headings."""
    title = page.tree.find(".//head/title")
    first = islice(page.tree.iter("h1", "h2", "h3"), _HEADINGS_MAX)
    texts = (
        clean(str(each.text_content())[: _HEADING_CHARACTERS_MAX + 1]) for each in (title, *first) if each is not None
    )
    return [text for text in texts if 0 < len(text) <= _HEADING_CHARACTERS_MAX]


def visible_text(tree: HtmlElement, characters_max: int) -> str:
    """Return the start of the page's text, cleaned, with a space between text nodes.

    The text of `<noscript>` is left out: it tells the reader to switch scripts on, or repeats a picture.
    """
    pieces: list[str] = []
    length = 0
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        if event == "start" and element.tag in _UNSEEN:
            walk.skip_subtree()
            continue
        piece = element.text if event == "start" else element.tail
        if piece and not piece.isspace():
            pieces.append(piece)
            length += len(piece)
            if length > characters_max:
                break
    return clean(" ".join(pieces))[:characters_max]
