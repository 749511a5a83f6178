"""Telling a portal's system by signatures: the right one from several, none from one weak one."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiders.onboarding.cms_signatures import SCORE_MIN, SYSTEMS_WITHOUT_PLATFORM, match_signatures
from spiders.platform_registry import GENERIC
from spiders.platforms import PLATFORMS
from tests.spiders.platforms.pages import FIXTURES

PAGES = {
    "liferay_point": '<script>var Liferay={}</script><a href="/tin/-/view_content/99-ten-bai">Tên bài</a>',
    "nukeviet": '<script>var nv_base_siteurl="/";</script><div id="news-bodyhtml"></div>',
    "vhv": '<div class="ModuleWrapper" id="m"><article class="news-detail-layout-type-2 mb-20"></article></div>',
    "onecms": '<div class="c-detail-head__time">8:00</div><div class="b-maincontent"></div>',
    "vnportal": '<a href="/tin-tuc/hop-giao-ban-42501021530451.htm">Họp</a><p>Phát triển bởi VNPT</p>',
    "zce": '<div class="article__body zce-content-body cms-body"></div>',
}


@pytest.mark.parametrize("system", PAGES)
def test_each_system_is_told_by_its_signatures(system: str) -> None:
    found = match_signatures([PAGES[system]])
    assert found.system == system
    assert found.score >= SCORE_MIN
    assert found.signatures
    assert found.platform == (GENERIC if system in SYSTEMS_WITHOUT_PLATFORM else system)


@pytest.mark.parametrize("platform", [name for name in PLATFORMS if name != GENERIC])
def test_each_platform_is_told_by_its_fixtures(platform: str) -> None:
    pages = [page.read_text(encoding="utf-8", errors="replace") for page in FIXTURES.glob(f"{platform}/*/page.html")]
    assert match_signatures(pages).platform == platform


def test_signatures_on_several_pages_count_together_and_each_once() -> None:
    head, detail = '<div class="c-detail-head__time"></div>', '<div class="b-maincontent"></div>'
    assert match_signatures([head] * 5).system is None
    assert match_signatures([head, detail]).system == "onecms"


@pytest.mark.parametrize(
    "source",
    [
        "",
        "<p>Cổng chạy trên NukeViet, liferay và vnpt.</p>",
        '<div class="cms-body"></div>',
        '<div class="asset-abstracts my-b-maincontent"></div>',
        '<p>Xem <a href="https://khac.test/tin">bài của cổng khác</a></p>',
    ],
)
def test_a_weak_signature_or_none_says_nothing(source: str) -> None:
    found = match_signatures([source])
    assert (found.platform, found.system) == ("generic", None)


def test_the_most_signatures_win() -> None:
    """As where a newspaper on one system quotes an address of another."""
    quoting = PAGES["nukeviet"] + '<meta name="generator" content="NukeViet v4.5"><a href="/x/-/view_content/1-a">a</a>'
    assert match_signatures([quoting]).system == "nukeviet"


def test_a_page_made_to_take_time_takes_none() -> None:
    assert match_signatures(['class="' + "a " * 500_000, 'href="' + "-1" * 500_000]).system is None


def test_real_pages_are_recognised(shared: Path) -> None:
    liferay = sorted((shared / "portals" / "liferay-point" / "pages").iterdir())
    nukeviet = [
        shared / "portals" / "nukeviet" / name for name in ("home.html", "detail-16.html", "detail-sample-11.html")
    ]
    for system, files in (("liferay_point", liferay), ("nukeviet", nukeviet)):
        told = {
            file.name: match_signatures([file.read_text(encoding="utf-8", errors="replace")]).system for file in files
        }
        assert set(told.values()) == {system}, told
