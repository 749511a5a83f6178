"""Why several portals are bad at once: one cause is said once, by the alert and by the failed run.

Belongs here: which reasons are one cause, and the words. Reasons may quote portals, so they are untrusted.
Does not belong here: the portals' states (`dagster_project.operations.states`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from dagster_project.operations.states import PortalState

_UNREACHABLE: Final = "unreachable"
# Such as counts, and the gigabytes that were free when each portal was asked.
_FIGURES: Final = re.compile(r"\d[\d.,]*")


def shared_causes(portals: Iterable[PortalState]) -> Sequence[Sequence[PortalState]]:
    """Return the groups of portals whose last crawl was bad for one cause that was not theirs.

    The runs that crawled them last brought back nothing but this cause, and at least two portals have it. So a portal
    that is bad beside well ones is in no group, nor is one that is bad for another reason.
    """
    by_run: dict[str, list[PortalState]] = defaultdict(list)
    for portal in portals:
        if portal.last_run is not None:
            by_run[portal.last_run].append(portal)
    groups: dict[str, list[PortalState]] = defaultdict(list)
    for members in by_run.values():
        causes = {_cause(portal.bad_crawl.reason) if portal.bad_crawl else None for portal in members}
        if len(causes) == 1 and (cause := causes.pop()) is not None:
            groups[cause] += members
    return [members for members in groups.values() if len(members) > 1]


def why_none_is_well(reasons: Mapping[str, str]) -> str:
    """Return why none of a crawl's portals came back well, from the reasons by slug."""
    (slug, reason), count = next(iter(reasons.items())), len(reasons)
    if count == 1:
        return f"{slug}: {reason}"
    causes = {_cause(one) for one in reasons.values()}
    if causes == {_UNREACHABLE}:
        return (
            f"none of {count} portals could be reached: this machine's network or its DNS may be down. Such as "
            f"{slug}: {reason}"
        )
    if len(causes) == 1:
        return f"none of {count} portals came back well, all for one reason: {reason}"
    return "\n".join([f"none of {count} portals came back well:", *(f"{one}: {why}" for one, why in reasons.items())])


def _cause(reason: str) -> str:
    """Return what equal causes have in common: unreachable is unreachable, and figures do not count."""
    return _UNREACHABLE if reason.startswith(f"{_UNREACHABLE}: ") else _FIGURES.sub("#", reason)
