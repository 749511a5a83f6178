"""Joining the pages of an article: what belongs together, and what is kept apart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from spiders.extract.joining import join_pages
from warehouse.records import Article
from warehouse.text.normal import count_words

FIRST = "https://phuong.hanoi.test/tin/sua-duong-12.html"
SECOND, THIRD = f"{FIRST}?page=2", f"{FIRST}?page=3"
ONE = "Sáng 12/10, phường tổ chức sửa chữa con đường dẫn vào trường tiểu học."
TWO = "Kinh phí do nhân dân đóng góp và ngân sách phường hỗ trợ một nửa."
THREE = "Công trình dự kiến hoàn thành trước ngày khai giảng năm học mới."


def a_page(url: str, *body: str, more: bool = False, **fields: Any) -> tuple[str, Article]:
    content: dict[str, Any] = {
        "article_id": "0" * 32, "article_key": url, "former_ids": (), "page_key": url, "canonical_key": None,
        "capture_id": url, "crawl_id": "c", "portal": "phuong", "url": url,
        "captured_at": datetime(2026, 10, 12, tzinfo=UTC), "title": "Phường sửa đường", "lead": None, "body": body,
        "captions": (), "byline": None, "credited_source_name": None, "credited_source_url": None, "section": None,
        "tags": (), "published_at": None, "published_precision": None, "published_basis": None, "updated_at": None,
        "view_count": None, "word_count": sum(map(count_words, body)), "language": "vi", "attachments": (),
        "image_urls": (), "extractor": "generic", "template": "any", "extractor_version": "1",
        "quality_flags": ("pages_missing",) if more else (),
    }  # fmt: skip
    return url, Article(**{**content, **fields})


def test_pages_are_joined_in_their_order_whatever_the_order_of_their_captures() -> None:
    pages = [a_page(THIRD, THREE, byline="Thu Hà"), a_page(FIRST, ONE, more=True), a_page(SECOND, TWO, more=True)]
    (article,), further = join_pages(pages)
    assert (article.url, article.body, article.byline) == (FIRST, (ONE, TWO, THREE), "Thu Hà")
    assert article.word_count == sum(map(count_words, (ONE, TWO, THREE)))
    assert article.quality_flags == ("pages_joined",)
    assert {page.url for page in further} == {SECOND, THIRD}


def test_what_pages_repeat_is_kept_once() -> None:
    first = a_page(FIRST, ONE, more=True, lead="Tóm tắt.", captions=("Ảnh.",), attachments=("a.pdf",))
    second = a_page(SECOND, ONE, TWO, lead="Tóm tắt.", captions=("Ảnh.", "Ảnh hai."), attachments=("a.pdf", "b.pdf"))
    (article,), _ = join_pages([first, second])
    assert (article.lead, article.body) == ("Tóm tắt.", (ONE, TWO))
    assert (article.captions, article.attachments) == (("Ảnh.", "Ảnh hai."), ("a.pdf", "b.pdf"))


def test_the_signature_at_the_end_goes_before_the_account_that_each_page_shows() -> None:
    pages = [a_page(FIRST, ONE, more=True, byline="Ban biên tập"), a_page(SECOND, TWO, byline="Thu Hà")]
    (article,), _ = join_pages(pages)
    assert article.byline == "Thu Hà"


def test_a_missing_page_is_flagged_and_nothing_after_it_is_joined() -> None:
    (article,), further = join_pages([a_page(FIRST, ONE, more=True), a_page(THIRD, THREE)])
    assert article.body == (ONE,)
    assert "pages_missing" in article.quality_flags
    assert [page.url for page in further] == [THIRD]  # it is no article of its own either
    (article,), _ = join_pages([a_page(FIRST, ONE, more=True), a_page(SECOND, TWO, more=True)])
    assert (article.body, "pages_missing" in article.quality_flags) == ((ONE, TWO), True)


def test_pages_of_different_titles_are_different_articles() -> None:
    other = a_page(SECOND, TWO, title="Phường khánh thành trạm y tế")
    articles, further = join_pages([a_page(FIRST, ONE, more=True), other])
    assert ([article.url for article in articles], further) == ([FIRST, SECOND], [])
    numbered = a_page(SECOND, TWO, title="Phường sửa đường - Trang 2")
    assert len(join_pages([a_page(FIRST, ONE, more=True), numbered])[0]) == 1


def test_a_number_in_the_path_is_a_page_only_if_the_first_page_says_so() -> None:
    first, second = "https://phuong.hanoi.test/sua-duong/", "https://phuong.hanoi.test/sua-duong/2/"
    assert len(join_pages([a_page(first, ONE), a_page(second, TWO)])[0]) == 2
    assert len(join_pages([a_page(first, ONE, more=True), a_page(second, TWO)])[0]) == 1


def test_articles_of_one_page_are_returned_as_they_are() -> None:
    pages = [a_page(FIRST, ONE), a_page("https://phuong.hanoi.test/tin/khac-13.html", TWO)]
    assert join_pages(pages) == ([article for _, article in pages], [])
    assert join_pages([]) == ([], [])
