"""The resource of all runs: the corpus."""

from collections.abc import Mapping
from pathlib import Path

import dagster as dg

from dagster_project.corpus import Corpus
from warehouse.home import Home


def resources(home: Home) -> Mapping[str, object]:
    """Return the resources of a home's runs, by resource key."""
    return {"corpus": opened_corpus(home)}


def opened_corpus(home: Home) -> dg.ResourceDefinition:
    """Return the corpus resource; each run opens it again to use the current portal files and demo day."""

    @dg.resource(config_schema={"root": dg.Field(str, default_value=str(home.root))})
    def corpus(context: dg.InitResourceContext) -> Corpus:
        return Corpus.open(Home(Path(context.resource_config["root"])))

    return corpus
