"""A small made-up corpus: the files that the stages would write, with every row known.

Belongs here: making records and files, and running dbt on a warehouse. Does not belong here: tests.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from warehouse.archive.index.reports import report_json
from warehouse.clock import HANOI_TIME
from warehouse.datasets import (
    ARTICLES,
    CAPTURE_KEYS,
    CAPTURES,
    CREDITS,
    FINGERPRINTS,
    IDENTITIES,
    SIGNATURES,
    STORY_TERMS,
    UNREAD_PAGES,
    Dataset,
)
from warehouse.derive.copies.signatures import signatures_of
from warehouse.derive.passages.fingerprints import fingerprints_of_articles
from warehouse.derive.sources.credits import credit_of, source_key
from warehouse.derive.stories.terms import terms_of_article
from warehouse.home import CRAWLS_FOLDER, INDEX_FOLDER, Home
from warehouse.records import (
    Article,
    Capture,
    CaptureKey,
    CrawlReport,
    Credit,
    Fingerprints,
    Identity,
    PortalRow,
    Signature,
    StoryTerms,
    UnreadPage,
)
from warehouse.stages import Stage, Unit
from warehouse.tables import load, lock
from warehouse.text.identity import identify

REPOSITORY = Path(__file__).resolve().parents[3]
PROJECT = REPOSITORY / "dbt_models"
HANOI = HANOI_TIME
VERSION = "7"


def source_keys(name: str) -> tuple[str, ...]:
    """Return the keys by which a portal with that name is credited."""
    key = source_key(name)
    return (key,) if key else ()


PORTALS = [
    PortalRow(
        slug=slug,
        name=name,
        owner="Văn phòng thử nghiệm",
        administrative_unit=unit,
        platform="generic",
        base_url=f"https://{slug}.test",
        active_from=None,
        active_until=date(2025, 6, 30) if slug == "my-duc" else None,
        verified_on=None,
        hosts=(f"{slug}.test",),
        former_hosts=(),
        source_keys=source_keys(name),
    )
    for slug, name, unit in [
        ("my-duc", "Cổng thông tin điện tử huyện Mỹ Đức (thử)", "Huyện Mỹ Đức"),
        ("tay-ho", "Trang thông tin phường Tây Hồ (thử)", "Phường Tây Hồ"),
        ("thu-do", "Báo Thủ đô (thử)", "Thành phố Hà Nội"),
    ]
]

FESTIVAL = ("Sáng nay, huyện Mỹ Đức khai hội chùa Hương.", "Bến Yến đón hơn hai vạn lượt khách trong ngày đầu.")
FLOOD = ("Nước sông Hồng rút chậm, bà con vùng bãi gieo lại rau vụ đông.",)
SPORT = ("Giải chạy quanh Hồ Tây thu hút các gia đình trong phường.",)


def at(day: int, hour: int = 8, minute: int = 0) -> datetime:
    """Return a moment of March 2025 in Hanoi."""
    return datetime(2025, 3, day, hour, minute, tzinfo=HANOI)


def digest(*texts: str | None) -> str:
    """Return a hash of texts, like the real one but without the normal form."""
    return hashlib.sha256("\n".join(text or "" for text in texts).encode()).hexdigest()


def article(portal: str, number: int, crawl: str, captured_at: datetime, **changes: Any) -> Article:
    """Return one capture of an article; `number` is the platform's id."""
    plain = Article(
        article_id=digest(portal, str(number))[:32],
        article_key=str(number),
        former_ids=(),
        page_key=f"{portal}.test/tin/{number}",
        canonical_key=None,
        capture_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{crawl}/{portal}/{number}")),
        crawl_id=crawl,
        portal=portal,
        url=f"https://{portal}.test/tin/{number}",
        captured_at=captured_at.astimezone(UTC),
        title=f"Tin số {number} của {portal}",
        lead="Tóm tắt.",
        body=(f"Nội dung riêng của tin {number} trên {portal}.",),
        captions=("Quang cảnh buổi lễ.",),
        byline="Tổ biên tập",
        credited_source_name=None,
        credited_source_url=None,
        section="Tin tức",
        tags=(),
        published_at=at(1, 8) + timedelta(minutes=number),
        published_precision="minute",
        published_basis="template",
        updated_at=None,
        view_count=number,
        word_count=10,
        language="vi",
        attachments=(),
        image_urls=(),
        extractor="generic",
        template="only",
        extractor_version=VERSION,
        quality_flags=(),
    )
    if changes.get("body") == ():
        changes = {"word_count": 0} | changes
    return dataclasses.replace(plain, **changes)


def identity(of: Article) -> Identity:
    """Return the hashes of a capture; unlike the real ones, with a content hash for short bodies."""
    content = digest(*of.body) if of.body else None
    return dataclasses.replace(identify(of), content_hash=content)


def signatures(articles: Iterable[Article]) -> list[Signature]:
    """Return the signatures of captures of articles, as the stage makes them; short texts have none."""
    return list(signatures_of(articles))


