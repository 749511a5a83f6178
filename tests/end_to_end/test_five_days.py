"""Days 1 to 5 of the test portals: the corpus has exactly the expected events, and alerts report exactly the faults.

Each day Dagster materialises the portals' assets, with the demo's clock; the corpus is built after day 3 and after
day 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import dagster as dg
import duckdb
import pytest

from dagster_project import pipeline
from dagster_project.corpus import Corpus, DemoCorpus
from dagster_project.defs.captures import captures_assets
from dagster_project.operations.alerting.alerts import AlertState, Message, alert
from dagster_project.operations.alerting.conditions import portal_conditions
from dagster_project.operations.states import corpus_state
from spiders.mirror.content import Condition
from spiders.mirror.days import DAYS, moment_of
from tests.end_to_end import expected
from tests.end_to_end.expected import ArticleKey, Event
from warehouse.archive.observations import HostAnswers
from warehouse.archive.state.queries import open_state
from warehouse.corpus.release import open_release
from warehouse.home import Home
from warehouse.records import Verdict
from warehouse.settings import load_settings

pytestmark = [pytest.mark.process, pytest.mark.slow]

BUILT_AFTER = (3, 5)
# Every known article is refetched on every day on which it changes.
SETTINGS = "refetch: {" + ", ".join(f"{tier}: [1d, 2d, 3d, 4d, 30d]" for tier in ("hourly", "daily", "weekly")) + "}\n"

MY_DUC, TAY_HO, VAN_HOA = "my-duc-thu-nghiem", "phuong-tay-ho-thu-nghiem", "so-van-hoa-thu-nghiem"
THU_DO, DO_THI, LYING = "bao-thu-do-thu-nghiem", "bao-do-thi-thu-nghiem", "bao-ha-noi-ngay-nay-thu-nghiem"
HA_DONG, DONG_ANH = "dang-bo-ha-dong-thu-nghiem", "xa-dong-anh-thu-nghiem"

# By fault: the crawl's verdict, and part of its reason.
BAD: Mapping[Condition, tuple[Verdict, str]] = {
    "challenge": ("blocked", "a script that sets the cookie D1N in place of the page"),
    "forbidden": ("blocked", "it forbids the crawl; http_403: "),
    "outage": ("unreachable", "connections to it break off"),
    "redesign": ("broken", "only 0 list rows could be read"),
}


class FiveDays(NamedTuple):
    """The result of the five days.

    Attributes:
        corpus: releases, by the day after which they were built.
        messages: alert messages after each day, in order; the sensor ticks twice a day.
    """

    home: Home
    corpus: dict[int, duckdb.DuckDBPyConnection]
    messages: dict[int, list[Message]]

    def ask(self, sql: str, last_day: int = DAYS[-1]) -> list[tuple[Any, ...]]:
        """Return rows of a release."""
        return self.corpus[last_day].execute(sql).fetchall()


@pytest.fixture(scope="module")
def five_days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FiveDays]:
    home = Home(tmp_path_factory.mktemp("five-days"))
    home.settings_file.write_text(SETTINGS, encoding="utf-8")
    told = AlertState.initial(moment_of(1), load_settings(home).alerts.digest_at)
    days = FiveDays(home, {}, {})
    with dg.DagsterInstance.ephemeral() as instance:
        for day in DAYS:
            play(home, day, instance)
            messages = []
            for _tick in range(2):
                opened = Corpus.open(home)
                present = portal_conditions(corpus_state(opened, opened.slugs), opened.clock.now())
                message, told = alert(told, present)
                messages += [message] if message else []
            days.messages[day] = messages
            if day in BUILT_AFTER:
                built = pipeline.build(Corpus.open(home), f"day-{day}", lambda _line: None)
                days.corpus[day] = open_release(built.publication.release.path)
    yield days
    for corpus in days.corpus.values():
        corpus.close()


def play(home: Home, day: int, instance: dg.DagsterInstance) -> None:
    """Materialise every portal's asset on that day."""
    DemoCorpus.begin_day(home, day)
    done = dg.materialize(
        [captures_assets(Corpus.open(home).portals)],
        resources={"corpus": Corpus.open(home)},
        instance=instance,
        raise_on_error=True,
    )
    assert done.success


