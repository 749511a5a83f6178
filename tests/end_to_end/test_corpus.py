"""The published file after day 2 has every article as its portal stated it, without boilerplate."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.sites.nukeviet import NEW_THEME_FROM
from tests.demonstration import Demo, hanoi_corpus
from tests.end_to_end import expected
from tests.end_to_end.expected import ArticleKey
from warehouse.corpus.release import open_release
from warehouse.text.normal import normal_form

CHALLENGED = "xa-soc-son-thu-nghiem"
WITHOUT_COUNTER = "bao-ha-noi-ngay-nay-thu-nghiem"
ANSWERS_304 = "bao-thu-do-thu-nghiem"
# Boilerplate of the test portals; none of it occurs in the content itself.
BOILERPLATE = (
    "Cổng thử nghiệm",
    "View count",
    "Lượt xem",
    "lượt đọc",
    "Tăng tương phản",
    "Giảm tương phản",
    "Trang chủ",
    "Đánh giá bài viết",
    "lượt đánh giá",
    "Tin liên quan",
    "Tin khác",
    "Bản in",
    "Gửi thư",
    "Chia sẻ",
    "Ngày đăng",
    "Từ khóa:",
    "Nguồn:",
    "Tổng số điểm",
    "Click để đánh giá",
    "Bài viết liên quan",
    "Nội dung đang cập nhật",
    "Dòng sự kiện",
    "File đính kèm",
    "Nguồn tin:",
    "Tác giả:",
    "Tác giả bài viết:",
    "Ý kiến bạn đọc",
    "Những tin cũ hơn",
    "Ghi rõ nguồn tin",
)


@pytest.fixture(scope="module")
def corpus(demo: Demo) -> duckdb.DuckDBPyConnection:
    return open_release(demo.home.corpus_file)


def ask(corpus: duckdb.DuckDBPyConnection, sql: str, **parameters: object) -> list[dict[str, Any]]:
    found = corpus.execute(sql, parameters)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.fixture(scope="module")
def articles(corpus: duckdb.DuckDBPyConnection) -> dict[ArticleKey, dict[str, Any]]:
    rows = ask(corpus, "select * from fct_articles")
    by_key = {expected.key_of(row["portal"], row["url"]): row for row in rows}
    assert len(by_key) == len(rows), "an article is in the corpus twice"
    return by_key


@pytest.fixture(scope="module")
def instance(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the Dagster instance of a copy of the demo's home: opening an instance writes to it."""
    home = demo.copy(tmp_path_factory.mktemp("instance") / "home")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DAGSTER_HOME", str(home.dagster))  # where its settings say that the events are
        with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
            yield instance


def test_the_corpus_has_every_article_and_nothing_else(articles: dict[ArticleKey, dict[str, Any]]) -> None:
    assert articles.keys() == expected.articles().keys()
    assert len(articles) >= 120


@pytest.mark.parametrize(
    "column",
    ["portal", "url", "title", "lead", "body", "captions", "byline", "credited_source_name", "credited_source_url",
     "section", "tags", "published_at", "published_precision", "content_hash"],
)  # fmt: skip
def test_each_column_has_the_values_of_the_portal(articles: dict[ArticleKey, dict[str, Any]], column: str) -> None:
    found = {key: row[column] for key, row in articles.items()}
    wanted = {key: expected.row(article)[column] for key, article in expected.articles().items()}
    if column == "url":
        # A known article is refetched under its first URL, even if its title, and with it the URL, has changed.
        wanted |= {key: expected.url_of(expected.articles(1)[key]) for key in expected.edited()}
    assert found == wanted


def test_attachments_are_listed_and_archived(
    articles: dict[ArticleKey, dict[str, Any]], corpus: duckdb.DuckDBPyConnection
) -> None:
    with_files = {key: article for key, article in expected.articles().items() if article.attachments}
    archived = {row["url"] for row in ask(corpus, "select url from fct_captures where status = 200")}
    assert len(with_files) >= 3
    for key, article in with_files.items():
        assert articles[key]["attachments"] == expected.attachments(article)
        assert set(articles[key]["attachments"]) <= archived


