"""The commands `hanoi-corpus portals …`: listing, checking, drafting and probing portal files.

Belongs here: arguments, where files are written, output. Does not belong here: which pages are examined, and how they
are judged (see `spiders.onboarding.survey`, `spiders.onboarding.draft`, `spiders.onboarding.probe` and
`spiders.onboarding.candidates`), and fetching them (see `dagster_project.crawls.onboarding`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from dagster_project.cli.input.portals import Slug, complete_defined
from dagster_project.cli.output.console import EXIT_BAD_INPUT, EXIT_INCOMPLETE, AllowPrivate, AsJson, fail, progress
from dagster_project.cli.output.stopping import stoppable
from dagster_project.cli.output.tables import print_table
from dagster_project.corpus import PORTALS_VARIABLE, Corpus, DemoCorpus, own_portal_folders
from dagster_project.crawls.onboarding import fetch
from dagster_project.operations.plain_text import printable
from spiders.extract.article import UNREAD_REASONS
from spiders.onboarding import gold_cases
from spiders.onboarding.candidates import REGISTER, Candidate, walk
from spiders.onboarding.captures import CapturedPage, Captures
from spiders.onboarding.draft import Proposal, fit_of, identity_of, propose, slug_of, write_new
from spiders.onboarding.gold_cases import GOLD_FILE, PAGE_FILE, FixtureError
from spiders.onboarding.probe import Probe, judge_survey, probe, set_verified
from spiders.onboarding.process import FetchJob
from spiders.onboarding.survey import Survey, portal_at, survey
from spiders.portal import (
    SHIPPED_PORTALS,
    Portal,
    PortalError,
    check_slug,
    load_portal,
    portal_of_platform,
)
from warehouse.home import Home

portals_app = typer.Typer(help="Portal definitions.", no_args_is_help=True)

_DELAY_SECONDS: Final = 2.0

Into = Annotated[
    Path | None,
    typer.Option(
        "--into",
        file_okay=False,
        help="folder for portal files; by default the first of $HANOI_CORPUS_PORTALS, for candidates the register's",
    ),
]
Keep = Annotated[
    Path | None, typer.Option("--keep", file_okay=False, help="copy the fetched WARC files to this folder")
]
Delay = Annotated[float, typer.Option(min=0, help="seconds between two requests to a host, now and in the portal file")]


@portals_app.command("list")
def list_portals(as_json: AsJson = False) -> None:
    """List the defined portals, and name those whose file is invalid."""
    corpus = _corpus()
    active = corpus.active_portals()
    if as_json:
        for portal in corpus.portals.values():
            print(portal.model_dump_json())
    else:
        rows = [
            [p.slug, p.name, p.platform, p.tier, "yes" if p.slug in active else "no", str(p.verified_on or "never")]
            for p in corpus.portals.values()
        ]
        rows += [[slug, "", "", "", "invalid file", ""] for slug in corpus.invalid_portals]
        print_table(["slug", "name", "platform", "tier", "active", "verified_on"], sorted(rows))
    if corpus.files.complaints:
        fail("\n".join(corpus.files.complaints), EXIT_INCOMPLETE)


@portals_app.command("show")
def show_portal(slug: Slug, as_json: AsJson = False) -> None:
    """Show one portal's definition, defaults filled in."""
    portal = _corpus().portal(slug)
    print(portal.model_dump_json(indent=None if as_json else 2))


@portals_app.command("check")
def check_portals(
    files: Annotated[list[Path] | None, typer.Argument(help="portal files; by default all defined portals")] = None,
) -> None:
    """Check portal files and the gold cases beside them; name each problem."""
    if files:
        checked, invalid = _loaded(files)
        folders = {file.parent for file in files}
    else:
        corpus = _corpus()
        checked, invalid = list(corpus.portals.values()), list(corpus.files.complaints)
        folders = set(corpus.portal_folders)
    print(f"{len(checked)} portal files are right")
    if invalid:
        fail("\n".join(invalid), EXIT_BAD_INPUT)
    # The tests check the shipped cases, each with the definition that it was made for.
    fixtures = map(gold_cases.fixtures_of, sorted(folders - {SHIPPED_PORTALS}))
    found = [case for folder in fixtures for case in gold_cases.cases(folder)]
    if files:
        found = [case for case in found if any(case.name.startswith(f"{portal.slug}-") for portal in checked)]
    examined = {case: gold_cases.examine(case, checked) for case in found}
    for case, examination in examined.items():
        for note in examination.notes:
            progress(f"{case}: note: {note}; readers see no difference")
    wrong = [f"{case}: {problem}" for case, examination in examined.items() for problem in examination.problems]
    if wrong:
        fail("\n".join(wrong), EXIT_INCOMPLETE)
    if found:
        print(f"{len(found)} saved pages read as confirmed")


