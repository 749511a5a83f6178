"""Names of sources: spellings of one name have one key, and names of two publishers never have the same."""

from __future__ import annotations

import unicodedata

import pytest

from warehouse.derive.sources.credits import source_key
from warehouse.derive.sources.names import read_name
from warehouse.derive.sources.publishers import BY_KEY, PUBLISHERS, publisher_at, publisher_named

SPELLINGS = {
    "hanoimoi": (
        "Hà Nội Mới",
        "Hà Nội mới",
        "Báo Hànộimới",
        "Hànộimới điện tử",
        "Theo Báo Hà Nội Mới",
        "Nguồn: hanoimoi.vn",
        "www.hanoimoi.com.vn",
        "https://hanoimoi.vn/",
        "HÀ NỘI MỚI",
        "Bao Ha Noi Moi",
        "(HNMO)",
        "Báo Hà Nội Mới (HNM)",
        "Báo Hà Nội Mới (hanoimoi.vn)",
        "“Hà Nội Mới”",
    ),
    "ttxvn": (
        "TTXVN",
        "(TTXVN)",
        "Theo TTXVN/Vietnam+",
        "TTXVN/VNA",
        "Thông tấn xã Việt Nam",
        "Thông tấn xã Việt Nam (TTXVN)",
        "Vietnamplus",
        "vietnamplus.vn",
        "Nguồn tin: TTXVN",
        "PV/TTXVN",
        "Minh Hà (TTXVN)",
    ),
    "baotintuc": ("Báo Tin tức", "TTXVN/Báo Tin tức", "baotintuc.vn"),
    "nhandan": ("Nhân Dân", "Báo Nhân dân điện tử", "Báo Nhân Dân điện tử (nhandan.vn", "special.nhandan.vn"),
    "vov": ("VOV", "VOV.VN", "Đài Tiếng nói Việt Nam", "Báo điện tử VOV", "Nguồn: VOV2"),
    "vtv": ("VTV", "VTV.vn", "vtv.vn", "Đài Truyền hình Việt Nam"),
    "baochinhphu": (
        "Báo điện tử Chính phủ",
        "Cổng TTĐT Chính phủ",
        "Cổng thông tin điện tử Chính phủ",
        "Chinhphu.vn",
        "baochinhphu.vn",
        "thanglong.chinhphu.vn",
        "VGP",
    ),
    "kinhtedothi": (
        "Kinh tế & Đô thị",
        "Kinh tế và Đô thị",
        "Kinh tế - Đô thị",
        "Báo Kinh tế đô thị",
        "kinhtedothi.vn",
    ),
    "phapluatxahoi": ("Pháp luật và Xã hội", "Pháp luật & Xã hội", "phapluatxahoi.kinhtedothi.vn"),
    "laodong": ("Lao Động", "Báo Lao động", "laodong.vn"),
    "laodongthudo": ("Lao động Thủ đô", "Báo Lao Động Thủ Đô", "laodongthudo.vn"),
    "tuoitre": ("Tuổi Trẻ", "Tuổi Trẻ Online", "tuoitre.vn"),
    "tuoitrethudo": ("Tuổi trẻ Thủ đô", "Báo Tuổi Trẻ Thủ đô"),
    "anninhthudo": ("An ninh Thủ đô", "anninhthudo.vn", "ANTĐ"),
    "quandoinhandan": ("Quân đội nhân dân", "Báo QĐND", "qdnd.vn"),
    "congannhandan": ("Công an nhân dân", "Báo CAND", "cand.com.vn"),
    "daidoanket": ("Đại đoàn kết", "Báo Đại Đoàn Kết"),
    "phapluatvietnam": ("Pháp luật Việt Nam", "Báo Pháp luật Việt Nam"),
    "vnexpress": ("VnExpress", "vnexpress.net"),
}


@pytest.mark.parametrize(("key", "written"), [(key, name) for key, names in SPELLINGS.items() for name in names])
def test_every_spelling_of_a_publisher_has_its_key(key: str, written: str) -> None:
    assert source_key(written) == key
    assert source_key(unicodedata.normalize("NFD", written)) == key


@pytest.mark.parametrize(
    "written",
    [
        "Pháp luật",
        "Báo Pháp luật",
        "Báo Phụ nữ",
        "Chính phủ",
        "Văn hóa",
        "Xây dựng",
        "Đảng Cộng sản Việt Nam",
        "Hà Nội",
        "Thủ đô",
        "Tạp chí Lao Động",
        "Tạp chí Tuổi Trẻ",
        "Báo cáo của Hà Nội Mới",
        "Bảo hiểm xã hội thành phố",
        "Liên đoàn Lao động",
        "Đoàn Thanh niên phường",
        "Ban Thanh niên",
        "Công an phường",
        "Sở Y tế Hà Nội",
        "Nguyễn Thị Lao Động",
        "Hoài Thanh Niên",
        "Trang Nhân Dân",
        "VOVAN",
        "TTXVN/Hà Nội Mới",
        "hanoimoi.vn.example.com",
        "nothanoimoi.vn",
    ],
)
def test_a_name_that_may_mean_something_else_means_no_publisher(written: str) -> None:
    assert publisher_named(written, is_credit=True) is None
    assert source_key(written) not in BY_KEY


