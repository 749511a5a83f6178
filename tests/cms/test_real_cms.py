"""Running CMSs, defined by `portals new`, crawled and built: the corpus is what their databases hold.

Run with `make cms`. WordPress needs Debian's packages, Pelican and Wagtail are installed from their locked requirements
(see CONTRIBUTING.md); a site that cannot be installed is skipped with the reason. Servers listen on loopback.

Belongs here: what must be true of each site. Does not belong here: what is done to them (`tests.cms.conftest`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pytest

from tests.cms.conftest import EDITED, MOVED, NEW, REMOVED, RENAMED, UNCHANGED, Stories, Story
from tests.cms.expected import Row, corpus_rows, expected_row
from tests.cms.posts import ABOUT_TITLE
from tests.cms.site import Stored
from warehouse.tables import lock
from warehouse.tables.counts import counts_of

pytestmark = [pytest.mark.cms, pytest.mark.process, pytest.mark.slow]

# Share of the first crawl's requests that a crawl without news may send. Refetches that were due do not count, nor do
# the start URLs: each crawl asks for all of them, and thirty posts are few beside them.
SHARE_MAX = 0.1
SECRETS = ("câu bí mật số một", "câu bí mật số hai", "câu bí mật số ba", "Nhuận bút", "ánh sáng kéo dài")


def differing(stored: Mapping[str, Stored], found: Sequence[Row]) -> list[str]:
    """Return what differs between a database and the corpus, one line a field of an article."""
    wanted = {row.title: row for row in map(expected_row, stored.values())}
    rows = {row.title: row for row in found}
    missing = [f"{title}: not in the corpus" for title in wanted.keys() - rows.keys()]
    extra = [f"{title}: in the corpus alone, {rows[title].url}" for title in rows.keys() - wanted.keys()]
    twice = [f"{row.title}: twice, {row.url}" for row in found if rows[row.title] is not row]
    fields = [
        f"{title}: {line}" for title, row in wanted.items() if title in rows for line in row.differences(rows[title])
    ]
    return sorted([*missing, *extra, *twice, *fields])


def events(corpus: Path, portal: str) -> dict[str, set[str]]:
    """Return the titles of the portal's articles by event."""
    with duckdb.connect(str(corpus), read_only=True) as connection:
        rows = connection.execute(
            "select event, list(title) from fct_article_events join fct_articles using (article_id)"
            " where fct_articles.portal = ? group by event",
            [portal],
        ).fetchall()
    return {event: set(titles) for event, titles in rows}


def titles(stored: Mapping[str, Stored], keys: Sequence[str]) -> set[str]:
    return {stored[key].title for key in keys}


def test_a_stranger_drafts_a_portal_without_a_fault(story: Story) -> None:
    assert "\nwhat is off: nothing\n" in story.drafted


def test_every_crawl_is_healthy(story: Story) -> None:
    verdicts = [(report["kind"], report["verdict"]) for report in story.reports]
    assert [kind for kind, _ in verdicts] == [
        *("full", "incremental", "incremental", "incremental", "full"),
        "incremental",
    ]
    assert [verdict for _, verdict in verdicts] == ["ok", "no_news", "ok", "no_news", "no_news", "no_news"]


def test_the_corpus_equals_the_database(story: Story, stories: Stories) -> None:
    problems = differing(story.before, corpus_rows(stories.corpus_before, story.slug))
    assert not problems, "\n".join(problems)


def test_the_corpus_equals_the_database_after_the_changes(story: Story, stories: Stories) -> None:
    problems = differing(story.after, corpus_rows(stories.corpus_after, story.slug))
    assert not problems, "\n".join(problems)


def test_crawl_corpus_and_database_agree_on_the_number_of_articles(story: Story, stories: Stories) -> None:
    published = len(story.before)
    assert len(corpus_rows(stories.corpus_before, story.slug)) == published
    with duckdb.connect(str(stories.corpus_before), read_only=True) as connection:
        unread = connection.execute(
            "select count(*) from fct_unread_pages where crawl_id = ?", [story.reports[0]["crawl_id"]]
        ).fetchone()
    # A page behind a password is linked as an article and is none.
    assert unread is not None
    assert story.reports[0]["articles_captured"] - unread[0] == published
    with duckdb.connect(str(stories.corpus_after), read_only=True) as connection:
        new = connection.execute(
            "select articles_new from fct_crawls where portal = ? order by started_at", [story.slug]
        ).fetchall()
    assert [count for (count,) in new] == [published, 0, 1, 0, 0, 0]


def test_the_check_finds_that_crawl_and_corpus_agree(story: Story, stories: Stories) -> None:
    with lock.hold(stories.home, "test", 0):
        counts = counts_of(stories.home)[story.slug]
    assert counts.agree, str(counts)


def test_a_crawl_of_an_unchanged_site_costs_a_tenth_besides_refetches_and_start_urls(story: Story) -> None:
    first, second = story.reports[:UNCHANGED]
    spent = second["requests"] - second["requests_for"].get("refetch", 0)
    assert story.start_count <= spent <= story.start_count + SHARE_MAX * first["requests"], (
        first["requests_for"],
        second["requests_for"],
    )


def test_no_page_is_fetched_twice_in_a_crawl(story: Story, stories: Stories) -> None:
    with duckdb.connect(str(stories.corpus_after), read_only=True) as connection:
        twice = connection.execute(
            "select url from fct_captures where portal = ? group by crawl_id, url having count(*) > 1", [story.slug]
        ).fetchall()
    # Once, in the crawl that meets the redirect to a new address, a request for that address may wait already.
    redirected = {story.after[key].url for key in (*MOVED, *RENAMED) if story.before[key].url != story.after[key].url}
    assert len(twice) == len(set(twice))
    assert {url for (url,) in twice} <= redirected


def test_removed_edited_and_new_articles_are_events_and_no_others(story: Story, stories: Stories) -> None:
    found = events(stories.corpus_after, story.slug)
    assert found["published"] == {post.title for post in {**story.before, **story.after}.values()}
    assert found.get("removed") == titles(story.before, REMOVED)
    assert found.get("edited") == titles(story.before, EDITED)
    assert "restored" not in found
    assert story.after[NEW].title in found["published"]


def test_an_article_whose_address_changed_has_moved(story: Story, stories: Stories) -> None:
    keys = [key for key in (*MOVED, *RENAMED) if story.before[key].url != story.after[key].url]
    assert events(stories.corpus_after, story.slug).get("moved", set()) == titles(story.before, keys)


def test_hidden_texts_and_static_pages_are_not_in_the_corpus(story: Story, stories: Stories) -> None:
    with duckdb.connect(str(stories.corpus_after), read_only=True) as connection:
        rows = connection.execute(
            "select articles.title, concat_ws(' ', revisions.lead, revisions.body) from fct_articles as articles"
            " join fct_article_revisions as revisions using (article_id) where articles.portal = ?",
            [story.slug],
        ).fetchall()
    assert ABOUT_TITLE not in {title for title, _ in rows}
    assert [title for title, text in rows if any(secret in text for secret in SECRETS)] == []