@portals_app.command("new")
def new_portal(
    url: Annotated[str, typer.Argument(help="the portal's home page")],
    slug: Annotated[str | None, typer.Option(help="the definition's slug; by default made of the host's name")] = None,
    into: Into = None,
    keep: Keep = None,
    delay: Delay = _DELAY_SECONDS,
    allow_private: AllowPrivate = False,
) -> None:
    """Survey a portal; draft its file and two gold cases (saved pages, articles) for a person to correct."""
    corpus = _corpus().allowing_private() if allow_private else _corpus()
    folder = _folder(corpus, into)
    slug = slug or slug_of(url)
    _refuse_what_exists(corpus, folder, slug)
    progress(f"fetching from {url}, {delay:g} seconds between two requests")
    seen = survey(_fetched_for_survey(corpus, url, slug, delay, keep), url)
    proposal = propose(seen, slug, identity_of(seen), corpus.today, delay)
    pages = _pages_for_cases(seen)
    for name, page in pages.items():
        case = gold_cases.fixtures_of(folder) / proposal.portal.platform / f"{slug}-{name}"
        gold_cases.write_case(case, page.body, gold_cases.draft(page, proposal.portal))
    file = write_new(proposal, folder)
    _print_written(seen, proposal, file, list(pages))
    _print_next(corpus, proposal.portal, file, has_cases=bool(pages), option=" --allow-private" * allow_private)


@portals_app.command("fixture")
def draft_fixture(
    page: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="a saved page")],
    url: Annotated[str, typer.Option(help="the URL that it was saved from")],
    into: Annotated[Path, typer.Option(file_okay=False, help="the case's folder, `<fixtures>/<platform>/<case>`")],
    portal: Annotated[
        str | None, typer.Option(help="slug of the portal that it is from", autocompletion=complete_defined)
    ] = None,
    platform: Annotated[str | None, typer.Option(help="or the platform, if no portal is defined")] = None,
) -> None:
    """Make a gold case from a saved page: a copy of it, and a draft article for a person to correct."""
    definition = portal_for_reading(url, portal, platform)
    saved = gold_cases.saved_page(page, url)
    gold_cases.write_case(into, saved.body, gold_cases.draft(saved, definition))
    print(f"{into / GOLD_FILE}: drafted. Correct it to match {into / PAGE_FILE}, then set confirmed to true.")