def test_only_edited_articles_of_nukeviet_have_updated_at(
    articles: dict[ArticleKey, dict[str, Any]],
) -> None:
    """NukeViet's hidden publication date is the time of the last edit."""
    changed = {key for key, row in articles.items() if row["updated_at"] and key[0] == "xa-dong-anh-thu-nghiem"}
    assert changed == {key for key in expected.edited() if key[0] == "xa-dong-anh-thu-nghiem"} != set()


def test_each_article_names_its_template(articles: dict[ArticleKey, dict[str, Any]]) -> None:
    found = {key: row["template"] for key, row in articles.items() if key[0] == "xa-dong-anh-thu-nghiem"}
    dates = {key: expected.articles()[key].published.at for key in found}
    assert found == {key: "4.5" if at >= NEW_THEME_FROM else "4.0" for key, at in dates.items()}
    assert set(found.values()) == {"4.5", "4.0"}


def test_a_date_without_time_has_day_precision(articles: dict[ArticleKey, dict[str, Any]]) -> None:
    bare = {key: row for key, row in articles.items() if not expected.articles()[key].published.has_time}
    assert {portal for portal, _ in bare} >= {"my-duc-thu-nghiem", "so-van-hoa-thu-nghiem"}  # 24 and 12 hour clocks
    for row in bare.values():
        assert row["published_precision"] == "day"
        assert (row["published_at"].hour, row["published_at"].minute) == (0, 0)
        assert row["published_at"].utcoffset() == timedelta(hours=7)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Ho_Chi_Minh"])
