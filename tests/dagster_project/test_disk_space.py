"""With too little free space, no crawl and no step of a build begins, and each says so in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_project import pipeline
from dagster_project.corpus import Corpus, DemoCorpus
from dagster_project.crawls import process
from dagster_project.derivation import corpus_stages
from dagster_project.operations.findings import recorded_failure
from warehouse.archive.upkeep.space import DiskAlmostFullError
from warehouse.home import Home

WORDS = r"GB are free, but 1000000\.0 GB must stay free\. Free some space, move the home to a larger disk, or lower"


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Return a demo corpus whose disk counts as full."""
    home = Home(tmp_path)
    DemoCorpus.begin_day(home, 1)
    home.settings_file.write_text("free_space_min_gb: 1000000", encoding="utf-8")
    return Corpus.open(home)


@pytest.mark.parametrize(
    "step",
    [
        lambda corpus: pipeline.index_archive(corpus, print),
        lambda corpus: pipeline.derive(corpus, corpus_stages(corpus.definitions)[0], print),
        lambda corpus: pipeline.load_raw(corpus, corpus_stages(corpus.definitions), print),
        lambda corpus: pipeline.build_marts(corpus, print),
        lambda corpus: pipeline.publish_corpus(corpus, "run", print),
        lambda corpus: pipeline.build(corpus, "run", print),
        lambda corpus: process.crawl(corpus, ["my-duc-thu-nghiem"], "run", print),
    ],
)
def test_nothing_begins(corpus: Corpus, step: Callable[[Corpus], Any]) -> None:
    before = sorted(path.name for path in corpus.home.root.iterdir())
    with pytest.raises(DiskAlmostFullError, match=WORDS):
        step(corpus)
    assert sorted(path.name for path in corpus.home.root.iterdir()) == before


@pytest.mark.usefixtures("made_manifest")
@pytest.mark.parametrize("asset", ["articles", "identities", "raw/articles", "marts/dim_portals", "corpus"])
def test_each_asset_that_builds_fails_in_words(corpus: Corpus, asset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from dagster_project.definitions import defs

    monkeypatch.setenv("HANOI_CORPUS_HOME", str(corpus.home.root))
    key = dg.AssetKey(asset.split("/"))
    selection = dg.AssetSelection.assets(key).required_multi_asset_neighbors()
    found = dg.Definitions.merge(defs(), dg.Definitions(jobs=[dg.define_asset_job("one", selection=selection)]))
    with dg.DagsterInstance.ephemeral() as instance:
        done = found.resolve_job_def("one").execute_in_process(instance=instance, raise_on_error=False)
    errors = [event.step_failure_data.error for event in done.filter_events(lambda event: event.is_step_failure)]
    assert errors
    for error in errors:
        assert error is not None
        assert error.message.startswith(f"dagster._core.definitions.events.Failure: {corpus.home.root}: ")
        assert "must stay free" in error.message


def test_a_crawl_in_dagster_shows_the_reason_at_every_portal(corpus: Corpus) -> None:
    from dagster_project.defs.captures import captures_assets, crawls_check

    done = dg.materialize(
        [captures_assets(corpus.definitions), crawls_check], resources={"corpus": corpus}, raise_on_error=False
    )
    assert not done.success
    reasons = {slug: recorded_failure(corpus.home, slug) for slug in corpus.slugs}
    assert all(finding and "must stay free" in str(finding.reason) for finding in reasons.values())