@portals_app.command("probe")
def probe_portals(
    slug: Annotated[str | None, typer.Argument(help="the portal to probe", autocompletion=complete_defined)] = None,
    every: Annotated[bool, typer.Option("--all", help="all active portals")] = False,
    candidates: Annotated[bool, typer.Option(help="the candidates of the register")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="write verified_on if nothing is off; for candidates, their portal files")
    ] = False,
    register: Annotated[
        Path | None, typer.Option(dir_okay=False, help="the register of candidates; by default the project's")
    ] = None,
    into: Into = None,
    keep: Keep = None,
    delay: Annotated[
        float | None,
        typer.Option(min=0, help="for candidates: seconds between two requests to a host, now and in the portal files"),
    ] = None,
    allow_private: AllowPrivate = False,
) -> None:
    """Fetch a few live pages of portals, and compare what is extracted with what the pages declare."""
    if [slug is not None, every, candidates].count(True) != 1:
        fail("give either a slug, --all or --candidates", EXIT_BAD_INPUT)
    if allow_private and slug is None:
        fail("--allow-private needs the slug of a portal that is a server of your own", EXIT_BAD_INPUT)
    corpus = _corpus().allowing_private() if allow_private else _corpus()
    if candidates:
        register = register or REGISTER
        delay = _DELAY_SECONDS if delay is None else delay
        _probe_candidates(corpus, register, into or register.parent, delay, keep, write=write)
    if register or into or delay is not None:
        fail("--register, --into and --delay need --candidates; a portal's own delay is in its file", EXIT_BAD_INPUT)
    if write and isinstance(corpus, DemoCorpus):
        fail("a demo home's test portals are part of the program: nothing is written to them", EXIT_BAD_INPUT)
    chosen = [corpus.portal(slug)] if slug else list(corpus.active_portals().values())
    status = _name_problems(corpus) if every else 0
    if not chosen:
        fail("no portal is active today", EXIT_BAD_INPUT)
    progress(f"fetching from {', '.join(portal.slug for portal in chosen)}")
    with stoppable("the probe", lambda: "It changes nothing; begin it again."):
        captures = fetch(corpus, [FetchJob(portal) for portal in chosen], progress, keep)
    found = [probe(captures[portal.slug], portal) for portal in chosen]
    rows = []
    for one in found:
        is_verified = write and not one.off
        if is_verified:
            set_verified(_file_of(corpus, one.portal.slug), corpus.today)
        if not every:
            _print_probe(one, f"; verified_on: {corpus.today}" if is_verified else "")
        verified_on = corpus.today if is_verified else one.portal.verified_on or "never"
        rows.append([one.portal.slug, one.portal.platform, one.rows, verified_on, one.line])
    if every:
        print_table(["portal", "platform", "rows", "verified_on", "what is off"], rows)
    raise typer.Exit(EXIT_INCOMPLETE if any(one.off for one in found) else status)


def portal_for_reading(url: str, slug: str | None, platform: str | None) -> Portal:
    """Return the definition for extracting a saved page: the portal's, or the platform's default one."""
    if (slug is None) == (platform is None):
        fail("give either --portal or --platform", EXIT_BAD_INPUT)
    if slug is not None:
        return _corpus().portal(slug)
    return portal_of_platform(platform or "", url)


def _loaded(files: Sequence[Path]) -> tuple[list[Portal], list[str]]:
    """Return the definitions in the valid files, and what is wrong with the others."""
    valid, invalid = [], []
    for file in files:
        try:
            valid.append(load_portal(file))
        except PortalError as error:
            invalid.append(str(error))
    return valid, invalid


def _name_problems(corpus: Corpus) -> int:
    """Name every problem of the portal files; return the exit code of a command that did the rest."""
    for complaint in corpus.files.complaints:
        progress(complaint)
    return EXIT_INCOMPLETE if corpus.files.complaints else 0


def _corpus() -> Corpus:
    return Corpus.open(Home.from_environment())


def _folder(corpus: Corpus, into: Path | None) -> Path:
    """Return the folder for new portal files."""
    own = own_portal_folders()
    if into is None and not own and isinstance(corpus, DemoCorpus):
        fail(f"in a demo home, give the folder for portal files with --into or {PORTALS_VARIABLE}", EXIT_BAD_INPUT)
    return into or (own[0] if own else SHIPPED_PORTALS)


def _refuse_what_exists(corpus: Corpus, folder: Path, slug: str) -> None:
    """Fail before anything is fetched if the slug, its file or its cases exist."""
    check_slug(slug)
    if slug in corpus.portals or slug in corpus.invalid_portals:
        raise PortalError(f"slug {slug!r} is already defined; choose another with --slug")
    if (folder / f"{slug}.yml").exists():
        raise PortalError(f"{folder / slug}.yml: the file already exists; nothing was overwritten")
    for case in gold_cases.cases(gold_cases.fixtures_of(folder)):
        if case.name in (f"{slug}-list", f"{slug}-article"):
            raise FixtureError(f"{case}: the case already exists; nothing was overwritten")


def _fetched_for_survey(corpus: Corpus, url: str, slug: str, delay: float, keep: Path | None) -> Captures:
    portal = portal_at(url)
    politeness = portal.politeness.model_copy(update={"delay_seconds": delay})
    job = FetchJob(portal.model_copy(update={"slug": slug, "politeness": politeness}), is_survey=True)
    with stoppable("the survey", lambda: "No portal file was written; begin it again."):
        return fetch(corpus, [job], progress, keep)[slug]


