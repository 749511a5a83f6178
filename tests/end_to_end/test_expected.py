"""The derived expectations for days 3 to 5 match a list of events written by hand."""

from __future__ import annotations

from spiders.mirror.days import DAYS
from tests.end_to_end import expected

HANOI_NGAY_NAY, DO_THI, THU_DO = "bao-ha-noi-ngay-nay-thu-nghiem", "bao-do-thi-thu-nghiem", "bao-thu-do-thu-nghiem"
HA_DONG, MY_DUC, TAY_HO = "dang-bo-ha-dong-thu-nghiem", "my-duc-thu-nghiem", "phuong-tay-ho-thu-nghiem"
VAN_HOA, DONG_ANH = "so-van-hoa-thu-nghiem", "xa-dong-anh-thu-nghiem"


def happened(event: str, *days: int) -> set[tuple[str, int, int]]:
    return {
        (one.portal, one.id, one.day) for one in expected.events(DAYS[-1]) if one.event == event and one.day in days
    }


def test_articles_published_during_a_fault_are_expected_in_the_next_healthy_crawl() -> None:
    assert happened("published", 3, 4, 5) == {
        (VAN_HOA, 5502039, 3),
        (THU_DO, 880136, 3),
        (HA_DONG, 6611031, 3),
        (HANOI_NGAY_NAY, 720115, 3),
        (DO_THI, 830115, 3),
        (TAY_HO, 7037, 4),  # published on day 3, when the portal answered 403
        (TAY_HO, 7038, 4),
        (DONG_ANH, 121, 4),  # published on day 3, during the outage
        (DONG_ANH, 122, 4),
        (THU_DO, 880137, 4),
        (HANOI_NGAY_NAY, 720116, 4),
        (THU_DO, 880138, 5),
        (TAY_HO, 7039, 5),
        (HA_DONG, 6611032, 5),
    }


def test_an_edit_and_its_reversal_are_both_events() -> None:
    assert happened("edited", 3, 4, 5) == {
        (MY_DUC, 4401005, 3),
        (VAN_HOA, 5502036, 3),
        (THU_DO, 880133, 3),
        (THU_DO, 880133, 4),  # back to its first state
        (HA_DONG, 6611031, 4),
        (DONG_ANH, 119, 4),
        (DO_THI, 830112, 4),
        (TAY_HO, 7035, 4),
        (HANOI_NGAY_NAY, 720111, 5),
    }


def test_a_removal_needs_two_healthy_crawls_that_miss_the_article() -> None:
    assert happened("removed", *DAYS) == {
        (VAN_HOA, 5502012, 3),
        (HA_DONG, 6611016, 3),
        (HANOI_NGAY_NAY, 720110, 3),
        (DO_THI, 830113, 3),
        (DONG_ANH, 118, 4),  # missing since day 2, but day 3 was an outage
        (THU_DO, 880118, 4),
        (HA_DONG, 6611018, 5),  # a list is served in its place
        (DONG_ANH, 120, 5),  # it redirects to the home page
        (TAY_HO, 7034, 5),  # missing since day 3, when the portal had a fault
    }
    assert happened("restored", *DAYS) == {(DO_THI, 830113, 4), (THU_DO, 880118, 5)}


def test_one_absence_is_no_event() -> None:
    assert (HANOI_NGAY_NAY, 720112) in expected.removed(3)
    assert (HANOI_NGAY_NAY, 720112) not in expected.removed(4)
    assert (DO_THI, 830111) in expected.removed(5)
    found = {(one.portal, one.id) for one in expected.events(DAYS[-1]) if one.event in ("removed", "restored")}
    assert not found & {(HANOI_NGAY_NAY, 720112), (DO_THI, 830111)}


def test_conditions_list_every_portal_with_a_fault() -> None:
    assert {day: dict(expected.conditions(day)) for day in (2, 3, 4)} == {
        2: {expected.CHALLENGED: "challenge"},
        3: {expected.CHALLENGED: "challenge", TAY_HO: "forbidden", DONG_ANH: "outage"},
        4: {expected.CHALLENGED: "challenge", VAN_HOA: "redesign"},
    }


def test_a_copy_is_stale_once_its_original_is_edited() -> None:
    copy, original = (HANOI_NGAY_NAY, 720117), (HA_DONG, 6611013)
    assert (expected.copies(1)[copy], expected.stale_copies(1)) == (original, {})
    for day in DAYS[1:]:
        assert copy not in expected.copies(day)
        assert expected.stale_copies(day) == {copy: original}
