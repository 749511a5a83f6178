"""Resources: the corpus, and how dbt is run."""

from collections.abc import Mapping
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource

from dagster_project.corpus import Corpus
from dagster_project.dbt.project import DBT_PROJECT
from dagster_project.instance import program
from warehouse.home import Home


def resources(home: Home) -> Mapping[str, object]:
    """Return the resources of a home's runs, by the names that assets ask for."""
    return {
        "corpus": opened_corpus(home),
        "dbt": DbtCliResource(
            project_dir=str(DBT_PROJECT), profiles_dir=str(DBT_PROJECT), dbt_executable=program("dbt")
        ),
    }


def opened_corpus(home: Home) -> dg.ResourceDefinition:
    """Return the corpus, opened for each run: a new demo day or a changed portal file counts from the next run on."""

    @dg.resource(config_schema={"root": dg.Field(str, default_value=str(home.root))})
    def corpus(context: dg.InitResourceContext) -> Corpus:
        return Corpus.open(Home(Path(context.resource_config["root"])))

    return corpus
