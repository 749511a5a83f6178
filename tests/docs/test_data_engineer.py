"""Lists in `data-engineer.md` match the code: folders of a home, platform interface, exit codes."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any, get_args

from dagster_project import pipeline
from dagster_project.cli import main as cli
from dagster_project.derivation import corpus_stages
from spiders.extract import stage, version
from spiders.mirror.content import Condition, _Change, load_content
from spiders.mirror.days import DAYS, moment_of
from spiders.pages.page import Platform
from spiders.platforms import PLATFORMS
from spiders.portal import Expectations, Layout, Scope, portal_of_platform
from tests.docs.pages import DOCS, first_cells, rows, text_of
from warehouse.home import CRAWLS_FOLDER, INDEX_FOLDER, OBSERVATIONS_FOLDER, WARC_FOLDER, Home

PAGE = DOCS / "data-engineer.md"
PLATFORMS_HEADING = "### The platforms there are"


def test_every_path_in_a_home_is_explained() -> None:
    home = Home(Path("/home"))
    known = {name: getattr(home, name) for name, member in vars(Home).items() if isinstance(member, property)}
    places = {
        path.relative_to("/home").as_posix() for path in known.values() if isinstance(path, Path) and path != home.root
    }
    places |= {WARC_FOLDER, INDEX_FOLDER, CRAWLS_FOLDER, OBSERVATIONS_FOLDER}
    places |= {f"{dataset.name}/<version>" for one in corpus_stages({}) for dataset in one.outputs}

    listed = {place for cell in first_cells(PAGE, "## Homes and folders") for place in cell.split("`, `")}
    assert places <= listed
    assert {"logs", "dbt", "demo.json"} <= listed


def test_the_platform_interface_is_listed() -> None:
    assert sorted(first_cells(PAGE, "## Adding a platform")) == sorted(
        name for name in vars(Platform) if not name.startswith("_")
    )


def test_every_platform_is_listed_with_its_layouts() -> None:
    listed = [
        (name.strip("`"), re.findall(r"`([^`]+)`", layouts)) for name, _, layouts in rows(PAGE, PLATFORMS_HEADING)
    ]
    assert listed == [(name, [one.name for one in platform.TEMPLATES]) for name, platform in PLATFORMS.items()]
    dated = [f"`{one.name}` until {one.until}" for each in PLATFORMS.values() for one in each.TEMPLATES if one.until]
    assert dated
    assert [words for words in dated if words not in text_of(PAGE)] == []


def test_the_days_of_the_test_portals_match_their_content() -> None:
    content = load_content()
    expected = []
    for day in DAYS:
        states = [content.state(portal, day) for portal in content.portals]
        conditions = ", ".join(f"`{state.portal}` {state.condition}" for state in states if state.condition)
        expected.append([str(day), f"{moment_of(day):%Y-%m-%d %H:%M}", conditions or "nothing"])
    assert rows(PAGE, "## The days of the test portals") == expected


def test_every_change_and_condition_of_content_files_is_named() -> None:
    section = text_of(PAGE).partition("## The days of the test portals")[2].partition("\n## ")[0]
    names = {*_Change.model_fields, *get_args(Condition)}
    assert {name for name in names if f"`{name}`" not in section} == set()


def test_libraries_that_cause_re_extraction_are_named() -> None:
    (row,) = re.findall(r"^\| the extractor's number, or the version of (.*?) \|", text_of(PAGE), re.MULTILINE)
    assert set(re.split(r", | or ", row)) == set(version._LIBRARIES)


def test_exit_codes_match_the_command_line() -> None:
    listed = first_cells(PAGE, "## Exit codes and JSON")
    assert listed == re.findall(r"\b(\d+) [a-z]", (cli.__doc__ or "").partition("Exit codes:")[2])


def test_portal_fields_that_cause_re_extraction_are_named() -> None:
    portal = portal_of_platform("generic", "https://a.test/")
    changes: dict[str, Any] = {
        "name": "B",
        "platform": "liferay_point",
        "seed_urls": ("https://a.test/b",),
        "feeds": ("https://a.test/rss",),
        "scope": Scope(hosts=("b.test",)),
        "article_patterns": ("b",),
        "templates": (Layout(name="b", title="h1", body="div"),),
        "active_from": date(2020, 1, 1),
        "active_until": date(2025, 6, 30),
        "tier": "weekly",
        "expectations": Expectations(list_rows_min=7),
        "note": "b",
    }
    before = stage._digest_of_used_fields(portal)
    relevant = {
        name
        for name, value in changes.items()
        if stage._digest_of_used_fields(portal.model_copy(update={name: value})) != before
    }
    (row,) = re.findall(r"^\| (.*) of a portal \|", text_of(PAGE), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", row)) == relevant


def test_job_names_match_the_code() -> None:
    named = set(re.findall(r"`(collect_\w+|rebuild_\w+)`", text_of(PAGE)))
    source = text_of(Path(pipeline.__file__).parent / "defs" / "schedules.py")
    fixed = set(re.findall(r'"((?:collect|rebuild)_\w+)"', source))
    assert named == fixed | {f"collect_{tier}" for tier in ("hourly", "daily", "weekly")}