@pytest.mark.parametrize(
    "written", ["Internet", "Sưu tầm", "(st)", "Tổng hợp", "T/h", "Nguồn: Facebook", "Báo", "", "…"]
)
def test_words_that_name_no_source_have_no_key(written: str) -> None:
    assert source_key(written) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cổng TTĐT thành phố Hà Nội", "Cổng Thông tin điện tử TP Hà Nội"),
        ("Cổng thông tin điện tử quận Tây Hồ", "Trang TTĐT quận Tây Hồ"),
        ("Cổng thông tin điện tử quận Tây Hồ", "Website quận Tây Hồ"),
        ("UBND quận Tây Hồ", "Uỷ ban nhân dân Quận Tây Hồ"),
        ("Sở Thông tin và Truyền thông Hà Nội", "Sở TTTT Hà Nội"),
        ("Báo Thủ đô thử nghiệm", "Báo điện tử Thủ đô thử nghiệm"),
    ],
)
def test_spellings_of_other_names_have_one_key_too(one: str, other: str) -> None:
    assert source_key(one) == source_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cổng thông tin điện tử quận Tây Hồ", "UBND quận Tây Hồ"),
        ("Cổng thông tin điện tử quận Tây Hồ", "quận Tây Hồ"),
        ("Cổng thông tin điện tử quận Tây Hồ", "Cổng thông tin điện tử phường Tây Hồ"),
        ("Báo Thủ đô thử nghiệm", "Tạp chí Thủ đô thử nghiệm"),
        ("Báo Thủ đô thử nghiệm", "Thủ đô thử nghiệm"),
    ],
)
def test_different_names_have_different_keys(one: str, other: str) -> None:
    assert source_key(one) != source_key(other)


def test_no_name_or_host_is_that_of_two_publishers() -> None:
    for publisher in PUBLISHERS:
        for written in (publisher.name, *publisher.names, *publisher.marks, *publisher.hosts):
            assert source_key(written) == publisher.key, written
        assert publisher.belongs_to == "" or publisher.belongs_to in BY_KEY
    assert len(BY_KEY) == len(PUBLISHERS)


def test_no_unknown_name_has_the_key_of_a_publisher() -> None:
    # A key of an unknown name that says no kind is its words. Read so, a publisher's key must be a name of it.
    for key, publisher in BY_KEY.items():
        name = f"Báo {key.removeprefix('bao')}" if key.startswith("bao") else key
        name = f"Tạp chí {key.removeprefix('tapchi')}" if key.startswith("tapchi") else name
        assert "-" not in key
        assert publisher_named(name, is_credit=True) is publisher


@pytest.mark.parametrize(
    "written", ["Lao Động", "Thanh Niên", "Tuổi Trẻ", "Nhân Dân", "Tiền Phong", "Công an nhân dân"]
)
def test_words_mean_a_paper_only_in_a_credit_or_as_a_paper(written: str) -> None:
    assert publisher_named(written, is_credit=False) is None
    assert publisher_named(f"Báo {written}", is_credit=False) is publisher_named(written, is_credit=True) is not None


def test_hosts_are_those_of_a_publisher_and_below() -> None:
    assert publisher_at("hanoimoi.vn") is publisher_at("media.hanoimoi.vn") is BY_KEY["hanoimoi"]
    assert publisher_at("phapluatxahoi.kinhtedothi.vn") is BY_KEY["phapluatxahoi"]
    assert publisher_at("vn") is publisher_at("") is publisher_at("tayho.hanoi.gov.vn") is None


def test_a_host_beside_a_name_is_read() -> None:
    read = read_name("Theo Trang tin Làng nghề (WWW.langnghe.example)")
    assert (read.text, read.host) == ("Trang tin Làng nghề", "langnghe.example")
    assert read_name("m.langnghe.example").host == "langnghe.example"


@pytest.mark.parametrize("hostile", ["(" * 200_000, "Báo " * 100_000, "a." * 100_000, "/" * 100_000, "Theo " * 50_000])
def test_a_hostile_name_is_read_to_its_limit(hostile: str) -> None:
    assert len(read_name(hostile).text) <= 200
    assert publisher_named(hostile, is_credit=True) is None
    assert len(source_key(hostile) or "") <= 400
