"""Keys of articles and pages: the platform's id, the form of the address, and former hosts."""

from __future__ import annotations

import pytest

from spiders.platforms.keys import article_key, former_article_ids, key_rule, page_key
from spiders.portal import Portal
from spiders.portal_values import PlatformName
from tests.spiders.platforms.pages import a_portal
from warehouse.text.address import KeyRule
from warehouse.text.identity import article_id

HOST = "https://phuong.hanoi.test"


def moved_portal(platform: PlatformName = "generic") -> Portal:
    return a_portal(platform, f"{HOST}/tin").model_copy(update={"formerly": ("phuongcu.hanoi.test",)})


@pytest.mark.parametrize(
    ("platform", "url", "key"),
    [
        ("generic", "http://www.phuong.hanoi.test/bai-12.html?utm_source=zalo", "phuong.hanoi.test/bai-12.html"),
        ("generic", f"{HOST}/tin/h%e1%bb%8dp/?id=5&replytocom=3", "phuong.hanoi.test/tin/h%E1%BB%8Dp?id=5"),
        ("generic", f"{HOST}/(S(tz3jxu55mdmyjy45ccoqrnbr))/tin.aspx?id=5", "phuong.hanoi.test/tin.aspx?id=5"),
        ("liferay_point", f"{HOST}/tin/-/view_content/77-hop-giao-ban?p_auth=x", "77"),
        ("liferay_point", f"{HOST}\\tin\\-\\view_content\\77-hop", "77"),
        ("nukeviet", f"{HOST}/tin-tuc/hop-giao-ban-77.html", "77"),
        ("nukeviet", f"{HOST}/tin-tuc/hop-giao-ban-77.html;jsessionid=1A", "77"),
        ("wordpress", f"{HOST}/?p=77&fbclid=x", "77"),
        ("wordpress", f"{HOST}/hop-giao-ban/amp/", "phuong.hanoi.test/hop-giao-ban"),
        ("vnportal", f"{HOST}/tin/hop-giao-ban-4250407154648115.htm?sid=1", "4250407154648115"),
        ("onecms", "https://m.phuong.hanoi.test/hop-giao-ban-700002.html", "700002"),
    ],
)  # fmt: skip
def test_the_key_of_an_article(platform: PlatformName, url: str, key: str) -> None:
    assert article_key(url, a_portal(platform, f"{HOST}/tin")) == key


def test_the_key_of_a_page_is_its_address_even_of_an_article_with_an_id() -> None:
    portal = a_portal("nukeviet", f"{HOST}/tin")
    assert page_key("http://phuong.hanoi.test/tin-tuc/hop-giao-ban-77.html", portal) == (
        "phuong.hanoi.test/tin-tuc/hop-giao-ban-77.html"
    )
    assert page_key(f"{HOST}/tin-tuc/page-1/", portal) == page_key(f"{HOST}/tin-tuc", portal)
    assert page_key(f"{HOST}/tin-tuc/page-2/", portal) != page_key(f"{HOST}/tin-tuc", portal)


def test_a_former_host_is_the_present_one() -> None:
    portal = moved_portal()
    assert key_rule(portal) == KeyRule("phuong.hanoi.test", frozenset({"phuongcu.hanoi.test"}))
    for old in ("http://phuongcu.hanoi.test/tin/bai?id=5", "https://www.phuongcu.hanoi.test/tin/bai/?id=5"):
        assert article_key(old, portal) == article_key(f"{HOST}/tin/bai?id=5", portal)
        assert page_key(old, portal) == page_key(f"{HOST}/tin/bai?id=5", portal)
    assert article_key("http://phuongcu.hanoi.test/tin-tuc/hop-7.html", moved_portal("nukeviet")) == "7"
    assert article_key("http://khac.hanoi.test/tin/bai", portal) == "khac.hanoi.test/tin/bai"
    assert key_rule(a_portal("generic")) == KeyRule()


class TestFormerIds:
    """The ids that version 0.1 published: of portal and canonical URL with scheme."""

    @pytest.mark.parametrize(
        ("platform", "url", "former"),
        [
            ("generic", f"{HOST}/tin/bai-12.html?utm_source=zalo&id=5", f"{HOST}/tin/bai-12.html?id=5"),
            ("generic", "http://www.phuong.hanoi.test/tin/?_ga=2", "http://www.phuong.hanoi.test/tin/?_ga=2"),
            ("generic", f"{HOST}/h%e1%bb%8dp?PHPSESSID=1&t=%20x", f"{HOST}/h%e1%bb%8dp?t=+x"),
            ("generic", f"{HOST}/bai?replytocom=5", f"{HOST}/bai?replytocom=5"),
            ("wordpress", f"{HOST}/hop-giao-ban/?replytocom=5", f"{HOST}/hop-giao-ban/"),
            ("vhv", f"{HOST}/tin/hop-giao-ban.html?x=1", f"{HOST}/tin/hop-giao-ban.html"),
        ],
    )
    def test_an_address_had_an_id_with_scheme(self, platform: PlatformName, url: str, former: str) -> None:
        portal = moved_portal(platform)
        key = article_key(url, portal)
        assert former_article_ids(url, key, portal) == (article_id("cong-thu", former),)

    def test_at_a_former_host_there_is_also_the_id_of_the_time_before_the_file_named_it(self) -> None:
        url = "http://phuongcu.hanoi.test/tin/bai"
        former = (article_id("cong-thu", url), article_id("cong-thu", "phuongcu.hanoi.test/tin/bai"))
        assert former_article_ids(url, article_key(url, moved_portal()), moved_portal()) == former

    def test_a_published_id_is_still_computed(self) -> None:
        portal = a_portal("generic", f"{HOST}/tin")
        url = f"{HOST}/tin/bai-12.html"
        # SHA-256 of "cong-thu", a line break and the URL, as anyone with a release of 0.1 can compute it.
        assert former_article_ids(url, article_key(url, portal), portal) == ("475d04043cc704a62355a8d0f0fa7b62",)

    def test_an_id_of_the_platform_never_changed(self) -> None:
        portal = a_portal("nukeviet", f"{HOST}/tin")
        assert former_article_ids(f"{HOST}/tin-tuc/hop-giao-ban-77.html", "77", portal) == ()
        # Nor has an article whose id is on its page an id by its address.
        assert former_article_ids(f"{HOST}/hop-giao-ban/", "77", a_portal("wordpress", f"{HOST}/tin")) == ()
