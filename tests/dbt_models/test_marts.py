"""The dbt project: marts of a generated corpus, data tests that can fail, contracts and descriptions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from dagster_project.dbt.project import dbt_environment, run_dbt
from tests.warehouse.tables import made_up
from tests.warehouse.tables.made_up import at
from warehouse.home import Home
from warehouse.tables import inputs, lock, store

pytestmark = [pytest.mark.process, pytest.mark.slow]

# The promised columns of each mart; there may be more.
COLUMNS = {
    "fct_articles": """article_id portal url title lead body captions byline credited_source_name credited_source_url
        section tags published_at published_on published_precision is_removed removed_at suspected_at
        first_captured_at last_captured_at view_count word_count language
        content_hash is_canonical canonical_article_id copy_count near_duplicate_of is_original story_id
        revision_count extractor extractor_version
        quality_flags warc_file warc_offset revisit_warc_file revisit_warc_offset crawl_id run_id
        search_text""",
    "fct_article_revisions": """article_id revision revision_hash content_hash title body valid_from valid_to
        capture_id warc_file warc_offset revisit_warc_file revisit_warc_offset
        changed_fields added_word_count removed_word_count diff has_changed_figures has_changed_dates
        significance""",
    "fct_article_events": """event_id article_id portal event happened_at happened_on seen_at revision
        from_url to_url capture_id crawl_id""",
    "fct_shared_passages": """passage_id article_id portal revision field start_offset end_offset kind
        shared_word_share is_first first_article_id first_published_at capture_id""",
    "fct_portal_days": """portal day_on verdict verdict_reason is_blind reading next_looked_at crawls requests
        articles_new articles_published articles_edited articles_removed""",
    "fct_near_duplicates": """article_id revision portal other_article_id other_revision other_portal kind similarity
        containment other_containment changed_sentence_count added_sentence_count removed_sentence_count
        figures_added figures_removed dates_added dates_removed published_by other_published_by
        capture_id other_capture_id""",
    "fct_reprints": """article_id portal original_article_id original_portal original_revision how_known source_name
        source_url_key published_by original_published_by delay_minutes kind similarity containment other_containment
        changed_sentence_count added_sentence_count removed_sentence_count figures_added figures_removed""",
    "fct_portal_flows": """original_portal portal reprint_count copy_count near_duplicate_count excerpt_count
        original_missing_count median_delay_minutes first_at last_at""",
    "fct_stale_copies": """article_id portal revision original_article_id original_portal original_revision
        sentence_number significance corrected_at stale_since followed_at followed_revision is_stale carried_sentence
        former_sentence corrected_sentence figures_removed figures_added capture_id original_capture_id""",
    "dim_stories": """story_id title lead_article_id first_published_by last_published_by article_count portal_count
        portals""",
    "fct_story_articles": """story_id article_id portal published_by assigned_on similarity shared_terms shared_names
        shared_figures shared_documents""",
    "fct_story_changes": "changed_on kind story_id other_story_id",
    "fct_captures": """capture_id crawl_id portal url captured_at status content_type payload_digest is_revisit bytes
        warc_file warc_offset body_warc_file body_warc_offset""",
    "fct_crawls": """crawl_id portal kind is_complete resumes requests_for
        started_at ended_at verdict verdict_reason requests captures list_rows_seen
        articles_found articles_new articles_captured articles_read pages_unread errors""",
    "fct_extraction_quality": """crawl_id portal platform articles unread_pages share_with_title share_with_date
        share_with_minute share_with_body share_with_byline share_fallback share_of_text_repeated broken_fields""",
    "fct_unread_pages": "capture_id crawl_id portal url reason captured_at",
    "dim_article_ids": "former_article_id article_id portal reason since_at",
    "dim_portals": "portal slug name owner administrative_unit platform base_url active_from active_until verified_on"
    " original_count reprint_count",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return made_up.built(tmp_path_factory)[0]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    manifest = json.loads((made_up.built(tmp_path_factory)[1] / "manifest.json").read_text(encoding="utf-8"))
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}


def ask(home: Home, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        return warehouse.execute(sql, parameters).fetchall()


def article_id(portal: str, number: int) -> str:
    return made_up.digest(portal, str(number))[:32]


def test_an_article_has_the_values_of_its_latest_capture(home: Home) -> None:
    (row,) = ask(
        home,
        "select title, body, captions, view_count, revision_count, epoch(first_captured_at), epoch(last_captured_at),"
        " crawl_id, run_id, warc_file, warc_offset from marts.fct_articles where article_id = $id",
        id=article_id("my-duc", 1),
    )
    assert row == (
        "Khai hội chùa Hương",
        "\n\n".join(made_up.FESTIVAL),
        ["Quang cảnh buổi lễ."],
        150,  # the last capture has no view counter
        3,
        at(10).timestamp(),
        at(12).timestamp(),
        "md-3",
        "run-md-3",
        "my-duc/md-3.warc.gz",
        1000,
    )


def place_of(home: Home, table: str, portal: str, crawl: str, number: int) -> list[tuple[Any, ...]]:
    """Return where a table says that a capture's bytes are, and the record of a revisit."""
    capture_id = made_up.article(portal, number, crawl, at(12)).capture_id
    columns = "warc_file, warc_offset, revisit_warc_file, revisit_warc_offset"
    if table == "fct_captures":
        columns = "warc_file, warc_offset, body_warc_file, body_warc_offset"
    sql = f"select {columns} from marts.{table} where capture_id = $id"  # noqa: S608 - constants
    return ask(home, sql, id=capture_id)


