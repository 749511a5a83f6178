"""The story that all tests of real CMSs read: four sites, filled, crawled, changed and crawled again, in one home.

Belongs here: what happens, in order, and what is kept of it. Does not belong here: what must be true
(`tests.cms.test_real_cms`).

A site that cannot be installed has the reason in place of its story, and its tests skip.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from dagster_project.corpus import PORTALS_VARIABLE
from spiders.crawl.settings import CONTACT_VARIABLE
from tests.cms.environments import python_of
from tests.cms.pelican import serve_pelican
from tests.cms.posts import Post, load_posts
from tests.cms.site import Change, NotInstalledError, Site, Stored
from tests.cms.wagtail import serve_wagtail
from tests.cms.wordpress import FORMS, serve_wordpress
from tests.demonstration import COMMAND_TIMEOUT_SECONDS, hanoi_corpus
from warehouse.clock import HANOI_TIME
from warehouse.home import Home

SITES: Final = (*(form.slug for form in FORMS), "pelican", "wagtail")
# Time since the first crawl. Nothing changes before the second; the fifth is a full crawl.
CRAWLS: Final = (timedelta(), timedelta(hours=26), timedelta(hours=50), timedelta(hours=76), timedelta(days=31),
                 timedelta(days=33))  # fmt: skip
UNCHANGED: Final = 2
"""Number of crawls before the changes."""
NEW: Final = "thu-gom-rac"
REMOVED: Final = ("cap-nuoc", "thu-vien")
EDITED: Final = ("ngan-sach", "giai-co-tuong")
MOVED: Final = {"day-boi": "Thông báo"}
RENAMED: Final = {"lich-tiep-dan": "lich-tiep-cong-dan-thang-12"}


@dataclass
class Story:
    """One site from its first article to the last crawl.

    Attributes:
        drafted: what `portals new` printed.
        start_count: number of start URLs in the portal file.
        before, after: public articles by key, before and after the changes.
        reports: reports of the crawls, in their order.
    """

    slug: str
    site: Site
    drafted: str = ""
    start_count: int = 0
    before: Mapping[str, Stored] = field(default_factory=dict)
    after: Mapping[str, Stored] = field(default_factory=dict)
    reports: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Stories:
    """All sites, and the corpora before and after the changes."""

    home: Home
    by_slug: dict[str, Story]
    skipped: dict[str, str]
    corpus_before: Path
    corpus_after: Path


@pytest.fixture(scope="session")
def stories(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Stories]:
    """Run the story once."""
    folder = tmp_path_factory.mktemp("cms")
    cache = Path(pytestconfig.cache.mkdir("cms")) if pytestconfig.cache else folder / "cache"
    posts = load_posts(datetime.now(HANOI_TIME).date())
    with ExitStack() as stack:
        sites, skipped = _sites(stack, folder, cache, sorted({post.section for post in posts.values()}))
        by_slug = {site.slug: Story(site.slug, site) for site in sites}
        told = Stories(Home(folder / "home"), by_slug, skipped, folder / "before.duckdb", folder / "after.duckdb")
        if by_slug:
            _tell(told, posts, folder / "portals")
        yield told


def _sites(stack: ExitStack, folder: Path, cache: Path, sections: Sequence[str]) -> tuple[list[Site], dict[str, str]]:
    """Start the sites that this machine can run; return them, and the reasons for the others."""
    sites: list[Site] = []
    skipped: dict[str, str] = {}

    def wordpress() -> Sequence[Site]:
        return serve_wordpress(stack, folder, sections)

    def pelican() -> Sequence[Site]:
        return [serve_pelican(stack, folder, python_of("pelican", cache))]

    def wagtail() -> Sequence[Site]:
        return [serve_wagtail(stack, folder, python_of("wagtail", cache), sections)]

    starts = {tuple(form.slug for form in FORMS): wordpress, ("pelican",): pelican, ("wagtail",): wagtail}
    with ThreadPoolExecutor(2) as pool:
        started = {slugs: pool.submit(start) for slugs, start in starts.items()}
    for slugs, future in started.items():
        try:
            sites += future.result()
        except NotInstalledError as error:
            skipped.update(dict.fromkeys(slugs, str(error)))
    return sites, skipped


def _tell(told: Stories, posts: Mapping[str, Post], portals: Path) -> None:
    portals.mkdir()
    stories = list(told.by_slug.values())
    variables = {PORTALS_VARIABLE: str(portals), CONTACT_VARIABLE: "https://example.org/about-our-crawler"}

    def fill(story: Story) -> None:
        story.site.publish([post for post in posts.values() if post.key != NEW])
        story.before = story.site.stored()
        options = ("--slug", story.slug, "--delay", "0", "--allow-private")
        done = hanoi_corpus(
            told.home, "portals", "new", f"{story.site.url}/", *options, timeout=COMMAND_TIMEOUT_SECONDS, **variables
        )
        story.drafted = done.stdout + done.stderr
        assert done.returncode == 0, story.drafted
        definition = yaml.safe_load((portals / f"{story.slug}.yml").read_text(encoding="utf-8"))
        story.start_count = sum(len(definition.get(kind) or ()) for kind in ("seed_urls", "feeds", "sitemaps"))

    def change(story: Story) -> None:
        story.site.publish([posts[NEW]])
        story.site.change(list(_changes(posts)))
        story.after = story.site.stored()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(fill, stories))
    started = datetime.now(HANOI_TIME)
    for number, passed in enumerate(CRAWLS):
        if number == UNCHANGED:
            _build(told, variables, told.corpus_before)
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(change, stories))
        reports = _crawl(told.home, portals, started + passed, [story.slug for story in stories])
        for story in stories:
            story.reports.append(reports[story.slug])
    _build(told, variables, told.corpus_after)


def _changes(posts: Mapping[str, Post]) -> Iterator[Change]:
    yield Change("ngan-sach", post=posts["ngan-sach"].with_text("182,4 tỷ đồng", "184,9 tỷ đồng"))
    yield Change("giai-co-tuong", post=posts["giai-co-tuong"].with_text("tròn 88 tuổi", "tròn 89 tuổi"))
    yield from (Change(key, removed=True) for key in REMOVED)
    yield from (Change(key, section=section) for key, section in MOVED.items())
    yield from (Change(key, slug=slug) for key, slug in RENAMED.items())


def _crawl(home: Home, portals: Path, now: datetime, slugs: Sequence[str]) -> dict[str, dict[str, Any]]:
    report = home.root / "report.json"
    command = [sys.executable, "-m", "spiders.crawl", "--home", home.root, "--definitions", portals, "--run-id", "test",
               "--allow-private", "--now", now.isoformat(), "--report", report, *slugs]  # fmt: skip
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, CONTACT_VARIABLE: "https://example.org/about-our-crawler"},
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_SECONDS,
        check=False,
    )
    assert report.exists(), done.stderr
    reports: dict[str, dict[str, Any]] = json.loads(report.read_text("utf-8"))["reports"]
    report.unlink()
    return reports


def _build(told: Stories, variables: Mapping[str, str], into: Path) -> None:
    done = hanoi_corpus(told.home, "build", timeout=COMMAND_TIMEOUT_SECONDS, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.copy(told.home.corpus_file, into)


@pytest.fixture(params=SITES)
def story(request: pytest.FixtureRequest, stories: Stories) -> Story:
    """Return the story of one site; skip where it cannot be installed."""
    slug: str = request.param
    if slug in stories.skipped:
        pytest.skip(stories.skipped[slug])
    return stories.by_slug[slug]
