"""Writes the tables of a release as Parquet files, for tools that do not open DuckDB's file.

Does not belong here: opening releases (`warehouse.corpus.release`), and printing (`dagster_project.cli`).
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from warehouse import durable
from warehouse.corpus.release import ReleaseError, is_damage, not_a_release, open_release
from warehouse.errors import InputError


class ExportError(InputError):
    """There is something in the place of the folder; the message says what to do."""


def export_release(release: Path, folder: Path) -> list[Path]:
    """Write every table of a release to a new folder, as `<table>.parquet`; return the files.

    The folder is there when it is complete, and not before. Columns, types and order of rows are those of the release.

    Raises:
        ExportError: the folder exists and is not empty, or is no folder.
        ReleaseError: the release does not exist, or the folder cannot be written, for example on a full disk.
        DamagedReleaseError: the release is damaged.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise ExportError(f"{folder}: there is something already: name a folder that is new or empty")
    unfinished = folder.absolute().with_name(f".{folder.absolute().name}.unfinished")
    with open_release(release) as opened:
        try:
            shutil.rmtree(unfinished, ignore_errors=True)  # of an export that was killed
            unfinished.mkdir(parents=True)
            tables = opened.execute("select table_name from duckdb_tables() where not internal order by all").fetchall()
            for (table,) in tables:
                _copy(opened, table, unfinished / f"{table}.parquet")
            durable.sync(unfinished)
            unfinished.replace(folder.absolute())
            durable.sync(folder.absolute().parent)
        except (OSError, duckdb.Error) as error:
            if isinstance(error, duckdb.Error) and is_damage(error):
                raise not_a_release(release, error) from error
            raise ReleaseError(
                f"{folder}: the release could not be exported: {error}. Nothing was left there. If the disk is full, "
                "free some space and run the command again."
            ) from error
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return sorted(folder.glob("*.parquet"))


def _copy(opened: duckdb.DuckDBPyConnection, table: str, file: Path) -> None:
    quoted_table = table.replace('"', '""')
    quoted_file = str(file).replace("'", "''")  # COPY takes no parameter for a path
    opened.execute(f"copy \"{quoted_table}\" to '{quoted_file}' (format parquet, compression zstd)")
    durable.sync(file)
