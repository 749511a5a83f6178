"""The Dagster code location: all definitions of `dagster_project.defs`, built from one corpus.

Importing this module and loading the definitions start no process and write no file. The definitions show the home and
the portal files as they were at load time; each run opens the corpus again.
"""

import dagster as dg

from dagster_project.corpus import Corpus
from dagster_project.dbt import manifest
from dagster_project.defs.alerts import alert_sensors
from dagster_project.defs.backfill import backfill_job
from dagster_project.defs.captures import captures_assets, crawls_check, portal_file_sensor
from dagster_project.defs.corpus import published_corpus
from dagster_project.defs.datasets import raw_assets, stage_assets
from dagster_project.defs.dbt_models import dbt_models
from dagster_project.defs.health import portal_health
from dagster_project.defs.judgement import COUNTS, EXTRACTION, SILENCE, portal_checks, share_checks
from dagster_project.defs.resources import resources
from dagster_project.defs.schedules import check_job, jobs_and_schedules, nightly_schedule
from dagster_project.derivation import corpus_stages
from dagster_project.operations import links
from dagster_project.runs.executor import locked_in_process_executor
from warehouse.home import Home


@dg.definitions
def defs() -> dg.Definitions:
    """Return all definitions; without a usable dbt manifest, without dbt models, and publishing fails.

    An exception here would stop the whole code location, including the crawl schedules: an invalid portal file is shown
    at its own portal.
    """
    corpus = Corpus.open(Home.from_environment())
    log = dg.get_dagster_logger()
    for problem in (*corpus.files.complaints, *links.complaints()):
        log.warning(problem)
    slugs = corpus.slugs
    stages = corpus_stages(corpus.definitions)
    complaint = manifest.complaint()
    if complaint:
        log.warning(complaint)
    checks = [portal_checks(slugs, check) for check in (EXTRACTION, SILENCE, COUNTS)]
    assets = dg.Definitions(
        assets=[
            captures_assets(corpus.definitions, corpus.invalid_portals),
            *(stage_assets(stage, corpus_stages) for stage in stages),
            raw_assets(stages, corpus_stages),
            *([] if complaint else [dbt_models()]),
            portal_health,
            published_corpus(complaint),
        ],
        asset_checks=[crawls_check, *checks, share_checks],
        jobs=[backfill_job(slugs), check_job],
        schedules=[nightly_schedule],
        sensors=[portal_file_sensor(corpus.home, slugs), *alert_sensors(corpus)],
        resources=resources(corpus.home),
        executor=locked_in_process_executor,
    )
    return dg.Definitions.merge(assets, jobs_and_schedules(corpus, checks))
