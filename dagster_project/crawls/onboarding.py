"""Runs the process that fetches a few pages of portals for surveys and probes, and reads its captures.

Belongs here: its command line, its scratch archive, and copying its WARC files. Does not belong here: the process
itself (see `spiders.onboarding.process`), and what the pages show (see `spiders.onboarding.survey`).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from dagster_project.children import run_child
from dagster_project.corpus import Corpus
from dagster_project.stage import Log, StageError
from spiders.onboarding.captures import Captures
from spiders.onboarding.process import FetchJob, read_captures_of, write_jobs
from warehouse.archive.files import warc_files
from warehouse.home import Home


def fetch(corpus: Corpus, jobs: Sequence[FetchJob], log: Log, keep: Path | None = None) -> dict[str, Captures]:
    """Fetch the pages that surveys and probes need, from all portals in parallel; return captures by slug.

    If `keep` is given, the WARC files are copied to that folder.

    Raises:
        StageError: no contact address is set (nothing was requested), or the process failed.
    """
    if complaint := corpus.network.complaint():
        raise StageError(complaint)
    if corpus.network.notice:
        log(corpus.network.notice)
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-") as folder, corpus.network.reachable() as environment:
        scratch, requested = Home(Path(folder)), Path(folder) / "jobs.json"
        write_jobs(requested, jobs)
        command = [sys.executable, "-m", "spiders.onboarding", "--stop-with-parent", *corpus.network.crawl_options]
        status, output = run_child([*command, "--home", folder, str(requested)], environment, log)
        if keep is not None:
            _keep(scratch, keep, log)
        if status:
            raise StageError(f"the process that fetches pages ended with status {status}: {output}")
        return {job.portal.slug: read_captures_of(scratch, job.portal.slug) for job in jobs}


def _keep(scratch: Home, folder: Path, log: Log) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for warc in warc_files(scratch):
        with warc.local() as file:
            kept = shutil.copy(file, folder)
        log(f"{kept}: kept; `hanoi-corpus archive import` brings it into the archive")
