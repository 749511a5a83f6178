"""Pairs of texts whose relation is known: reprints of the test portals' articles, and texts of one form.

Belongs here: making the pairs, from a seed. Does not belong here: judging them
(`tests.warehouse.derive.copies.test_made_set`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from random import Random
from typing import Final, Literal, TypeAlias

from spiders.mirror.content import Image, load_content

SHARES: Final = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)
"""Shares of a text's sentences that reprints edit; if any, at least one sentence."""

Dress: TypeAlias = Literal["none", "page", "spelling"]

_ARTICLE_WORDS_MIN: Final = 60
_VARIANTS: Final = 14
_SENTENCE_END: Final = re.compile(r"(?<=[.!?]) +")
_NUMBER: Final = re.compile(r"(?<![\w.,])[1-9][0-9]?(?![\w.,])|(?<![\w.,])[1-9][0-9]{2,}(?!\w)")
_TONE_FIRST: Final = re.compile("(o)([\u0300\u0301\u0303\u0309\u0323])([ae])(?![a-z\u0300-\u036f])", re.IGNORECASE)
_WORDS: Final = ("tiếp tục", "kịp thời", "chủ động", "phối hợp", "đồng bộ", "thường xuyên", "nghiêm túc", "cụ thể")


@dataclass(frozen=True)
class Made:
    """A text as an article has it."""

    lead: str | None
    body: tuple[str, ...]
    captions: tuple[str, ...] = ()


@cache
def articles() -> tuple[Made, ...]:
    """Return the texts of the test portals on their first day, each once and in order, without short ones."""
    content = load_content()
    made: dict[tuple[str, ...], Made] = {}
    for portal in content.portals:
        for shown in content.state(portal, 1).articles:
            body = tuple(item for item in shown.body if isinstance(item, str))
            captions = tuple(item.caption for item in shown.body if isinstance(item, Image) and item.caption)
            # A text that credits another portal may be a near-copy of one that is here already.
            if shown.source is None and sum(len(paragraph.split()) for paragraph in body) >= _ARTICLE_WORDS_MIN:
                made.setdefault(body, Made(shown.lead, body, captions))
    return tuple(made.values())


def reprint(chosen: Random, text: Made, share: float, foreign: str) -> Made:
    """Return the text with a share of its body's sentences edited; `foreign` is a sentence of another text."""
    paragraphs = [_SENTENCE_END.split(paragraph) for paragraph in text.body]
    places = [(row, place) for row, sentences in enumerate(paragraphs) for place in range(len(sentences))]
    count = max(1, round(share * len(places))) if share else 0
    for row, place in chosen.sample(places, count):
        sentence = paragraphs[row][place]
        edits: list[Callable[[Random, str], str]] = [_replace_word, _change_figure, _drop_clause, _shorten]
        number = chosen.randrange(len(edits) + 1)
        paragraphs[row][place] = f"{sentence} {foreign}" if number == len(edits) else edits[number](chosen, sentence)
    return replace(text, body=tuple(" ".join(sentences) for sentences in paragraphs))


def _replace_word(chosen: Random, sentence: str) -> str:
    words = sentence.split()
    small = [place for place, word in enumerate(words) if word.isalpha() and word.islower()]
    if small:
        words[chosen.choice(small)] = chosen.choice(_WORDS)
    return " ".join(words)


def _change_figure(chosen: Random, sentence: str) -> str:
    numbers = list(_NUMBER.finditer(sentence))
    if not numbers:
        return _replace_word(chosen, sentence)
    number = chosen.choice(numbers)
    return f"{sentence[: number.start()]}{int(number[0]) + chosen.randint(1, 9)}{sentence[number.end() :]}"


def _drop_clause(chosen: Random, sentence: str) -> str:
    clauses = sentence.split(", ")
    if len(clauses) < 3:
        return _replace_word(chosen, sentence)
    del clauses[chosen.randrange(1, len(clauses) - 1)]
    return ", ".join(clauses)


