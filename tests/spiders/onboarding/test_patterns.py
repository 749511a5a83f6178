"""Learnt patterns: the site's own forms, none that lists or static pages have, and none that takes long."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Sequence

import pytest

from spiders.onboarding.patterns import Learnt, learn
from spiders.platforms.parts.urls import fits_pattern

HOST = "https://a.test"
SLUGS = [
    f"{deed}-{place}"
    for deed in ("hop-giao-ban", "ra-quan-thang-11", "nao-vet-muong", "mo-duong-so-3", "trao-qua")
    for place in ("to-dan-pho-so-7", "khu-bai-giua", "cho-gach-2026", "xom-dinh")
]
NUMBERED = list(enumerate(SLUGS, 3))


def learnt(paths: Sequence[str], others: Sequence[str] = ()) -> Learnt:
    return learn([HOST + path for path in paths], [HOST + path for path in ("/", *others)])


def fits(found: Learnt, path: str) -> bool:
    return any(fits_pattern(pattern, HOST + path) for pattern in found.regexes)


@pytest.mark.parametrize(
    ("articles", "others", "pattern", "another", "never"),
    [
        (
            [f"/2026/{n % 12 + 1:02}/{n:02}/{slug}/" for n, slug in NUMBERED],
            ["/category/tin-tuc/", "/gioi-thieu/", "/tag/buoi/"],
            r"^/\d{4}/\d{2}/\d{2}/[^/]+/?$",
            "/2027/01/02/bai-moi/",
            ["/2026/11/02/", "/2026/11/", "/tin/2026/11/02/bai/trang-2/"],
        ),
        (
            [f"/2026/{n % 12 + 1:02}/{slug}/" for n, slug in NUMBERED],
            ["/2026/11/", "/gioi-thieu/"],
            r"^/\d{4}/\d{2}/\d*[^/\d][^/]*/?$",
            "/2027/01/3-viec-lon/",
            ["/2026/11/27/", "/2026/11/"],
        ),
        (
            [f"/2026/{n % 12 + 1:02}/{slug}.html" for n, slug in NUMBERED],
            ["/p/gioi-thieu.html", "/2026/11/"],
            r"^/\d{4}/\d{2}/[^/]*\.html/?$",
            "/2027/01/bai-moi.html",
            ["/p/lien-he.html"],
        ),
        (
            [f"/?p={n * 7}" for n, _ in NUMBERED],
            ["/?page_id=2", "/?cat=3", "/?paged=2"],
            r"^/\?p=\d+(?:&|$)",
            "/?p=99&lang=vi",
            ["/?page_id=5", "/?paged=3", "/", "/?p=&s=5"],
        ),
        (
            [f"/blog/{slug}/" for slug in SLUGS],
            ["/blog/", "/blog/category/tin-tuc/", "/gioi-thieu/", "/blog/?page=2"],
            r"^/blog/[^/]+/?$",
            "/blog/bai-moi/",
            ["/blog/", "/lien-he/", "/blog/category/van-hoa/"],
        ),
        (
            [f"/view.aspx?ID={n}" for n, _ in NUMBERED],
            ["/default.aspx", "/list.aspx?ID=3"],
            r"^/view\.aspx\?ID=\d+(?:&|$)",
            "/view.aspx?ID=99&CatID=2",
            ["/list.aspx?ID=9", "/view.aspx", "/view.aspx?ID=abc"],
        ),
        (
            [f"/tin.aspx?page=chitiet&id={n}&chuyenmuc={n % 3}" for n, _ in NUMBERED],
            ["/tin.aspx?page=danhmuc&id=3"],
            r"^/tin\.aspx\?page=chitiet&id=\d+&chuyenmuc=\d+(?:&|$)",
            "/tin.aspx?page=chitiet&id=99&chuyenmuc=8",
            ["/tin.aspx?page=danhmuc&id=99&chuyenmuc=8"],
        ),
        (
            [f"/index.php/{'tin-tuc' if n % 3 else 'thong-bao'}/{n}-{slug}" for n, slug in NUMBERED],
            ["/index.php/tin-tuc", "/index.php/gioi-thieu"],
            r"^/index\.php/[^/]+/\d+-[^/]*/?$",
            "/index.php/van-hoa/99-bai-moi",
            ["/index.php/tin-tuc"],
        ),
        (
            [f"/index.php?option=com_content&view=article&id={n}:{slug}&catid=3" for n, slug in NUMBERED],
            ["/index.php?option=com_content&view=category&id=3"],
            r"^/index\.php\?option=com_content&view=article&id=\d+(?::|%3A)[^&]*&catid=\d+(?:&|$)",
            "/index.php?option=com_content&view=article&id=99:bai-moi&catid=4&Itemid=1",
            ["/index.php?option=com_content&view=category&id=99:tin&catid=4"],
        ),
        ([f"/node/{n}" for n, _ in NUMBERED], ["/node", "/taxonomy/term/3"], r"^/node/\d+/?$", "/node/999", ["/node"]),
        (
            [f"/tin-tuc/{slug}-c{n % 3}a{n * 31}.html" for n, slug in NUMBERED],
            ["/tin-tuc.html", "/tin-tuc/p2.html"],
            r"^/tin-tuc/[^/]*-c\d+a\d+\.html/?$",
            "/tin-tuc/bai-moi-c9a999.html",
            ["/tin-tuc/trang-2.html", "/tin-tuc.html"],
        ),
        (
            [f"/{slug}-42502611{n:06}.htm" for n, slug in NUMBERED],
            ["/tin-tuc.htm", "/nghi-quyet-12.htm"],
            r"^/[^/]*-\d{6,}\.htm/?$",
            "/bai-moi-42502612000001.htm",
            ["/ke-hoach-2027.htm"],
        ),
        (
            [f"/tin-tuc/{n + 500}/{slug}" for n, slug in NUMBERED],
            ["/tin-tuc", "/gioi-thieu/co-cau"],
            r"^/tin-tuc/\d+/[^/]+/?$",
            "/tin-tuc/9999/bai-moi",
            ["/tin-tuc/thoi-su/bai"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("^") else "",
)
def test_the_form_of_a_system_is_learnt(
    articles: list[str], others: list[str], pattern: str, another: str, never: list[str]
) -> None:
    found = learnt(articles, others)
    assert found.regexes == (pattern,)
    assert (found.fits, found.total) == (len(articles), len(articles))
    assert fits(found, another)
    assert not [path for path in (*others, *never) if fits(found, path)]


def test_a_pattern_that_fits_a_few_articles_is_not_proposed() -> None:
    """As once for `/2026/11/27/slug/`, of which some slugs end in a number."""
    few = [f"/{slug}" for slug in SLUGS if re.search(r"-\d+$", slug)]
    found = learnt([f"/{slug}" for slug in SLUGS])
    assert 0 < len(few) < len(SLUGS)
    assert [(one.fits, one.is_wide) for one in found.patterns] == [(len(SLUGS), True)]


def test_static_pages_and_sections_of_the_same_form_are_exceptions() -> None:
    found = learnt([f"/{slug}/" for slug in SLUGS], ["/gioi-thieu/", "/tin-tuc/", "/tin-tuc/page/2/"])
    (one,) = found.patterns
    assert (one.fits, one.is_wide, one.exceptions) == (len(SLUGS), True, 2)
    assert fits(found, "/bai-moi/")
    assert not [path for path in ("/gioi-thieu/", "/gioi-thieu", "/tin-tuc/", "/tin-tuc/page/2/") if fits(found, path)]
    assert fits(found, "/gioi-thieu-sach-moi/")


@pytest.mark.parametrize(
    ("form", "static"), [("/node/{}", "/node/1"), ("/view.aspx?ID={}", "/view.aspx?ID=1"), ("/tin/{}-a", "/tin/1-a")]
)
def test_a_static_page_with_a_number_is_an_exception(form: str, static: str) -> None:
    found = learnt([form.format(number) for number in range(10, 40)], [static])
    assert [one.exceptions for one in found.patterns] == [1]
    assert not fits(found, static)
    assert fits(found, form.format(11))
    assert fits(found, form.format(199))


def test_pages_of_a_list_are_one_exception() -> None:
    articles = [f"/{slug}.html" for slug in SLUGS]
    found = learnt(articles, ["/index2.html", "/index3.html", "/archives.html"])
    assert [one.exceptions for one in found.patterns] == [2]
    assert not [path for path in ("/index2.html", "/index9.html", "/archives.html") if fits(found, path)]
    assert all(fits(found, path) for path in articles)


def test_folders_are_named_where_static_pages_are_as_deep() -> None:
    articles = [f"/{'tin-tuc' if n % 2 else 'van-hoa'}/{slug}/" for n, slug in NUMBERED]
    found = learnt(articles, ["/gioi-thieu/co-cau/", "/category/tin-tuc/"])
    assert found.regexes == (r"^/(?:tin-tuc|van-hoa)/[^/]+/?$",)


def test_several_forms_are_several_patterns() -> None:
    dated = [f"/2026/11/{n:02}/{slug}/" for n, slug in NUMBERED]
    found = learnt([*dated, *(f"/?p={n}" for n in range(5))], ["/gioi-thieu/"])
    assert {one.pattern: one.fits for one in found.patterns} == {
        r"^/\d{4}/\d{2}/\d{2}/[^/]+/?$": len(dated),
        r"^/\?p=\d+(?:&|$)": 5,
    }


def test_a_stray_link_makes_no_form() -> None:
    found = learnt([*(f"/tin/{slug}-{n}.html" for n, slug in NUMBERED), "/video/phong-su"])
    assert found.regexes == (r"^/tin/[^/]*-\d+\.html/?$",)
    assert (found.fits, found.total) == (len(SLUGS), len(SLUGS) + 1)


@pytest.mark.parametrize(
    ("articles", "others"),
    [
        ([], []),
        (["/bai-mot/"], []),
        (["/bai-mot/", "/bai-hai/"], []),
        (["/tin/mot.html", "/tin/hai.html"], ["/tin/trang-chu.html"]),
        ([f"/{slug}/" for slug in SLUGS], [f"/{chr(97 + n // 26)}{chr(97 + n % 26)}/" for n in range(300)]),
        ([f"/{'x/' * n}{slug}" for n, slug in NUMBERED], []),
    ],
    ids=["none", "one", "two", "like a list", "like 300 other pages", "each with its own depth"],
)
def test_no_pattern_is_proposed_without_a_form_of_its_own(articles: list[str], others: list[str]) -> None:
    assert learnt(articles, others).patterns == ()


def test_an_article_that_a_menu_links_to_is_no_static_page() -> None:
    articles = [f"/2026/11/{n:02}/{slug}/" for n, slug in NUMBERED]
    assert learnt(articles, ["/2026/10/30/lich-tiep-dan/"]).regexes == (r"^/\d{4}/\d{2}/\d{2}/[^/]+/?$",)


@pytest.mark.parametrize("folder", ["(a+)+$", "[^/]*", "tin.*", "a|b", r"\d{9}", "^$", "(x)", "{2}", "tin'tuc", "é+"])
def test_characters_of_regular_expressions_are_literal(folder: str) -> None:
    found = learnt([f"/{folder}/{slug}/" for slug in SLUGS])
    assert (found.fits, len(found.patterns)) == (len(SLUGS), 1)
    assert fits(found, f"/{folder}/bai-moi/")
    assert not fits(found, "/aaaa/bai-moi/")


def test_urls_that_no_file_can_hold_teach_nothing() -> None:
    bad = ["/tin/\x85dong\x9b-1001.html", f"/tin/{'a' * 5000}-1002.html"]
    found = learn([*(HOST + path for path in bad), "http://[", *(f"{HOST}/bai/{n}.html" for n in range(1, 9))], [])
    assert found.regexes == (r"^/bai/\d+\.html/?$",)
    assert found.total == 8


@pytest.mark.parametrize(
    "form",
    ["/{0}a{1}/", "/{0}{1}x.html", "/{0}?id={1}", "/-1{1}/{0}", "/{1}-{0}", "/?{0}&id={1}", "/{0}=/{1}c1c1c1c1c1"],
)
def test_a_hundred_thousand_hostile_urls_take_little_time(form: str) -> None:
    long = "-1" * 200
    articles = [HOST + form.format(long, number) for number in range(100_000)]
    others = [HOST + form.format(long, f"{number}z") for number in range(100_000)]
    started = time.process_time()
    found = learn(articles, others)
    hostile = [HOST + form.format("-1" * 2000, "1a" * 500), HOST + "/" + "-1" * 2000 + "a", HOST + "/a/" + "1" * 4000]
    for pattern in found.regexes:
        assert not any(fits_pattern(pattern, url) for url in others[:10])
        for url in hostile:
            fits_pattern(pattern, url)
    assert time.process_time() - started < 15


def test_random_urls_never_raise() -> None:
    noise = random.Random(11)  # noqa: S311 - the same noise each time
    alphabet = "ab1-_/.?=&%:;()[]{}*+^$\\|'\" é"
    for _ in range(200):
        urls = [HOST + "/" + "".join(noise.choices(alphabet, k=noise.randrange(30))) for _ in range(20)]
        for pattern in learn(urls[:15], urls[15:]).regexes:
            assert not [url for url in urls[15:] if fits_pattern(pattern, url) and url not in urls[:15]]


def test_only_a_pattern_that_names_the_question_mark_sees_the_query() -> None:
    assert fits_pattern(r"-\d+\.html$", f"{HOST}/tin/bai-7.html?from=rss")
    assert not fits_pattern(r"\d+$", f"{HOST}/tin?page=2")
    assert fits_pattern(r"[?&]id=\d+", f"{HOST}/tin?a=1&id=2")
    assert not fits_pattern(r"^/\?p=\d+$", f"{HOST}/?paged=2")
