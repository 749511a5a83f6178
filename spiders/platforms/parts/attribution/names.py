"""Names in author lines and credits: persons, offices, publishers, and accounts of a CMS.

Belongs here: what a name looks like. Does not belong here: lines with labels and several names
(`spiders.platforms.parts.attribution.bylines`, `spiders.platforms.parts.attribution.credits`).
"""

from __future__ import annotations

import re
from typing import Final

from warehouse.text.normal import normal_form, unaccented

_WORDS: Final = range(2, 15)
_WORDS_PER_NAME_MAX: Final = 7

_SEPARATOR: Final = re.compile(r"\s*[-–—,&;/]\s*|\s+(?:và|and|with|cùng)\s+")
_AND_OTHERS: Final = re.compile(
    r"\s*(?:,|và|and)\s+(?:\d{1,2}\s+(?:tác giả|người|others?|cộng sự)(?:\s+khác)?|(?:các )?cộng sự|"
    r"nhóm (?:PV|phóng viên|tác giả)|CTV|PV)\s*$",
    re.IGNORECASE,
)
_NAME_WORD: Final = re.compile(r"(?:[^\W\d_]['’.]?)+")
_PARTICLES: Final = frozenset(
    ("de", "der", "den", "di", "da", "dos", "du", "van", "von", "bin", "al", "el", "la", "le")
)
_INITIALS: Final = re.compile(
    r"(?!TP\b|Tp\b|Q\.\s?\d)(?:[A-ZĐ]{1,2}(?:\.\s?[A-ZĐ][^\W\d_]{0,6}){1,4}|[A-ZĐ](?:\.[A-ZĐ]){1,4}\.?)"
)
_OFFICE: Final = re.compile(
    r"(?:Trung tâm|Phòng|Ban|Văn phòng|Sở|UBND|Ủy ban|HĐND|Hội|Đoàn|Công an|Đài|Báo|Tạp chí|Cổng|Tổ|Mặt trận|MTTQ|"
    r"Ủy ban MTTQ|Liên đoàn|Chi cục|Cục|Bộ|Thanh tra|Trạm|Trường|BBT|"
    r"Chi (?:hội|bộ|đoàn)|Câu lạc bộ|Hợp tác xã|Viện|Bệnh viện|Hạt|Đội|Đảng ủy|Huyện ủy|Quận ủy|Thành ủy|Nhóm)\b"
)
_DESK: Final = re.compile(
    r"(?:Ban biên tập|BBT|(?:Bộ phận )?biên tập(?: viên)?|BTV|Tòa soạn|Ban quản trị|Phóng viên|PV|P\.V|CTV|"
    r"Cộng tác viên|Nhóm (?:PV|phóng viên)|(?:the )?editors?|editorial(?: team| staff)?|staff(?: writers?| reports?)?)",
    re.IGNORECASE,
)
# What a person does, without a name.
_ROLE: Final = re.compile(
    r"(?:(?:senior|business|political|sports?|chief|special|guest|contributing|our|the) ){0,3}(?:staff )?"
    r"(?:writer|columnist|contributor|reporter|correspondent|editor|author)s?|tác giả|nhà báo",
    re.IGNORECASE,
)
_ACCOUNT: Final = re.compile(
    r"(?:admin(?:istrator)?|quan ?tri(?: vien)?|test|super|user|guest|editor|webmaster|root|toa ?soan|"
    r"(?:ban )?bien ?tap(?: vien)?|moderator|demo|anonymous|unknown)\s*\d*(?:\s|$)",
    re.IGNORECASE,
)
_ACCOUNT_WORDS: Final = re.compile(r"\bquản trị(?: viên)?\b", re.IGNORECASE)
_SLUG: Final = re.compile(r"[a-z0-9._-]+|(?:[A-Z][a-z0-9]+){3,}|\S*\d\S*", re.ASCII)
_CONTACT: Final = re.compile(r"https?:\S|www\.\S|@\S")

