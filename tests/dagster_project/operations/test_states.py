"""The present state of portals: what is wrong, since when, and where the runbook says what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dagster_project.corpus import PORTALS_VARIABLE, Corpus
from dagster_project.operations import findings
from dagster_project.operations.states import STANDINGS, CorpusState, PortalState, corpus_state
from tests.crawling import define_portal
from tests.docs.pages import DOCS
from tests.docs.test_links import anchors
from warehouse.archive.index.reports import report_json
from warehouse.home import CRAWLS_FOLDER, HOME_VARIABLE, Home
from warehouse.records import CrawlKind, CrawlReport, Verdict

BEGUN = datetime(2026, 9, 1, 1, tzinfo=UTC)
SLUG, OTHER, NEW = "hong", "lanh", "moi"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of three portals of the user's own, with an empty home beside it."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "own"))
    for slug in (SLUG, OTHER, NEW):
        define(tmp_path / "own", slug)
    return tmp_path / "own"


@pytest.fixture
def home(folder: Path) -> Home:
    return Home(folder.parent / "home")


def define(folder: Path, slug: str, **fields: object) -> None:
    define_portal(folder, slug, f"{slug}.test", platform="generic", seed_urls=[f"https://{slug}.test/"], **fields)


def crawled(home: Home, day: int, verdict: Verdict, slug: str = SLUG, kind: CrawlKind = "full") -> CrawlReport:
    """Store the report of a crawl that began on a day, and ended an hour later."""
    begun = BEGUN + timedelta(days=day)
    crawl_id = f"{begun:%Y%m%dT%H%M%SZ}"
    report = CrawlReport(
        *(crawl_id, slug, "run", begun, begun + timedelta(hours=1), verdict, f"why {verdict}", 9, 8, 7, 6, 5, {}, "w")
    )
    report = replace(report, kind=kind)
    home.storage.put(f"{CRAWLS_FOLDER}/{slug}/{crawl_id}.json", report_json(report).encode())
    return report


def at(day: int, hour: int = 1) -> datetime:
    return BEGUN + timedelta(days=day, hours=hour)


def states(home: Home) -> CorpusState:
    return corpus_state(Corpus.open(home), [SLUG, OTHER, NEW])


def state(home: Home, slug: str = SLUG) -> PortalState:
    found = states(home).portal(slug)
    assert found is not None
    return found


def test_a_portal_that_was_never_crawled_has_no_verdict_and_no_problem(home: Home) -> None:
    found = state(home)
    assert (found.standing, found.verdict, found.since, found.problems) == ("never_crawled", None, None, ())
    assert (found.last, found.last_healthy) == (None, None)
    assert found.name == "Cổng thử nghiệm"


@pytest.mark.parametrize("verdict", ["ok", "no_news"])
def test_a_healthy_crawl_makes_a_portal_well(home: Home, verdict: Verdict) -> None:
    crawled(home, 0, "blocked")
    healthy = crawled(home, 1, verdict)
    found = state(home)
    assert (found.standing, found.verdict, found.since, found.problems) == ("well", verdict, None, ())
    assert found.last == found.last_healthy == healthy


def test_a_portal_is_red_since_the_first_unhealthy_crawl_after_the_last_healthy_one(home: Home) -> None:
    crawled(home, 0, "unreachable")
    healthy = crawled(home, 1, "ok")
    crawled(home, 2, "partial")
    crawled(home, 3, "blocked")
    last = crawled(home, 4, "blocked")
    found = state(home)
    assert (found.standing, found.verdict, found.since) == ("red", "blocked", at(2))
    assert (found.last, found.last_healthy) == (last, healthy)
    (problem,) = found.problems
    assert (problem.check, problem.reason) == ("verdict", "blocked: why blocked")


def test_a_portal_that_was_never_healthy_is_red_since_its_first_crawl(home: Home) -> None:
    crawled(home, 0, "unreachable")
    crawled(home, 1, "blocked")
    assert state(home).since == at(0)
    assert state(home).last_healthy is None


@pytest.mark.parametrize("kind", ["backfill", "import"])
def test_backfills_and_imports_do_not_count(home: Home, kind: CrawlKind) -> None:
    crawled(home, 0, "ok", kind=kind)
    assert state(home).standing == "never_crawled"
    crawled(home, 1, "ok")
    crawled(home, 2, "blocked")
    crawled(home, 3, "ok", kind=kind)
    assert (state(home).verdict, state(home).since) == ("blocked", at(2)), "good ones heal nothing"
    crawled(home, 4, "ok")
    crawled(home, 5, "partial", kind=kind)
    assert state(home).standing == "well", "bad ones spoil nothing"


def test_a_crawl_that_will_be_retried_does_not_count_and_earlier_ones_do(home: Home) -> None:
    crawled(home, 0, "ok")
    last = crawled(home, 1, "unreachable")

    def is_last(report: CrawlReport) -> bool:
        return report == last

    (found,) = corpus_state(Corpus.open(home), [SLUG], is_last).portals
    assert (found.standing, found.verdict) == ("well", "ok")
    crawled(home, 2, "unreachable")
    (found,) = corpus_state(Corpus.open(home), [SLUG], is_last).portals
    assert found.since == at(1), "it is final since another crawl followed"


def test_a_crawl_without_report_makes_a_portal_red_until_one_leaves_a_report(home: Home) -> None:
    crawled(home, 0, "ok")
    findings.record_failure(home, SLUG, "the crawl process was killed", at(1), "run")
    findings.record_failure(home, SLUG, "the crawl process ended with status 1", at(2), "run")
    found = state(home)
    assert (found.standing, found.verdict, found.since) == ("red", "ok", at(1))
    assert [problem.reason for problem in found.problems] == ["the crawl process ended with status 1"]
    crawled(home, 3, "ok")
    assert state(home).standing == "well"


def test_a_crawl_without_report_after_unhealthy_ones_does_not_begin_anew(home: Home) -> None:
    crawled(home, 0, "ok")
    crawled(home, 1, "blocked")
    findings.record_failure(home, SLUG, "the crawl process was killed", at(2), "run")
    found = state(home)
    assert found.since == at(1)
    assert [problem.reason for problem in found.problems] == ["the crawl process was killed"]


def test_a_first_crawl_without_report_is_red_and_not_never_crawled(home: Home) -> None:
    findings.record_failure(home, SLUG, "the crawl process was killed", at(0), "run")
    assert (state(home).standing, state(home).verdict, state(home).since) == ("red", None, at(0))


def test_an_unreadable_file_of_a_failure_is_a_problem_with_a_time(home: Home) -> None:
    findings.record_failure(home, SLUG, "the crawl process was killed", at(0), "run")
    (file,) = home.root.rglob(f"{SLUG}.json")
    file.write_text("{", encoding="utf-8")
    found = state(home)
    assert found.standing == "red"
    assert str(file) in found.problems[0].reason
    assert found.since == datetime.fromtimestamp(file.stat().st_mtime, UTC)


def test_findings_keep_since_when_they_are_bad(home: Home) -> None:
    crawled(home, 0, "no_news")
    for day in (3, 4, 5):
        findings.record(home, findings.SILENCE, {SLUG: f"silent for {day} days"}, at(day))
    found = state(home)
    assert (found.standing, found.verdict, found.since) == ("red", "no_news", at(3))
    assert [(one.check, one.reason) for one in found.problems] == [("silence", "silent for 5 days")]
    findings.record(home, findings.SILENCE, {SLUG: None}, at(6))
    assert state(home).standing == "well"
    findings.record(home, findings.SILENCE, {SLUG: "silent for 7 days"}, at(7))
    assert state(home).since == at(7), "it was well in between"


def test_all_problems_are_named_and_the_earliest_says_since_when(home: Home) -> None:
    crawled(home, 0, "ok")
    crawled(home, 2, "broken")
    findings.record(home, findings.EXTRACTION, {SLUG: "no dates"}, at(1))
    findings.record(home, findings.SILENCE, {SLUG: "silent"}, at(3))
    found = state(home)
    assert [problem.check for problem in found.problems] == ["verdict", "extraction", "silence"]
    assert found.since == at(1)


def test_an_invalid_file_is_named_first_and_the_portal_keeps_its_crawls(home: Home, folder: Path) -> None:
    crawled(home, 0, "ok")
    last = crawled(home, 1, "blocked")
    (folder / f"{SLUG}.yml").write_text("tierr: daily\n", encoding="utf-8")
    found = state(home)
    assert (found.standing, found.verdict, found.last, found.definition) == ("red", "blocked", last, None)
    assert found.name == SLUG
    file, verdict = found.problems
    assert (file.check, file.since) == ("portal_file", None)
    assert "tierr: unknown key" in file.reason
    assert (verdict.check, found.since) == ("verdict", at(1))


def test_a_portal_that_has_ended_is_not_judged_any_more(home: Home, folder: Path) -> None:
    crawled(home, 0, "ok")
    last = crawled(home, 1, "unreachable")
    findings.record_failure(home, SLUG, "the crawl process was killed", at(2), "run")
    findings.record(home, findings.EXTRACTION, {SLUG: "no dates"}, at(2))
    assert state(home).standing == "red"
    define(folder, SLUG, active_until="2026-09-03")
    found = state(home)
    assert (found.standing, found.problems, found.is_active, found.last) == ("inactive", (), False, last)


def test_a_portal_that_has_not_begun_is_inactive(home: Home, folder: Path) -> None:
    define(folder, SLUG, active_from="2999-01-01")
    assert state(home).standing == "inactive"


def test_red_portals_come_first_then_by_standing_and_slug(home: Home, folder: Path) -> None:
    crawled(home, 0, "ok", OTHER)
    crawled(home, 0, "blocked", NEW)
    define(folder, "chua")
    define(folder, "cu", active_until="2026-01-01")
    crawled(home, 0, "broken", SLUG)
    found = corpus_state(Corpus.open(home), [OTHER, "cu", SLUG, NEW, "chua"])
    assert [portal.slug for portal in found.portals] == [SLUG, NEW, "chua", OTHER, "cu"]
    order = [STANDINGS.index(portal.standing) for portal in found.portals]
    assert order == sorted(order)
    assert found.portal("nowhere") is None


def test_unreadable_findings_are_named_and_the_rest_is_judged(home: Home) -> None:
    crawled(home, 0, "blocked")
    findings.record(home, findings.SILENCE, {}, at(0))
    (file,) = home.root.rglob("silence.json")
    file.write_text('{"at": 1}', encoding="utf-8")
    found = states(home)
    assert list(found.unreadable) == ["silence"]
    assert str(file) in str(found.unreadable["silence"])
    assert found.portals[0].slug == SLUG


def test_a_share_is_a_problem_of_the_corpus_and_of_no_portal(home: Home) -> None:
    for day in (1, 2):
        findings.record(home, findings.SHARES, {"near_duplicates": None, "singletons": f"bad on day {day}"}, at(day))
    found = states(home)
    assert list(found.shares) == ["near_duplicates", "singletons"]
    (problem,) = found.problems
    assert (problem.check, problem.reason, problem.since) == ("shares", "bad on day 2", at(1))
    assert str(problem) == "bad on day 2 (docs/operate.md#a-share-is-not-as-usual)"
    assert all(portal.problems == () for portal in found.portals)


def test_every_problem_leads_to_a_section_of_the_runbook(home: Home, folder: Path) -> None:
    crawled(home, 0, "broken")
    crawled(home, 0, "broken", OTHER)
    gone = replace(crawled(home, 1, "broken", OTHER), verdict_reason="9 of 10 known articles are gone at once")
    home.storage.put(f"{CRAWLS_FOLDER}/{OTHER}/{gone.crawl_id}.json", report_json(gone).encode())
    for check in (findings.EXTRACTION, findings.SILENCE):
        findings.record(home, check, {SLUG: "bad"}, at(1))
    (folder / f"{NEW}.yml").write_text("tierr: daily\n", encoding="utf-8")
    findings.record(home, findings.SHARES, {"singletons": "bad"}, at(1))
    found = states(home)
    sections = [problem.section for portal in found.portals for problem in portal.problems]
    sections += [problem.section for problem in found.problems]
    assert len(set(sections)) == 6
    assert set(sections) <= anchors(DOCS / "operate.md")
