"""Rendering of the site's pages.

All values are untrusted: names, reasons and URLs are those of portals. Jinja2 escapes them, and what is no http address
is not linked.
Belongs here: the environment of the templates, and how values are written.
Does not belong here: what the pages show (`dagster_project.site.present`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from jinja2 import Environment, PackageLoader, StrictUndefined

from dagster_project.operations.health import LETTERS
from dagster_project.operations.plain_text import hanoi_minute, printable
from dagster_project.operations.states import STANDINGS


def rendered(template: str, **values: object) -> str:
    """Return a page; `root` among the values is the relative path of the site's first page."""
    return _ENVIRONMENT.get_template(template).render(**values)


def _web_address(url: str) -> str | None:
    """Return a URL if it is safe to link to."""
    return url if url.startswith(("http://", "https://")) else None


def _ago(moment: datetime, now: datetime) -> str:
    """Return the time since a moment in words, by the largest unit; none of a moment in the future."""
    past = now - moment
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if past >= length:
            count = past // length
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now" if past >= timedelta() else ""


def _heading(anchor: str) -> str:
    """Return about the heading to which an anchor belongs."""
    return anchor.replace("-", " ").capitalize()


_ENVIRONMENT = Environment(
    loader=PackageLoader("dagster_project.site"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {
    "ago": _ago,
    "heading": _heading,
    "minute": hanoi_minute,
    "printable": printable,
    "web_address": _web_address,
}
_ENVIRONMENT.globals |= {"letters": LETTERS, "standings": STANDINGS}
