"""After a redesign of a portal its extraction check fails, names the fields, and links three example pages."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

import dagster as dg
import pytest

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from dagster_project.operations.alerting.conditions import portal_conditions
from dagster_project.operations.states import corpus_state
from spiders.extract.article import UNREAD_REASONS
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.content import SHIPPED_CONTENT, load_content
from spiders.mirror.days import moment_of
from spiders.mirror.server import Handler, serve
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.base import Response
from spiders.portal import load_portals
from tests.crawling import crawl
from tests.demonstration import hanoi_corpus
from warehouse.corpus.release import open_release
from warehouse.home import Home
from warehouse.tables import lock, store
from warehouse.tables.judgement import FieldJudgement, Judgement

pytestmark = [pytest.mark.process, pytest.mark.slow]

NEW_THEME, WITHOUT_DATE, SAME = "my-duc-thu-nghiem", "so-van-hoa-thu-nghiem", "phuong-tay-ho-thu-nghiem"
PORTALS = (NEW_THEME, WITHOUT_DATE, SAME)
# Every article is refetched in every crawl, whatever its age.
SETTINGS = "refetch: {daily: [1d, 2d, 9999d]}\n"
# Markup that article pages of both portals have, and lists do not.
MARK = b"asset-full-content"


def with_new_theme(page: bytes) -> bytes:
    """Return an article page with the class names of another theme."""
    return page.replace(MARK, b"bai-viet").replace(b"journal-content-article", b"noi-dung-bai")


def without_date(page: bytes) -> bytes:
    """Return an article page without its date line."""
    return b"\n".join(line for line in page.splitlines() if not line.startswith("Ngày đăng".encode()))


def redesigned(host: str, change: Callable[[bytes], bytes]) -> Handler:
    """Return the portal of day 2 with changed article pages."""
    site = all_sites(load_content(SHIPPED_CONTENT))[host]

    def handle(_method: str, target: str) -> Response:
        response = site.get(target, 2)
        if response.status != 200 or MARK not in response.body:
            return response
        return Response(200, response.headers, change(response.body))

    return handle


class Redesign(NamedTuple):
    """Two normal days and the day of the redesigns, in one build."""

    home: Home
    build: subprocess.CompletedProcess[str]
    judgements: Mapping[str, Judgement]

    def broken(self, portal: str) -> dict[str, FieldJudgement]:
        return {field.field: field for field in self.judgements[portal].breakages}


@pytest.fixture(scope="module")
def redesign(tmp_path_factory: pytest.TempPathFactory) -> Redesign:
    home = Home(tmp_path_factory.mktemp("redesign"))
    home.settings_file.write_text(SETTINGS, encoding="utf-8")
    extra = {
        "myduc.hanoi.test": redesigned("myduc.hanoi.test", with_new_theme),
        "sovanhoa.hanoi.test": redesigned("sovanhoa.hanoi.test", without_date),
    }
    a_day_later = moment_of(2) + timedelta(hours=28)
    for day, now, hosts in ((1, moment_of(1), {}), (2, moment_of(2), {}), (2, a_day_later, extra)):
        with serve(day, delays=False, extra=hosts) as mirror:
            done = crawl(mirror, home, MIRROR_PORTALS, *PORTALS, now=now)
            assert done.returncode == 0, done.stderr
    build = hanoi_corpus(home, "build")
    return Redesign(home, build, pipeline.judge_extraction(Corpus.open(home), lambda _line: None))


def test_only_the_lost_fields_of_the_changed_portals_are_broken(redesign: Redesign) -> None:
    assert set(redesign.judgements) == set(PORTALS)
    new_theme, without = redesign.broken(NEW_THEME), redesign.broken(WITHOUT_DATE)
    assert (new_theme["fallback"].usual_share, new_theme["fallback"].share) == (0.0, 1.0)
    assert set(without) == {"date", "minute"}
    assert (without["date"].usual_share, without["date"].share) == (1.0, 0.0)
    assert redesign.broken(SAME) == {}


def test_a_build_by_command_line_gives_the_same_alert_conditions_as_dagster(redesign: Redesign) -> None:
    found = portal_conditions(corpus_state(Corpus.open(redesign.home), PORTALS), moment_of(3))
    for portal in (NEW_THEME, WITHOUT_DATE):
        assert f"extraction: {redesign.judgements[portal]}" in found[f"portal {portal}"].reasons
    assert found[f"portal {SAME}"].reasons == ()


def test_the_breakage_is_recorded_on_its_day_only(redesign: Redesign) -> None:
    with open_release(redesign.home.corpus_file) as corpus:
        rows = corpus.execute(
            "select portal, is_judged, broken_fields != [] from fct_extraction_quality order by portal, looked_at"
        ).fetchall()
    normal = [(False, False), (True, False)]
    assert rows == [
        *((NEW_THEME, *day) for day in [*normal, (True, True)]),
        *((SAME, *day) for day in [*normal, (True, False)]),
        *((WITHOUT_DATE, *day) for day in [*normal, (True, True)]),
    ]


def test_each_field_has_three_example_pages_that_had_it_before(redesign: Redesign) -> None:
    flags = {"fallback": "fallback", "date": "no_date"}
    with open_release(redesign.home.corpus_file) as corpus:
        # Extraction by the fallback in a broken crawl does not change articles.
        for portal, field, is_flagged in ((NEW_THEME, "fallback", False), (WITHOUT_DATE, "date", True)):
            urls = redesign.broken(portal)[field].example_urls
            assert len(set(urls)) == 3
            found = corpus.execute(
                "select distinct portal, list_contains(quality_flags, $flag), first_captured_at < last_captured_at"
                " from fct_articles where list_contains($urls, url)",
                {"flag": flags[field], "urls": list(urls)},
            ).fetchall()
            assert found == [(portal, is_flagged, True)]


def test_a_redesign_makes_no_edits(redesign: Redesign) -> None:
    with open_release(redesign.home.corpus_file) as corpus:
        crawls = corpus.execute(
            "select verdict, (select count(*) from fct_article_events where crawl_id = fct_crawls.crawl_id)"
            " from fct_crawls where portal = $portal order by started_at desc limit 1",
            {"portal": NEW_THEME},
        ).fetchall()
    assert crawls == [("broken", 0)]


def test_the_build_reports_it_before_publishing_and_exits_with_3(redesign: Redesign) -> None:
    assert redesign.build.returncode == 3, redesign.build.stderr
    lines = redesign.build.stderr.splitlines()
    warnings = [line for line in lines if "worse than usual" in line]
    assert [line.split(":")[0] for line in warnings] == [NEW_THEME, WITHOUT_DATE]
    assert re.search(r"fallback 100% of \d+ pages, usually 0%", warnings[0])
    assert re.search(r"date 0% of \d+ pages, usually 100%", warnings[1])
    (published,) = (number for number, line in enumerate(lines) if line.startswith("publish: "))
    assert lines.index(warnings[1]) < published


def test_in_dagster_only_their_checks_fail(redesign: Redesign, definitions: dg.Definitions) -> None:
    from dagster_project.defs.judgement import EXTRACTION, portal_checks

    assert definitions
    portals = load_portals([MIRROR_PORTALS]).valid
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            [portal_checks({slug: portals[slug] for slug in PORTALS}, EXTRACTION)],
            resources={"corpus": Corpus.open(redesign.home)},
            instance=instance,
            selection=dg.AssetSelection.all_asset_checks(),
        )
    checks = {check.asset_key.path[-1].replace("_", "-"): check for check in done.get_asset_check_evaluations()}
    assert {portal: check.passed for portal, check in checks.items()} == {
        NEW_THEME: False,
        WITHOUT_DATE: False,
        SAME: True,
    }
    metadata = checks[WITHOUT_DATE].metadata
    assert metadata["broken_fields"].value == ["date", "minute"]
    assert metadata["examples_date"].value == list(redesign.broken(WITHOUT_DATE)["date"].example_urls)


def test_every_page_fetched_as_an_article_is_an_article_or_an_unread_page(redesign: Redesign) -> None:
    with lock.hold(redesign.home, "test", 5), store.connect(redesign.home) as warehouse:
        neither = warehouse.execute(
            "select url from raw.captures where status = 200 and article_key is not null"
            " and capture_id not in (select capture_id from raw.articles)"
            " and capture_id not in (select capture_id from raw.unread_pages)"
        ).fetchall()
        both = warehouse.execute(
            "select articles.url from raw.articles inner join raw.unread_pages using (capture_id)"
        ).fetchall()
        reasons = warehouse.execute("select distinct reason from raw.unread_pages").fetchall()
    assert (neither, both) == ([], [])
    assert ("list_in_its_place",) in reasons  # the portal serves a list in place of a missing article
    assert {reason for (reason,) in reasons} <= UNREAD_REASONS.keys()
