"""A portal that moved to a new domain: its articles keep their identity and their history."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiders.extract.version import EXTRACTOR_VERSION
from spiders.imports.warc_import import import_warc
from spiders.platforms.keys import is_published_by
from spiders.portal import Portal, portal_of_platform
from tests.archived import derived_file, rows_of
from tests.spiders.extract.staging import NOW, extract
from tests.spiders.imports.external_warcs import SECOND, answer, record, write
from warehouse.archive.files import warc_files
from warehouse.archive.warc.reader import read_captures
from warehouse.datasets import ARTICLES
from warehouse.home import Home
from warehouse.text.identity import article_id

NEW = "https://xamoi.hanoi.test"
OLD = "http://www.xacu.hanoi.test"
KEY = "xamoi.hanoi.test/tin/hop-giao-ban-100012.html"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def a_portal(*formerly: str) -> Portal:
    portal = portal_of_platform("generic", f"{NEW}/tin").model_copy(update={"slug": "xa-moi"})
    return Portal.model_validate({**portal.model_dump(), "formerly": formerly})


def article_page(number: int) -> bytes:
    paragraph = "Sáng nay, Ủy ban nhân dân xã họp giao ban, bàn việc thu ngân sách và sửa đường liên thôn quý tới. "
    return (
        f'<html><head><meta property="og:type" content="article"></head><body><h1>Xã họp giao ban lần thứ {number}</h1>'
        f"<p>Ngày 05/10/2025</p><article><p>{paragraph * 3}</p><p>{paragraph * 2}</p></article></body></html>"
    ).encode()


def captured(home: Home, portal: Portal, folder: Path) -> None:
    """Import captures of one article, first under the old domain, then under the new one."""
    records = [
        record("response", f"{OLD}/tin/hop-giao-ban-100012.html", answer(article_page(12))),
        record("response", f"{NEW}/tin/hop-giao-ban-100012.html", answer(article_page(12)), **SECOND),
        record("response", "http://khac.hanoi.test/tin/bai-100012.html", answer(article_page(12))),
    ]
    import_warc(home, [portal], write(folder / "old.warc.gz", records), "run", NOW)


def identities(home: Home) -> list[tuple[str, str]]:
    """Return id and URL of each capture of an article."""
    tables = [rows_of(derived_file(ARTICLES, EXTRACTOR_VERSION, warc)) for warc in warc_files(home)]
    return [(row["article_id"], row["url"]) for table in tables for row in table.to_pylist()]


def test_captures_of_the_former_domain_are_of_the_same_article(home: Home, tmp_path: Path) -> None:
    portal = a_portal("xacu.hanoi.test")
    captured(home, portal, tmp_path)
    keys = [stored.capture.article_key for warc in warc_files(home) for stored in read_captures(warc)]
    assert keys == [KEY, KEY]
    extract(home, {portal.slug: portal})
    own = article_id("xa-moi", KEY)
    assert identities(home) == [
        (own, f"{OLD}/tin/hop-giao-ban-100012.html"),
        (own, f"{NEW}/tin/hop-giao-ban-100012.html"),
    ]


def test_without_its_former_host_a_portal_gets_only_the_new_captures(home: Home, tmp_path: Path) -> None:
    captured(home, a_portal(), tmp_path)
    (warc,) = warc_files(home)
    assert [stored.capture.url for stored in read_captures(warc)] == [f"{NEW}/tin/hop-giao-ban-100012.html"]


def test_history_is_extracted_again_once_the_file_names_the_former_host(home: Home, tmp_path: Path) -> None:
    before = a_portal("xacu.hanoi.test").model_copy(update={"formerly": ()})
    captured(home, a_portal("xacu.hanoi.test"), tmp_path)
    extract(home, {before.slug: before})
    assert len({one for one, _ in identities(home)}) == 2
    after = a_portal("xacu.hanoi.test")
    extract(home, {after.slug: after})
    assert {one for one, _ in identities(home)} == {article_id("xa-moi", KEY)}


def test_a_crawl_never_follows_to_a_former_host() -> None:
    portal = a_portal("xacu.hanoi.test")
    assert not portal.scope.covers(f"{OLD}/tin")
    assert is_published_by(portal, f"{OLD}/tin")
    assert is_published_by(portal, "http://xacu.hanoi.test:80/tin")
    assert not is_published_by(portal, "http://xacu.hanoi.test:8080/tin")
    assert not is_published_by(portal, "http://tin.xacu.hanoi.test/")


def test_the_present_host_is_no_former_one() -> None:
    with pytest.raises(ValueError, match=r"www\.xamoi\.hanoi\.test is the portal's present host"):
        a_portal("www.xamoi.hanoi.test")
