"""Examines an installation and a home: what keeps work from being done, and the way out.

Belongs here: which examinations there are, and those of settings, portal files, alerts and locks.
Does not belong here: how the portals are (`dagster_project.diagnosis.status`).
"""

from __future__ import annotations

from collections.abc import Iterator

from dagster_project.corpus import Corpus, DemoCorpus
from dagster_project.diagnosis.diagnoses import FAIL, OK, WARN, Diagnosis
from dagster_project.diagnosis.installation import examine_installation
from dagster_project.diagnosis.place import examine_clock, examine_folders, examine_space
from dagster_project.operations.alerting.delivery import DeliveryError, active_channels, check_credentials
from dagster_project.operations.plain_text import hanoi_minute
from dagster_project.runs.dev import dev_lock, left_over, services_lock
from dagster_project.runs.lock import description_of_holder
from warehouse.archive.files import PART_SUFFIX
from warehouse.archive.index.locks import is_being_crawled
from warehouse.home import Home
from warehouse.settings import SettingsError, load_settings
from warehouse.tables.lock import holder_of


def examine(corpus: Corpus, *, offline: bool) -> Iterator[Diagnosis]:
    """Yield every diagnosis; hosts of portals are connected to unless `offline`, or in a demo home."""
    home = corpus.home
    yield from examine_installation()
    yield from examine_folders(home)
    yield from examine_space(home)
    yield from examine_clock(corpus)
    yield from _examine_settings(home)
    yield from _examine_portal_files(corpus)
    yield _examine_contact(corpus)
    yield from _examine_locks(corpus)
    if isinstance(corpus, DemoCorpus):
        yield Diagnosis("network", OK, "not needed: a demo home crawls the bundled test portals alone")
    elif offline:
        yield Diagnosis("network", OK, "not tried")
    else:
        from dagster_project.diagnosis.network import examine_network  # with Scrapy, which nothing else here needs

        yield from examine_network(corpus.active_portals().values())


def _examine_settings(home: Home) -> Iterator[Diagnosis]:
    try:
        alerts = load_settings(home).alerts
    except SettingsError as error:
        yield Diagnosis("settings", FAIL, str(error), "docs/operate.md#settings")
        return
    origin = "are valid" if home.settings_file.exists() else "there is no such file: all defaults"
    yield Diagnosis("settings", OK, f"{home.settings_file}: {origin}")
    channels = active_channels(alerts)
    if not channels:
        found = "no alert reaches anybody: neither a webhook nor e-mail is set"
        yield Diagnosis("alerts", WARN, found, f"set one in {home.settings_file}: docs/operate.md#alerts")
    for channel in channels:
        try:
            check_credentials(channel, alerts)
        except DeliveryError as error:
            yield Diagnosis("alerts", FAIL, str(error), "docs/operate.md#environment-variables")
        else:
            yield Diagnosis("alerts", OK, f"{channel} is set up; `hanoi-corpus alerts test` sends a message")


def _examine_portal_files(corpus: Corpus) -> Iterator[Diagnosis]:
    if complaints := corpus.files.complaints:
        for complaint in complaints:
            yield Diagnosis("portal files", FAIL, complaint, "docs/operate.md#a-portal-file-is-invalid")
    else:
        folders = ", ".join(map(str, corpus.portal_folders))
        yield Diagnosis("portal files", OK, f"{len(corpus.portals)} are valid, in {folders}")


def _examine_contact(corpus: Corpus) -> Diagnosis:
    if isinstance(corpus, DemoCorpus):
        return Diagnosis("contact", OK, "not needed: no real server receives a request")
    complaint = corpus.network.complaint()
    return Diagnosis("contact", FAIL if complaint else OK, complaint or "portals can reach the operator")


def _examine_locks(corpus: Corpus) -> Iterator[Diagnosis]:
    """Yield who uses the home now, and what killed processes left."""
    home, dev = corpus.home, description_of_holder(dev_lock(corpus.home))
    if (holder := holder_of(home)) is not None:
        found = f"{holder.purpose!r} of process {holder.pid} on {holder.host}, since {hanoi_minute(holder.since)}"
        yield Diagnosis("warehouse", OK, f"in use: {found}", "docs/operate.md#the-warehouse-is-locked, if it hangs")
    if dev is not None:
        yield Diagnosis("dev", OK, f"`hanoi-corpus dev` is open: {dev}")
    elif description_of_holder(services_lock(home.dagster)) is not None:
        yield Diagnosis("dev", FAIL, left_over(home.dagster))
    parts = sorted(home.warc.glob(f"[!.]*/*{PART_SUFFIX}"))
    left = [part for part in parts if not is_being_crawled(home, part.parent.name)]
    for part in left:
        yield Diagnosis("unfinished crawl", WARN, f"{part}: of a crawl that was killed", "the next build recovers it")
    if holder is None and dev is None and not left:
        yield Diagnosis("locks", OK, "nobody uses the home, and nothing is left of killed processes")
