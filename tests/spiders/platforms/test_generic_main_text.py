"""The main text of unknown CMSs: links to other articles between paragraphs, and lists of other articles after them."""

from __future__ import annotations

import pytest

from spiders.platforms.generic.article import article_parts
from tests.spiders.platforms.pages import a_page

URL = "https://phuong.test/tin-tuc/phuong-hop-giao-ban-16.html"
PARAGRAPHS = [
    f"Tổ dân phố số {number} báo cáo kết quả vận động nhân dân hiến đất, góp ngày công mở rộng ngõ xóm trong quý vừa "
    f"qua. Đồng chí tổ trưởng đề nghị phường hỗ trợ thêm {number} tấn xi măng."
    for number in range(2, 14)
]
SUMMARY = "Ủy ban nhân dân phường vừa ban hành kế hoạch triển khai nhiệm vụ trọng tâm của tháng tới trên địa bàn."


def link(number: int) -> str:
    return f'<p><a href="/tin-tuc/tin-khac-{number}.html">Phường ra quân tổng vệ sinh môi trường đợt {number}</a></p>'


def body_of(content: str) -> tuple[str, ...]:
    head = "<h1>Phường Tây Mỗ họp giao ban công tác quý ba</h1><p>Thứ hai, 06/10/2025 08:15</p>"
    return article_parts(a_page(f'<div class="detail">{head}<div class="content">{content}</div></div>', URL)).body


def test_links_to_other_articles_between_paragraphs_do_not_end_the_text() -> None:
    groups = [PARAGRAPHS[at : at + 2] for at in range(0, 12, 2)]
    content = "".join("".join(f"<p>{text}</p>" for text in group) + link(number) for number, group in enumerate(groups))
    assert body_of(content) == tuple(PARAGRAPHS)


def test_a_few_links_each_below_one_paragraph_do_not_end_the_text() -> None:
    content = "".join(f"<p>{text}</p>{link(number)}" for number, text in enumerate(PARAGRAPHS[:4]))
    assert body_of(f"{content}<p>{PARAGRAPHS[4]}</p>") == tuple(PARAGRAPHS[:5])


def test_many_marked_links_each_below_one_paragraph_do_not_end_the_text() -> None:
    marked = [link(number).replace("<a", "&gt;&gt; <a") for number in range(9)]
    content = "".join(f"<p>{text}</p>{after}" for text, after in zip(PARAGRAPHS, marked, strict=False))
    assert body_of(f"{content}<p>{PARAGRAPHS[9]}</p>") == tuple(PARAGRAPHS[:10])


def test_a_box_of_links_and_one_link_between_paragraphs_do_not_end_the_text() -> None:
    box = f"<div><b>Xem thêm:</b><ul><li>{link(1)}</li><li>{link(2)}</li></ul></div>"
    content = f"<p>{PARAGRAPHS[0]}</p>{box}<p>{PARAGRAPHS[1]}</p>{link(3)}<p>{PARAGRAPHS[2]}</p>"
    assert body_of(content) == tuple(PARAGRAPHS[:3])


def test_anchors_without_an_address_are_no_links() -> None:
    first, second, third, fourth = PARAGRAPHS[:4]
    content = (
        f'<p><a name="_GoBack">{first}</a></p><p>{second}</p><p><a id="x"></a>{third}</p>'
        f'<p><a name="y"><span>{fourth}</span></a></p>'
    )
    assert body_of(content) == tuple(PARAGRAPHS[:4])
    assert body_of("".join(f'<p><a name="x">{text}</a></p>' for text in PARAGRAPHS)) == tuple(PARAGRAPHS)


@pytest.mark.parametrize("tag", ["u", "small", "big", "ins", "cite", "label", "dd", "address", "h5", "font"])
def test_text_in_rare_elements(tag: str) -> None:
    for texts in (PARAGRAPHS[:1], PARAGRAPHS[:3]):
        content = "".join(f"<div><{tag}>{text}</{tag}></div>" for text in texts)
        assert body_of(content) == tuple(texts)


def test_a_few_rows_with_summaries_end_a_longer_text() -> None:
    rows = "".join(f"{link(number)}<p>{SUMMARY}</p>" for number in range(3))
    text = "".join(f"<p>{text}</p>" for text in PARAGRAPHS[:4])
    assert body_of(text + rows) == tuple(PARAGRAPHS[:4])


def test_rows_of_other_articles_with_summaries_end_the_text() -> None:
    rows = "".join(f"{link(number)}<p>{SUMMARY}</p>" for number in range(5))
    text = "".join(f"<p>{text}</p>" for text in PARAGRAPHS[:4])
    assert body_of(text + rows) == tuple(PARAGRAPHS[:4])