def test_a_response_is_cited_itself(home: Home) -> None:
    place = ("my-duc/md-3.warc.gz", 1000)
    for table in ("fct_articles", "fct_article_revisions"):
        assert place_of(home, table, "my-duc", "md-3", 1) == [(*place, None, None)]
    assert place_of(home, "fct_captures", "my-duc", "md-3", 1) == [place * 2]


@pytest.fixture(scope="module")
def with_revisits(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home with two revisits: of a response in another file, and of one that the archive lost."""
    copied = made_up.copy_of(home, tmp_path_factory.mktemp("revisits") / "home")
    for portal, crawl, number, referred in (
        ("my-duc", "md-3", 1, made_up.article("my-duc", 1, "md-1", at(10)).capture_id),
        ("thu-do", "td-1", 2, "00000000-0000-0000-0000-000000000000"),
    ):
        own = made_up.article(portal, number, crawl, at(12)).capture_id
        revisit = "update raw.captures set is_revisit = true, bytes = 0, refers_to = $referred where capture_id = $own"
        ask(copied, revisit, referred=referred, own=own)
    done = made_up.dbt("build", copied, copied.root / "dbt-target")
    assert done.returncode == 0, done.stdout
    return copied


def test_a_revisit_is_cited_beside_the_record_with_its_body(with_revisits: Home) -> None:
    body, revisit = ("my-duc/md-1.warc.gz", 1000), ("my-duc/md-3.warc.gz", 1000)
    for table in ("fct_articles", "fct_article_revisions"):
        assert place_of(with_revisits, table, "my-duc", "md-3", 1) == [(*body, *revisit)]
    assert place_of(with_revisits, "fct_captures", "my-duc", "md-3", 1) == [(*revisit, *body)]


def test_a_row_whose_bytes_are_lost_cites_none_and_is_kept(with_revisits: Home) -> None:
    revisit = ("thu-do/td-1.warc.gz", 2000)
    for table in ("fct_articles", "fct_article_revisions"):
        assert place_of(with_revisits, table, "thu-do", "td-1", 2) == [(None, None, *revisit)]
    assert place_of(with_revisits, "fct_captures", "thu-do", "td-1", 2) == [(*revisit, None, None)]


def test_texts_are_folded_for_searching(home: Home) -> None:
    ((text,),) = ask(
        home, "select search_text from marts.fct_articles where article_id = $id", id=article_id("my-duc", 1)
    )
    assert text == (
        "khai hoi chua huong tom tat. sang nay, huyen my duc khai hoi chua huong. "
        "ben yen don hon hai van luot khach trong ngay dau."
    )


def test_all_tables_join_portals_by_one_name(home: Home) -> None:
    tables = ask(
        home, "select table_name from duckdb_columns() where database_name = 'marts' and column_name = 'portal'"
    )
    assert {name for (name,) in tables} == set(COLUMNS) - {"fct_article_revisions", "dim_stories", "fct_story_changes"}
    for (table,) in tables:
        unknown = f"select count(*) from marts.{table} anti join marts.dim_portals using (portal)"  # noqa: S608 - constants
        assert ask(home, unknown) == [(0,)]
    assert ask(home, "select count(*) from marts.dim_portals where portal != slug") == [(0,)]


def test_an_edit_and_its_reversal_make_three_revisions(home: Home) -> None:
    rows = ask(
        home,
        "select revision, title, epoch(valid_from), epoch(valid_to) from marts.fct_article_revisions"
        " where article_id = $id order by revision",
        id=article_id("my-duc", 1),
    )
    assert rows == [
        (1, "Khai hội chùa Hương", at(10).timestamp(), at(11).timestamp()),
        (2, "Khai hội chùa Hương 2025", at(11).timestamp(), at(12).timestamp()),
        (3, "Khai hội chùa Hương", at(12).timestamp(), None),
    ]


@pytest.mark.parametrize(
    ("portal", "number", "is_canonical", "canonical", "copy_count"),
    [
        # Credited by URL, although published and captured later.
        ("my-duc", 2, False, ("thu-do", 1), 1),
        ("thu-do", 1, True, ("thu-do", 1), 1),
        # A bare date ties with a time of that day: the first capture decides.
        ("tay-ho", 1, True, ("tay-ho", 1), 1),
        ("thu-do", 2, False, ("tay-ho", 1), 1),
        # A notice without a content hash is not a copy.
        ("my-duc", 3, True, ("my-duc", 3), 0),
    ],
)
def test_one_article_of_several_copies_is_canonical(
    home: Home, portal: str, number: int, is_canonical: bool, canonical: tuple[str, int], copy_count: int
) -> None:
    rows = ask(
        home,
        "select is_canonical, canonical_article_id, copy_count from marts.fct_articles where article_id = $id",
        id=article_id(portal, number),
    )
    assert rows == [(is_canonical, article_id(*canonical), copy_count)]


def test_an_address_that_answered_with_a_page_is_no_attachment(home: Home) -> None:
    query = "select attachments from marts.fct_articles where article_id = $id"
    assert ask(home, query, id=article_id("my-duc", 3)) == [(["https://my-duc.test/kh-45.pdf"],)]
    assert ask(home, query, id=article_id("my-duc", 2)) == [([],)]
    read = ask(home, "select attachments from raw.articles where article_id = $id", id=article_id("my-duc", 3))
    assert len(read[0][0]) == 2


def test_new_articles_are_counted_from_captures_if_available(home: Home) -> None:
    rows = ask(home, "select crawl_id, articles_new from marts.fct_crawls order by crawl_id")
    assert rows == [("md-1", 3), ("md-2", 0), ("md-3", 0), ("md-4", 0), ("td-1", 2), ("th-1", 31)]


def test_errors_can_be_queried_by_kind(home: Home) -> None:
    assert ask(home, "select errors['timeout'], errors['dns'] from marts.fct_crawls where crawl_id = 'md-1'") == [
        (2, None)
    ]


def test_marts_have_the_promised_columns(models: dict[str, Any], home: Home) -> None:
    for mart, columns in COLUMNS.items():
        present = {name for (name, *_) in ask(home, f"describe marts.{mart}")}
        assert set(columns.split()) <= present
        assert present == set(models[mart]["columns"])
    assert {name for name, model in models.items() if model["database"] == "marts"} == set(COLUMNS)


def test_every_mart_has_an_enforced_contract_and_types(models: dict[str, Any]) -> None:
    for mart in COLUMNS:
        assert models[mart]["contract"]["enforced"] is True
        assert [name for name, column in models[mart]["columns"].items() if not column["data_type"]] == []


def test_every_model_and_column_is_described(models: dict[str, Any], home: Home) -> None:
    for name, model in models.items():
        assert model["description"].strip(), name
        assert [column for column, about in model["columns"].items() if not about["description"].strip()] == []
        present = {column for (column, *_) in ask(home, f"describe {model['database']}.{model['schema']}.{name}")}
        assert present == set(model["columns"]), name


def test_marts_never_read_raw(models: dict[str, Any]) -> None:
    for name, model in models.items():
        reads_raw = any(parent.startswith("source.") for parent in model["depends_on"]["nodes"])
        assert reads_raw is (model["schema"] == "staging"), name


def test_sources_are_linked_to_assets() -> None:
    sources = yaml.safe_load((made_up.PROJECT / "models" / "staging" / "_sources.yml").read_text(encoding="utf-8"))
    keys = [table["config"]["meta"]["dagster"]["asset_key"] for table in sources["sources"][0]["tables"]]
    assert keys == [
        ["raw", name]
        for name in (
            *("crawls", "captures", "articles", "unread_pages", "capture_keys", "identities", "signatures"),
            *("fingerprints", "credits", "story_terms", "portals"),
        )
    ]


def test_usage_statistics_of_dbt_are_off() -> None:
    project = yaml.safe_load((made_up.PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["flags"]["send_anonymous_usage_stats"] is False


DAMAGES = {
    "one_canonical_article_per_content_hash": "update marts.fct_articles set is_canonical = true",
    "copy_count_counts_the_other_copies": "update marts.fct_articles set copy_count = copy_count + 1",
    "revisions_are_contiguous": "delete from marts.fct_article_revisions where revision = 2",
    "articles_show_their_last_revision": "update marts.fct_articles set revision_count = revision_count + 1",
    "events_are_consistent": "update marts.fct_article_events set event_number = event_number + 1",
    "edits_are_the_later_revisions": "update marts.fct_article_revisions set significance = 2, diff = null"
    " where revision = 2",
    "passages_have_one_first_place": "update marts.fct_shared_passages set is_first = true",
    "portal_days_have_no_gaps": "delete from marts.fct_portal_days where day(day_on) = 5",
    "unique_fct_articles_article_id": "insert into marts.fct_articles from marts.fct_articles limit 1",
    "every_article_has_a_capture": "delete from raw.captures where crawl_id = 'md-2'",
    "every_article_has_an_identity": "delete from raw.identities where loaded_from = 'my-duc/md-2.parquet'",
    "accepted_values_fct_crawls_verdict": "update marts.fct_crawls set verdict = 'fine'",
    "accepted_values_fct_portal_days_reading": "update marts.fct_portal_days set reading = 'quiet'",
}


def test_the_data_tests_can_fail(home: Home, tmp_path: Path) -> None:
    damaged = made_up.copy_of(home, tmp_path / "damaged")
    for sql in DAMAGES.values():
        ask(damaged, sql)
    target = tmp_path / "target"
    done = made_up.dbt("test", damaged, target)
    assert done.returncode == 1, done.stdout
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    failed = [result["unique_id"].split(".")[2] for result in results if result["status"] == "fail"]
    assert [name for name in DAMAGES if not any(test.startswith(name) for test in failed)] == []


def test_an_increment_runs_the_same_tests_on_the_rows_that_changed(home: Home, tmp_path: Path) -> None:
    damaged = made_up.copy_of(home, tmp_path / "damaged")
    with lock.hold(damaged, "test", 0):
        inputs.record(damaged, "these", "code")  # so nothing has changed since
    for sql in DAMAGES.values():
        ask(damaged, sql)
    before = failures_of_an_increment(damaged)
    ask(damaged, "insert into former.crawls select portal, crawl_id from raw.crawls")
    after = failures_of_an_increment(damaged)
    assert before.keys() == after.keys() == set(data_tests())
    assert [name for name in DAMAGES if not any(after[test] for test in after if test.startswith(name))] == []
    # Of models that are always made whole, all rows are tested.
    assert {name for name in DAMAGES if any(before[test] for test in before if test.startswith(name))} == {
        "accepted_values_fct_crawls_verdict"
    }


def failures_of_an_increment(home: Home) -> dict[str, int]:
    """Return the number of failures of each test, after an increment that makes the change models only."""
    command = ("run", "--select", "path:models/intermediate/changes")
    outcomes = run_dbt(
        command, home.root / "dbt", home.root / "logs", dbt_environment(home), print, failure="dbt failed."
    )
    return {outcome.name: outcome.failures for outcome in outcomes if outcome.rows == "changed"}


def data_tests() -> list[str]:
    manifest = json.loads((made_up.PROJECT / "target" / "manifest.json").read_text(encoding="utf-8"))
    return [node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test"]