def day_of(moment: datetime) -> int:
    """Return the day of the crawl at that moment."""
    return max(day for day in DAYS if moment_of(day) <= moment)


def every_portal() -> list[str]:
    """Return the test portals, including the one without content."""
    return sorted({*expected.content().portals, expected.CHALLENGED})


def verdict_on(portal: str, day: int) -> Verdict:
    """Return the expected verdict of a crawl on that day."""
    if condition := expected.conditions(day).get(portal):
        return BAD[condition][0]
    return "ok" if news_of(portal, day) else "no_news"


def news_of(portal: str, day: int) -> set[ArticleKey]:
    return {key for key in expected.new_on(day) if key[0] == portal}


@pytest.mark.parametrize("last_day", BUILT_AFTER)
def test_events_are_exactly_those_of_the_content(five_days: FiveDays, last_day: int) -> None:
    found = five_days.ask(
        "select portal, url, event, seen_at from fct_article_events inner join fct_articles using (article_id, portal)",
        last_day,
    )
    events = [Event(*expected.key_of(portal, url), event, day_of(seen_at)) for portal, url, event, seen_at in found]
    assert sorted(events) == sorted(expected.events(last_day))


def test_published_events_keep_their_ids_in_later_releases(five_days: FiveDays) -> None:
    earlier, later = (set(five_days.ask("select event_id from fct_article_events", day)) for day in BUILT_AFTER)
    assert earlier < later


def test_every_crawl_has_the_verdict_of_its_day_with_the_reason(five_days: FiveDays) -> None:
    found = five_days.ask("select portal, started_at, verdict, verdict_reason from fct_crawls")
    verdicts = {(portal, day_of(started_at)): verdict for portal, started_at, verdict, _ in found}
    assert verdicts == {(portal, day): verdict_on(portal, day) for portal in every_portal() for day in DAYS}
    reasons = {(portal, day_of(started_at)): reason for portal, started_at, _, reason in found}
    for day in DAYS:
        for portal, condition in expected.conditions(day).items():
            assert BAD[condition][1] in reasons[portal, day]


def test_every_crawl_counts_the_new_articles_of_its_day(five_days: FiveDays) -> None:
    found = five_days.ask("select portal, started_at, articles_new from fct_crawls")
    counted = {(portal, day_of(started_at)): count for portal, started_at, count in found}
    assert counted == {(portal, day): len(news_of(portal, day)) for portal in every_portal() for day in DAYS}


def test_portal_days_flag_days_without_a_healthy_crawl_as_blind(five_days: FiveDays) -> None:
    found = five_days.ask("select portal, day_on, verdict, is_blind, looks, articles_new from fct_portal_days")
    assert sorted(found) == [
        (
            portal,
            moment_of(day).date(),
            verdict_on(portal, day),
            portal in expected.conditions(day),
            1,
            len(news_of(portal, day)),
        )
        for portal in every_portal()
        for day in DAYS
    ]


def test_a_blind_day_names_the_next_healthy_crawl(five_days: FiveDays) -> None:
    found = five_days.ask("select portal, day_on, next_looked_at from fct_portal_days where is_blind")
    seen = {(portal, day_on): next_looked_at for portal, day_on, next_looked_at in found}
    for portal in every_portal():
        healthy = expected.healthy_days(portal, DAYS[-1])
        for day in set(DAYS) - set(healthy):
            following = next((later for later in healthy if later > day), None)
            at = seen[portal, moment_of(day).date()]
            assert (at and day_of(at)) == following, (portal, day)


