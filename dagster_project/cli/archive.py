"""The commands `hanoi-corpus archive …`: looking after the one thing that cannot be made again.

Here: arguments, what is printed, exit codes. Not here: the work (`warehouse.archive`, `spiders.crawl.warc_import`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.cli.console import (
    EXIT_BAD_INPUT,
    EXIT_INCOMPLETE,
    AsJson,
    fail,
    json_default,
    new_run_id,
    progress,
)
from dagster_project.corpus import Corpus
from dagster_project.operations.plain_text import printable
from spiders.crawl.warc_import import Imported, import_warc
from spiders.portal import check_slug, find_portal
from warehouse.archive.files import SUFFIX, warc_files
from warehouse.archive.upkeep.backup import Copied, backup, open_store, restore
from warehouse.archive.upkeep.export import NothingToExportError, export
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.upkeep.verify import Finding, Verified, verify_archive
from warehouse.archive.warc.external import ForeignWarcError
from warehouse.clock import HANOI_TIME, Clock
from warehouse.home import Home
from warehouse.settings import load_settings
from warehouse.storage import StoredFile

archive_app = typer.Typer(help="The WARC archive.", no_args_is_help=True)

# More addresses than these would hide the next finding; --json has them all.
_URLS_SHOWN = 10


@archive_app.command("recover")
def recover_archive(
    files: Annotated[list[Path], typer.Argument(metavar="WARC...", exists=True, dir_okay=False)],
) -> None:
    """Keep every whole record of damaged WARC files; the damaged files are set aside as `<name>.damaged`."""
    home = Home.from_environment()
    for file in files:
        print(f"{file}: {recover_warc(home, _archived(home, file))} captures kept")


@archive_app.command("verify")
def verify(
    portals: Annotated[
        list[str] | None, typer.Argument(metavar="[PORTAL]...", help="slugs; every portal in the archive where none")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read every byte of the archive: name what is damaged, and make wrong indexes and reports again."""
    found = verify_archive(Home.from_environment(), portals or None, progress)
    if as_json:
        print(json.dumps(found, default=json_default, ensure_ascii=False))
    else:
        _print_verified(found)
    raise typer.Exit(0 if found.is_whole else EXIT_INCOMPLETE)


@archive_app.command("backup")
def backup_archive(
    destination: Annotated[str, typer.Argument(help="a folder, or s3://bucket/prefix, gs://…, az://…")],
    replace: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PORTAL/FILE", help="a file whose copy gives way to the archive's, such as a recovered one"
        ),
    ] = None,
    reread: Annotated[bool, typer.Option("--reread", help="read copies made earlier, too")] = False,
) -> None:
    """Copy every complete WARC file that the destination lacks; hold those that it has against the archive."""
    home = Home.from_environment()
    store = open_store(destination, create=True)
    _print_copied(backup(home, store, replace=replace or (), reread=reread, on_file=progress), "copied")


@archive_app.command("restore")
def restore_archive(source: Annotated[str, typer.Argument(help="what `archive backup` was given")]) -> None:
    """Bring back every WARC file of a backup that the archive lacks; nothing there is overwritten."""
    done = restore(Home.from_environment(), open_store(source, create=False), on_file=progress)
    for name in done.undigested:
        progress(
            f"{name}: restored, but its copying was interrupted: `hanoi-corpus archive verify` tells if it is whole"
        )
    if done.copied:
        progress("`hanoi-corpus build` makes everything else from the archive")
    _print_copied(done, "restored")


@archive_app.command("import")
def import_archive(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False)],
    portals: Annotated[
        list[str] | None, typer.Option("--portal", metavar="SLUG", help="only this portal's responses; repeatable")
    ] = None,
) -> None:
    """Bring WARC files that other crawlers made (.warc, .warc.gz) into the archive, with their own capture times."""
    corpus = Corpus.open(Home.from_environment())
    home, known = corpus.home, corpus.portals
    chosen = [find_portal(known, slug) for slug in portals] if portals else list(known.values())
    free = load_settings(home).free_space_min_bytes
    status = 0
    for file in files:
        try:
            done = import_warc(home, chosen, file, new_run_id(), least_free_bytes=free, on_progress=_telling_of(file))
        except ForeignWarcError as error:
            progress(f"{printable(error)}. It is no WARC file, or broken from its beginning: nothing was imported.")
            status = EXIT_BAD_INPUT
            continue
        _print_imported(done)
        if done.broken or not (done.reports or done.already or done.known):
            status = status or EXIT_INCOMPLETE
    raise typer.Exit(status)


