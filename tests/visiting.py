"""Onboarding in tests: hosts that a test plays, and captures of them with the real process or without any network.

`fetched` runs the process; it shows how answers are fetched. `captured` asks the played hosts directly, by the same
rules in a few lines; it is fast, for tests of the pure functions that examine captures.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from protego import Protego

from spiders.crawl.settings import user_agent
from spiders.fetch.errors import error_kind
from spiders.mirror.server import Handler, Mirror, Request, serve
from spiders.mirror.sites.base import Response
from spiders.onboarding.captures import CapturedPage, Captures, FetchError, NotFetchedError
from spiders.onboarding.probe import probe
from spiders.onboarding.process import FetchJob, read_captures_of, write_jobs
from spiders.onboarding.survey import any_host, portal_at, survey
from spiders.pages.challenge import challenge_kind
from spiders.portal import Portal
from warehouse.clock import Clock
from warehouse.home import Home
from warehouse.http_policy import HTTP_POLICY

ROBOTS_OPEN = "User-agent: *\nDisallow:\n"
PROCESS_TIMEOUT_SECONDS = 120


@pytest.fixture(scope="session")
def mirror() -> Iterator[Mirror]:
    """Return the mirror of day 1, shared by all tests that only read it."""
    with serve(1, delays=False) as served:
        yield served


@contextmanager
def played(hosts: Mapping[str, Handler]) -> Iterator[Mirror]:
    """Play the mirror's portals and further hosts."""
    with serve(1, delays=False, extra=hosts) as served:
        yield served


def pages(texts: Mapping[str, str | Response]) -> Handler:
    """Return a host with a page at each path; robots.txt allows everything unless it is given."""

    def handle(_method: str, target: str) -> Response:
        found = {"/robots.txt": Response(200, {"Content-Type": "text/plain"}, ROBOTS_OPEN.encode()), **texts}.get(
            target
        )
        if found is None:
            return Response(404, {"Content-Type": "text/html; charset=utf-8"}, b"<html><body>404</body></html>")
        if isinstance(found, Response):
            return found
        return Response(200, {"Content-Type": "text/html; charset=utf-8"}, found.encode())

    return handle


def redirect_to(url: str) -> Response:
    """Return a redirect."""
    return Response(301, {"Location": url}, b"")


def fetched(
    folder: Path, jobs: Sequence[FetchJob], environment: Mapping[str, str], *options: str
) -> dict[str, Captures]:
    """Run the real process over the jobs, side by side; return the captures by slug."""
    home = Home(folder)
    write_jobs(folder / "jobs.json", jobs)
    command = [sys.executable, "-m", "spiders.onboarding", "--home", str(folder), *options]
    done = subprocess.run(
        [*command, str(folder / "jobs.json")],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=PROCESS_TIMEOUT_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return {job.portal.slug: read_captures_of(home, job.portal.slug) for job in jobs}


def captured(mirror: Mirror, examine: Callable[[Captures], object]) -> Captures:
    """Return the captures that a survey or a probe needs, without a process and a network."""
    outcomes: dict[str, CapturedPage | FetchError] = {}
    for _ in range(100):
        try:
            examine(Captures(outcomes, is_complete=False))
        except NotFetchedError as error:
            outcomes.update({url: _outcome(mirror, url, error.portal, outcomes) for url in error.urls})
        except FetchError:
            break
        else:
            break
    return Captures(outcomes)


def captured_for_survey(mirror: Mirror, url: str) -> Captures:
    """Return the captures that a survey needs."""
    return captured(mirror, partial(survey, url=url))


def page_of(mirror: Mirror, url: str) -> CapturedPage:
    """Return one page, whose redirects may go anywhere."""
    portal = any_host(portal_at(url))
    return captured(mirror, lambda captures: captures.get(url, portal)).get(url, portal)


def fetch_without_network(mirror: Mirror) -> Callable[..., dict[str, Captures]]:
    """Return what can replace `dagster_project.crawls.onboarding.fetch` in a test of something else."""

    def fetch(_corpus: object, jobs: Sequence[FetchJob], *_: Any) -> dict[str, Captures]:
        return {
            job.portal.slug: captured_for_survey(mirror, job.portal.seed_urls[0])
            if job.is_survey
            else captured(mirror, partial(probe, portal=job.portal))
            for job in jobs
        }

    return fetch


def _outcome(
    mirror: Mirror, url: str, portal: Portal, outcomes: dict[str, CapturedPage | FetchError]
) -> CapturedPage | FetchError:
    here = url
    for _ in range(HTTP_POLICY.redirects_max + 1):
        if not portal.scope.covers(here):
            return FetchError("out_of_scope", here)
        if not _robots(mirror, here, outcomes).can_fetch(here, user_agent()):
            return FetchError("robots_denied", here)
        response = _answer(mirror, here)
        location = response.headers.get("Location")
        if not location:
            return _judged(url, here, response)
        if urlsplit(target := urljoin(here, location)).scheme not in ("http", "https"):
            return _judged(url, here, response)  # as Scrapy does
        here = target
    return FetchError("redirect_loop", here)


def _robots(mirror: Mirror, url: str, outcomes: dict[str, CapturedPage | FetchError]) -> Protego:
    place = urljoin(url, "/robots.txt")
    if place not in outcomes:
        outcomes[place] = _judged(place, place, _answer(mirror, place))
    found = outcomes[place]
    return Protego.parse(found.body.decode() if isinstance(found, CapturedPage) else "")


def _answer(mirror: Mirror, url: str) -> Response:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    response = mirror.answer("GET", parts.scheme, parts.hostname or "", target, {})
    mirror.requests.append(Request("GET", url, response.status))
    return response


def _judged(requested_url: str, url: str, response: Response) -> CapturedPage | FetchError:
    if response.status == 502:
        return FetchError("connection", url)
    if kind := challenge_kind(response.body) or (error_kind(response.status) if response.status != 200 else None):
        return FetchError(kind, url)
    headers = tuple(response.headers.items())
    content_type = response.headers.get("Content-Type")
    return CapturedPage(requested_url, url, response.body, content_type, Clock().now(), headers)