def _shorten(_chosen: Random, sentence: str) -> str:
    words = sentence.split()
    return f"{' '.join(words[: max(3, len(words) * 2 // 3)])}."


def dressed(text: Made, dress: Dress) -> Made:
    """Return the text as another portal shows it: with its page's captions and source, or in other spelling."""
    if dress == "page":
        first, *rest = text.body
        captions = tuple(caption for caption in text.captions for _ in range(2))
        return replace(text, body=(first, *captions, *rest, "Nguồn: Cổng thông tin điện tử huyện"))
    if dress == "spelling":
        return replace(text, lead=None, body=tuple(_old_spelling(paragraph) for paragraph in text.body))
    return text


def _old_spelling(paragraph: str) -> str:
    """Return the paragraph in NFD, with the tone marks of open `oa` and `oe` on the second vowel."""
    return _TONE_FIRST.sub(r"\1\3\2", unicodedata.normalize("NFD", paragraph))


_QUARTER: Final = Made(
    "Chi cục Thống kê quận Long Bình công bố kết quả phát triển kinh tế - xã hội quý {quarter} năm {year}.",
    (
        "Theo báo cáo, giá trị sản xuất trên địa bàn quý {quarter} năm {year} ước đạt {0} tỷ đồng, tăng {1}% so "
        "với cùng kỳ năm trước. Trong đó, công nghiệp và xây dựng đạt {2} tỷ đồng; thương mại và dịch vụ đạt {3} "
        "tỷ đồng; nông nghiệp đạt {4} tỷ đồng.",
        "Thu ngân sách nhà nước trong quý đạt {5} tỷ đồng, bằng {6}% dự toán cả năm. Chi ngân sách đạt {7} tỷ "
        "đồng, chủ yếu dành cho xây dựng trường học và đường giao thông. Giải ngân vốn đầu tư công đạt {8}% kế "
        "hoạch.",
        "Toàn quận có thêm {9} doanh nghiệp đăng ký mới, {10} doanh nghiệp tạm ngừng hoạt động. Các ngành đã giải "
        "quyết việc làm cho {11} lao động, đạt {12}% kế hoạch năm.",
        "Thời gian tới, quận tập trung tháo gỡ khó khăn cho các hộ kinh doanh, đẩy nhanh giải phóng mặt bằng các "
        "dự án trọng điểm và giữ vững an ninh trật tự trên địa bàn.",
    ),
)
_COUNCIL: Final = Made(
    "Ngày {day}/7/2023, Hội đồng nhân dân huyện {district} khai mạc kỳ họp thường lệ giữa năm.",
    (
        "Kỳ họp nghe báo cáo của Ủy ban nhân dân huyện {district} về kết quả thực hiện nhiệm vụ sáu tháng đầu năm. "
        "Giá trị sản xuất đạt {0} tỷ đồng, thu ngân sách đạt {1} tỷ đồng. Tỷ lệ hộ nghèo theo chuẩn mới còn {2}%.",
        "Các đại biểu thảo luận tại tổ, chất vấn về quản lý đất đai, vệ sinh môi trường và tiến độ xây dựng trường "
        "học ở xã {commune}. Cử tri xã {commune} và xã {other} đề nghị huyện sớm sửa tuyến đường liên xã bị hư "
        "hỏng sau mùa mưa.",
        "Kết luận kỳ họp, Thường trực Hội đồng nhân dân huyện {district} yêu cầu các ngành giải quyết dứt điểm "
        "kiến nghị của cử tri trong quý tới. Kỳ họp thông qua {3} nghị quyết, trong đó có nghị quyết điều chỉnh dự "
        "toán ngân sách và danh mục dự án thu hồi đất.",
        "Toàn văn nghị quyết được niêm yết tại trụ sở các xã, thị trấn để nhân dân theo dõi, giám sát.",
    ),
)
_FESTIVAL: Final = Made(
    "Lễ hội đền Vân Thủy năm {year} khai mạc sáng {day}/2/{year}, mở đầu mùa lễ hội xuân của vùng.",
    (
        "Từ sáng sớm, hơn {0} lượt khách đã về dâng hương tại đền Vân Thủy. Sau lễ rước nước từ bến sông, ban tổ "
        "chức đánh trống khai hội và mời các cụ cao niên làm lễ tế.",
        "Phần hội năm nay có {1} đội thi bơi chải, {2} đội thi thổi cơm và {3} đô vật tranh giải. Buổi tối, các "
        "câu lạc bộ chèo của xã biểu diễn phục vụ nhân dân tại sân đình.",
        "Để giữ trật tự, ban tổ chức bố trí {4} điểm trông xe không thu tiền, huy động {5} cán bộ, đoàn viên hướng "
        "dẫn khách. Các hàng quán phải niêm yết giá và cam kết không bán thịt thú rừng.",
        "Lễ hội kéo dài đến hết ngày {end}/2/{year}. Ban tổ chức mong du khách ăn mặc lịch sự, không đốt vàng mã "
        "và bỏ rác đúng nơi quy định.",
    ),
)
_DISTRICTS: Final = (
    *("Mỹ Đức", "Đông Anh", "Sóc Sơn", "Gia Lâm", "Thanh Trì", "Ba Vì", "Phúc Thọ"),
    *("Thạch Thất", "Quốc Oai", "Chương Mỹ", "Thanh Oai", "Thường Tín", "Phú Xuyên", "Ứng Hòa"),
)
_COMMUNES: Final = tuple(f"{first} {second}" for first in ("An", "Tân", "Hồng", "Minh") for second in ("Phong", "Lạc"))
_FIGURES: Final = 13
# The districts' notices say the same in numbers: only the names differ.
_COUNCIL_FIGURES: Final = ("1.240", "385", "1,2", "9")