@archive_app.command("export")
def export_archive(
    file: Annotated[Path, typer.Argument(metavar="FILE.warc.gz", dir_okay=False, help="the file to write")],
    portal: Annotated[str, typer.Option(metavar="SLUG", help="whose captures")],
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="first day, in Hanoi")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day, in Hanoi")] = None,
) -> None:
    """Write a portal's captures of some days to one WARC file that pywb and other replay tools read."""
    home = Home.from_environment()
    if not file.name.endswith(SUFFIX):
        fail(f"{file}: its name must end in {SUFFIX}, by which replay tools know what it is", EXIT_BAD_INPUT)
    check_slug(portal)
    first = since and since.replace(tzinfo=HANOI_TIME)
    after = until and until.replace(tzinfo=HANOI_TIME) + timedelta(days=1)
    try:
        done = export(home, portal, file.absolute(), first, after, Clock().now())
    except (FileExistsError, NothingToExportError) as error:
        fail(str(error), EXIT_BAD_INPUT)
    for problem in done.unresolved:
        progress(printable(problem))
    print(f"{file}: {done.captures} captures, and {done.referred} of other days that they refer to")
    raise typer.Exit(EXIT_INCOMPLETE if done.unresolved else 0)


def _archived(home: Home, file: Path) -> StoredFile:
    """Return the archive's file that a path leads to; end the command where it leads elsewhere."""
    found = next((warc for warc in warc_files(home) if _is_at(warc, file)), None)
    if found is None:
        fail(
            f"{file}: is no complete WARC file of the archive in {home.warc}; the next build recovers unfinished ones",
            EXIT_BAD_INPUT,
        )
    return found


def _is_at(warc: StoredFile, file: Path) -> bool:
    with suppress(FileNotFoundError), warc.local() as path:
        return path.samefile(file)
    return False


def _telling_of(file: Path) -> Callable[[int], None]:
    return lambda count: progress(f"{file}: {count} records")


def _print_imported(done: Imported) -> None:
    for slug, report in sorted(done.reports.items()):
        days = f"{report.started_at:%Y-%m-%d} to {report.ended_at:%Y-%m-%d}"
        print(f"{done.file}: {slug}: {report.captures} captures of {days}, {report.articles_new} new articles")
        for kind, count in sorted(report.errors.items()):
            print(f"{done.file}: {slug}: {kind}: {count}")
    for warc in done.already:
        print(f"{done.file}: {warc.folder}: was imported before, as {warc.name}")
    if done.known:
        print(f"{done.file}: {done.known} responses were in the archive already")
    if done.skipped:
        told = ", ".join(f"{count} {printable(kind)}" for kind, count in sorted(done.skipped.items()))
        print(f"{done.file}: not taken: {told}")
    if not (done.reports or done.already or done.known):
        print(f"{done.file}: no response in it is in the scope of a portal that is defined")
    if done.broken:
        progress(f"{printable(done.broken)}. What stood before was imported.")


def _print_verified(found: Verified) -> None:
    for finding in found.findings:
        print(_spelled(finding))
        for url in finding.urls[:_URLS_SHOWN]:
            print(f"  {printable(url)}")
        if len(finding.urls) > _URLS_SHOWN:
            print(f"  and {len(finding.urls) - _URLS_SHOWN} more; --json lists them")
    print(f"{found.files} WARC files, {found.captures} captures: {'nothing is lost' if found.is_whole else 'damaged'}")
    for file in sorted({finding.file for finding in found.findings if finding.kind == "warc"}):
        progress(
            f"{file}: restore it from the backup, or keep what is whole: "
            f"`hanoi-corpus archive recover {Home.from_environment().root / file}`"
        )


def _spelled(finding: Finding) -> str:
    place = "" if finding.begin is None else f" at byte {finding.begin}"
    if finding.end is not None:
        place = f" from byte {finding.begin} to {finding.end}"
    return printable(f"{finding.file}: {finding.kind}{place}: {finding.problem}")


def _print_copied(done: Copied, word: str) -> None:
    for name, reason in sorted(done.refused.items()):
        progress(f"{name}: {reason}")
    print(f"{len(done.copied)} {word}, {done.unchanged} unchanged, {len(done.refused)} refused")
    raise typer.Exit(EXIT_INCOMPLETE if done.refused else 0)
