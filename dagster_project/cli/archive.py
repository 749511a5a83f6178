"""The commands `hanoi-corpus archive …` for the WARC archive, from which all other data is rebuilt.

Does not belong here: the work (`warehouse.archive`, `spiders.imports`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import MAXYEAR, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.cli.input.portals import check_known, complete_defined, complete_known
from dagster_project.cli.input.releases import KeptRelease
from dagster_project.cli.output.console import (
    EXIT_BAD_INPUT,
    EXIT_FAILED,
    EXIT_INCOMPLETE,
    AsJson,
    fail,
    new_run_id,
    print_json,
    progress,
)
from dagster_project.cli.output.stopping import stoppable
from dagster_project.corpus import Corpus
from dagster_project.operations.plain_text import printable
from spiders.imports.portal_part import UNRESOLVED
from spiders.imports.warc_import import Imported, import_warcs
from warehouse.archive.cited import CitedBytes, read_cited
from warehouse.archive.files import SUFFIX, all_warc_files
from warehouse.archive.upkeep.backup import Copied, backup, open_store, restore
from warehouse.archive.upkeep.export import NothingToExportError, export
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.upkeep.verify import Finding, Verified, verify_archive
from warehouse.archive.warc.encoding import UndecodableBodyError
from warehouse.clock import HANOI_TIME, Clock
from warehouse.corpus.citation import Citation, find_citation
from warehouse.corpus.release import open_release, release_file
from warehouse.home import Home
from warehouse.records import Capture
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
        list[str] | None,
        typer.Argument(
            metavar="[PORTAL]...",
            help="slugs; default: every portal in the archive",
            autocompletion=complete_known,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read every byte of the archive, report damage, and rebuild missing or wrong indexes and reports."""
    home = Home.from_environment()
    if portals:
        check_known(Corpus.open(home), portals)
    kept = "Nothing in the archive was changed but indexes that were made again; it begins anew."
    with stoppable("the verification", lambda: kept), progress.stage("verify", "WARC files") as steps:
        found = verify_archive(home, portals or None, steps.take)
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
    _check_archived(home, replace or ())
    store = open_store(destination, create=True)
    kept = "The files that were copied stay; run the same command again for the others."
    with stoppable("the backup", lambda: kept), progress.stage("backup", "WARC files") as steps:
        done = backup(home, store, replace=replace or (), reread=reread, on_file=steps.take)
    _print_copied(done, "copied")


@archive_app.command("restore")
def restore_archive(source: Annotated[str, typer.Argument(help="the destination of `archive backup`")]) -> None:
    """Restore every WARC file that the archive lacks from a backup; existing files are never overwritten."""
    home = Home.from_environment()
    free = load_settings(home).free_space_min_bytes
    kept = "The files that were restored stay; run the same command again for the others."
    with stoppable("the restoration", lambda: kept), progress.stage("restore", "WARC files") as steps:
        done = restore(home, open_store(source, create=False), least_free_bytes=free, on_file=steps.take)
    for name in done.undigested:
        progress(f"{name}: restored, but its backup was interrupted: check it with `hanoi-corpus archive verify`")
    if done.copied:
        progress("run `hanoi-corpus build` to rebuild everything else from the archive")
    _print_copied(done, "restored")


@archive_app.command("import")
def import_archive(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False)],
    portals: Annotated[
        list[str] | None,
        typer.Option(
            "--portal",
            metavar="SLUG",
            help="only this portal's responses; repeatable",
            autocompletion=complete_defined,
        ),
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
    kept = "The responses of the files named above are imported; run the same command again for the others."
    with stoppable("the import", lambda: kept), progress.stage("import") as steps:

        def show(file: Path, count: int) -> None:
            if count == 0:
                progress(f"{file}: reading its records")
            steps.say(f"{file.name}: {count:,} records")

        for done in import_warcs(
            home, chosen, files, new_run_id(), corpus.clock.now(), least_free_bytes=free, on_progress=show
        ):
            _print_imported(done)
            status = max(status, _status_of(done), key=_IMPORT_STATUSES.index)
    raise typer.Exit(status)


@archive_app.command("export")
def export_archive(
    file: Annotated[Path, typer.Argument(metavar="FILE.warc.gz", dir_okay=False, help="the file to write")],
    portal: Annotated[str, typer.Option(metavar="SLUG", help="the portal", autocompletion=complete_known)],
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="first day, in Hanoi")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day, in Hanoi")] = None,
) -> None:
    """Write a portal's captures, of all or some days, to one WARC file for pywb and other replay tools."""
    home = Home.from_environment()
    if not file.name.endswith(SUFFIX):
        fail(f"{file}: the name must end in {SUFFIX}, which replay tools require", EXIT_BAD_INPUT)
    check_known(Corpus.open(home), [portal])
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


@archive_app.command("cited")
def cited(
    row_id: Annotated[str, typer.Argument(metavar="ARTICLE_ID|CAPTURE_ID", help="the id of the cited row")],
    revision: Annotated[int | None, typer.Option(min=1, help="a revision of the article; default: the newest")] = None,
    release: KeptRelease = None,
    decoded: Annotated[bool, typer.Option("--decoded", help="without content encodings such as gzip")] = False,
) -> None:
    """Print the bytes that a row cites, as received, after comparing their SHA-256 with the recorded one."""
    if sys.stdout.isatty():
        fail("a page's bytes could control the terminal: send them to a file or a pipe (… > page.html)", EXIT_BAD_INPUT)
    home = Home.from_environment()
    path = release_file(home, release)
    with open_release(path) as corpus:
        found = find_citation(corpus, path, row_id, revision)
    read = read_cited(home.storage, found.capture_id, found.warc_file, found.warc_offset, found.payload_digest)
    try:
        content = read.response.body().content if decoded else read.response.payload
    except UndecodableBodyError as error:
        fail(f"{found.url}: {error}; without --decoded the bytes are printed as received", EXIT_FAILED)
    progress(printable(_cited_line(found, read)))
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _cited_line(found: Citation, read: CitedBytes) -> str:
    record = read.response.capture
    body = f"{record.warc_file} at byte {record.warc_offset}"
    if read.revisit:
        own = read.revisit.capture
        body = f"unchanged by the revisit {own.warc_file} at byte {own.warc_offset} since {_moment(record)}, {body}"
    recorded, computed = (digest.removeprefix("sha256:") for digest in (found.payload_digest, read.digest))
    return f"{found.url}: captured {_moment(found)}, {body}, SHA-256 recorded {recorded}, computed {computed}"


def _moment(capture: Citation | Capture) -> str:
    return capture.captured_at.astimezone(HANOI_TIME).isoformat(sep=" ", timespec="seconds")


def _check_archived(home: Home, names: Iterable[str]) -> None:
    """End the command if the archive has no WARC file with one of the names, `PORTAL/FILE`."""
    known = [f"{warc.folder}/{warc.name}" for warc in all_warc_files(home)]
    for name in names:
        if name not in known:
            near = ", ".join(get_close_matches(name, known)) or "none"
            fail(f"--replace {name}: the archive has no such file; the nearest: {near}", EXIT_BAD_INPUT)


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
