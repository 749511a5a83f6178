"""A bit flipped in a file of each kind, through the commands: the file is named, and healed if it is derived."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from tests.archived import flipped, path_of
from tests.dagster_project.cli.commands import Done, run
from tests.demonstration import Demo, differences
from warehouse.archive.files import index_file, observations_file, report_file, warc_files
from warehouse.archive.state.queries import state_path
from warehouse.archive.upkeep.verify import verify_archive
from warehouse.home import HOME_VARIABLE, Home

PORTAL = "bao-thu-do-thu-nghiem"
# Folders of what the stages make.
DERIVED = ("articles", "identities", "signatures", "fingerprints", "credits", "story_terms")


@pytest.fixture
def home(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    home = demo.copy(tmp_path / "home")
    monkeypatch.setenv(HOME_VARIABLE, str(home.root))
    return home


def damage(path: Path, share: float = 0.5) -> Path:
    """Flip a bit of a file, after a share of its bytes; its size and the rest stay as they were."""
    path.chmod(0o644)  # a release is read-only
    data = path.read_bytes()
    path.write_bytes(flipped(data, 8 * int(len(data) * share) + 3))
    return path


def test_a_build_heals_a_flipped_bit_in_every_kind_of_derived_file(
    demo: Demo,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, *_, last = warc_files(home, PORTAL)
    derived = [path_of(index_file(home, first)), path_of(report_file(home, last))]
    derived += [sorted(home.root.glob(f"{name}/*/{PORTAL}/*.parquet"))[-1] for name in DERIVED]
    for path in derived:
        damage(path)
    # Some blocks are not in use, and DuckDB reads only those that a query needs: many are damaged.
    for share in range(10, 100, 3):
        damage(home.corpus_file, share / 100)
        damage(home.warehouse_file, share / 100)
    asked: Done = run(monkeypatch, capsys, "query", "select * from fct_articles")
    assert asked.status == 1
    assert f"{home.corpus_file}: this is not a release, or it is damaged" in asked.err

    built: Done = run(monkeypatch, capsys, "build")
    assert built.status == 0
    named = caplog.text + built.err
    for path in derived:
        assert f"{path}: damaged: " in named
    assert f"{home.warehouse_file}: damaged: " in named
    assert f"{home.corpus_file}: this is not a release, or it is damaged" in named
    assert differences(home.corpus_file, demo.home.corpus_file) == {}
    assert verify_archive(home).findings == ()


def test_a_crawl_heals_a_flipped_bit_in_its_state_and_what_that_is_made_of(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    warc = warc_files(home, PORTAL)[-1]
    damaged = [damage(path_of(observations_file(home, warc))), damage(state_path(home, PORTAL))]
    crawled: Done = run(monkeypatch, capsys, "crawl", PORTAL)
    assert crawled.status == 0
    [log] = sorted(home.root.glob("logs/crawl-*.log"), key=lambda path: path.stat().st_mtime)[-1:]
    said = crawled.err + log.read_text(encoding="utf-8")
    for path in damaged:
        assert path.name in said
    assert verify_archive(home, [PORTAL]).findings == ()


def test_reading_everything_names_what_is_damaged_in_all_files(home: Home) -> None:
    corpus, said = Corpus.open(home), list[str]()
    assert pipeline.check_everything(corpus, said.append) == ()
    warc = warc_files(home, PORTAL)[0]
    paths = [path_of(index_file(home, warc)), path_of(observations_file(home, warc_files(home, PORTAL)[-1]))]
    paths += [sorted(home.root.glob(f"{name}/*/{PORTAL}/*.parquet"))[-1] for name in DERIVED]
    for path in paths:
        damage(path)
    for share in range(10, 100, 3):
        damage(home.marts_file, share / 100)
    named = "\n".join(pipeline.check_everything(corpus, said.append))
    for path in (*paths, home.marts_file):
        assert f"{path}: damaged: " in named
