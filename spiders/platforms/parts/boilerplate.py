"""Boilerplate: page elements and lines around an article, in some templates also inside the article.

Belongs here: class and id names of boilerplate elements, and wordings of boilerplate lines. Does not belong here:
captions (`spiders.platforms.parts.captions`), bylines and credits (`spiders.platforms.parts.attribution`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from lxml.html import HtmlElement

from spiders.platforms.parts.elements.hidden import is_hidden
from warehouse.text.normal import count_words

_BOILERPLATE_TAGS: Final = frozenset(
    ("nav", "aside", "footer", "header", "form", "button", "select", "dialog", "noscript")
)
_BOILERPLATE_ROLES: Final = frozenset(("navigation", "banner", "contentinfo", "complementary", "search", "dialog"))
# The class names of these elements list categories and tags, or describe appearance and not purpose.
_NEVER_BOILERPLATE: Final = frozenset(("html", "body", "main", "article", "p", "a", "img"))
_CACHED_NAMES_MAX: Final = 20_000  # distinct class and id values; a portal has some hundreds

# A whole class or id.
_BOILERPLATE_CLASSES: Final = frozenset((
    "hot", "hits", "vote", "stars", "star-rating", "tool",
    "tools", "action", "actions", "icon", "icons", "zoom", "audio", "voice", "speech", "player", "view", "views",
    "more", "next", "prev", "previous", "logo", "widget", "modal", "timeline", "rate", "like", "follow", "save",
    "page-links", "td-a-rec", "bookmark", "expand", "event", "topic", "path",
))  # fmt: skip
# A hyphen-separated part of a class or id.
_BOILERPLATE_WORDS: Final = re.compile(
    r"(?:^|[\s_-])"
    r"(?:tags?|ads?|adv|adm|cmts?|menu|submenu|nav|navi|pager|fb|zalo|crumbs?|insert-link|link-content)"
    r"(?:$|[\s_-])"
)
# Anywhere in a class or id without separators: `tin-lien-quan`, `tinLienQuan`, `box_tin_lien_quan`.
_BOILERPLATE_NAMES: Final = re.compile(
    r"relat(?:e|ive)|lienquan|tinkhac|tinmoi|tinnoibat|tincung|baikhac|baicung|cungchuyen|cungloai|othernews|"
    r"samecat|morenews|newsother|mostread|mostview|docnhieu|xemnhieu|xemthem|docthem|readmore|comment|binhluan|ykien|phanhoi|"
    r"insertwiki|cmswiki|wikinews|tindnd|gopy|feedback|disqus|share|sharing|chiase|social|addthis|rating|danhgia|breadcrumb|duongdan|sidebar|banner|"
    r"advert|quangcao|adsense|sponsor|newsletter|subscri|popup|cookie|toolbar|congcu|tienich|keyword|tukhoa|hashtag|"
    r"pagination|phantrang|hotline|weblink|lienket|thongke|truycap|captcha|login|dangnhap|fontresize|customfont|cochu|contrast|"
    r"tuongphan|dongsukien|backtop|gototop|bantin|luotxem|viewcount|googlenews|recommend|suggest|trending|postnav|"
    r"navlinks|footer|copyright|signup|formdone|formfail|formsuccess|formerror"
)
# The part of such a name that stands for a bar of buttons.
_TOOL_NAMES: Final = re.compile(
    r"(?i)sharing|shared?|chia[-_]?se|social|addthis|tool[-_]?bar|cong[-_]?cu|tien[-_]?ich|zalo|luot[-_]?xem|view[-_]?count|"
    r"\b(?:tools?|actions?|fb|icons?|views?|hits|like|follow|save|audio|voice|speech|player)\b|google[-_]?news|"
    r"font[-_]?resize|custom[-_]?font|co[-_]?chu|contrast|tuong[-_]?phan"
)
# VCCorp's editor puts boxes, photos and quotes in elements that differ by this attribute only.
_RELATED_TYPE: Final = re.compile("relat", re.IGNORECASE)
# Elements at the head or foot of an article with its metadata. They are not text; other columns are read from them.
_META_NAMES: Final = re.compile(
    r"author|byline|tacgia|nguoiviet|(?<!status)publish(?!er)|pubdate|posttime|posteddate|createdate|ngaydang|ngaythang|ngaygio|"
    r"thoigian|datetime|entrymeta|postmeta|articlemeta|articleinfo|detailinfo|timeago|dinhkem|attachfile|filedinh"
)

_OTHER_ARTICLES: Final = (
    r"(?:Những |Các )?(?:Bài viết|Bài|Tin bài|Tin tức|Tin|Thông báo|Văn bản|Video|Sự kiện)(?:,? bài)? "
    r"(?:liên quan|khác|tiếp theo|mới hơn|cũ hơn|cùng (?:chuyên mục|danh mục|chủ đề|loại|thể loại)|đã đăng|đã đưa|"
    r"nổi bật|mới nhất|đọc nhiều|xem nhiều)\s*:?"
)
_READERS: Final = (
    r"Ý kiến (?:bạn đọc|của bạn|phản hồi)\s*:?",
    r"Bình luận\b.{0,20}",
    r"Gửi (?:bình luận|phản hồi|ý kiến|góp ý|e-?mail|bài viết|cho bạn bè).{0,30}",
    r"Tổng số điểm của bài viết.*",
    r"Xếp hạng\s*:.*",
    r"(?:Click|Nhấn|Bấm) (?:để|vào).{0,20} đánh giá.*",
    r"Đánh giá(?: bài viết| người dùng)?\s*:?.{0,30}",
)
_BUTTONS: Final = (
    r"A\s?[-–]?\s*A?\s*A\s*\+.*",
    r"A[-+]",
    r"(?:Tăng|Giảm)?\s*tương phản.*",
    r"Cỡ chữ.{0,40}",
    r"\[?(?:Bản in|In (?:trang|bài viết|bài|ra|tin)|Trang in|In)\]?",
    r"Lưu (?:bài viết|tin|bài)",
    r"(?:Bản|Trang) in (?:được|tự)\b.*",
    r"(?:Địa chỉ|URL|Đường dẫn)(?: của)? (?:bài viết|bản tin|bài)(?: này)?\s*:.*",
    r"(?:Sao chép|Copy) (?:liên kết|link).{0,20}",
    r"Link bài gốc.{0,20}",
    r"(?:Chia sẻ|Share)\b.{0,40}",
    r"Tweet|Facebook|Zalo|Twitter|Google News|Print|Send email|Other News|Download",
    r"Theo dõi .{2,30} trên .{0,30}",
    r"\[?(?:Trở lại|Quay lại|Trở về|Quay về|Về trang trước|(?:Về |Lên )?đầu trang)(?:\s+.{0,25})?\]?",
    r"(?:Đọc|Nghe|Phát|Dừng)(?: bài viết| tin| bài| audio| đọc)?",
    r"Nghe (?:đọc )?(?:bài|audio).{0,20}",
    r"Giọng (?:nam|nữ).{0,30}",
    r"Tải (?:về|xuống|file).{0,30}",
    r"\[?(?:Xem|Đọc) (?:tiếp|thêm|ngay|tất cả)\]?",
)
_LABELS: Final = (
    r"Dòng sự kiện",
    r"Mục lục(?: bài viết)?\s*:?",
    r"(?:Lần cập nhật cuối|Cập nhật lần cuối)\W{0,4}(?:lúc|ngày|thứ|chủ nhật|\d)[^.]{0,60}",
    r"Nội dung đang cập nhật[.…]*",
    r"(?:Số )?Lượt (?:xem|đọc|truy cập)\s*:?\s*[\d.,]*",
    r"\d[\d.,]* lượt (?:xem|đọc)",
    r"Đã xem\s*:?.{0,15}",
    r"View count\s*:.*",
    r"(?:Các )?(?:file|tệp|tập tin|tài liệu|văn bản|tệp tin)(?: tin)? (?:đính kèm|kèm theo)\s*:?",
    r"Chuyên mục\s*:.{0,60}",
    r"Chủ đề\s*:.{0,80}",
    r"(?:Từ khóa|Tags?)\s*:?",
    r"(?:Từ khóa|Tags?|Thẻ|Keywords?)\s*:.*",
    r"\d+/\d+",
    r"(?:Khoảng )?\d{1,3} (?:giây|phút|giờ|tiếng|ngày|tuần) trước(?: đây)?",
    r"[-\s]*(?:Quảng cáo|Advertisement)[-\s]*",
)
# Notices to readers that newspapers print below a text.
_NOTICES: Final = (
    r"[*(\s]*Mời (?:quý )?(?:bạn đọc|độc giả|quý vị)\b.*",
    r"[*(\s]*(?:Quý )?(?:Độc giả|Bạn đọc) (?:có thể|quan tâm|vui lòng|gửi|hãy)\b.*",
    r"Tặng sao.{0,30}",
    r"(?:Nội dung này được bảo (?:mật|vệ)\.|This content is password protected\.).{0,80}|(?:Mật khẩu|Password)\s*:",
    r"[*(\s]*Thông tin (?:trong )?bài(?: viết)? (?:này )?chỉ (?:có tính|mang tính).*",
)
_LINE: Final = re.compile("|".join((_OTHER_ARTICLES, *_READERS, *_BUTTONS, *_LABELS, *_NOTICES)), re.IGNORECASE)
_LINE_CHARACTERS_MAX: Final = 200
_KEYWORDS: Final = re.compile(r"(?:Từ khóa|Từ khoá|Tags?|Thẻ|Keywords?|Hashtags?)\s*:", re.IGNORECASE)
_KEYWORDS_CHARACTERS_MAX: Final = 2_000
_KEYWORD_WORDS_MAX: Final = 8
_KEYWORD_END: Final = re.compile(r"[,;|#•]")
# Lines that only occur at the end of a page: the publisher's postal address and licence. In lower case, which is three
# times as fast as ignoring case.
_IMPRINT: Final = re.compile(
    r"bản quyền (?:thuộc|©)|©|copyright|giấy phép (?:số|thiết lập|hoạt động)|"
    r"chịu trách nhiệm (?:chính|nội dung|xuất bản)|ghi rõ nguồn|tổng biên tập\s*:|trưởng ban biên tập|"
    r"địa chỉ\s*:.*điện thoại|(?:điện thoại|hotline|đường dây nóng|email|fax)\s*:"
)
_IMPRINT_WORDS_MAX: Final = 80
# Text after such a line does not belong to the article, unless that text is long.
_END: Final = re.compile(
    "|".join((_OTHER_ARTICLES, *_READERS, r"Xem tin theo ngày.*", r"Có thể bạn quan tâm.*")), re.IGNORECASE
)


def is_boilerplate(element: HtmlElement) -> bool:
    """Tell whether the subtree is boilerplate by its tag, its ARIA role, or its class or id, or is hidden."""
    if element.tag in _BOILERPLATE_TAGS or element.get("role") in _BOILERPLATE_ROLES or is_hidden(element):
        return True
    if element.tag in _NEVER_BOILERPLATE:
        return False
    if _RELATED_TYPE.match(element.get("type") or ""):
        return True
    names = _names(element)
    return bool(names) and _is_boilerplate_name(names)


def is_toolbox(element: HtmlElement) -> bool:
    """Tell whether the element is boilerplate only as a bar of buttons, such as share and print.

    Templates put the article's date and author into such a bar.
    """
    if element.tag in _BOILERPLATE_TAGS or element.get("role") in _BOILERPLATE_ROLES:
        return False
    names = _names(element)
    return bool(names) and _is_toolbox_name(names)


def is_boilerplate_or_meta(element: HtmlElement) -> bool:
    """Tell whether the subtree is boilerplate or holds the article's metadata: date, author, files."""
    if is_boilerplate(element):
        return True
    names = _names(element)
    return bool(names) and _is_meta_name(names)


