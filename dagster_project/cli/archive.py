"""The commands `hanoi-corpus archive …` for the WARC archive, from which all other data is rebuilt.

Does not belong here: the work (`warehouse.archive`, `spiders.imports`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import MAXYEAR, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.cli.console import EXIT_BAD_INPUT, EXIT_INCOMPLETE, AsJson, fail, new_run_id, print_json, progress
from dagster_project.corpus import Corpus
from dagster_project.operations.plain_text import printable
from spiders.imports.portal_part import UNRESOLVED
from spiders.imports.warc_import import Imported, import_warcs
from spiders.portal import check_slug
from warehouse.archive.files import SUFFIX, all_warc_files
from warehouse.archive.upkeep.backup import Copied, backup, open_store, restore
from warehouse.archive.upkeep.export import NothingToExportError, export
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.upkeep.verify import Finding, Verified, verify_archive
from warehouse.clock import HANOI_TIME, Clock
from warehouse.home import Home
from warehouse.settings import load_settings
from warehouse.storage import StoredFile

archive_app = typer.Typer(help="The WARC archive.", no_args_is_help=True)

# More URLs would push the next finding off the screen; --json lists them all.
_URLS_SHOWN = 10
# The exit codes of an import, the one that counts for several files last.
_IMPORT_STATUSES = (0, EXIT_INCOMPLETE, EXIT_BAD_INPUT)


@archive_app.command("recover")
def recover_archive(
    files: Annotated[list[Path], typer.Argument(metavar="WARC...", exists=True, dir_okay=False)],
) -> None:
    """Replace damaged WARC files with their intact records; keep the damaged files as `<name>.damaged`."""
    home = Home.from_environment()
    for file in files:
        done = recover_warc(home, _archived(home, file))
        print(f"{file}: {done.captures} captures kept")
        for lost in done.lost:
            progress(f"{file}: not kept: bytes {lost.begin} to {lost.end}: {printable(lost.problem)}")


@archive_app.command("verify")
def verify(
    portals: Annotated[
        list[str] | None, typer.Argument(metavar="[PORTAL]...", help="slugs; default: every portal in the archive")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read every byte of the archive, report damage, and rebuild missing or wrong indexes and reports."""
    found = verify_archive(Home.from_environment(), portals or None, progress)
    if as_json:
        print_json(found)
    else:
        _print_verified(found)
    raise typer.Exit(0 if found.is_whole and found.is_done else EXIT_INCOMPLETE)


@archive_app.command("backup")
def backup_archive(
    destination: Annotated[str, typer.Argument(help="a folder, or s3://bucket/prefix, gs://…, az://…")],
    replace: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PORTAL/FILE", help="overwrite the copy of this file, for instance after a recovery; repeatable"
        ),
    ] = None,
    reread: Annotated[bool, typer.Option("--reread", help="also read and check earlier copies")] = False,
) -> None:
    """Copy every complete WARC file that the destination lacks, and compare the others with the archive."""
    home = Home.from_environment()
    store = open_store(destination, create=True)
    _print_copied(backup(home, store, replace=replace or (), reread=reread, on_file=progress), "copied")


@archive_app.command("restore")
def restore_archive(source: Annotated[str, typer.Argument(help="the destination of `archive backup`")]) -> None:
    """Restore every WARC file that the archive lacks from a backup; existing files are never overwritten."""
    home = Home.from_environment()
    free = load_settings(home).free_space_min_bytes
    done = restore(home, open_store(source, create=False), least_free_bytes=free, on_file=progress)
    for name in done.undigested:
        progress(f"{name}: restored, but its backup was interrupted: check it with `hanoi-corpus archive verify`")
    if done.copied:
        progress("run `hanoi-corpus build` to rebuild everything else from the archive")
    _print_copied(done, "restored")


@archive_app.command("import")
def import_archive(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False)],
    portals: Annotated[
        list[str] | None, typer.Option("--portal", metavar="SLUG", help="only this portal's responses; repeatable")
    ] = None,
) -> None:
    """Import WARC files of other crawlers (.warc, .warc.gz) with their own capture times."""
    corpus = Corpus.open(Home.from_environment())
    home = corpus.home
    chosen = [corpus.portal(slug) for slug in portals] if portals else list(corpus.portals.values())
    complaints = () if portals else corpus.files.complaints
    for complaint in complaints:
        progress(f"{complaint}: of this portal, nothing is imported")
    free = load_settings(home).free_space_min_bytes
    status = EXIT_INCOMPLETE if complaints else 0
    for done in import_warcs(
        home, chosen, files, new_run_id(), corpus.clock.now(), least_free_bytes=free, on_progress=_show_progress
    ):
        _print_imported(done)
        status = max(status, _status_of(done), key=_IMPORT_STATUSES.index)
    raise typer.Exit(status)


