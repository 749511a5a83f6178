"""CMS signatures: several indicate the right CMS, a single weak one indicates none."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiders.onboarding.captures import CapturedPage
from spiders.onboarding.cms_signatures import SCORE_MIN, SYSTEMS_WITHOUT_PLATFORM, SignatureMatch, match_signatures
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