def _names(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}".strip()


@lru_cache(_CACHED_NAMES_MAX)
def _is_boilerplate_name(names: str) -> bool:
    if not _BOILERPLATE_CLASSES.isdisjoint(names.lower().split()):
        return True
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", names).lower()
    return bool(_BOILERPLATE_WORDS.search(spaced) or _BOILERPLATE_NAMES.search(re.sub(r"[^a-z0-9\s]", "", spaced)))


@lru_cache(_CACHED_NAMES_MAX)
def _is_toolbox_name(names: str) -> bool:
    rest = _TOOL_NAMES.sub("", names)
    return rest != names and not _is_boilerplate_name(rest)


@lru_cache(_CACHED_NAMES_MAX)
def _is_meta_name(names: str) -> bool:
    return bool(_META_NAMES.search(re.sub(r"[^a-z0-9\s]", "", names.lower())))


def is_boilerplate_line(text: str) -> bool:
    """Tell whether the line is a template's label, button, counter, keywords or notice to readers."""
    if len(text) <= _LINE_CHARACTERS_MAX:
        return _LINE.fullmatch(text) is not None
    return len(text) <= _KEYWORDS_CHARACTERS_MAX and _lists_keywords(text)


def _lists_keywords(text: str) -> bool:
    label = _KEYWORDS.match(text)
    return label is not None and all(
        count_words(word) <= _KEYWORD_WORDS_MAX for word in _KEYWORD_END.split(text[label.end() :])
    )


def is_imprint(text: str) -> bool:
    """Tell whether the line belongs to the imprint: publisher, licence or postal address."""
    if len(text) > _KEYWORDS_CHARACTERS_MAX:
        return False
    return count_words(text) <= _IMPRINT_WORDS_MAX and _IMPRINT.search(text.lower()) is not None


def ends_article(text: str) -> bool:
    """Tell whether the line is the heading of a section after an article: news, comments, ratings."""
    return len(text) <= _LINE_CHARACTERS_MAX and _END.fullmatch(text) is not None