def _pages_for_cases(seen: Survey) -> dict[str, CapturedPage]:
    """Return the first list page and the first article page, keyed `list` and `article`, if there are any."""
    articles = [one.page for one in seen.articles if one.article is not None]
    found = (("list", [one.page for one in seen.lists]), ("article", articles))
    return {name: pages[0] for name, pages in found if pages}


def _print_written(seen: Survey, proposal: Proposal, file: Path, pages: Sequence[str]) -> None:
    portal = proposal.portal
    off = judge_survey(seen)
    remarks = f" ({'; '.join(seen.remarks)})" if seen.remarks else ""
    print(f"{file}: drafted, platform {portal.platform}{remarks}")
    rows = {one.url: one.rows for one in seen.starts}
    for name, urls in (("seed_urls", portal.seed_urls), ("feeds", portal.feeds), ("sitemaps", portal.sitemaps)):
        for url in urls:
            print(f"  {name}: {printable(url)}, {rows.get(url, 0)} rows")
    for pattern in seen.learnt.patterns:
        print(f"  article_patterns: '{pattern.pattern}', {fit_of(pattern, seen.learnt.total)}")
    for one in seen.left_out:
        print(f"  left out of {one.kind}: {printable(one.url)}: {one.reason}")
    folder = gold_cases.fixtures_of(file.parent) / portal.platform
    for name in pages:
        print(f"{folder / f'{portal.slug}-{name}'}: drafted, not confirmed")
    print(f"what is off: {printable('; '.join(off)) or 'nothing'}")


def _print_next(corpus: Corpus, portal: Portal, file: Path, *, has_cases: bool, option: str) -> None:
    print("next:")
    if file.parent.resolve() not in [folder.resolve() for folder in corpus.portal_folders]:
        print(f"  export {PORTALS_VARIABLE}={file.parent}")
    print(f"  correct {file}: every value whose comment says guessed")
    if has_cases:
        print(f"  correct each {GOLD_FILE} to match the page beside it, then set confirmed to true")
    if file.parent.resolve() == SHIPPED_PORTALS.resolve():
        print(f"  give it a row in {REGISTER}, or the tests fail")
    print(f"  hanoi-corpus portals check {file}")
    print(f"  hanoi-corpus portals probe {portal.slug} --write{option}")
    print(f"  hanoi-corpus crawl {portal.slug}{option} && hanoi-corpus build")


def _file_of(corpus: Corpus, slug: str) -> Path:
    return next(file for folder in corpus.portal_folders if (file := folder / f"{slug}.yml").exists())


def _print_probe(found: Probe, remark: str) -> None:
    slug, rows_min = found.portal.slug, found.portal.expectations.list_rows_min
    print(f"{slug}: {found.portal.platform}, {found.rows} list rows, at least {rows_min} expected")
    for article in found.articles:
        unread = f"shows no article: {UNREAD_REASONS.get(article.unread, article.unread)} ({article.unread})"
        print(f"\n{printable(article.url)}: {f'read by {article.read_by}' if article.read_by else unread}")
        for field in article.fields:
            print(f"  {field.name:<16} {printable(field.value)}".rstrip())
            for declared in field.declared:
                print(f"  {'':<16} ({printable(declared)})")
    print(f"\n{slug}: {printable(found.line)}{remark}")


def _probe_candidates(
    corpus: Corpus, register: Path, folder: Path, delay: float, keep: Path | None, *, write: bool
) -> NoReturn:
    def fetch_for_survey(url: str) -> Captures:
        progress(f"fetching from {printable(url)}")
        return _fetched_for_survey(corpus, url, slug_of(url), delay, keep)

    found: list[Candidate] = []
    try:
        for candidate in walk(fetch_for_survey, register, folder, corpus.today, delay, write=write):
            progress(f"{candidate.slug}: {printable(candidate.off) or 'fits'}")
            found.append(candidate)
    finally:  # print the results so far, even after an interruption
        print_table(
            ["slug", "address", "led to", "platform", "rows", "defined", "what is off"],
            [
                [c.slug, c.address, c.led_to, c.platform, c.rows, "yes" if c.is_defined else "no", c.off or "nothing"]
                for c in found
            ],
        )
    raise typer.Exit(EXIT_INCOMPLETE if any(one.off for one in found) else 0)
