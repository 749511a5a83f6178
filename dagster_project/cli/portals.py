"""The commands `hanoi-corpus portals …`: listing, checking, drafting and probing portal files.

Here: arguments, where files go, what is printed. Not here: what is looked at and how it is judged
(`spiders.onboarding.survey`, `spiders.onboarding.draft`, `spiders.onboarding.probe`, `spiders.onboarding.candidates`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.cli.console import EXIT_BAD_INPUT, EXIT_INCOMPLETE, AsJson, fail, progress
from dagster_project.cli.tables import print_table
from dagster_project.corpus import PORTALS_VARIABLE, Corpus, DemoCorpus, own_portal_folders
from dagster_project.operations.plain_text import printable
from spiders.onboarding.candidates import REGISTER, Candidate, walk
from spiders.onboarding.draft import Proposal, identity_of, propose, slug_of, write_new
from spiders.onboarding.gold_cases import (
    GOLD_FILE,
    PAGE_FILE,
    FixtureError,
    cases,
    draft,
    fixtures_of,
    problems,
    saved_page,
    write_case,
)
from spiders.onboarding.probe import Probe, judge, probe, set_verified
from spiders.onboarding.survey import Survey, survey
from spiders.onboarding.visit import DELAY_SECONDS, Visit, Visitor
from spiders.portal import (
    SHIPPED_PORTALS,
    Portal,
    PortalError,
    check_slug,
    find_portal,
    load_portal,
    portal_of_platform,
)
from warehouse.home import Home

portals_app = typer.Typer(help="Portal definitions.", no_args_is_help=True)

Into = Annotated[
    Path | None,
    typer.Option(
        "--into",
        file_okay=False,
        help="folder for portal files; the first of $HANOI_CORPUS_PORTALS where none, for candidates the register's",
    ),
]
Delay = Annotated[float, typer.Option(min=0, help="seconds between two requests to a host, now and in the portal file")]


@portals_app.command("list")
def list_portals(as_json: AsJson = False) -> None:
    """List the defined portals."""
    corpus = _corpus()
    active = corpus.active_portals()
    if as_json:
        for portal in corpus.portals.values():
            print(portal.model_dump_json())
        return
    print_table(
        ["slug", "name", "platform", "tier", "active", "verified_on"],
        [
            [p.slug, p.name, p.platform, p.tier, "yes" if p.slug in active else "no", str(p.verified_on or "never")]
            for p in corpus.portals.values()
        ],
    )


@portals_app.command("show")
def show_portal(slug: str, as_json: AsJson = False) -> None:
    """Show one portal's definition, defaults filled in."""
    portal = find_portal(_corpus().portals, slug)
    print(portal.model_dump_json(indent=None if as_json else 2))


@portals_app.command("check")
def check_portals(
    files: Annotated[list[Path] | None, typer.Argument(help="portal files; all defined portals where none")] = None,
) -> None:
    """Check portal files, and the saved pages beside them; a wrong one is named."""
    if files:
        checked, folders = [load_portal(file) for file in files], {file.parent for file in files}
    else:
        corpus = _corpus()
        checked, folders = list(corpus.portals.values()), set(corpus.portal_folders)
    print(f"{len(checked)} portal files are right")
    # The project's own cases are checked by its tests, each by the definition that it was made for.
    found = [case for folder in sorted(folders - {SHIPPED_PORTALS}) for case in cases(fixtures_of(folder))]
    if files:
        found = [case for case in found if any(case.name.startswith(f"{portal.slug}-") for portal in checked)]
    wrong = [f"{case}: {problem}" for case in found for problem in problems(case, checked)]
    if wrong:
        fail("\n".join(wrong), EXIT_INCOMPLETE)
    if found:
        print(f"{len(found)} saved pages read as confirmed")


@portals_app.command("new")
def new_portal(
    url: Annotated[str, typer.Argument(help="the portal's home page")],
    slug: Annotated[str | None, typer.Option(help="the definition's slug; made of the host's name where none")] = None,
    into: Into = None,
    delay: Delay = DELAY_SECONDS,
) -> None:
    """Visit a portal and draft its file, and two saved pages with what is true of them, for a person to correct."""
    corpus = _corpus()
    folder = _folder(corpus, into)
    slug = slug or slug_of(url)
    _refuse_what_exists(corpus, folder, slug)
    with corpus.network.reachable() as environment:
        progress(f"visiting {url}, {delay:g} seconds between two requests")
        seen = survey(Visitor(delay_seconds=delay, environment=environment), url)
    proposal = propose(seen, slug, identity_of(seen), corpus.today, delay)
    pages = _pages_to_keep(seen)
    for name, visit in pages.items():
        write_case(
            fixtures_of(folder) / proposal.portal.platform / f"{slug}-{name}", visit.body, draft(visit, proposal.portal)
        )
    _tell_what_was_written(corpus, seen, proposal, write_new(proposal, folder), list(pages))


