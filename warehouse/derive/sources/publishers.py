"""Well-known agencies, papers and broadcasters: under which names, marks and hosts they are credited.

Belongs here: the table, and looking a name or a host up. A name that may mean something else is left out: `Chính phủ`
is an office without `Báo` or `Cổng`, and `Pháp luật` may be one of several papers. The hosts are those of 2024 and
earlier ones; a new host is a line here.
Does not belong here: the form of names (`warehouse.derive.sources.names`), and the portals of this corpus, which their
own definitions name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from warehouse.derive.sources.names import CHARACTERS_MAX, Kind, Name, read_name

_SEPARATOR: Final = re.compile(r"[/()]")
_PARTS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Publisher:
    """An agency, a paper or a broadcaster.

    Attributes:
        key: its key, under which names of it compare equal; no other name has it.
        name: its name for reading.
        names: other names in a credit, with or without `Báo`; one that begins with a kind is meant with it alone.
        marks: names that mean it anywhere, such as in a dateline: abbreviations, and spellings that are no words.
        hosts: its sites, with their subdomains.
        belongs_to: the key of the agency whose paper it is; empty if it is its own.
    """

    key: str
    name: str
    names: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    belongs_to: str = ""


PUBLISHERS: Final = (
    Publisher(
        "ttxvn",
        "Thông tấn xã Việt Nam",
        ("Hãng Thông tấn xã Việt Nam", "Thông tấn xã VN", "TTX Việt Nam", "Vietnam News Agency", "Báo VietnamPlus"),
        ("TTXVN", "VNA", "Vietnam+", "VietnamPlus"),
        ("vnanet.vn", "vietnamplus.vn"),
    ),
    Publisher("baotintuc", "Báo Tin tức", ("Báo Tin tức",), hosts=("baotintuc.vn",), belongs_to="ttxvn"),
    Publisher("nhandan", "Báo Nhân Dân", ("Nhân Dân", "Báo Nhân dân"), ("NDO",), ("nhandan.vn", "nhandan.com.vn")),
    Publisher(
        "vov",
        "Đài Tiếng nói Việt Nam",
        ("Báo điện tử VOV", "Đài TNVN", "VOV Giao thông", "VOV1", "VOV2"),
        ("VOV", "VOV.VN", "VOV2", "VOV1"),
        ("vov.vn", "vovworld.vn", "vovgiaothong.vn"),
    ),
    Publisher("vtv", "Đài Truyền hình Việt Nam", ("Đài THVN", "VTV News", "VTV1"), ("VTV", "VTV.vn"), ("vtv.vn",)),
    Publisher("vtc", "Báo điện tử VTC News", ("Đài Truyền hình VTC",), ("VTC", "VTC News"), ("vtcnews.vn", "vtc.vn")),
    Publisher(
        "baochinhphu",
        "Báo điện tử Chính phủ",
        ("Báo Chính phủ", "Cổng thông tin điện tử Chính phủ", "Cổng TTĐT Chính phủ nước CHXHCN Việt Nam", "VGP News"),
        ("VGP", "Chinhphu.vn", "Baochinhphu.vn"),
        ("chinhphu.vn", "baochinhphu.vn"),
    ),
    Publisher(
        "baodangcongsan",
        "Báo điện tử Đảng Cộng sản Việt Nam",
        ("Báo Đảng Cộng sản Việt Nam", "Báo Đảng Cộng sản", "Báo điện tử ĐCSVN"),
        ("ĐCSVN",),
        ("dangcongsan.vn",),
    ),
    Publisher("tapchicongsan", "Tạp chí Cộng sản", ("Tạp chí Cộng sản",), hosts=("tapchicongsan.org.vn",)),
    # Papers of Hanoi.
    Publisher(
        "hanoimoi",
        "Báo Hà Nội Mới",
        ("Hà Nội Mới",),
        ("HNM", "HNMO", "Hànộimới"),
        ("hanoimoi.vn", "hanoimoi.com.vn"),
    ),
    Publisher(
        "kinhtedothi",
        "Báo Kinh tế & Đô thị",
        ("Kinh tế & Đô thị", "Kinh tế Đô thị"),
        ("KTĐT", "Kinhtedothi"),
        ("kinhtedothi.vn", "ktdt.vn"),
    ),
    Publisher(
        "anninhthudo",
        "Báo An ninh Thủ đô",
        ("An ninh Thủ đô",),
        ("ANTĐ", "ANTD"),
        ("anninhthudo.vn", "antd.vn"),
    ),
    Publisher("laodongthudo", "Báo Lao động Thủ đô", ("Lao động Thủ đô",), ("LĐTĐ",), ("laodongthudo.vn",)),
    Publisher(
        "tuoitrethudo",
        "Báo Tuổi trẻ Thủ đô",
        ("Tuổi trẻ Thủ đô",),
        ("TTTĐ",),
        ("tuoitrethudo.vn", "tuoitrethudo.com.vn"),
    ),
    Publisher("phunuthudo", "Báo Phụ nữ Thủ đô", ("Phụ nữ Thủ đô",), ("PNTĐ",), ("baophunuthudo.vn",)),
    Publisher(
        "phapluatxahoi",
        "Báo Pháp luật và Xã hội",
        ("Pháp luật và Xã hội", "Pháp luật & Xã hội", "Pháp luật Xã hội"),
        ("PL&XH",),
        ("phapluatxahoi.vn", "phapluatxahoi.kinhtedothi.vn"),
    ),
    Publisher(
        "hanoitv",
        "Đài Phát thanh và Truyền hình Hà Nội",
        ("Đài PT-TH Hà Nội", "Đài Phát thanh Truyền hình Hà Nội", "Đài Hà Nội", "Đài PTTH Hà Nội"),
        ("HanoiTV",),
        ("hanoitv.vn", "hanoionline.vn"),
    ),
    # Papers of the country.
    Publisher("vnexpress", "Báo điện tử VnExpress", (), ("VnExpress",), ("vnexpress.net",)),
    Publisher("tuoitre", "Báo Tuổi Trẻ", ("Tuổi Trẻ", "Tuổi trẻ TP.HCM"), ("TTO",), ("tuoitre.vn",)),
    Publisher("thanhnien", "Báo Thanh Niên", ("Thanh Niên",), ("TNO",), ("thanhnien.vn", "thanhnien.com.vn")),
    Publisher("dantri", "Báo Dân trí", ("Dân trí",), (), ("dantri.com.vn",)),
    Publisher("tienphong", "Báo Tiền Phong", ("Tiền Phong",), ("TPO",), ("tienphong.vn",)),
    Publisher("laodong", "Báo Lao Động", ("Lao Động",), ("LĐO",), ("laodong.vn", "laodong.com.vn")),
    Publisher("nguoilaodong", "Báo Người Lao Động", ("Người Lao Động",), ("NLĐ", "NLĐO"), ("nld.com.vn",)),
    Publisher("quandoinhandan", "Báo Quân đội nhân dân", ("Quân đội nhân dân",), ("QĐND", "QĐNDO"), ("qdnd.vn",)),
    Publisher("congannhandan", "Báo Công an nhân dân", ("Công an nhân dân",), ("CAND",), ("cand.com.vn",)),
    Publisher("phapluatvietnam", "Báo Pháp luật Việt Nam", ("Pháp luật Việt Nam",), ("PLVN",), ("baophapluat.vn",)),
    Publisher(
        "phapluattphcm",
        "Báo Pháp luật TP.HCM",
        ("Pháp luật TP.HCM", "Pháp luật TPHCM", "Pháp luật TP Hồ Chí Minh"),
        ("PLO",),
        ("plo.vn",),
    ),
    Publisher("daidoanket", "Báo Đại Đoàn Kết", ("Đại Đoàn Kết",), (), ("daidoanket.vn",)),
    Publisher("daibieunhandan", "Báo Đại biểu Nhân dân", ("Đại biểu Nhân dân",), ("ĐBND",), ("daibieunhandan.vn",)),
    Publisher(
        "saigongiaiphong",
        "Báo Sài Gòn Giải Phóng",
        ("Sài Gòn Giải Phóng",),
        ("SGGP", "SGGPO"),
        ("sggp.org.vn",),
    ),
    Publisher("vietnamnet", "Báo VietNamNet", (), ("VietNamNet",), ("vietnamnet.vn",)),
    Publisher("vneconomy", "Tạp chí VnEconomy", (), ("VnEconomy",), ("vneconomy.vn",)),
    Publisher("znews", "Tạp chí Znews", ("Zing News", "Zing"), ("Znews",), ("znews.vn", "zingnews.vn")),
    Publisher("danviet", "Báo Dân Việt", ("Dân Việt",), (), ("danviet.vn",)),
    Publisher("baoxaydung", "Báo Xây dựng", ("Báo Xây dựng",), (), ("baoxaydung.vn", "baoxaydung.com.vn")),
    Publisher("baogiaothong", "Báo Giao thông", ("Báo Giao thông",), (), ("baogiaothong.vn",)),
    Publisher("baocongthuong", "Báo Công Thương", ("Báo Công Thương",), (), ("congthuong.vn",)),
    Publisher("baodautu", "Báo Đầu tư", ("Báo Đầu tư",), (), ("baodautu.vn",)),
    Publisher("baovanhoa", "Báo Văn hóa", ("Báo Văn hóa",), (), ("baovanhoa.vn",)),
    Publisher(
        "thoibaotaichinh",
        "Thời báo Tài chính Việt Nam",
        ("Thời báo Tài chính",),
        (),
        ("thoibaotaichinhvietnam.vn",),
    ),
    Publisher("nongnghiepvietnam", "Báo Nông nghiệp Việt Nam", ("Nông nghiệp Việt Nam",), (), ("nongnghiep.vn",)),
    Publisher("giaoducthoidai", "Báo Giáo dục và Thời đại", ("Giáo dục và Thời đại",), (), ("giaoducthoidai.vn",)),
    Publisher("suckhoedoisong", "Báo Sức khỏe và Đời sống", ("Sức khỏe và Đời sống",), (), ("suckhoedoisong.vn",)),
    Publisher("phunuvietnam", "Báo Phụ nữ Việt Nam", ("Phụ nữ Việt Nam",), ("PNVN",), ("phunuvietnam.vn",)),
)

BY_KEY: Final[Mapping[str, Publisher]] = {publisher.key: publisher for publisher in PUBLISHERS}


def _credited() -> Iterator[tuple[tuple[Kind, str], str]]:
    for publisher in PUBLISHERS:
        for written in (publisher.name, *publisher.names, *publisher.marks):
            name = read_name(written)
            if name.bare:
                yield (name.kind, name.bare), publisher.key
            # `Báo` may stand before a name that is known without it, but its kind is never left away.
            if name.bare and not name.kind:
                yield ("bao", name.bare), publisher.key


def _marks() -> Iterator[tuple[str, str]]:
    for publisher in PUBLISHERS:
        for written in publisher.marks:
            yield read_name(written).bare, publisher.key


_CREDITED: Final[Mapping[tuple[Kind, str], str]] = dict(_credited())
_MARKS: Final[Mapping[str, str]] = {bare: key for bare, key in _marks() if bare}
_HOSTS: Final[Mapping[str, str]] = {host: publisher.key for publisher in PUBLISHERS for host in publisher.hosts}


def publisher_named(written: str, *, is_credit: bool) -> Publisher | None:
    """Return the publisher that a name means, or names between slashes or in brackets; None if unknown.

    In `PV/TTXVN` it is the agency. Several names mean one publisher if one alone is known, or if the others are
    agencies whose paper it is (`TTXVN/Báo Tin tức`). Elsewhere than in a credit (`is_credit`) a name counts only if it
    says that it is a paper, or is a host or a mark: `Lao Động` and `Thanh Niên` are words too.
    """
    if found := _one_publisher(read_name(written), is_credit=is_credit):
        return found
    if "//" in written or len(written) > CHARACTERS_MAX:
        return None
    parts = [part for part in _SEPARATOR.split(written, _PARTS_MAX) if part.strip()]
    found_in = [(part, _one_publisher(read_name(part), is_credit=is_credit)) for part in parts[:_PARTS_MAX]]
    if not is_credit and any(found is None and not _may_be_author(part) for part, found in found_in):
        return None
    publishers = [found for _, found in found_in if found]
    owners = {publisher.belongs_to for publisher in publishers}
    named = {publisher.key: publisher for publisher in publishers if publisher.key not in owners}
    return next(iter(named.values())) if len(named) == 1 else None


def publisher_at(host: str) -> Publisher | None:
    """Return the publisher whose site, or a part of it, is at the host; None if unknown."""
    labels = host.split(".")
    hosts = (".".join(labels[start:]) for start in range(len(labels) - 1))
    return next((BY_KEY[_HOSTS[each]] for each in hosts if each in _HOSTS), None)


def _may_be_author(text: str) -> bool:
    """Tell whether every word begins like that of a name: else a sentence has an abbreviation in brackets."""
    return all(word[0].isupper() or not word[0].isalpha() for word in read_name(text).text.split())


def _one_publisher(name: Name, *, is_credit: bool) -> Publisher | None:
    key = _CREDITED.get((name.kind, name.bare)) if is_credit or name.kind else _MARKS.get(name.bare)
    if key:
        return BY_KEY[key]
    return publisher_at(name.host) if name.host and (is_credit or not name.bare) else None
