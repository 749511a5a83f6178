"""What is fuzzed: for each format its seeds, its mutations, and what must hold for any input.

Belongs here: the table of targets, and a module of checks for each kind of format.
Does not belong here: the mutations that formats share (see `bench.fuzzing.damage`), and limits of time and memory (see
`bench.fuzzing.worker`).
"""

from __future__ import annotations

from collections.abc import Mapping

from bench.fuzzing.pages import Case
from bench.fuzzing.targets import http, pages, robots, syndication, tables, warcs, yaml_files
from bench.fuzzing.targets.target import Target

TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        *pages.TARGETS,
        *syndication.TARGETS,
        *robots.TARGETS,
        *yaml_files.TARGETS,
        *warcs.TARGETS,
        *http.TARGETS,
        *tables.TARGETS,
    )
}
"""Targets by name, in the order in which a run takes them."""


def check_any(case: Case) -> str:
    """Check a case by the rules of its target; return what became of it.

    Raises:
        bench.fuzzing.checks.UnsoundError: the result violates an invariant.
        Exception: any exception of the code under test; none is allowed.
    """
    return TARGETS[case.target].check(case)
