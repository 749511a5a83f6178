"""The hashes that identify articles, copies and revisions."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from warehouse.records import Article
from warehouse.text.identity import article_id, content_hash, identify, revision_hash, title_hash
from warehouse.text.normal import normal_form

BODY = (
    "Sáng nay, Uỷ ban nhân dân xã họp giao ban, nghe báo cáo tiến độ giải phóng mặt bằng tuyến đường liên thôn.",
    "Đến hết tháng 9, xã đã chi trả cho 214 hộ, còn 11 hộ đang hoà giải về ranh giới đất.",
)


def an_article() -> Article:
    return Article(
        article_id="0" * 32,
        article_key="1",
        former_ids=(),
        page_key="xa.test/tin/-/view_content/1-tin",
        canonical_key=None,
        capture_id="capture",
        crawl_id="crawl",
        portal="xa-thu",
        url="https://xa.test/tin/-/view_content/1-tin",
        captured_at=datetime(2025, 1, 2, tzinfo=UTC),
        title="Xã họp giao ban",
        lead="Còn 11 hộ chưa nhận tiền.",
        body=BODY,
        captions=("Quang cảnh cuộc họp",),
        byline="Văn phòng xã",
        credited_source_name=None,
        credited_source_url=None,
        section="Tin xã",
        tags=(),
        published_at=None,
        published_precision=None,
        published_basis=None,
        updated_at=None,
        view_count=12,
        word_count=44,
        language="vi",
        attachments=("https://xa.test/bieu.pdf",),
        image_urls=(),
        extractor="liferay_point",
        template="only",
        extractor_version="1-test",
        quality_flags=(),
    )


def test_article_id_depends_on_portal_and_key() -> None:
    one = article_id("my-duc", "4401001")
    assert one == article_id("my-duc", "4401001")
    assert len(one) == 32
    assert int(one, 16) >= 0
    assert len({one, article_id("my-duc", "4401002"), article_id("tay-ho", "4401001")}) == 3


def test_content_hash_can_be_recomputed_from_the_published_body() -> None:
    published = "\n\n".join(BODY)
    assert content_hash(BODY) == hashlib.sha256(normal_form(published).encode()).hexdigest()


@pytest.mark.parametrize(
    "copy",
    [
        (" ".join(BODY),),
        tuple(unicodedata.normalize("NFD", paragraph) for paragraph in BODY),
        tuple(paragraph.replace("Uỷ", "Ủy").replace("hoà", "hòa") for paragraph in BODY),
        tuple(paragraph.replace(" ", "\u00a0 ").replace("giao", "gi\u200bao") for paragraph in BODY),
    ],
    ids=["one paragraph", "decomposed", "other tone marks", "spaces and invisible characters"],
)
def test_copies_have_one_content_hash(copy: tuple[str, ...]) -> None:
    assert content_hash(copy) == content_hash(BODY)


def test_another_figure_changes_the_content_hash() -> None:
    assert content_hash((BODY[0], BODY[1].replace("214", "241"))) != content_hash(BODY)


def test_content_hash_is_none_under_thirty_words() -> None:
    assert content_hash(("từ",) * 29) is None
    assert content_hash(("từ",) * 30) is not None
    assert content_hash(()) is None


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Xã họp giao ban tháng 9"},
        {"lead": None},
        {"body": BODY[:1]},
        {"captions": ()},
        {"attachments": ("https://xa.test/bieu-moi.pdf",)},
    ],
)
def test_visible_changes_make_a_revision(change: dict[str, object]) -> None:
    article = an_article()
    assert identify(replace(article, **change)).revision_hash != identify(article).revision_hash  # type: ignore[arg-type]  # field by name


@pytest.mark.parametrize(
    "change",
    [
        {"view_count": 900},
        {"captured_at": datetime(2025, 3, 3, tzinfo=UTC), "capture_id": "another"},
        {"image_urls": ("https://xa.test/1.jpg",)},
        {"section": "Tin khác", "tags": ("tin",)},
        {"title": "Xã  họp giao\u200b ban"},
        {"body": tuple(unicodedata.normalize("NFD", paragraph) for paragraph in BODY)},
    ],
)
def test_counters_tokens_and_spelling_make_no_revision(change: dict[str, object]) -> None:
    article = an_article()
    assert identify(replace(article, **change)).revision_hash == identify(article).revision_hash  # type: ignore[arg-type]  # field by name


def test_a_sentence_moved_between_parts_is_a_revision() -> None:
    parts = {"body": BODY, "captions": (), "attachments": ()}
    one = revision_hash(title="A", lead="B", **parts)
    other = revision_hash(title="A B", lead="", **parts)
    assert one != other


def test_identify_keeps_the_ids() -> None:
    identity = identify(an_article())
    assert (identity.article_id, identity.capture_id) == ("0" * 32, "capture")
    assert identity.content_hash == content_hash(BODY)
    assert (identity.title_hash, identity.title_word_count) == (title_hash("XÃ HỌP  GIAO BAN"), 4)


def test_a_page_without_a_title_has_no_title_hash() -> None:
    untitled = identify(replace(an_article(), title=None))
    assert (untitled.title_hash, untitled.title_word_count) == (None, 0)