def test_a_missing_article_is_removed_as_of_its_first_absence_or_suspected(five_days: FiveDays) -> None:
    found = five_days.ask(
        "select portal, url, is_removed, coalesce(removed_at, suspected_at) from fct_articles"
        " where is_removed or removed_at is not null or suspected_at is not null"
    )
    gone = {expected.key_of(portal, url): (is_removed, day_of(at)) for portal, url, is_removed, at in found}
    last: dict[ArticleKey, Event] = {}
    for event in expected.events(DAYS[-1]):
        if event.event in ("removed", "restored"):
            last[event.portal, event.id] = event
    removed = {key: event for key, event in last.items() if event.event == "removed"}
    suspected = expected.removed(DAYS[-1]) - removed.keys()
    assert removed
    assert suspected
    assert gone == {
        **{key: (True, expected.healthy_days(key[0], event.day - 1)[-1]) for key, event in removed.items()},
        **{key: (False, expected.healthy_days(key[0], DAYS[-1])[-1]) for key in suspected},
    }


def test_each_revision_has_the_text_of_its_day(five_days: FiveDays) -> None:
    found = five_days.ask(
        "select portal, url, revision, valid_from, valid_to, revisions.title, revisions.lead, revisions.body"
        " from fct_article_revisions as revisions"
        " inner join (select article_id, portal, url from fct_articles) using (article_id)"
        " order by article_id, revision"
    )
    begun: dict[ArticleKey, list[int]] = {}
    for portal, url, revision, valid_from, valid_to, title, lead, body in found:
        key = expected.key_of(portal, url)
        days = begun.setdefault(key, [])
        days.append(day_of(valid_from))
        assert revision == len(days)
        shown = expected.content().state(portal, days[-1]).article(key[1])
        assert shown is not None
        wanted = expected.row(shown)
        assert (title, lead, body) == (wanted["title"], wanted["lead"], wanted["body"]), (key, revision)
        assert valid_to is None or valid_to > valid_from
    wanted_days: dict[ArticleKey, list[int]] = {}
    for event in expected.events(DAYS[-1]):
        if event.event in ("published", "edited"):
            wanted_days.setdefault((event.portal, event.id), []).append(event.day)
    assert begun == wanted_days


# By article and revision: the word diff, then figures removed and added, dates removed and added.
DIFFS: dict[tuple[str, int, int], tuple[str, list[str], list[str], list[str], list[str]]] = {
    (DO_THI, 830112, 2): (
        "body: … ba mươi phút đầu [-5.000 đồng.-]{+10.000 đồng, từ ngày 1/11 học sinh được giảm một nửa.+}",
        ["5.000 đồng"],
        ["10.000 đồng"],
        [],
        ["1/11"],
    ),
    (LYING, 720111, 2): (
        "lead: Cây cầu dài [-46m-]{+48m+} rút quãng đường đến …\n"
        "body: … thi công. Cầu dài [-46m,-]{+48m,+} rộng 3,5m, chỉ cho …",
        ["46m"],
        ["48m"],
        [],
        [],
    ),
    (THU_DO, 880133, 2): (
        "title: Lắp [-120-]{+150+} trạm đổi pin xe …\n"
        "body: Một trăm [-hai-]{+năm+} mươi tủ đổi pin … từ nay đến ngày [-15/12,-]{+31/12,+} theo kế hoạch Sở …",
        ["120"],
        ["150"],
        ["15/12"],
        ["31/12"],
    ),
    (THU_DO, 880133, 3): (
        "title: Lắp [-150-]{+120+} trạm đổi pin xe …\n"
        "body: Một trăm [-năm-]{+hai+} mươi tủ đổi pin … từ nay đến ngày [-31/12,-]{+15/12,+} theo kế hoạch Sở …",
        ["150"],
        ["120"],
        ["31/12"],
        ["15/12"],
    ),
    (MY_DUC, 4401005, 2): (
        "title: … I/2024, huyện giải ngân [-hơn 118-]{+gần 122+} tỷ đồng vốn đầu …\n"
        "lead: Con số này bằng [-17,2%-]{+17,7%+} kế hoạch năm, cao …\n"
        "body: … 31/3, giải ngân đạt [-118-]{+121+} tỷ [-430-]{+906+} triệu đồng. Khối trường …\n"
        "body: {+Số liệu giải ngân trong bài được đính chính theo bản đối chiếu lưu tại Kho bạc.+}",
        ["118 tỷ đồng", "17,2%", "118 tỷ 430 triệu đồng"],
        ["122 tỷ đồng", "17,7%", "121 tỷ 906 triệu đồng"],
        [],
        [],
    ),
    (VAN_HOA, 5502036, 2): (
        "body: … hiện, dự kiến trong [-45-]{+60+} ngày.\n"
        "body: … ở lớp đất cháy [-sẽ-]{+đã+} được gửi đi phân [-tích,-]{+tích hôm 21/10,+} kết quả có sau chừng "
        "[-hai-]{+ba+} tháng.",
        ["45"],
        ["60"],
        [],
        ["21/10"],
    ),
    (HA_DONG, 6611031, 2): (
        "body: … địa bàn vào hồi [-14-]{+8+} giờ {+30 phút thứ bảy,+} ngày [-29-10,-]{+31-10,+} tại hội trường tầng …\n"
        "body: … niên phường trước ngày [-27-10;-]{+29-10;+} câu hỏi nêu tại …",
        ["14 giờ"],
        ["8 giờ 30 phút"],
        ["27-10"],
        ["31-10"],
    ),
    (DONG_ANH, 119, 2): (
        "body: … giấy gọi từ ngày [-2-]{+9+} đến ngày [-6/11-]{+13/11+} để sơ khám.\n"
        "body: {+Thời gian sơ khám trong thông báo này thay cho thời gian đã niêm yết tại các thôn.+}",
        ["2"],
        ["9"],
        ["6/11"],
        ["13/11"],
    ),
}


