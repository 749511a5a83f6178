"""Visiting in tests: the mirror on loopback, further hosts that a test plays, and visitors that reach nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from spiders.mirror.server import Handler, Mirror, serve
from spiders.mirror.sites.base import Response
from spiders.onboarding.visit import Visitor

ROBOTS_OPEN = "User-agent: *\nDisallow:\n"


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


def visitor_of(mirror: Mirror) -> Visitor:
    """Return a visitor that reaches the mirror alone, and does not wait."""
    return Visitor(delay_seconds=0, environment=mirror.environment())


def pages(texts: Mapping[str, str | Response]) -> Handler:
    """Return a host with a page at each path; robots.txt allows all where it is not given."""

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


def leading_to(url: str) -> Response:
    """Return a redirect."""
    return Response(301, {"Location": url}, b"")