@portals_app.command("fixture")
def draft_fixture(
    page: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="a saved page")],
    url: Annotated[str, typer.Option(help="the address that it was saved from")],
    into: Annotated[Path, typer.Option(file_okay=False, help="the case's folder, `<fixtures>/<platform>/<case>`")],
    portal: Annotated[str | None, typer.Option(help="slug of the portal that it is from")] = None,
    platform: Annotated[str | None, typer.Option(help="or the platform, where no portal is defined")] = None,
) -> None:
    """Make a case for the tests of a saved page: the page, and a draft of what is true of it, to be corrected."""
    definition = portal_for_reading(url, portal, platform)
    visit = saved_page(page, url)
    write_case(into, visit.body, draft(visit, definition))
    print(f"{into / GOLD_FILE}: drafted. Correct it by {into / PAGE_FILE}, then set confirmed to true.")


@portals_app.command("probe")
def probe_portals(
    slug: Annotated[str | None, typer.Argument(help="the portal to look at")] = None,
    every: Annotated[bool, typer.Option("--all", help="all active portals")] = False,
    candidates: Annotated[bool, typer.Option(help="the portals that could be defined, by the register")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="write verified_on where nothing is off; of candidates, their portal files")
    ] = False,
    register: Annotated[
        Path | None, typer.Option(dir_okay=False, help="the register of candidates; the project's where none")
    ] = None,
    into: Into = None,
    delay: Annotated[
        float | None,
        typer.Option(min=0, help="of candidates: seconds between two requests to a host, now and in the portal files"),
    ] = None,
) -> None:
    """Look at a few live pages of portals: does what is read agree with what the pages say of themselves?"""
    if [slug is not None, every, candidates].count(True) != 1:
        fail("give either a slug, --all or --candidates", EXIT_BAD_INPUT)
    corpus = _corpus()
    if candidates:
        register = register or REGISTER
        _probe_candidates(
            corpus, register, into or register.parent, DELAY_SECONDS if delay is None else delay, write=write
        )
        return
    if register or into or delay is not None:
        fail(
            "--register, --into and --delay go with --candidates; a portal's own delay stands in its file",
            EXIT_BAD_INPUT,
        )
    if write and isinstance(corpus, DemoCorpus):
        fail("a demo home's test portals are part of the program: nothing is written to them", EXIT_BAD_INPUT)
    chosen = [find_portal(corpus.portals, slug)] if slug else list(corpus.active_portals().values())
    found = [_probe_one(corpus, portal, write=write, is_alone=not every) for portal in chosen]
    if every:
        print_table(
            ["portal", "platform", "rows", "verified_on", "what is off"],
            [
                [one.portal.slug, one.portal.platform, str(one.rows), _verified(corpus, one, write), one.line]
                for one in found
            ],
        )
    raise typer.Exit(EXIT_INCOMPLETE if any(one.off for one in found) else 0)


def portal_for_reading(url: str, slug: str | None, platform: str | None) -> Portal:
    """Return the definition by which a saved page is to be read: a portal's, or just its platform's."""
    if (slug is None) == (platform is None):
        fail("give either --portal or --platform", EXIT_BAD_INPUT)
    if slug is not None:
        return find_portal(_corpus().portals, slug)
    return portal_of_platform(platform or "", url)


def _corpus() -> Corpus:
    return Corpus.open(Home.from_environment())


def _folder(corpus: Corpus, into: Path | None) -> Path:
    """Return where new portal files go."""
    own = own_portal_folders()
    if into is None and not own and isinstance(corpus, DemoCorpus):
        fail(f"in a demo home, say with --into or {PORTALS_VARIABLE} where files should go", EXIT_BAD_INPUT)
    return into or (own[0] if own else SHIPPED_PORTALS)


def _refuse_what_exists(corpus: Corpus, folder: Path, slug: str) -> None:
    """Tell before anything is fetched, not after."""
    check_slug(slug)
    if slug in corpus.portals:
        raise PortalError(f"slug {slug!r} is already defined; choose another with --slug")
    if (folder / f"{slug}.yml").exists():
        raise PortalError(f"{folder / slug}.yml: there is such a file already; nothing was overwritten")
    for case in (case for case in cases(fixtures_of(folder)) if case.name in (f"{slug}-list", f"{slug}-article")):
        raise FixtureError(f"{case}: there is such a case already; nothing was overwritten")


