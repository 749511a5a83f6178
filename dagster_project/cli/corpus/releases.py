"""The commands `hanoi-corpus releases …`: which are kept, pins for those cited, Parquet of one.

Does not belong here: the work (`warehouse.corpus`), and deleting releases, which builds do
(`warehouse.tables.retention`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from dagster_project.cli.input.releases import KeptRelease as EarlierRelease
from dagster_project.cli.input.releases import ReleaseId
from dagster_project.cli.output.console import EXIT_INCOMPLETE, AsJson, print_json, progress
from dagster_project.cli.output.tables import print_table
from dagster_project.operations.plain_text import printable
from warehouse.clock import HANOI_TIME
from warehouse.corpus import pins
from warehouse.corpus.export import export_release
from warehouse.corpus.kept import KeptRelease, all_kept, find_kept
from warehouse.corpus.release import release_file, verify_release
from warehouse.home import Home

releases_app = typer.Typer(help="Kept releases of the corpus, and pins.", no_args_is_help=True)


@releases_app.command("list")
def list_releases(as_json: AsJson = False) -> None:
    """List the kept releases, newest first, with their sizes and pins."""
    found = all_kept(Home.from_environment())
    if as_json:
        for one in found:
            print_json(_as_json(one))
    else:
        _print_list(found)
    raise typer.Exit(EXIT_INCOMPLETE if any(one.problem for one in found) else 0)


@releases_app.command("show")
def show_release(release: ReleaseId, as_json: AsJson = False) -> None:
    """Show all that is known of a release, after reading every block of its file."""
    one = find_kept(Home.from_environment(), release)
    if one.release is not None:
        verify_release(one.path)
    if as_json:
        print_json(_as_json(one))
    else:
        _print_one(one)
    raise typer.Exit(EXIT_INCOMPLETE if one.problem else 0)


@releases_app.command("export")
def export(
    folder: Annotated[Path, typer.Argument(help="a new or empty folder")], release: EarlierRelease = None
) -> None:
    """Write the tables of a release as Parquet files, for tools that do not open DuckDB's file."""
    path = release_file(Home.from_environment(), release)
    for file in export_release(path, folder):
        print(f"{file}: {file.stat().st_size / 1e6:,.1f} MB")


@releases_app.command("pin")
def pin_release(release: ReleaseId, note: Annotated[str, typer.Option(help="who cites it, and where")] = "") -> None:
    """Keep a release for good, since somebody cites it; builds never delete it."""
    pins.pin(Home.from_environment(), release, note, datetime.now(UTC))
    print(f"{release}: pinned")


@releases_app.command("unpin")
def unpin_release(release: ReleaseId) -> None:
    """Remove a pin; a build deletes the release once it is neither among the newest nor young."""
    pins.unpin(Home.from_environment(), release)
    print(f"{release}: no longer pinned")


def _as_json(one: KeptRelease) -> dict[str, Any]:
    meta = one.release
    return {
        "release_id": one.release_id,
        "path": one.path,
        "built_at": meta and meta.built_at,
        "size_bytes": one.size_bytes,
        "is_published": one.is_published,
        "pin": one.pin,
        "code_version": meta and meta.code_version,
        "schema_version": meta and meta.schema_version,
        "extractor_version": meta and meta.extractor_version,
        "run_id": meta and meta.run_id,
        "inputs_digest": meta and meta.inputs_digest,
        "counts": meta and dict(meta.counts),
        "portals": meta and dict(meta.portals),
        "problem": one.problem,
    }


def _print_list(found: list[KeptRelease]) -> None:
    rows = [
        [
            one.release_id,
            f"{one.release.built_at.astimezone(HANOI_TIME):%Y-%m-%d %H:%M}" if one.release else "",
            f"{one.release.counts['fct_articles']:,}" if one.release else "",
            _size(one),
            ", ".join(_states(one)),
            one.release.extractor_version if one.release else "",
            one.release.code_version if one.release else "",
            str(one.release.schema_version) if one.release else "",
        ]
        for one in found
    ]
    print_table(["release", "built, in Hanoi", "articles", "size", "state", "extractor", "code", "schema"], rows)
    total = sum(one.size_bytes or 0 for one in found)
    print(f"{len(found)} releases, {total / 1e6:,.1f} MB")
    for one in found:
        if one.problem:
            progress(printable(one.problem))


def _print_one(one: KeptRelease) -> None:
    print(f"{one.path}: {', '.join(_states(one)) or 'kept'}, {_size(one)}")
    if one.pin:
        since = f" since {one.pin.pinned_at.astimezone(HANOI_TIME):%Y-%m-%d %H:%M}" if one.pin.pinned_at else ""
        print(f"pinned{since}: {printable(one.pin.note) or 'no note'}")
    if one.problem:
        progress(printable(one.problem))
    if one.release:
        meta = one.release
        print(f"built at {meta.built_at.astimezone(HANOI_TIME):%Y-%m-%d %H:%M:%S} in Hanoi, by run {meta.run_id}")
        print(f"extractor {meta.extractor_version}, code {meta.code_version}, schema {meta.schema_version}")
        print_table(["table", "rows"], [[mart, f"{count:,}"] for mart, count in sorted(meta.counts.items())])
        figures = sorted(meta.portals.items())
        print_table(
            ["portal", "articles", "revisions"],
            [[slug, f"{its.articles:,}", f"{its.revisions:,}"] for slug, its in figures],
        )


def _states(one: KeptRelease) -> list[str]:
    states = {"published": one.is_published, "pinned": one.pin is not None, "problem": one.problem is not None}
    return [name for name, applies in states.items() if applies]


def _size(one: KeptRelease) -> str:
    return "" if one.size_bytes is None else f"{one.size_bytes / 1e6:,.1f} MB"
