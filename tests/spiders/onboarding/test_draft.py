"""Drafted portal files: the drafts of the mirror's portals, and no text of a page can break a file."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from spiders.mirror.server import Mirror
from spiders.mirror.sites.base import Response
from spiders.onboarding.captures import CapturedPage, FetchError
from spiders.onboarding.cms_signatures import SignatureMatch
from spiders.onboarding.draft import (
    Identity,
    Proposal,
    identity_of,
    office_of_site,
    propose,
    slug_of,
    unit_named,
    write_new,
)
from spiders.onboarding.patterns import article_patterns
from spiders.onboarding.starts import SeenList
from spiders.onboarding.survey import Survey, survey
from spiders.platforms import PLATFORMS
from spiders.portal import PortalError
from tests.visiting import captured_for_survey, mirror, pages, played, redirect_to

__all__ = ["mirror"]

TODAY = date(2026, 11, 24)
SOMEBODY = Identity("Cổng thử", "Văn phòng thử", "Phường Thử")


def surveyed(mirror: Mirror, url: str) -> Survey:
    return survey(captured_for_survey(mirror, url), url)


def proposed(mirror: Mirror, host: str, slug: str = "cong-thu") -> Proposal:
    seen = surveyed(mirror, f"https://{host}/")
    return propose(seen, slug, identity_of(seen), TODAY, 2.0)


def test_the_draft_of_a_ward_on_an_unknown_cms(mirror: Mirror) -> None:
    portal = proposed(mirror, "phuongtayho.hanoi.test").portal
    assert portal.platform == "generic"
    assert portal.name == "Cổng thông tin điện tử phường Tây Hồ (thử nghiệm)"
    assert portal.owner.office == "Ủy ban nhân dân phường Tây Hồ"
    assert portal.owner.administrative_unit == "Phường Tây Hồ"
    assert portal.seed_urls[0] == "https://phuongtayho.hanoi.test/tin-tuc"
    assert "https://phuongtayho.hanoi.test/chuyen-muc/thong-bao" in portal.seed_urls
    assert not [url for url in portal.seed_urls if "/trang/" in url or "/noi-bo/" in url]
    assert portal.feeds == ("https://phuongtayho.hanoi.test/rss/tin-tuc.rss",)
    assert portal.sitemaps == ()
    assert portal.scope.hosts == ("phuongtayho.hanoi.test",)
    assert portal.verified_on is None
    assert portal.note


def test_proposed_patterns_match_articles_and_no_lists(mirror: Mirror) -> None:
    for host in ("phuongtayho.hanoi.test", "baothudo.test"):
        portal = proposed(mirror, host).portal
        platform = PLATFORMS["generic"]
        assert len(portal.article_patterns) == 1
        assert not [url for url in portal.start_urls if platform.is_article_url(url, portal)]
    assert re.search(portal.article_patterns[0], "/thoi-su/bai-moi-880999.html")
    assert not re.search(portal.article_patterns[0], "/thoi-su/")


@pytest.mark.slow
def test_half_of_the_rows_seen_are_expected(mirror: Mirror) -> None:
    proposal = proposed(mirror, "phuongtayho.hanoi.test")
    rows = [int(count) for count in re.findall(r"# (\d+) (?:rows|entries)$", proposal.text, re.MULTILINE)]
    assert len(rows) == len(proposal.portal.start_urls)
    assert proposal.portal.expectations.list_rows_min == sum(rows) // 2
    assert f"half of the {sum(rows)} rows seen on 2026-11-24" in proposal.text


@pytest.mark.parametrize("host", ["myduc.hanoi.test", "sovanhoa.hanoi.test"])
def test_a_portal_of_a_known_platform_needs_no_patterns(mirror: Mirror, host: str) -> None:
    proposal = proposed(mirror, host)
    assert proposal.portal.platform == "liferay_point"
    assert proposal.portal.article_patterns == ()
    assert len(proposal.portal.seed_urls) == 4
    assert not proposal.portal.scope.covers(f"https://{host}/kinh-te/en")
    assert "# guessed by URLs with /-/view_content/<number>" in proposal.text


def test_a_newspaper_without_lists_is_drafted_with_its_sitemap(mirror: Mirror) -> None:
    portal = proposed(mirror, "baothudo.test").portal
    assert portal.sitemaps == ("https://baothudo.test/sitemap.xml",)
    assert portal.owner.administrative_unit == "Thành phố Hà Nội"


def test_every_guessed_value_has_a_comment(mirror: Mirror) -> None:
    for line in proposed(mirror, "phuongtayho.hanoi.test").text.splitlines():
        if line.startswith(("name:", "  office:", "  administrative_unit:", "platform:", "tier:", "  - '^")):
            assert "# guessed" in line, line


def test_a_redirected_home_page_is_drafted_at_its_new_host_with_a_note() -> None:
    with played({"www.cu.test": pages({"/": redirect_to("https://phuongtayho.hanoi.test/")})}) as served:
        seen = surveyed(served, "https://www.cu.test/")
    proposal = propose(seen, "cu", SOMEBODY, TODAY, 2.0)
    assert proposal.portal.scope.hosts == ("phuongtayho.hanoi.test",)
    assert "https://www.cu.test/ redirects to https://phuongtayho.hanoi.test/." in (proposal.portal.note or "")


@pytest.mark.slow
def test_lists_and_articles_at_the_www_name_of_the_host_are_found() -> None:
    link = '<a href="https://www.hai-ten.test{0}">{1}</a>'
    titles = [f"Xã Đồng Tâm tổ chức hội nghị lần thứ {number} về công tác dân vận" for number in range(6)]
    rows = "".join(
        f"<li><h3>{link.format(f'/tin-tuc/hoi-nghi-{number}-100{number}.html', title)}</h3></li>"
        for number, title in enumerate(titles)
    )
    article = (
        f"<html><body><h1>{titles[0]}</h1><p>12/05/2025 08:00</p>"
        f"<p>{'Hội nghị bàn việc của năm tới và nghe dân nói. ' * 20}</p></body></html>"
    )
    www = pages(
        {
            "/tin-tuc": f"<html><body><ul>{rows}</ul></body></html>",
            **{f"/tin-tuc/hoi-nghi-{number}-100{number}.html": article for number in range(6)},
        }
    )
    home = pages({"/": f"<html><body><nav>{link.format('/tin-tuc', 'Tin tức')}</nav></body></html>"})
    with played({"hai-ten.test": home, "www.hai-ten.test": www}) as served:
        seen = surveyed(served, "https://hai-ten.test/")
    assert [one.url for one in seen.lists] == ["https://www.hai-ten.test/tin-tuc"]
    assert any(one.article for one in seen.articles)
    proposal = propose(seen, "hai-ten", SOMEBODY, TODAY, 2.0)
    assert proposal.portal.scope.hosts == ("hai-ten.test", "www.hai-ten.test")


def test_an_unusual_port_is_part_of_the_host() -> None:
    article = "https://a.test:8443/tin/bai-viet-moi-1001.html"
    page = a_survey("", "https://a.test:8443/").home
    lists = (SeenList("https://a.test:8443/tin", 5, (article,), (), page),)
    portal = propose(a_survey("", "https://a.test:8443/", lists=lists), "cong", SOMEBODY, TODAY, 2.0).portal
    assert portal.scope.hosts == ("a.test:8443",)
    assert portal.scope.covers(article)


def test_a_sitemap_made_to_take_time_is_drafted_quickly() -> None:
    addresses = [f"https://a.test/tin/bai-{n}.{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}x" for n in range(10, 60_000)]
    started = time.monotonic()
    article_patterns(addresses, ["https://a.test/"])
    assert time.monotonic() - started < 5


def test_a_blocked_home_page_raises_its_error(mirror: Mirror) -> None:
    with pytest.raises(FetchError, match="challenge_d1n"):
        surveyed(mirror, "https://xasocson.hanoi.test/")


def test_a_platform_that_extracts_no_page_is_not_proposed() -> None:
    """As where another system's theme quotes Liferay's classes: reading decides."""
    signs = '<script>var Liferay={}; "ddlk_WAR_pointportalddlkportlet"</script>'
    home = f"<html><head><title>Cổng thử</title></head><body>{signs}<p>Trang đang xây dựng.</p></body></html>"
    with played({"gia.test": pages({"/": home})}) as served:
        seen = surveyed(served, "https://gia.test/")
    assert (seen.match.platform, seen.platform) == ("liferay_point", "generic")
    proposal = propose(seen, "gia", SOMEBODY, TODAY, 2.0)
    assert "it looks like liferay_point, but liferay_point extracts none of its pages" in proposal.text
    assert proposal.portal.seed_urls == ("https://gia.test/",)
    assert "guessed: no list, feed or sitemap was found" in proposal.text


def test_feeds_that_a_page_of_feeds_links_to_are_found() -> None:
    feed = "<rss><channel><item><link>https://bao.test/tin/mot-bai-1001.html</link></item></channel></rss>"
    hosts = {
        "bao.test": pages(
            {
                "/": '<html><body><a href="/rss">RSS</a></body></html>',
                "/rss": '<html><body><a href="/rss/thoi-su.rss">Tin</a><a href="/rss/hong.rss">Hỏng</a></body></html>',
                "/rss/thoi-su.rss": Response(200, {"Content-Type": "application/rss+xml"}, feed.encode()),
            }
        )
    }
    with played(hosts) as served:
        seen = surveyed(served, "https://bao.test/")
    assert [(one.url, one.rows) for one in seen.feeds] == [("https://bao.test/rss/thoi-su.rss", 1)]


def a_survey(home: str, url: str = "https://cong.test/", **fields: object) -> Survey:
    page = CapturedPage(url, url, home.encode(), "text/html; charset=utf-8", datetime(2026, 11, 24, tzinfo=UTC))
    seen = Survey(page, SignatureMatch("generic", None, 0, ()), "generic", (), (), (), (), (), None, ())
    return replace(seen, **fields)  # type: ignore[arg-type]  # fields by name


HOSTILE = [
    "Cổng: thử # không phải ghi chú",
    "'một' \"hai\" {ba} [bốn]",
    "- platform: liferay_point",
    "null",
    "2026-01-01",
    "\\x00 &amp; <b>",
    "*neo &neo !!python/object",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_site_name_cannot_inject_yaml(name: str) -> None:
    seen = a_survey(
        f'<html><head><meta property="og:site_name" content="{name.replace(chr(34), "&quot;")}"></head></html>'
    )
    identity = identity_of(seen)
    portal = propose(seen, "cong", identity, TODAY, 2.0).portal
    assert portal.name == identity.name
    assert portal.platform == "generic"
    assert portal.seed_urls == ("https://cong.test/",)


def test_a_url_cannot_inject_yaml() -> None:
    url = "https://cong.test/tin # '\"}"
    page = a_survey("").home
    seen = a_survey("", lists=(SeenList(url, 4, (), (), page),))
    portal = propose(seen, "cong", SOMEBODY, TODAY, 2.0).portal
    assert portal.seed_urls == (url,)


def test_start_urls_are_never_denied() -> None:
    page = a_survey("").home
    lists = (SeenList("https://cong.test/search/tin-tuc", 9, (), (), page),)
    portal = propose(a_survey("", lists=lists), "cong", SOMEBODY, TODAY, 2.0).portal
    assert portal.seed_urls == ("https://cong.test/search/tin-tuc",)
    assert not portal.scope.covers("https://cong.test/dang-nhap")


def test_robots_txt_may_ask_for_a_longer_delay() -> None:
    portal = propose(a_survey("", crawl_delay_seconds=10.0), "cong", SOMEBODY, TODAY, 2.0).portal
    assert portal.politeness.delay_seconds == 10
    assert (
        propose(a_survey("", crawl_delay_seconds=1.0), "cong", SOMEBODY, TODAY, 2.0).portal.politeness.delay_seconds
        == 2
    )


def test_silence_days_max_is_twice_the_longest_gap_seen() -> None:
    page = a_survey("").home
    days = (1, 2, 3, 5, 6, 16, 17)
    dates = tuple(datetime(2026, 10, day, 8, tzinfo=UTC) for day in days)
    lists = (SeenList("https://cong.test/tin", 7, (), dates, page),)
    assert propose(a_survey("", lists=lists), "cong", SOMEBODY, TODAY, 2.0).portal.expectations.silence_days_max == 20
    few = (SeenList("https://cong.test/tin", 7, (), dates[:3], page),)
    assert propose(a_survey("", lists=few), "cong", SOMEBODY, TODAY, 2.0).portal.expectations.silence_days_max == 14


@pytest.mark.parametrize("slug", ["Cong", "cong thu", "../cong", "cong_thu", "", "/etc/cong", "c" * 61])
def test_an_invalid_slug_is_refused(slug: str) -> None:
    with pytest.raises(PortalError, match="slug"):
        propose(a_survey(""), slug, SOMEBODY, TODAY, 2.0)


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    proposal = propose(a_survey(""), "cong", SOMEBODY, TODAY, 2.0)
    file = write_new(proposal, tmp_path)
    assert yaml.safe_load(file.read_text(encoding="utf-8"))["slug"] == "cong"
    file.write_text("của tôi", encoding="utf-8")
    with pytest.raises(PortalError, match="nothing was overwritten"):
        write_new(proposal, tmp_path)
    assert file.read_text(encoding="utf-8") == "của tôi"


@pytest.mark.parametrize(
    ("paths", "patterns"),
    [
        (["/tin-tuc/hop-7001.html", "/tin-tuc/bao-ve-7002.html"], [r"^/tin-tuc/[^/]*-\d+\.html/?$"]),
        (["/a/mot-1001.html", "/b/hai-1002.html"], [r"^/[^/]+/[^/]*-\d+\.html/?$"]),
        (["/mot-42501021530451.htm", "/hai-42501021530452.htm"], [r"^/[^/]*-\d+\.htm/?$"]),
        (["/bai-viet/mot", "/bai-viet/hai"], []),
        (["/bai/mot.html", "/bai/hai.html"], [r"^/bai/[^/]*\.html/?$"]),
        ([f"/tin/bai-{n}000.html" for n in range(1, 20)] + ["/lac/loai.html"], [r"^/tin/[^/]*-\d+\.html/?$"]),
    ],
)
def test_patterns_match_the_common_form_of_the_urls(paths: list[str], patterns: list[str]) -> None:
    found = article_patterns((f"https://a.test{path}" for path in paths), ["https://a.test/", "https://a.test/tin-tuc"])
    assert [pattern for pattern, _ in found] == patterns
    for pattern in patterns:
        assert sum(bool(re.search(pattern, path)) for path in paths) == dict(found)[pattern]


def test_a_pattern_that_matches_a_list_is_not_proposed() -> None:
    addresses = ["https://a.test/tin/mot.html", "https://a.test/tin/hai.html"]
    assert article_patterns(addresses, ["https://a.test/tin/trang-chu.html"]) == ()


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Cổng thông tin điện tử phường Tây Hồ", "Phường Tây Hồ"),
        ("TRANG TIN HUYỆN MỸ ĐỨC", "Huyện Mỹ Đức"),
        ("Xã Sóc Sơn - thành phố Hà Nội", "Xã Sóc Sơn"),
        ("Trang thông tin thị xã Sơn Tây", "Thị xã Sơn Tây"),
        ("Sở Y tế Hà Nội", None),
        ("Xã hội và đời sống", None),
        ("Cải cách hành chính của xã", None),
    ],
)
def test_units_are_found_by_kind_and_name(text: str, unit: str | None) -> None:
    assert unit_named(text) == unit


def test_an_office_is_the_name_of_its_site_without_the_prefix() -> None:
    assert office_of_site("Cổng thông tin điện tử Sở Y tế Hà Nội") == "Sở Y tế Hà Nội"
    assert office_of_site("Báo Hà Nội Mới") == "Báo Hà Nội Mới"


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://www.tayho.hanoi.gov.vn/vi", "tayho"),
        ("https://phuong_x.test/", "phuong-x"),
        ("https://hanoi.gov.vn", "hanoi"),
    ],
)
def test_a_slug_is_made_of_the_host(url: str, slug: str) -> None:
    assert slug_of(url) == slug