def _pages_to_keep(seen: Survey) -> dict[str, Visit]:
    """Return one list page and one article page of those seen, by the last word of their cases' names."""
    articles = [one.visit for one in seen.articles if one.article is not None]
    kept = (("list", [one.visit for one in seen.lists]), ("article", articles))
    return {name: visits[0] for name, visits in kept if visits}


def _tell_what_was_written(corpus: Corpus, seen: Survey, proposal: Proposal, file: Path, pages: Sequence[str]) -> None:
    portal = proposal.portal
    off = list(judge(seen.articles, seen.failures))
    print(f"{file}: drafted, platform {portal.platform}")
    for name, found in (("seed_urls", seen.lists), ("feeds", seen.feeds), ("sitemaps", seen.sitemaps)):
        for one in found:
            print(f"  {name}: {printable(one.url)}, {one.rows} rows")
    folder = fixtures_of(file.parent) / portal.platform
    for name in pages:
        print(f"{folder / f'{portal.slug}-{name}'}: drafted, not confirmed")
    print(f"what is off with the articles seen: {'; '.join(off) or 'nothing'}")
    print("next:")
    if file.parent.resolve() not in [folder.resolve() for folder in corpus.portal_folders]:
        print(f"  export {PORTALS_VARIABLE}={file.parent}")
    print(f"  correct {file}: everything that a comment calls guessed")
    if pages:
        print(f"  correct each {GOLD_FILE} by the page beside it, then set confirmed to true")
    if file.parent.resolve() == SHIPPED_PORTALS.resolve():
        print(f"  give it a row in {REGISTER}, or the tests fail")
    print(f"  hanoi-corpus portals check {file}")
    print(f"  hanoi-corpus portals probe {portal.slug} --write")
    print(f"  hanoi-corpus crawl {portal.slug} && hanoi-corpus build")


def _probe_one(corpus: Corpus, portal: Portal, *, write: bool, is_alone: bool) -> Probe:
    progress(f"{portal.slug}: visiting")
    with corpus.network.reachable() as environment:
        found = probe(Visitor(delay_seconds=portal.politeness.delay_seconds, environment=environment), portal)
    if write and not found.off:
        set_verified(_file_of(corpus, portal.slug), corpus.today)
    if not is_alone:
        progress(f"{portal.slug}: {printable(found.line)}")
    else:
        _print_probe(found)
        print(
            f"{portal.slug}: {printable(found.line)}"
            + (f"; verified_on: {corpus.today}" if write and not found.off else "")
        )
    return found


def _file_of(corpus: Corpus, slug: str) -> Path:
    return next(file for folder in corpus.portal_folders if (file := folder / f"{slug}.yml").exists())


def _verified(corpus: Corpus, found: Probe, write: bool) -> str:
    return str(corpus.today if write and not found.off else found.portal.verified_on or "never")


def _print_probe(found: Probe) -> None:
    least = found.portal.expectations.list_rows_min
    print(f"{found.portal.slug}: {found.portal.platform}, {found.rows} list rows, at least {least} expected")
    for article in found.articles:
        print(f"\n{printable(article.url)}: {f'read by {article.read_by}' if article.read_by else 'shows no article'}")
        for field in article.fields:
            print(f"  {field.name:<16} {printable(field.value)}".rstrip())
            for declared in field.declared:
                print(f"  {'':<16} ({printable(declared)})")
    print()


def _probe_candidates(corpus: Corpus, register: Path, folder: Path, delay: float, *, write: bool) -> None:
    found: list[Candidate] = []
    with corpus.network.reachable() as environment:
        visitor = Visitor(delay_seconds=delay, environment=environment)
        try:
            for candidate in walk(visitor, register, folder, corpus.today, delay, write=write):
                progress(f"{candidate.slug}: {printable(candidate.off) or 'fits'}")
                found.append(candidate)
        finally:  # what was found before an interruption is worth seeing; what was written, stays
            print_table(
                ["slug", "address", "led to", "platform", "rows", "defined", "what is off"],
                [
                    [
                        *(one.slug, one.address, one.led_to, one.platform, str(one.rows)),
                        *("yes" if one.is_defined else "no", one.off or "nothing"),
                    ]
                    for one in found
                ],
            )
    raise typer.Exit(EXIT_INCOMPLETE if any(one.off for one in found) else 0)
