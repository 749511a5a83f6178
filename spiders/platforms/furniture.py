"""Page furniture: what stands on a page around an article and, on careless templates, amid it.

Here: the names by which templates mark such elements, and the words by which a line gives itself away. Not here: which
lines of an article are captions, bylines or credits (`spiders.platforms.captions`, `spiders.platforms.endings`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from lxml.html import HtmlElement

from warehouse.text.normal import count_words

_FRAME_TAGS: Final = frozenset(("nav", "aside", "footer", "header", "form", "button", "select", "dialog"))
_FRAME_ROLES: Final = frozenset(("navigation", "banner", "contentinfo", "complementary", "search", "dialog"))
# Their names are lists of categories and tags, or say how they look, not what they are for.
_NEVER_FRAME: Final = frozenset(("html", "body", "main", "article", "p", "a", "img"))
_NAMES_KEPT: Final = 20_000  # different class and id texts; a portal has some hundreds

# A class or id of its own.
_FRAME_CLASSES: Final = frozenset(
    """
    hidden hide hide-accessible d-none unseen invisible sr-only visually-hidden element-invisible screen-reader-text print
    hot hits vote stars star-rating tool tools action actions icon icons zoom audio voice speech player view views
    more next prev previous logo widget modal timeline rate like follow save bookmark expand event topic path
    """.split()
)
# A part of a class or id, between hyphens.
_FRAME_WORDS: Final = re.compile(
    r"(?:^|[\s_-])(?:tags?|ads?|adv|adm|menu|submenu|nav|navi|pager|fb|zalo|crumbs?|inline-related|insert-link|link-content)"
    r"(?:$|[\s_-])"
)
# Anywhere in a class or id, written together: `tin-lien-quan`, `tinLienQuan`, `box_tin_lien_quan`.
_FRAME_NAMES: Final = re.compile(
    r"relat(?:ed|e|ive)|lienquan|tinkhac|tinmoi|tinnoibat|tincung|baikhac|baicung|cungchuyen|cungloai|othernews|samecat|"
    r"morenews|newsother|mostread|mostview|docnhieu|xemnhieu|xemthem|docthem|readmore|comment|binhluan|ykien|phanhoi|gopy|"
    r"feedback|disqus|share|sharing|chiase|social|addthis|rating|danhgia|breadcrumb|duongdan|sidebar|banner|advert|quangcao|"
    r"adsense|sponsor|newsletter|subscri|popup|cookie|toolbar|congcu|tienich|keyword|tukhoa|hashtag|pagination|phantrang|hotline|"
    r"weblink|lienket|thongke|truycap|captcha|login|dangnhap|fontresize|customfont|cochu|contrast|tuongphan|dongsukien|"
    r"backtop|gototop|bantin|luotxem|viewcount|googlenews|recommend|suggest|trending|postnav|navlinks|footer|copyright"
)
# Names of what stands at an article's head or foot and says something of it: no text, but read for other columns.
_META_NAMES: Final = re.compile(
    r"author|byline|tacgia|nguoiviet|publish(?!er)|pubdate|posttime|posteddate|createdate|ngaydang|ngaythang|ngaygio|thoigian|"
    r"datetime|entrymeta|postmeta|articlemeta|articleinfo|detailinfo|timeago|dinhkem|attachfile|filedinh"
)

_OTHERS: Final = (
    r"(?:Những |Các )?(?:Bài viết|Bài|Tin bài|Tin tức|Tin|Thông báo|Văn bản|Video|Sự kiện)(?:,? bài)? "
    r"(?:liên quan|khác|tiếp theo|mới hơn|cũ hơn|cùng (?:chuyên mục|danh mục|chủ đề|loại|thể loại)|đã đăng|đã đưa|nổi bật|"
    r"mới nhất|đọc nhiều|xem nhiều)\s*:?"
)
_LINE: Final = re.compile(
    r"(?:Dòng sự kiện|A\s?[-–]?\s*A?\s*A\s*\+.*|A[-+]|(?:Tăng|Giảm)?\s*tương phản.*|Cỡ chữ.{0,40}|"
    r"Tổng số điểm của bài viết là.*|Xếp hạng\s*:.*|(?:Click|Nhấn|Bấm) (?:để|vào).{0,20} đánh giá.*|Đánh giá(?: bài viết| người dùng)?\s*:?.{0,30}|"
    rf"{_OTHERS}|"
    r"Nội dung đang cập nhật[.…]*|Ý kiến (?:bạn đọc|của bạn|phản hồi)\s*:?|Bình luận.{0,20}|Gửi (?:bình luận|phản hồi|ý kiến|góp ý).{0,20}|"
    r"\[?(?:Bản in|In (?:trang|bài viết|bài|ra|tin)|Trang in|In)\]?|Gửi (?:e-?mail|bài viết|cho bạn bè).{0,30}|"
    r"Lưu (?:bài viết|tin|bài)|(?:Sao chép|Copy) (?:liên kết|link).{0,20}|Link bài gốc.{0,20}|"
    r"(?:Chia sẻ|Share)\b.{0,40}|Tweet|Facebook|Zalo|Twitter|Google News|Theo dõi .{2,30} trên .{0,30}|"
    r"Print|Send email|Other News|\[?(?:Trở lại|Quay lại|Trở về|Quay về|Về trang trước|(?:Về |Lên )?đầu trang)(?:\s+.{0,25})?\]?|"
    r"(?:Số )?Lượt (?:xem|đọc|truy cập)\s*:?\s*[\d.,]*|\d[\d.,]* lượt (?:xem|đọc)|Đã xem\s*:?.{0,15}|View count\s*:.*|Quảng cáo|Advertisement|"
    r"(?:Đọc|Nghe|Phát|Dừng)(?: bài viết| tin| bài| audio| đọc)?|Nghe (?:đọc )?(?:bài|audio).{0,20}|Giọng (?:nam|nữ).{0,30}|"
    r"(?:Các )?(?:file|tệp|tập tin|tài liệu|văn bản|tệp tin)(?: tin)? (?:đính kèm|kèm theo)\s*:?|Tải (?:về|xuống|file).{0,30}|Download|"
    r"Chuyên mục\s*:.{0,60}|Từ khóa\s*:?|Tags?\s*:?|Thẻ\s*:|Chủ đề\s*:.{0,80}|\[?(?:Xem|Đọc) (?:tiếp|thêm|ngay|tất cả)\]?|\d+/\d+)",
    re.IGNORECASE,
)
# What papers tell their readers below a text.
_NOTICE: Final = re.compile(
    r"[*(\s]*(?:Mời (?:quý )?(?:bạn đọc|độc giả|quý vị)\b.*|(?:Quý )?(?:Độc giả|Bạn đọc) (?:có thể|quan tâm|vui lòng|gửi|hãy)\b.*|"
    r"Tặng sao.{0,30}|Thông tin (?:trong )?bài(?: viết)? (?:này )?chỉ (?:có tính|mang tính).*|[-\s]*Quảng cáo[-\s]*)",
    re.IGNORECASE,
)
_KEYWORDS: Final = re.compile(r"(?:Từ khóa|Tags?|Thẻ|Keywords?)\s*:\s*\S.*", re.IGNORECASE)
# Lines that only a page's end has: the publisher's address and licence.
_IMPRINT: Final = re.compile(
    r"Bản quyền (?:thuộc|©)|©|Copyright|Giấy phép (?:số|thiết lập|hoạt động)|Chịu trách nhiệm (?:chính|nội dung|xuất bản)|"
    r"Ghi rõ nguồn|Tổng biên tập\s*:|Trưởng ban biên tập|Địa chỉ\s*:.*Điện thoại|(?:Điện thoại|Hotline|Đường dây nóng|Email|Fax)\s*:",
    re.IGNORECASE,
)
# What follows such a line is no longer the article, unless long text does.
_END: Final = re.compile(
    rf"(?:{_OTHERS}|Ý kiến (?:bạn đọc|của bạn|phản hồi)\s*:?|"
    r"Bình luận\b.{0,20}|Xem tin theo ngày.*|Đánh giá bài viết.*|Tổng số điểm của bài viết.*|Có thể bạn quan tâm.*)",
    re.IGNORECASE,
)


def is_frame(element: HtmlElement) -> bool:
    """Tell whether the element, with all below it, is furniture by its tag, its role or its name."""
    if element.tag in _FRAME_TAGS or element.get("role") in _FRAME_ROLES:
        return True
    if element.tag in _NEVER_FRAME:
        return False
    names = _names(element)
    return bool(names) and _is_frame_name(names)


def is_frame_or_meta(element: HtmlElement) -> bool:
    """Tell the same, or that the element says something of the article: its date, author, files."""
    if is_frame(element):
        return True
    names = _names(element)
    return bool(names) and _is_meta_name(names)


def _names(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}".strip()


@lru_cache(_NAMES_KEPT)
def _is_frame_name(names: str) -> bool:
    if not _FRAME_CLASSES.isdisjoint(names.lower().split()):
        return True
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", names).lower()
    return bool(_FRAME_WORDS.search(spaced) or _FRAME_NAMES.search(re.sub(r"[^a-z0-9\s]", "", spaced)))


@lru_cache(_NAMES_KEPT)
def _is_meta_name(names: str) -> bool:
    return bool(_META_NAMES.search(re.sub(r"[^a-z0-9\s]", "", names.lower())))


def is_frame_line(text: str) -> bool:
    """Tell whether the line is a label, a button or a counter of the template."""
    return len(text) <= 200 and any(pattern.fullmatch(text) for pattern in (_LINE, _KEYWORDS, _NOTICE))


def is_imprint(text: str) -> bool:
    """Tell whether the line names publisher, licence or address, as a page's foot does."""
    return count_words(text) <= 80 and bool(_IMPRINT.search(text))


def ends_article(text: str) -> bool:
    """Tell whether the line heads what follows an article: related news, comments, keywords."""
    return len(text) <= 160 and bool(_END.fullmatch(text))
