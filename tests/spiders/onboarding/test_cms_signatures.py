"""CMS signatures: several indicate the right CMS, a single weak one indicates none."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiders.onboarding.captures import CapturedPage
from spiders.onboarding.cms_signatures import (
    SCORE_MIN,
    SYSTEMS_WITHOUT_PLATFORM,
    SignatureMatch,
    match_signatures,
    system_name,
)
from spiders.platform_registry import GENERIC
from spiders.platforms import PLATFORMS
from tests.spiders.platforms.pages import CAPTURED_AT, FIXTURES

PAGES = {
    "liferay_point": '<script>var Liferay={}</script><a href="/tin/-/view_content/99-ten-bai">Tên bài</a>',
    "nukeviet": '<script>var nv_base_siteurl="/";</script><div id="news-bodyhtml"></div>',
    "vhv": '<div class="ModuleWrapper" id="m"><article class="news-detail-layout-type-2 mb-20"></article></div>',
    "onecms": '<div class="c-detail-head__time">8:00</div><div class="b-maincontent"></div>',
    "vnportal": '<a href="/tin-tuc/hop-giao-ban-42501021530451.htm">Họp</a><p>Phát triển bởi VNPT</p>',
    "zce": '<div class="article__body zce-content-body cms-body"></div>',
    "joomla": '<script src="/media/jui/js/jquery.min.js"></script><a href="/?option=com_content&amp;id=3">Tin</a>',
    "drupal": '<img src="/sites/default/files/anh.jpg"><a href="/node/12">Tin</a>',
    "sharepoint": '<script src="/_layouts/15/init.js"></script><a href="/Pages/gioi-thieu.aspx">Giới thiệu</a>',
    "dotnetnuke": '<link href="/Portals/0/portal.css"><script src="/DesktopModules/News/module.js"></script>',
}
GENERATORS = {
    "joomla": '<meta name="generator" content="Joomla! - Open Source Content Management" />',
    "drupal": '<meta content="Drupal 7 (http://drupal.org)" name="Generator">',
    "sharepoint": "<meta name='GENERATOR' content='Microsoft SharePoint'>",
    "dotnetnuke": '<META NAME="GENERATOR" CONTENT="DotNetNuke ">',
}
HEADERS = {
    "drupal": ("X-Generator", "Drupal 10 (https://www.drupal.org)"),
    "sharepoint": ("MicrosoftSharePointTeamServices", "15.0.0.4569"),
}


def match_of(*sources: str | bytes) -> SignatureMatch:
    bodies = [source if isinstance(source, bytes) else source.encode() for source in sources]
    return match_signatures(
        CapturedPage("https://a.test/", "https://a.test/", body, None, CAPTURED_AT) for body in bodies
    )


@pytest.mark.parametrize("system", PAGES)
def test_each_cms_has_signatures(system: str) -> None:
    found = match_of(PAGES[system])
    assert found.system == system
    assert found.score >= SCORE_MIN
    assert found.signatures
    assert found.platform == (GENERIC if system in SYSTEMS_WITHOUT_PLATFORM else system)


@pytest.mark.parametrize("system", GENERATORS)
def test_a_generator_alone_names_its_system(system: str) -> None:
    assert match_of(f"<html><head>{GENERATORS[system]}</head></html>").system == system
    quoted = GENERATORS[system].replace("name=", "property=").replace("NAME=", "property=")
    assert match_of(f"<html><head>{quoted}</head></html>").system is None


@pytest.mark.parametrize("system", HEADERS)
def test_a_header_names_its_system(system: str) -> None:
    body, (name, value) = b"<html><body><p>Tin</p></body></html>", HEADERS[system]
    page = CapturedPage("https://a.test/", "https://a.test/", body, None, CAPTURED_AT, ((name, value),))
    assert match_signatures([page]).system == system
    assert match_of(f"<p>{name}: {value}</p>").system is None


@pytest.mark.parametrize("system", SYSTEMS_WITHOUT_PLATFORM)
def test_a_system_without_a_platform_has_a_name(system: str) -> None:
    assert system_name(system).lower() == system
    assert system not in PLATFORMS


@pytest.mark.parametrize("platform", [name for name in PLATFORMS if name != GENERIC])
def test_the_fixtures_of_each_platform_have_its_signatures(platform: str) -> None:
    pages = [page.read_bytes() for page in FIXTURES.glob(f"{platform}/*/page.html")]
    assert match_of(*pages).platform == platform


def test_signatures_on_several_pages_count_together_and_each_once() -> None:
    head, detail = '<div class="c-detail-head__time"></div>', '<div class="b-maincontent"></div>'
    assert match_of(*[head] * 5).system is None
    assert match_of(head, detail).system == "onecms"


@pytest.mark.parametrize(
    "source",
    [
        "",
        "<p>Cổng chạy trên NukeViet, liferay và vnpt.</p>",
        '<div class="cms-body"></div>',
        "<p>Trang được chuyển từ Joomla, Drupal, SharePoint và DotNetNuke sang hệ thống mới.</p>",
        '<meta property="og:title" content="Drupal 10 ra mắt tại Hà Nội">',
        '<a href="/Pages/lich.aspx">Lịch</a><a href="/node/3">Tin</a>',
        '<div class="asset-abstracts my-b-maincontent"></div>',
        '<p>Xem <a href="https://khac.test/tin">bài của cổng khác</a></p>',
    ],
)
def test_a_weak_signature_indicates_no_cms(source: str) -> None:
    found = match_of(source)
    assert (found.platform, found.system) == ("generic", None)


def test_the_most_signatures_win() -> None:
    """As when a newspaper on one CMS quotes a URL of another."""
    quoting = PAGES["nukeviet"] + '<meta name="generator" content="NukeViet v4.5"><a href="/x/-/view_content/1-a">a</a>'
    assert match_of(quoting).system == "nukeviet"


def test_a_page_made_to_take_time_is_matched_quickly() -> None:
    assert match_of('<p class="' + "a " * 500_000, '<a href="' + "-1" * 500_000).system is None


def test_real_pages_are_recognised(shared: Path) -> None:
    liferay = sorted((shared / "portals" / "liferay-point" / "pages").iterdir())
    nukeviet = [
        shared / "portals" / "nukeviet" / name for name in ("home.html", "detail-16.html", "detail-sample-11.html")
    ]
    for system, files in (("liferay_point", liferay), ("nukeviet", nukeviet)):
        found = {file.name: match_of(file.read_bytes()).system for file in files}
        assert set(found.values()) == {system}, found