@archive_app.command("export")
def export_archive(
    file: Annotated[Path, typer.Argument(metavar="FILE.warc.gz", dir_okay=False, help="the file to write")],
    portal: Annotated[str, typer.Option(metavar="SLUG", help="the portal")],
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="first day, in Hanoi")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day, in Hanoi")] = None,
) -> None:
    """Write a portal's captures, of all or some days, to one WARC file for pywb and other replay tools."""
    home = Home.from_environment()
    if not file.name.endswith(SUFFIX):
        fail(f"{file}: the name must end in {SUFFIX}, which replay tools require", EXIT_BAD_INPUT)
    check_slug(portal)
    first = since and since.replace(tzinfo=HANOI_TIME)
    # There is no day after the last one of the calendar.
    after = until.replace(tzinfo=HANOI_TIME) + timedelta(days=1) if until and until.year < MAXYEAR else None
    try:
        done = export(home, portal, file.absolute(), first, after, Clock().now())
    except (FileExistsError, NothingToExportError) as error:
        fail(str(error), EXIT_BAD_INPUT)
    for problem in (*map(str, done.damaged), *done.unresolved):
        progress(printable(problem))
    print(f"{file}: {done.captures} captures, and {done.referred} of other days that their revisits refer to")
    raise typer.Exit(EXIT_INCOMPLETE if done.unresolved or done.damaged else 0)


def _archived(home: Home, file: Path) -> StoredFile:
    """Return the archive's file at a path; end the command if the path is not in the archive."""
    found = next((warc for warc in all_warc_files(home) if _is_at(warc, file)), None)
    if found is None:
        fail(
            f"{file}: not a complete WARC file of the archive in {home.warc}; the next build recovers unfinished ones",
            EXIT_BAD_INPUT,
        )
    return found


def _is_at(warc: StoredFile, file: Path) -> bool:
    with suppress(FileNotFoundError), warc.local() as path:
        return path.samefile(file)
    return False


def _show_progress(file: Path, count: int) -> None:
    progress(f"{file}: {count} records")


def _status_of(done: Imported) -> int:
    if done.error:
        return EXIT_BAD_INPUT
    return EXIT_INCOMPLETE if done.faults or done.refused or not done.has_captures else 0


def _print_imported(done: Imported) -> None:
    for slug, report in sorted(done.reports.items()):
        days = f"{report.started_at:%Y-%m-%d} to {report.ended_at:%Y-%m-%d}"
        print(f"{done.file}: {slug}: {report.captures} captures of {days}, {report.articles_new} new articles")
        for kind, count in sorted(report.errors.items()):
            # Another file of the same command may still have the response.
            if kind != UNRESOLVED:
                print(f"{done.file}: {slug}: {kind}: {count}")
    for warc in done.already:
        print(f"{done.file}: {warc.folder}: was imported before, as {warc.name}")
    if done.known:
        print(f"{done.file}: {done.known} responses were in the archive already")
    if done.skipped:
        skipped = ", ".join(f"{count} {printable(kind)}" for kind, count in sorted(done.skipped.items()))
        print(f"{done.file}: not imported: {skipped}")
    if not done.has_captures:
        print(f"{done.file}: no response in it is in the scope of a defined portal")
    for line in _problems(done):
        progress(printable(line))


def _problems(done: Imported) -> Iterator[str]:
    """Yield a line for each thing in a file that was not imported, and what helps."""
    if done.error:
        yield f"{done.error}. Nothing of the file was imported."
    named = [(one.offset, f"damaged at byte {one.offset}", one.url, one.problem) for one in done.faults]
    named += [(one.offset, f"record at byte {one.offset} not imported", one.url, one.problem) for one in done.refused]
    for _, place, url, problem in sorted(named):
        yield f"{done.file}: {place}: {f'{url}: ' if url else ''}{problem}"
    if done.faults:
        yield (
            f"{done.file}: {len(done.faults)} damaged places; all else was imported. If you have an undamaged copy of "
            "the file, import that, too: no capture is stored twice."
        )
    if done.refused:
        yield f"{done.file}: {len(done.refused)} records were not imported"
    if done.unresolved:
        yield (
            f"{done.file}: import the files with the responses to which its revisits refer, and then this file again; "
            "or all of them in one command."
        )


def _print_verified(found: Verified) -> None:
    for finding in found.findings:
        print(_line(finding))
        for url in finding.urls[:_URLS_SHOWN]:
            print(f"  {printable(url)}")
        if len(finding.urls) > _URLS_SHOWN:
            print(f"  and {len(finding.urls) - _URLS_SHOWN} more; --json lists them")
    print(f"{found.files} WARC files, {found.captures} captures: {'nothing is lost' if found.is_whole else 'damaged'}")
    for file in sorted({finding.file for finding in found.findings if finding.kind == "warc"}):
        progress(
            f"{file}: restore it from the backup, or keep its intact records: "
            f"`hanoi-corpus archive recover {Home.from_environment().root / file}`"
        )


def _line(finding: Finding) -> str:
    place = "" if finding.begin is None else f" at byte {finding.begin}"
    if finding.end is not None:
        place = f" from byte {finding.begin} to {finding.end}"
    return printable(f"{finding.file}: {finding.kind}{place}: {finding.problem}")


def _print_copied(done: Copied, word: str) -> None:
    for name, reason in sorted(done.refused.items()):
        progress(printable(f"{name}: {reason}"))
    print(f"{len(done.copied)} {word}, {done.unchanged} unchanged, {len(done.refused)} refused")
    raise typer.Exit(EXIT_INCOMPLETE if done.refused else 0)
