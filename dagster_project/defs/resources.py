"""The resources: the corpus and the dbt command line."""

from collections.abc import Mapping
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource

from dagster_project.corpus import Corpus
from dagster_project.dbt.project import DBT_PROJECT
from dagster_project.instance import program
from warehouse.home import Home


def resources(home: Home) -> Mapping[str, object]:
    """Return the resources of a home's runs, by resource key."""
    return {
        "corpus": opened_corpus(home),
        "dbt": DbtCliResource(
            project_dir=str(DBT_PROJECT), profiles_dir=str(DBT_PROJECT), dbt_executable=program("dbt")
        ),
    }


def opened_corpus(home: Home) -> dg.ResourceDefinition:
    """Return the corpus resource; each run opens it again to use the current portal files and demo day."""

    @dg.resource(config_schema={"root": dg.Field(str, default_value=str(home.root))})
    def corpus(context: dg.InitResourceContext) -> Corpus:
        return Corpus.open(Home(Path(context.resource_config["root"])))

    return corpus