def test_the_day_of_an_article_is_hanois_in_any_time_zone(demo: Demo, zone: str) -> None:
    done = hanoi_corpus(
        demo.home, "query", "select url, published_at::date as day, portal from fct_articles", "--json", TZ=zone
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    days = {expected.key_of(row["portal"], row["url"]): row["day"] for row in rows}
    assert days == {key: f"{article.published.at:%Y-%m-%d}" for key, article in expected.articles().items()}


@pytest.mark.slow
def test_articles_contain_no_boilerplate(articles: dict[ArticleKey, dict[str, Any]]) -> None:
    for words in BOILERPLATE:
        content = [key for key, article in expected.articles().items() if words in str(expected.row(article))]
        assert content == [], f"{words!r} occurs in content, so this test proves nothing"
        found = [key for key, row in articles.items()
                 for text in (row["title"], row["lead"], row["body"], row["byline"], *row["captions"])
                 if text and words in text]  # fmt: skip
        assert found == [], words


def test_the_pages_contain_the_boilerplate(demo: Demo, articles: dict[ArticleKey, dict[str, Any]]) -> None:
    pages = [page_of(demo, row).decode("utf-8", "replace") for row in articles.values()]
    for words in BOILERPLATE:
        assert any(words in page for page in pages), f"{words!r} is on no page: the test above proves nothing"


def test_captions_are_unique_and_not_in_the_body(articles: dict[ArticleKey, dict[str, Any]]) -> None:
    captioned = {key: row for key, row in articles.items() if row["captions"]}
    assert len(captioned) > 50
    for key, row in captioned.items():
        assert len(set(row["captions"])) == len(row["captions"]), key
        assert not set(row["captions"]) & set(row["body"].split("\n\n")), key


def test_copies_point_at_their_original_and_nothing_else_is_a_copy(articles: dict[ArticleKey, dict[str, Any]]) -> None:
    key_of_id = {row["article_id"]: key for key, row in articles.items()}
    found = {key: key_of_id[row["canonical_article_id"]] for key, row in articles.items() if not row["is_canonical"]}
    assert found == expected.copies()
    assert len(found) >= 5
    originals = Counter(expected.copies().values())
    for key, row in articles.items():
        original = expected.copies().get(key, key)
        assert row["copy_count"] == originals[original], key


@pytest.mark.parametrize("fault", ["nfd", "old_tone"])
def test_a_copy_with_other_spelling_has_the_hash_of_its_original(
    articles: dict[ArticleKey, dict[str, Any]], fault: str
) -> None:
    copies = [key for key in expected.copies() if fault in expected.articles()[key].faults]
    assert copies
    for key in copies:
        original = expected.copies()[key]
        assert articles[key]["content_hash"] == articles[original]["content_hash"]


@pytest.mark.parametrize("fault", ["nfd", "old_tone", "zero_width", "nbsp", "wrong_charset", "no_charset"])
def test_character_faults_do_not_change_the_hash(articles: dict[ArticleKey, dict[str, Any]], fault: str) -> None:
    """The hash is that of the content before the test portal damages its characters."""
    spoilt = {key: article for key, article in expected.articles().items()
              if fault in article.faults and "glued" not in article.faults}  # fmt: skip
    assert len(spoilt) >= 3
    for key, article in spoilt.items():
        assert articles[key]["content_hash"] == hash_of("\n\n".join(expected.paragraphs(article))), key


def hash_of(body: str) -> str | None:
    """Return the content hash by the rule in the documentation of `warehouse.text.identity`."""
    normal = normal_form(body)
    return hashlib.sha256(normal.encode()).hexdigest() if len(normal.split()) >= 30 else None


def test_anyone_can_compute_the_content_hash_from_the_published_body(
    articles: dict[ArticleKey, dict[str, Any]],
) -> None:
    for key, row in articles.items():
        assert row["content_hash"] == hash_of(row["body"]), key
    assert None in {row["content_hash"] for row in articles.values()}


def test_only_an_edit_makes_a_revision(
    articles: dict[ArticleKey, dict[str, Any]], corpus: duckdb.DuckDBPyConnection
) -> None:
    revised = {key for key, row in articles.items() if row["revision_count"] > 1}
    assert revised == expected.edited()
    assert revised
    counters = ask(
        corpus,
        "select count(distinct payload_digest) as payloads, count(*) as captures from fct_captures"
        " where status = 200 and article_key is not null and content_type like 'text/html%' group by portal, url"
        " having captures > 1",
    )
    assert len(counters) > 100
    assert all(row["payloads"] == row["captures"] for row in counters), "payloads differ in every capture"


def test_an_edited_article_has_both_revisions(
    articles: dict[ArticleKey, dict[str, Any]], corpus: duckdb.DuckDBPyConnection
) -> None:
    for portal, number in expected.edited():
        states = ask(
            corpus,
            "select * from fct_article_revisions where article_id = $id order by revision",
            id=articles[portal, number]["article_id"],
        )
        assert [state["revision"] for state in states] == [1, 2]
        assert states[0]["valid_to"] == states[1]["valid_from"]
        assert states[1]["valid_to"] is None
        for state, day in zip(states, (1, 2), strict=True):
            shown = expected.content().state(portal, day).article(number)
            assert shown
            assert (state["title"], state["body"]) == (expected.row(shown)["title"], expected.row(shown)["body"])


def test_removed_articles_are_not_captured_again_and_new_ones_only_once(
    articles: dict[ArticleKey, dict[str, Any]], corpus: duckdb.DuckDBPyConnection
) -> None:
    starts = {
        portal: {crawl["started_at"] for crawl in ask(
            corpus, "select started_at from fct_crawls where portal = $portal", portal=portal)}
        for portal in expected.content().portals
    }  # fmt: skip
    for key, row in articles.items():
        day_1, day_2 = sorted(starts[key[0]])
        assert (row["last_captured_at"] < day_2) == (key in expected.removed()), key
        assert (row["first_captured_at"] > day_2) == (key in expected.new_on(2)), key
        assert row["first_captured_at"] > day_1
    assert expected.removed()
    assert expected.new_on(2)


def test_view_counts_are_those_of_the_last_crawl(articles: dict[ArticleKey, dict[str, Any]]) -> None:
    for key, row in articles.items():
        article = expected.articles()[key]
        if key[0] == WITHOUT_COUNTER:
            assert row["view_count"] is None, key
            continue
        # This portal answers 304 for unchanged articles, even if their counter changed.
        is_unchanged = key[0] == ANSWERS_304 and key not in expected.new_on(2)
        readers_overnight = 0 if key in expected.removed() or is_unchanged else 37 + article.id % 50
        assert article.views + readers_overnight < row["view_count"] <= article.views + readers_overnight + 2, key


def test_the_challenged_portal_is_blocked_and_no_other(corpus: duckdb.DuckDBPyConnection) -> None:
    verdicts = {(row["portal"], row["verdict"]) for row in ask(corpus, "select portal, verdict from fct_crawls")}
    assert verdicts == {(portal, "ok") for portal in expected.content().portals} | {(CHALLENGED, "blocked")}
    assert ask(corpus, "select 1 from fct_articles where portal = $portal", portal=CHALLENGED) == []
    assert ask(corpus, "select 1 from fct_captures where portal = $portal", portal=CHALLENGED)


def test_in_dagster_the_challenged_portal_is_red_and_not_materialised(instance: dg.DagsterInstance) -> None:
    for portal in (*expected.content().portals, CHALLENGED):
        key = dg.AssetKey(["captures", portal.replace("-", "_")])
        is_good = portal != CHALLENGED
        assert (instance.get_latest_materialization_event(key) is not None) == is_good, portal
        check = dg.AssetCheckKey(key, "verdict")
        (execution,) = instance.event_log_storage.get_asset_check_execution_history(check, limit=1)
        assert execution.evaluation
        assert execution.evaluation.passed == is_good, portal
        assert ("challenge" in str(execution.evaluation.description)) == (not is_good)


def test_in_dagster_both_runs_succeeded(instance: dg.DagsterInstance, demo: Demo) -> None:
    runs = instance.get_runs()
    assert [run.status.value for run in runs] == ["SUCCESS", "SUCCESS"]
    corpus = instance.get_latest_materialization_event(dg.AssetKey("corpus"))
    assert corpus
    assert corpus.asset_materialization
    metadata = corpus.asset_materialization.metadata
    assert metadata["fct_articles_rows"].value == len(expected.articles())
    assert Path(str(metadata["path"].value)).samefile(demo.home.corpus_file)


def test_in_dagster_five_articles_are_shown_as_a_table(instance: dg.DagsterInstance) -> None:
    event = instance.get_latest_materialization_event(dg.AssetKey("articles"))
    assert event
    assert event.asset_materialization
    metadata = event.asset_materialization.metadata
    rows = str(metadata["preview"].value).splitlines()
    assert len(rows) == 2 + 5
    assert {row.count(" | ") for row in rows} == {rows[0].count(" | ")} != {0}
    titles = {expected.row(article)["title"] for article in expected.articles().values()}
    assert all(row.split(" | ")[0].removeprefix("| ").replace("\\", "") in titles for row in rows[2:])
    assert metadata["rows_written"].value == len(expected.articles()) - len(expected.removed())


def test_in_dagster_every_dbt_test_passed(instance: dg.DagsterInstance) -> None:
    run = instance.get_runs(limit=1)[0]
    evaluations = [
        event.asset_check_evaluation_data
        for event in (
            record.event_log_entry.dagster_event for record in instance.get_records_for_run(run.run_id).records
        )
        if event and event.event_type_value == "ASSET_CHECK_EVALUATION"
    ]
    failed = {evaluation.check_name for evaluation in evaluations if not evaluation.passed}
    # The challenged portal never had an article, so its silence check fails too.
    assert failed == {"verdict", "silence", "no_portal_is_red"}
    assert len(evaluations) > 20 + len(list(MIRROR_PORTALS.glob("*.yml")))


def record_at(demo: Demo, warc_file: str, warc_offset: int) -> tuple[dict[str, str], bytes]:
    """Return headers and decoded body of a WARC record, without the project's code."""
    with (demo.home.warc / warc_file).open("rb") as file:
        file.seek(warc_offset)
        record = zlib.decompressobj(wbits=31).decompress(file.read())
    warc_head, _, block = record.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in warc_head.decode().split("\r\n")[1:])
    http_head, _, payload = block[: int(headers["Content-Length"])].partition(b"\r\n\r\n")
    headers["digest"] = f"sha256:{hashlib.sha256(payload).hexdigest()}"
    if b"content-encoding: gzip" in http_head.lower():
        payload = zlib.decompress(payload, wbits=31)
    return headers, payload


