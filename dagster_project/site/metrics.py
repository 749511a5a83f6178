"""The state of the portals, the last build and the release in Prometheus' text format.

Belongs here: names, labels and units of the metrics. Times are Unix seconds; what is not known has no sample.
Does not belong here: reading (`dagster_project.site.present`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, get_args

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from dagster_project.operations.states import STANDINGS, PortalState
from dagster_project.site.present import Present
from warehouse.records import Verdict

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_PREFIX: Final = "hanoi_corpus"


def exposition(present: Present) -> bytes:
    """Return all metrics as text, in UTF-8."""
    registry = CollectorRegistry()
    registry.register(_Collected(present))
    return generate_latest(registry)


class _Collected(Collector):
    def __init__(self, present: Present) -> None:
        self._present = present

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        yield from _of_portals(self._present)
        yield from _of_the_corpus(self._present)


def _of_portals(present: Present) -> Iterator[Metric]:
    last = _gauge("portal_last_crawl_timestamp_seconds", "End of the portal's last regular crawl.", "portal")
    healthy = _gauge(
        "portal_last_healthy_crawl_timestamp_seconds", "End of the portal's last healthy regular crawl.", "portal"
    )
    red = _gauge("portal_red", "1 if something is wrong with the portal, else 0.", "portal")
    since = _gauge("portal_red_since_timestamp_seconds", "Since when the portal is red.", "portal")
    standing = _gauge("portal_standing", "1 for the portal's standing, 0 for the others.", "portal", "standing")
    verdict = _gauge(
        "portal_verdict", "1 for the verdict of the portal's last regular crawl, 0 for the others.", "portal", "verdict"
    )
    problem = _gauge("portal_problem", "1 for each check that finds something wrong.", "portal", "check")
    stale = _gauge("portal_staleness_seconds", "Age of the portal's newest article, as of now.", "portal")
    limit = _gauge("portal_staleness_limit_seconds", "Age of the newest article at which it is silent.", "portal")
    articles = _gauge("portal_articles", "Articles of the portal in the release.", "portal")
    for portal in present.state.portals:
        slug = [portal.slug]
        red.add_metric(slug, portal.standing == "red")
        if portal.since:
            since.add_metric(slug, portal.since.timestamp())
        if portal.last:
            last.add_metric(slug, portal.last.ended_at.timestamp())
        if portal.last_healthy:
            healthy.add_metric(slug, portal.last_healthy.ended_at.timestamp())
        for name in STANDINGS:
            standing.add_metric([portal.slug, name], portal.standing == name)
        for name in get_args(Verdict) if portal.last else ():
            verdict.add_metric([portal.slug, name], portal.verdict == name)
        for check in dict.fromkeys(found.check for found in portal.problems):
            problem.add_metric([portal.slug, check], 1)
        _add_silence(present, portal, stale, limit)
        count = present.articles(portal.slug)
        if count is not None:
            articles.add_metric(slug, count)
    yield from (last, healthy, red, since, standing, verdict, problem, stale, limit, articles)


def _add_silence(present: Present, portal: PortalState, stale: GaugeMetricFamily, limit: GaugeMetricFamily) -> None:
    built = present.built(portal.slug)
    if built is None or built.silence is None:
        return
    limit.add_metric([portal.slug], built.silence.days_max * 86_400)
    if built.silence.newest is not None:
        stale.add_metric([portal.slug], (present.now - built.silence.newest.appeared_at).total_seconds())


def _of_the_corpus(present: Present) -> Iterator[Metric]:
    portals = _gauge("portals", "Portals by standing.", "standing")
    for standing in STANDINGS:
        portals.add_metric([standing], sum(portal.standing == standing for portal in present.state.portals))
    yield portals
    complaints = (
        "Problems of the corpus as a whole: what cannot be read of portal files, findings, figures and release, and "
        "shares that are not as usual."
    )
    yield GaugeMetricFamily(f"{_PREFIX}_complaints", complaints, len(present.complaints))
    if present.figures:
        at = present.figures.at.timestamp()
        yield GaugeMetricFamily(f"{_PREFIX}_build_timestamp_seconds", "Time of the last build of all marts.", at)
    if present.durations:
        took = _gauge("build_step_duration_seconds", "Duration of the last success of each step of a build.", "step")
        for step, duration in present.durations.items():
            took.add_metric([step], duration.seconds)
        yield took
        total = sum(duration.seconds for duration in present.durations.values())
        yield GaugeMetricFamily(f"{_PREFIX}_build_duration_seconds", "Sum of these durations.", total)
    if present.release:
        at = present.release.built_at.timestamp()
        yield GaugeMetricFamily(f"{_PREFIX}_release_timestamp_seconds", "Time of the published release.", at)
        rows = _gauge("release_rows", "Rows of the release by table.", "table")
        for table, count in present.release.counts.items():
            rows.add_metric([table], count)
        yield rows
        about = {"release_id": present.release.release_id, "code_version": present.release.code_version}
        yield InfoMetricFamily(f"{_PREFIX}_release", "The published release.", about)


def _gauge(name: str, documentation: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{_PREFIX}_{name}", documentation, labels=labels)