def fingerprints(articles: Iterable[Article]) -> list[Fingerprints]:
    """Return the fingerprints of captures of articles, as the stage makes them; short texts have none."""
    return list(fingerprints_of_articles((each.capture_id, each.lead, "\n\n".join(each.body)) for each in articles))


def credits_of(articles: Iterable[Article]) -> list[Credit]:
    """Return the sources that captures of articles name."""
    return [credit for article in articles if (credit := credit_of(article))]


def story_terms(articles: Iterable[Article]) -> list[StoryTerms]:
    """Return the terms of captures of articles, as the stage makes them."""
    return [terms_of_article(article) for article in articles]


def unread(portal: str, number: int, crawl: str, reason: str) -> UnreadPage:
    """Return a page that was requested as article `number` but contains none."""
    capture_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{crawl}/{portal}/{number}"))
    return UnreadPage(capture_id, crawl, portal, f"https://{portal}.test/tin/{number}-ten-bai.html", reason)


def write_crawl(
    home: Home,
    portal: str,
    crawl: str,
    articles: Sequence[Article],
    version: str = VERSION,
    unread_pages: Sequence[UnreadPage] = (),
    **report: Any,
) -> None:
    """Write all files of one crawl of one portal: index, report, and the outputs of all stages."""
    captures = [
        capture(
            each.capture_id, crawl, portal, f"{each.url}-ten-bai.html", each.captured_at, int(each.article_key) * 1000
        )
        for each in articles
    ]
    captures += [capture(each.capture_id, crawl, portal, each.url, articles[0].captured_at) for each in unread_pages]
    write_parquet(home.root / INDEX_FOLDER / portal / f"{crawl}.parquet", captures, CAPTURES)
    write_articles(home, portal, crawl, articles, version, unread_pages, captures)
    write_report(home, portal, crawl, captures=len(captures), **report)


def capture(capture_id: str, crawl: str, portal: str, url: str, captured_at: datetime, offset: int = 0) -> Capture:
    """Return the capture of a page that was requested as an article."""
    return Capture(
        capture_id=capture_id,
        crawl_id=crawl,
        portal=portal,
        url=url,
        captured_at=captured_at,
        status=200,
        content_type="text/html; charset=utf-8",
        payload_digest=f"sha256:{digest(capture_id)}",
        is_revisit=False,
        bytes=3000,
        article_key=url.removesuffix("-ten-bai.html"),
        warc_file=f"{portal}/{crawl}.warc.gz",
        warc_offset=offset,
    )


def capture_key(of: Capture, **changes: Any) -> CaptureKey:
    """Return the keys of a capture that was requested as an article."""
    page = of.url.removeprefix("https://").removesuffix("-ten-bai.html")
    # Today's key is the platform's id, and not the URL that the crawl recorded.
    number = (of.article_key or "").rpartition("/")[2]
    plain = CaptureKey(of.capture_id, of.crawl_id, of.portal, number, page, None)
    return dataclasses.replace(plain, **changes)


def write_articles(
    home: Home,
    portal: str,
    crawl: str,
    articles: Sequence[Article],
    version: str,
    unread_pages: Sequence[UnreadPage] = (),
    captures: Sequence[Capture] = (),
) -> None:
    """Write the outputs of one extractor version for one crawl of one portal."""
    made: dict[Dataset, Sequence[object]] = {
        UNREAD_PAGES: unread_pages,
        CAPTURE_KEYS: [capture_key(each) for each in captures],
        ARTICLES: articles,
        IDENTITIES: [identity(each) for each in articles],
        SIGNATURES: signatures(articles),
        FINGERPRINTS: fingerprints(articles),
        CREDITS: credits_of(articles),
        STORY_TERMS: story_terms(articles),
    }
    for dataset, records in made.items():
        write_parquet(derived(home, dataset, portal, crawl, version), records, dataset)


def derived(home: Home, dataset: Dataset, portal: str, crawl: str, version: str = VERSION) -> Path:
    """Return the file of a stage's output for one crawl."""
    return home.root / dataset.name / version / portal / f"{crawl}.parquet"


def stages(version: str = VERSION) -> tuple[Stage, ...]:
    """Return the stages whose outputs are made up, in a version; they cannot run."""

    def run(_unit: Unit) -> Any:
        raise AssertionError("stages of made-up outputs cannot run")

    return (
        Stage("extraction", version, (), (ARTICLES, UNREAD_PAGES, CAPTURE_KEYS), run),
        Stage("identification", version, (ARTICLES,), (IDENTITIES,), run),
        Stage("signing", version, (ARTICLES,), (SIGNATURES,), run),
        Stage("fingerprinting", version, (ARTICLES,), (FINGERPRINTS,), run),
        Stage("crediting", version, (ARTICLES,), (CREDITS,), run),
        Stage("term_finding", version, (ARTICLES,), (STORY_TERMS,), run),
    )