def page_of(demo: Demo, row: dict[str, Any]) -> bytes:
    """Return the page from which a row was extracted."""
    return record_at(demo, row["warc_file"], row["warc_offset"])[1]


def test_every_article_can_be_traced_to_its_bytes_its_crawl_and_its_run(
    demo: Demo, articles: dict[ArticleKey, dict[str, Any]], corpus: duckdb.DuckDBPyConnection
) -> None:
    captures = {row["capture_id"]: row for row in ask(corpus, "select * from fct_captures")}
    crawls = {row["crawl_id"]: row for row in ask(corpus, "select * from fct_crawls")}
    for key, row in articles.items():
        headers, body = record_at(demo, row["warc_file"], row["warc_offset"])
        capture = captures[row["capture_id"]]
        assert headers["WARC-Type"] == "response", key
        assert headers["WARC-Target-URI"] == capture["url"]
        assert headers["digest"] == capture["payload_digest"] == headers["WARC-Payload-Digest"]
        assert normal_form(row["title"]) in normal_form(body.decode()), key
        own = headers
        assert (row["revisit_warc_file"] is not None) == capture["is_revisit"]
        if capture["is_revisit"]:
            own, _ = record_at(demo, row["revisit_warc_file"], row["revisit_warc_offset"])
            assert (own["WARC-Type"], own["WARC-Refers-To"]) == ("revisit", headers["WARC-Record-ID"])
        assert own["WARC-Record-ID"] == f"<urn:uuid:{row['capture_id']}>", key
        assert crawls[row["crawl_id"]]["run_id"] == row["run_id"]
        assert crawls[row["crawl_id"]]["warc_file"] == capture["warc_file"]


