"""Resources: where the corpus lives, how dbt is run, and where steps execute."""

from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource

from dagster_project.instance import program
from dagster_project.pipeline import DBT_PROJECT
from warehouse.home import Home


class CorpusHome(dg.ConfigurableResource):  # type: ignore[type-arg]  # its parameter is for resources that yield another object
    """The folder that archive, warehouse and published file live in."""

    root: str

    @property
    def home(self) -> Home:
        """The home's paths."""
        return Home(Path(self.root))


@dg.definitions
def resources() -> dg.Definitions:
    """Return the resources, and the executor: in process, since a step in a process of its own costs seconds."""
    return dg.Definitions(
        resources={
            "corpus": CorpusHome(root=str(Home.from_environment().root)),
            "dbt": DbtCliResource(
                project_dir=str(DBT_PROJECT), profiles_dir=str(DBT_PROJECT), dbt_executable=program("dbt")
            ),
        },
        executor=dg.in_process_executor,
    )
