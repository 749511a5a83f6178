"""Text in legacy encodings: certain cases are converted exactly, and no other text is changed."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest

from tests.warehouse.text.encoders import ENCODERS, read_as, to_tcvn3, to_utf8_twice, to_vni
from tests.warehouse.text.foreign import FOREIGN
from warehouse.text.legacy import _TCVN3, _VISCII, Conversion, looks_suspicious, recognise

TEXT = (
    "Sáng 14/10, Ủy ban nhân dân xã tổ chức hội nghị giao ban công tác tháng. Đồng chí Chủ tịch yêu cầu các đơn vị đẩy "
    "nhanh tiến độ giải phóng mặt bằng, hoàn thành dự toán thu ngân sách; kiểm tra việc thực hiện kỷ cương hành chính, "
    "xử lý nghiêm những trường hợp vi phạm đất đai, trật tự xây dựng ở các thôn ven sông Đáy."
)
MIXED = unicodedata.normalize("NFC", TEXT[:150]) + unicodedata.normalize("NFD", TEXT[150:])
SYMBOLS = (
    "«Hội sách» © 2025 · Sở Văn hóa và Thể thao ® · giá 5.000 đ/m² · ±2 % · 30 °C · ½ ngày · «Tin mới» · «Ảnh» · §4 "
    "bài hát «Müller» của nhóm Å ¹ ² ³ · «Giải nhất» · «Giải nhì» · «Giải ba» · «Khuyến khích» · ảnh ¼ trang"
)

# Words from documents of the time with their meaning, independent of the conversion tables.
WORDS = {
    "tcvn3": (
        "Céng hoµ x· héi chñ nghÜa ViÖt Nam, §éc lËp - Tù do - H¹nh phóc; uû ban nh©n d©n, ®­êng phè, cña, nh÷ng",
        "Cộng hoà xã hội chủ nghĩa Việt Nam, Độc lập - Tự do - Hạnh phúc; uỷ ban nhân dân, đường phố, của, những",
    ),
    "vni": (
        "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam, Ñoäc laäp - Töï do - Haïnh phuùc; UÛY BAN NHAÂN DAÂN, ñöôøng phoá",
        "Cộng hòa xã hội chủ nghĩa Việt Nam, Độc lập - Tự do - Hạnh phúc; ỦY BAN NHÂN DÂN, đường phố",
    ),
    "utf8_twice": (
        "Cá»™ng hÃ²a xÃ£ há»™i chá»§ nghÄ©a Viá»‡t Nam, Ä\u0090á»™c láº\u00adp - Tá»± do, ngÃ\u00a0y 2, Ä‘Æ°á»\u009dng",
        "Cộng hòa xã hội chủ nghĩa Việt Nam, Độc lập - Tự do, ngày 2, đường",
    ),
}


@pytest.mark.parametrize("encoding", WORDS)
def test_words_of_real_documents(encoding: str) -> None:
    written, meant = WORDS[encoding]
    conversion, is_suspect = recognise([written])
    assert conversion is not None
    assert (conversion.encoding, is_suspect) == (encoding, False)
    assert conversion.convert(written) == meant


@pytest.mark.parametrize("charset", ["cp1252", "cp1258"])
@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_text_survives_a_round_trip(encoding: str, charset: str) -> None:
    encoder = ENCODERS[encoding]
    written = to_utf8_twice(TEXT, charset) if encoding == "utf8_twice" else encoder(TEXT)
    if encoding in ("tcvn3", "vni"):
        written = read_as(charset, written)
    assert looks_suspicious(written)
    conversion, _ = recognise([written])
    assert conversion is not None
    assert conversion.encoding == encoding
    # The one capital with a tone that TCVN3 lacks.
    assert conversion.convert(written) == (TEXT.replace("Ủy", "ủy") if encoding == "tcvn3" else TEXT)


def test_capitals_that_tcvn3_lacks_are_restored_between_capitals() -> None:
    conversion = Conversion("tcvn3", "cp1252")
    assert conversion.convert(to_tcvn3("ỦY BAN NHÂN DÂN XÃ ĐỒNG TÂM")) == "ỦY BAN NHÂN DÂN XÃ ĐỒNG TÂM"
    assert conversion.convert(to_tcvn3("HĐND THÀNH PHỐ họp")) == "HĐND THÀNH PHỐ họp"
    assert conversion.convert(to_tcvn3("Ủy ban xã")) == "ủy ban xã"


@pytest.mark.parametrize("text", [TEXT, unicodedata.normalize("NFD", TEXT), MIXED, TEXT.upper(), SYMBOLS, SYMBOLS * 3])
def test_correct_vietnamese_is_unchanged(text: str) -> None:
    assert recognise([text] * 3, is_font_named=True) == (None, False)


@pytest.mark.parametrize("language", FOREIGN)
def test_other_languages_are_unchanged(language: str) -> None:
    text = FOREIGN[language]
    for form in (text, unicodedata.normalize("NFD", text), text.upper(), to_utf8_twice(text)):
        assert recognise([form] * 3, is_font_named=True) == (None, False)
        assert recognise([form, TEXT]) == (None, False)


def test_a_legacy_text_is_found_among_others() -> None:
    conversion, _ = recognise([TEXT, "Trang chủ", FOREIGN["French"][:60], to_vni(TEXT), "Tin tức"])
    assert conversion == Conversion("vni", "cp1252")


def test_few_words_are_enough_only_if_the_font_is_named() -> None:
    few = [to_tcvn3("Hội nghị giao ban công tác tháng")]
    assert recognise(few)[0] is None
    assert recognise(few, is_font_named=True)[0] == Conversion("tcvn3", "cp1252")


@pytest.mark.parametrize(
    "broken",
    [
        "".join(letter if letter.isascii() or index % 3 else "\ufffd" for index, letter in enumerate(TEXT * 2)),
        to_tcvn3(TEXT)[:200] + FOREIGN["German"][:60],
    ],
)
def test_broken_text_without_proof_is_flagged_and_unchanged(broken: str) -> None:
    assert looks_suspicious(broken)
    assert recognise([broken]) == (None, True)


def test_lost_letters_are_flagged() -> None:
    broken = to_utf8_twice(TEXT).replace("\u0090", "\ufffd").replace("\u009d", "\ufffd").replace("á»", "\ufffd")
    conversion, is_suspect = recognise([broken])
    assert conversion == Conversion("utf8_twice", "cp1252")
    assert is_suspect
    assert (conversion.convert(broken) or "").startswith("Sáng 14/10, \ufffd¦y ban nhân dân xã")


def test_viscii_with_quotes_that_may_be_capitals_is_ambiguous() -> None:
    assert recognise([ENCODERS["viscii"](TEXT) + " “Tin”"]) == (None, True)


def test_a_text_that_is_better_without_conversion_is_unchanged() -> None:
    conversion = Conversion("tcvn3", "cp1252")
    assert conversion.mend("Trang chủ", or_else=True) is None
    assert conversion.mend("Thông báo", or_else=True) is None
    assert conversion.mend(to_tcvn3("Hà Nội"), or_else=False) == "Hà Nội"
    assert conversion.mend("bé", or_else=True) == "bộ"
    assert conversion.mend("bé", or_else=False) is None


@pytest.mark.parametrize(("name", "table"), [("TCVN5712-1", _TCVN3), ("VISCII", _VISCII)])
@pytest.mark.process
def test_the_tables_are_those_of_the_c_library(name: str, table: dict[int, str]) -> None:
    iconv = shutil.which("iconv")
    if iconv is None or name not in subprocess.run([iconv, "-l"], capture_output=True, text=True, check=True).stdout:
        pytest.skip("needs iconv with the charset, to compare with")
    for byte, letter in table.items():
        command = [iconv, "-f", name, "-t", "UTF-8"]
        done = subprocess.run(command, input=bytes([byte]), capture_output=True, check=True)
        assert unicodedata.normalize("NFC", done.stdout.decode()) == letter


# --- 1,950 real articles ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def articles(shared: Path) -> list[str]:
    files = sorted((shared / "corpora" / "vims").glob("*/*.txt"))
    texts = [unicodedata.normalize("NFC", file.read_text(encoding="utf-8", errors="replace")) for file in files]
    return [text for text in texts if text.strip()]


def test_no_real_article_is_detected_as_legacy_text(articles: list[str]) -> None:
    assert len(articles) > 1900
    for text in articles:
        assert recognise([text], is_font_named=True) == (None, False)


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "utf8_twice"])
@pytest.mark.slow
def test_real_articles_survive_a_round_trip(articles: list[str], encoding: str) -> None:
    some = articles[::40]
    exact = 0
    for text in some:
        written = ENCODERS[encoding](text)
        conversion, _ = recognise([written])
        assert conversion is not None
        assert conversion.encoding == encoding
        found = conversion.convert(written) or ""
        exact += found.lower() == text.lower() if encoding == "tcvn3" else found == text
    # The rest have a foreign letter (ö, ñ …), which the font encodings cannot write.
    assert exact >= 0.95 * len(some)