def same_form() -> dict[str, list[Made]]:
    """Return texts of one form for other quarters, districts and years; each pair of a form is one of a template."""
    forms: dict[str, list[Made]] = {"quarter": [], "council": [], "festival": []}
    for number in range(_VARIANTS):
        chosen = Random(f"form/{number}")  # noqa: S311 - no secret
        figures = [str(chosen.randint(11, 4_999)) for _ in range(_FIGURES)]
        commune, other = chosen.sample(_COMMUNES, 2)
        quarter = {"quarter": ("I", "II", "III", "IV")[number % 4], "year": str(2015 + number // 4)}
        place = {"district": _DISTRICTS[number], "commune": commune, "other": other, "day": "5"}
        year = {"year": str(2005 + number), "day": str(1 + number % 9), "end": str(11 + number % 9)}
        forms["quarter"].append(_filled(_QUARTER, figures, quarter))
        forms["council"].append(_filled(_COUNCIL, _COUNCIL_FIGURES, place))
        forms["festival"].append(_filled(_FESTIVAL, figures, year))
    return forms


def _filled(form: Made, figures: Sequence[str], values: Mapping[str, str]) -> Made:
    lead, *body = (part.format(*figures, **values) for part in (form.lead or "", *form.body))
    return Made(lead, tuple(body))


def same_form_pairs() -> Iterator[tuple[str, Made, Made]]:
    """Yield the name of a form, and two texts of it."""
    for name, texts in same_form().items():
        for one, other in combinations(texts, 2):
            yield name, one, other


def reprints() -> Iterator[tuple[float, Dress, Made, Made]]:
    """Yield the share of edited sentences, the dress, an article and its reprint."""
    texts = articles()
    for number, text in enumerate(texts):
        for share in SHARES:
            dresses: tuple[Dress, ...] = ("none", "page", "spelling")
            for dress in dresses:
                chosen = Random(f"{number}/{share}/{dress}")  # noqa: S311 - no secret
                foreign = _SENTENCE_END.split(chosen.choice(texts[number - 20 : number] or texts[-20:]).body[-1])[-1]
                yield share, dress, text, dressed(reprint(chosen, text, share, foreign), dress)