def test_revisions_show_what_each_edit_changed(five_days: FiveDays) -> None:
    found = five_days.ask(
        "select portal, url, revision, diff, figures_removed, figures_added, dates_removed, dates_added"
        " from fct_article_revisions"
        " inner join (select article_id, portal, url from fct_articles) using (article_id) where revision > 1"
    )
    changes = {(*expected.key_of(portal, url), revision): tuple(change) for portal, url, revision, *change in found}
    assert {key: changes[key] for key in DIFFS} == DIFFS


def test_a_fault_is_alerted_once_and_so_is_its_recovery(five_days: FiveDays) -> None:
    told = {
        day: [
            (
                [one["name"] for one in message.fields["turned_bad"]],
                [one["name"] for one in message.fields["recovered"]],
            )
            for message in messages
        ]
        for day, messages in five_days.messages.items()
    }
    assert told == {
        1: [([f"portal {expected.CHALLENGED}"], [])],
        2: [],
        3: [([f"portal {TAY_HO}", f"portal {DONG_ANH}"], [])],
        4: [([f"portal {VAN_HOA}"], [f"portal {TAY_HO}", f"portal {DONG_ANH}"])],
        5: [],
    }


def test_alerts_name_the_reason(five_days: FiveDays) -> None:
    for day, messages in five_days.messages.items():
        for turned in (one for message in messages for one in message.fields["turned_bad"]):
            condition = expected.conditions(day)[turned["name"].removeprefix("portal ")]
            (reason,) = turned["reasons"]
            assert reason.startswith("verdict: ")
            assert BAD[condition][1] in reason


def test_a_feed_that_always_answers_304_is_trusted_only_once(five_days: FiveDays) -> None:
    # Its new articles of each day are among the events tested above.
    assert all(news_of(LYING, day) for day in (2, 3, 4))
    said = five_days.ask(f"select started_at, not_modified from fct_crawls where portal = '{LYING}'")  # noqa: S608 - a constant
    assert {day_of(at): count for at, count in said} == {1: 0, 2: 1, 3: 0, 4: 0, 5: 0}
    with open_state(five_days.home, LYING) as state:
        # The conditional request of day 2 got a false 304; since then requests are unconditional.
        assert state.host("hanoingaynay.test") == HostAnswers(asked=1, not_modified=1, false=1)
