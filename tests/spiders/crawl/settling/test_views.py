"""Parameters that a crawl learns to be views of one page, and those that are not."""

from __future__ import annotations

from spiders.crawl.settling.views import LearnedViews

SITE = "https://phuong.vn"


def views(*known: str, prefixes: tuple[str, ...] = ()) -> LearnedViews:
    return LearnedViews(known, lambda prefix: prefix in prefixes)


def test_two_pages_that_name_the_plain_page_make_a_view() -> None:
    learned = views()
    learned.record_page(f"{SITE}/a?tra-loi=1", f"{SITE}/a", None)
    assert not learned.is_known_view(f"{SITE}/a?tra-loi=1")
    learned.record_page(f"{SITE}/b?tra-loi=2", f"{SITE}/b", None)
    learned.record_page(f"{SITE}/b?tra-loi=3", f"{SITE}/b", None)
    assert learned.is_known_view(f"{SITE}/b?tra-loi=99")
    assert learned.is_known_view("phuong.vn/a?tra-loi=5")
    # Whose plain page nobody has seen is asked.
    assert not learned.is_known_view(f"{SITE}/c?tra-loi=4")
    assert learned.parameters() == ("tra-loi",)


def test_a_value_that_was_not_seen_is_asked_until_several_were() -> None:
    learned = views()
    for page in "abc":
        learned.record_page(f"{SITE}/{page}", None, page.encode())
        learned.record_page(f"{SITE}/{page}?co-chu=0", None, page.encode())
    assert learned.is_known_view(f"{SITE}/a?co-chu=0")
    assert not learned.is_known_view(f"{SITE}/a?co-chu=10")


def test_a_view_with_one_value_is_known_to_the_next_crawl() -> None:
    first = views()
    for page in "abc":
        first.record_page(f"{SITE}/{page}", None, page.encode())
        first.record_page(f"{SITE}/{page}?in=1", None, page.encode())
    assert first.parameters() == ("in=1",)
    second = views(*first.parameters())
    second.record_page(f"{SITE}/d", None, b"d")
    assert second.is_known_view(f"{SITE}/d?in=1")
    assert not second.is_known_view(f"{SITE}/d?in=2")
    assert second.parameters() == ("in=1",)
    second.record_page(f"{SITE}/d?in=1", None, b"d")
    second.record_page(f"{SITE}/d?in=2", None, b"other")
    assert not second.is_known_view(f"{SITE}/d?in=1")
    assert second.parameters() == ()


def test_sessions_are_learned_by_the_text() -> None:
    learned = views()
    for number, page in enumerate("aabb"):
        learned.record_page(f"{SITE}/{page}?phien={number}", None, page.encode())
    assert learned.is_known_view(f"{SITE}/a?phien=7")
    assert not learned.is_known_view(f"{SITE}/c?phien=7")


def test_one_session_in_all_links_of_a_page_is_enough() -> None:
    learned = views()
    for page in "ab":
        learned.record_page(f"{SITE}/{page}?phien=7f3a90c2d1", f"{SITE}/{page}", None)
    assert learned.parameters() == ("phien",)
    next_day = views(*learned.parameters(), prefixes=("phuong.vn/a?phien=",))
    assert next_day.is_known_view(f"{SITE}/a?phien=0b54e8a9f6")
    assert not next_day.is_known_view(f"{SITE}/c?phien=0b54e8a9f6")


def test_values_of_several_crawls_count_together() -> None:
    known: tuple[str, ...] = ()
    for day in ("mot", "hai", "ba"):
        learned = views(*known)
        for page in "ab":
            learned.record_page(f"{SITE}/{page}?kieu={day}", f"{SITE}/{page}", None)
        known = learned.parameters()
    assert "kieu" in known


def test_a_parameter_that_names_pages_is_none() -> None:
    # A system that names its script without parameters on every page.
    learned = views()
    for script in ("xem", "tin", "van-ban"):
        for number in range(4):
            learned.record_page(f"{SITE}/{script}.php?id={number}", f"{SITE}/{script}.php", b"%d" % number)
    assert not learned.is_known_view(f"{SITE}/xem.php?id=9")


def test_canonical_addresses_that_say_nothing() -> None:
    for declared in (f"{SITE}/", "https://bao.vn/a", f"{SITE}/khac"):
        learned = views()
        for number, page in enumerate("abcd"):
            learned.record_page(f"{SITE}/{page}?x={number}", declared, None)
        assert not learned.is_known_view(f"{SITE}/a?x=9")


def test_page_numbers_are_never_views() -> None:
    learned = views()
    for page in "abcd":
        for number in range(1, 5):
            learned.record_page(f"{SITE}/{page}?page={number}", f"{SITE}/{page}", b"same")
    assert not learned.is_known_view(f"{SITE}/a?page=2")


def test_what_an_earlier_crawl_learned_leads_to_its_pages() -> None:
    learned = views("phien", prefixes=("phuong.vn/a?phien=",))
    assert learned.is_known_view(f"{SITE}/a?phien=new")
    assert not learned.is_known_view(f"{SITE}/b?phien=new")
    learned.record_page(f"{SITE}/c?phien=1", None, b"one")
    learned.record_page(f"{SITE}/c?phien=2", None, b"other")
    assert not learned.is_known_view(f"{SITE}/a?phien=new")
    assert learned.parameters() == ()


def test_of_lists_with_sessions_one_is_kept() -> None:
    learned = views("phien")
    lists = ["phuong.vn/tin?phien=1", "phuong.vn/tin?phien=2"]
    for url in lists:
        learned.record_page(url, None, b"rows")
    assert learned.among(lists) == [lists[1]]
    assert learned.among([*lists, "phuong.vn/tin"]) == lists
