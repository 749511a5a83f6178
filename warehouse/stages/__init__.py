"""Stages derive datasets from the archive and from other datasets, one crawl at a time.

A stage is a versioned pure function of one unit: a WARC file, or the Parquet files of one crawl in the stage's input
datasets. It writes one Parquet file per output dataset, `<dataset>/<version>/<portal>/<crawl_id>.parquet`, with a
fingerprint of everything that the file depends on. Outputs are remade only if the fingerprint changed, so a stage that
runs twice, or is restarted after a kill, gives the same files. An executor applies a stage to units.
Belongs here: the declaration of stages, units, and bringing a stage's outputs up to date.
Does not belong here: executors (`warehouse.executors`), what a stage does (`spiders.extract.stage`,
`warehouse.derive`), and steps that compare articles of several crawls (dbt).
"""

from warehouse.stages.base import (
    DamagedFileError,
    DamagedInputError,
    Executor,
    Stage,
    StageReport,
    Unit,
    UnitResult,
    chained,
    folder_of,
    make,
    output_file,
    with_counts,
)
from warehouse.stages.updating import bring_up_to_date, damaged_outputs, units_of

__all__ = [
    "DamagedFileError",
    "DamagedInputError",
    "Executor",
    "Stage",
    "StageReport",
    "Unit",
    "UnitResult",
    "bring_up_to_date",
    "chained",
    "damaged_outputs",
    "folder_of",
    "make",
    "output_file",
    "units_of",
    "with_counts",
]