_HOST: Final = re.compile(
    r"(?:https?://)?(?:[a-z0-9-]+\.)+(?:vn|com|net|org|info|gov|edu|tv|io|co|asia|example|test)/?", re.IGNORECASE
)
_PUBLISHER_KIND: Final = re.compile(
    r"(?:Báo|Tạp chí|Thông tấn xã|Hãng(?: tin| thông tấn)?|Nhật báo|Tuần báo|Trang tin|Trang thông tin)\s+\S",
    re.IGNORECASE,
)
# Papers, broadcasters and agencies whose names look like a person's or are marks of one word; without accents.
_PUBLISHERS: Final = frozenset((
    "24h", "afp", "an ninh thu do", "ap", "associated press", "bao tin tuc", "bbc", "bloomberg", "cafebiz", "cafef",
    "cand", "chinh phu", "cnbc", "cnn", "cong an nhan dan", "cong ly", "cong thuong", "dai bieu nhan dan",
    "dai doan ket", "dan sinh", "dan tri", "dan viet", "dang cong san", "dau tu", "dien dan doanh nghiep",
    "doi song phap luat", "getty images", "giao duc thoi dai", "giao duc thu do", "giao duc viet nam", "giao thong",
    "ha noi moi", "hai quan", "kenh 14", "kenh14", "khoa hoc doi song", "kinh te do thi", "kinh te sai gon",
    "kinh te va do thi", "lao dong", "lao dong thu do", "nghe nhin viet nam", "nguoi dua tin", "nguoi lao dong",
    "nhan dan", "nhip song kinh doanh", "nhip song kinh te", "nhip song thi truong", "nong nghiep viet nam",
    "nong thon ngay nay", "phap luat tp hcm", "phap luat viet nam", "phap luat xa hoi", "phu nu thu do",
    "phu nu tp hcm", "phu nu viet nam", "quan doi nhan dan", "reuters", "sai gon giai phong", "soha",
    "suc khoe doi song", "suc khoe va doi song", "tai chinh plus", "tan hoa xa", "thanh nien", "thanh nien viet",
    "the thao van hoa", "thoi bao tai chinh", "tien phong", "tin tuc", "tri thuc tre", "tri thuc truc tuyen", "ttxvn",
    "tuoi tre", "tuoi tre online", "tuoi tre thu do", "tuyen giao", "van hoa", "vietnam+", "vietnamnet", "vietnamplus",
    "vneconomy", "vnexpress", "vov", "vov.vn", "vov1", "vov2", "vtc", "vtc news", "vtv", "vtv.vn", "xay dung", "xinhua",
    "zing", "zing news", "znews",
))  # fmt: skip

# Units of Hanoi and places before a date that begin like a person's name.
_PLACES: Final = frozenset((
    "ba dinh", "bac ninh", "bac tu liem", "cau giay", "chuong my", "dong anh", "dong da", "gia lam", "ha dong",
    "ha noi", "hai ba trung", "hoai duc", "hoan kiem", "hoang mai", "kim lien", "long bien", "me linh", "nam tu liem",
    "phuc tho", "quoc oai", "soc son", "son tay", "tay ho", "thach that", "thanh xuan", "thu do", "ung hoa", "viet nam",
    "vu thu",
))  # fmt: skip
_SECTION_WORDS: Final = frozenset((
    "văn", "hóa", "kinh", "tế", "xã", "hội", "đời", "sống", "thể", "thao", "giáo", "dục", "y", "pháp", "luật",
    "thời", "sự", "chính", "trị", "thế", "giới", "du", "lịch", "công", "nghệ", "sức", "khỏe", "quốc", "phòng", "an",
    "ninh", "đô", "thị", "nông", "thôn", "mới", "tin", "tức", "trong", "nước", "và", "bạn", "đọc", "môi", "trường",
    "xây", "dựng", "đảng",
))  # fmt: skip
_SITE_KIND: Final = re.compile(
    r"(?:Cổng|Trang)(?:\s+thông tin(?:\s+giao tiếp)?)?\s+(?:điện tử|TTĐT|TTGTĐT)|(?:Cổng|Trang)\s+thông tin|"
    r"(?:Cổng|Trang)\s+TTĐT|Trang chủ|Trang tin\b|Website\b|Copyright",
    re.IGNORECASE,
)
_SITE_WORDS: Final = re.compile(
    r"\b(?:bao|tap chi|trang|cong|thong tin|dien tu|ttdt|tttdt|ttgtdt|giao tiep|website|online|news|the|www)\b"
)

_SURNAMES: Final = frozenset((
    "an", "âu", "bạch", "bế", "bùi", "cao", "cầm", "chu", "chử", "châu", "cung", "cù", "diệp", "doãn", "dương",
    "đàm", "đào", "đặng", "đậu", "đèo", "điền", "đinh", "đoàn", "đỗ", "đồng", "đổng", "giang", "giáp", "hà", "hàn",
    "hồ", "hoàng", "huỳnh", "hứa", "hữu", "khổng", "khuất", "khúc", "khương", "kiều", "kim", "la", "lã", "lại",
    "lâm", "lê", "liễu", "lều", "lò", "lục", "lư", "lương", "lường", "lưu", "lý", "mã", "mạc", "mai", "mẫn",
    "nghiêm", "ngô", "ngọ", "ngụy", "nguyễn", "nhâm", "nhan", "nhữ", "ninh", "nông", "ong", "ông", "phạm", "phan",
    "phí", "phó", "phù", "phùng", "quách", "quản", "quảng", "sầm", "sử", "tạ", "tăng", "tất", "thạch", "thái",
    "thang", "thân", "thiều", "tiêu", "tiết", "tô", "tôn", "tống", "trà", "trần", "triệu", "trịnh", "trình",
    "trương", "từ", "tưởng", "ung", "ưng", "vàng", "văn", "vi", "viên", "võ", "vũ", "vương", "xa",
))  # fmt: skip
_HONORIFIC: Final = re.compile(
    r"(?:Ông|Bà|Đồng chí|Đ/c|Đại biểu|Cụ|Chị|Mr|Mrs|Ms)\b\.?\s+\S|Anh\s+\S+\s+\S+\s+\S", re.IGNORECASE
)
# Beginnings of headings and closing lines that may be written in capitals like a name.
_NOT_NAMES: Final = re.compile(
    r"(?:hà nội|việt nam|thủ đô|tp\b|thành phố|quận|huyện|phường|xã|tỉnh|quốc hội|chính phủ|tin|bài|liên hệ|thông báo|"
    r"chủ tịch|phó|giám đốc|trưởng|bí thư|kính|trân trọng|xin|nơi nhận|phụ lục|điều|chương|mục|phần|kết luận|hết|"
    r"xem|đọc|chia sẻ|bình luận|video|ảnh|từ khóa|quảng cáo|địa chỉ|hotline|lịch|kế hoạch|hội nghị|"
    r"thứ (?:hai|ba|tư|năm|sáu|bảy)|chủ nhật|ngày|cập nhật|đăng|(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?:\s|,|$)",
    re.IGNORECASE,
)