def write_parquet(path: Path, records: Iterable[object], dataset: Dataset) -> None:
    """Write records as one Parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(dataset.table(records), path)


def write_report(home: Home, portal: str, crawl: str, captures: int, **changes: Any) -> None:
    """Write the report of one crawl of one portal."""
    report = CrawlReport(
        crawl_id=crawl,
        portal=portal,
        run_id=f"run-{crawl}",
        started_at=at(1),
        ended_at=at(1, 9),
        verdict="ok",
        verdict_reason="đủ tin như mong đợi",
        requests=captures + 3,
        captures=captures,
        list_rows_seen=20,
        articles_found=captures,
        articles_new=99,
        errors={"http_404": 1, "timeout": 2},
        warc_file=f"{portal}/{crawl}.warc.gz",
    )
    path = report_path(home, portal, crawl)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report_json(dataclasses.replace(report, **changes)), encoding="utf-8")


def report_path(home: Home, portal: str, crawl: str) -> Path:
    """Return the file of a crawl's report."""
    return home.root / CRAWLS_FOLDER / portal / f"{crawl}.json"


_OFFERED = ("https://my-duc.test/kh-45.pdf", "https://my-duc.test/tin/2-ten-bai.html")


def write_corpus(home: Home) -> None:
    """Write a corpus of three portals: a text edited and edited back, copies, a notice, a blocked crawl."""
    festival = {"title": "Khai hội chùa Hương", "body": FESTIVAL}
    edited = {"title": "Khai hội chùa Hương 2025", "body": FESTIVAL}
    write_crawl(
        home,
        "my-duc",
        "md-1",
        [
            article("my-duc", 1, "md-1", at(10), view_count=100, **festival),
            article("my-duc", 2, "md-1", at(10), body=FLOOD, credited_source_url="http://thu-do.test/tin/1/?in=1"),
            # The second address was said to be a file, and answered with a page.
            article("my-duc", 3, "md-1", at(10), body=(), lead=None, attachments=_OFFERED),
        ],
    )
    write_crawl(home, "my-duc", "md-2", [article("my-duc", 1, "md-2", at(11), view_count=150, **edited)])
    write_crawl(home, "my-duc", "md-3", [article("my-duc", 1, "md-3", at(12), view_count=None, **festival)])
    write_report(home, "my-duc", "md-4", 0, verdict="blocked", articles_new=0, errors={}, started_at=at(13))
    flood_later = {"body": FLOOD, "published_at": at(9), "published_precision": "minute"}
    write_crawl(
        home,
        "thu-do",
        "td-1",
        [article("thu-do", 1, "td-1", at(20), **flood_later), article("thu-do", 2, "td-1", at(20), body=SPORT)],
    )
    a_day = {"published_at": at(1, 0), "published_precision": "day"}
    write_crawl(
        home,
        "tay-ho",
        "th-1",
        [
            # This bare date does not beat thu-do's 08:02 of that day, but the earlier capture does.
            article("tay-ho", 1, "th-1", at(15), body=SPORT, **a_day),
            *(article("tay-ho", number, "th-1", at(15)) for number in range(100, 130)),
        ],
    )


def load_corpus(home: Home, version: str = VERSION) -> dict[str, load.TableLoad]:
    """Load all files, under the lock."""
    with lock.hold(home, "load", timeout_seconds=5):
        return load.load(home, stages(version), PORTALS)


def dbt(verb: str, home: Home, target: Path, *selected: str) -> subprocess.CompletedProcess[str]:
    """Run `dbt build`, `run` or `test` on the warehouse of `home`, with its own files below `target`.

    `selected` limits it to some models.
    """
    command = [str(Path(sys.executable).parent / "dbt"), verb, "--project-dir", str(PROJECT)]
    command += ["--full-refresh"] if verb != "test" else []
    command += ["--select", *selected] if selected else []
    command += ["--profiles-dir", str(PROJECT), "--target-path", str(target), "--log-path", str(target / "logs")]
    environment = os.environ | {"HANOI_CORPUS_WAREHOUSE": str(home.warehouse_file), "NO_COLOR": "1"}
    with lock.hold(home, f"dbt {verb}", timeout_seconds=5):
        return subprocess.run(
            command,
            env=environment,
            cwd=target.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


def built(factory: pytest.TempPathFactory) -> tuple[Home, Path]:
    """Return the home of the made-up corpus with its marts, and dbt's target folder; built once a session."""
    return _build(factory.getbasetemp() / "built")


@cache
def _build(folder: Path) -> tuple[Home, Path]:
    home = Home(folder)
    write_corpus(home)
    load_corpus(home)
    target = home.root / "dbt-target"
    done = dbt("build", home, target)
    assert done.returncode == 0, done.stdout
    return home, target


def copy_of(home: Home, folder: Path) -> Home:
    """Return a home in `folder` with a copy of the warehouse, which a test may change."""
    copied = Home(folder)
    for made in (folder, copied.warehouse_file.parent):
        made.mkdir(parents=True, exist_ok=True)
    shutil.copy(home.warehouse_file, copied.warehouse_file)
    if home.marts_file.exists():
        shutil.copy(home.marts_file, copied.marts_file)
    return copied