def test_every_cited_record_holds_the_recorded_bytes(demo: Demo, corpus: duckdb.DuckDBPyConnection) -> None:
    cited = ask(
        corpus,
        "select body_warc_file, body_warc_offset, payload_digest from fct_captures where is_revisit"
        " union all "
        "select cited.warc_file, cited.warc_offset, payload_digest from fct_article_revisions as cited"
        " join fct_captures using (capture_id)",
    )
    assert len(cited) > 100
    for row in cited:
        headers, _ = record_at(demo, row["body_warc_file"], row["body_warc_offset"])
        assert (headers["WARC-Type"], headers["digest"]) == ("response", row["payload_digest"])


def test_run_ids_are_dagster_runs(articles: dict[ArticleKey, dict[str, Any]], instance: dg.DagsterInstance) -> None:
    assert {row["run_id"] for row in articles.values()} <= {run.run_id for run in instance.get_runs()}


def test_the_published_file_describes_itself(demo: Demo, corpus: duckdb.DuckDBPyConnection) -> None:
    (meta,) = ask(corpus, "select * from meta")
    assert meta["counts"]["fct_articles"] == len(expected.articles())
    assert (demo.home.releases / f"{meta['release_id']}.duckdb").samefile(demo.home.corpus_file)
    assert {meta["extractor_version"]} == {
        row["extractor_version"] for row in ask(corpus, "select distinct extractor_version from fct_articles")
    }
    with pytest.raises(duckdb.Error, match="read-only"):
        corpus.execute("delete from fct_articles")


def test_the_demo_prints_portals_changes_of_day_2_and_the_published_file(demo: Demo) -> None:
    for portal in (*expected.content().portals, CHALLENGED):
        assert portal in demo.output
    changed = demo.output.partition("What day 2 changed")[2].partition("\n\n")[0].splitlines()[2:]
    counted = Counter(line.split()[0] for line in changed)
    assert counted == {
        "new": len(expected.new_on(2)),
        "edited": len(expected.edited()),
        "suspected": len(expected.removed()),
    }
    assert str(demo.home.corpus_file) in demo.output
    assert demo.output.count("hanoi-corpus query ") == 3


def test_a_missing_page_a_redirect_and_a_closed_section_are_in_the_captures(corpus: duckdb.DuckDBPyConnection) -> None:
    statuses = {row["status"] for row in ask(corpus, "select distinct status from fct_captures")}
    assert {200, 301, 404} <= statuses
    assert ask(corpus, "select url from fct_captures where url like '%/noi-bo/%'") == []
    assert ask(corpus, "select url from fct_captures where url like '%print%'") == []
    ends = ("/vi", "/en")
    urls = [row["url"] for row in ask(corpus, "select url from fct_captures")]
    assert not [url for url in urls if url.endswith(ends)]
    assert not [url for url in urls if re.search(r"/(?:print|savefile|tag|seek|users|about)/", url)]