def is_name(text: str) -> bool:
    """Tell whether the text is a list of personal names: words that all begin with a capital, or initials."""
    text = _without_others(text)
    if _NOT_NAMES.match(normal_form(text)) or _HONORIFIC.match(text):
        return False
    names = [name for name in _SEPARATOR.split(text) if name]
    if names and all(is_initials(name) for name in names):
        return True
    words = [word for name in names for word in name.split()]
    return (
        len(words) in _WORDS
        and max(len(name.split()) for name in names) <= _WORDS_PER_NAME_MAX
        and all(_NAME_WORD.fullmatch(word) and (word[0].isupper() or word in _PARTICLES) for word in words)
    )


def _without_others(text: str) -> str:
    """Return the names without `và cộng sự`, which most texts do not have."""
    small = text.lower()
    return _AND_OTHERS.sub("", text, count=1) if "," in text or "và" in small or "and" in small else text


def is_place_or_section(text: str) -> bool:
    """Tell whether a text that looks like a person's name is a unit of Hanoi or a section.

    Examples are `Hoàng Mai` and `Văn Hóa`.
    """
    words = re.findall(r"\w+", normal_form(text).casefold())
    return unaccented(normal_form(text)) in _PLACES or _SECTION_WORDS.issuperset(words)


def is_site_kind(text: str) -> bool:
    """Tell whether the text names a web site by its kind: `Cổng thông tin điện tử …`."""
    return _SITE_KIND.match(normal_form(text)) is not None


def site_keys(name: str) -> frozenset[str]:
    """Return the keys under which two names of one site compare equal.

    They are the name as written, and the name without words such as `Báo`.
    """
    plain = unaccented(normal_form(name))
    keys = (re.sub(r"[^a-z0-9]", "", text) for text in (plain, _SITE_WORDS.sub(" ", plain)))
    return frozenset(key for key in keys if key)


def is_initials(name: str) -> bool:
    """Tell whether the name is abbreviated: `N.V.A`, `Q.Huy`."""
    return _INITIALS.fullmatch(name) is not None


def is_person(text: str) -> bool:
    """Tell whether the text is surely a person's name: it begins with a Vietnamese surname or is initials."""
    if not is_name(text) or is_publisher(text):
        return False
    first = normal_form(text).split()[0].casefold()
    return is_initials(text) or first in _SURNAMES


def is_office(text: str) -> bool:
    """Tell whether the text begins like the name of an office or an organisation."""
    return _OFFICE.match(normal_form(text)) is not None


def is_desk(text: str) -> bool:
    """Tell whether the text names those who edit and not one of them: `Ban biên tập`, `PV`."""
    return _DESK.fullmatch(normal_form(text)) is not None


def is_publisher(text: str) -> bool:
    """Tell whether the text is the name of a paper, a broadcaster or an agency, or a host name."""
    if "/" in text and "//" not in text:
        return all(is_publisher(part.strip()) for part in text.split("/"))
    if is_host(text) or _PUBLISHER_KIND.match(text):
        return True
    key = unaccented(normal_form(text)).replace("&", " ").replace(" - ", " ").removeprefix("bao ")
    return " ".join(key.split()).strip(" .") in _PUBLISHERS


def is_host(text: str) -> bool:
    """Tell whether the text is only the address of a site: `hanoi.gov.vn`."""
    return _HOST.fullmatch(text) is not None


def is_account(text: str) -> bool:
    """Tell whether the text names an account of the CMS or a role, an address or a slug, and so no author."""
    if _ACCOUNT.match(text) or _ACCOUNT_WORDS.search(normal_form(text)) or _ROLE.fullmatch(text):
        return True
    named = _without_others(text)
    numbered = named.rstrip("0123456789 ")
    is_numbered_desk = numbered != named and is_desk(numbered)
    return is_numbered_desk or _SLUG.fullmatch(named) is not None or _CONTACT.search(named) is not None
