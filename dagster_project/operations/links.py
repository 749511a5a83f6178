"""Absolute links between the site (`dagster_project.site`), the Dagster UI, and alerts.

Belongs here: the two addresses, from environment variables, and the paths of the pages as others link to them.
Does not belong here: the site's pages, which link to each other with relative links.
"""

from __future__ import annotations

import os
import re
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

SITE_VARIABLE: Final = "HANOI_CORPUS_SITE_URL"
UI_VARIABLE: Final = "HANOI_CORPUS_UI_URL"

DEFAULT_SITE: Final = "http://127.0.0.1:3001"
"""The address of the site of `hanoi-corpus dev` without options."""

# The characters of URLs, without those that end a link in Markdown, mail or HTML.
_ADDRESS: Final = re.compile(r"[\w:/.\[\]%~-]+", re.ASCII)


def complaints() -> list[str]:
    """Return what is wrong with the values of `HANOI_CORPUS_SITE_URL` and `HANOI_CORPUS_UI_URL`."""
    found = ((variable, os.environ.get(variable)) for variable in (SITE_VARIABLE, UI_VARIABLE))
    return [complaint for variable, value in found if value and (complaint := _complaint(variable, value))]


def site_url() -> str:
    """Return the site's address without a slash at its end.

    With a value that cannot be used it is the default: a wrong address must not stop crawls. Programs that start name
    the `complaints`.
    """
    return _address(SITE_VARIABLE) or DEFAULT_SITE


def health_url() -> str:
    """Return the address of the page of all portals."""
    return f"{site_url()}/"


def portal_url(slug: str) -> str:
    """Return the address of a portal's page."""
    return f"{site_url()}/portals/{quote(slug, safe='')}"


def runbook_url(section: str) -> str:
    """Return the address of a section of `docs/operate.md`; `section` is its anchor."""
    return f"{site_url()}/runbook#{quote(section, safe='')}"


def asset_url(*key: str) -> str | None:
    """Return the address of an asset's page in the Dagster UI; None if the UI's address is not known."""
    ui = _address(UI_VARIABLE)
    return None if ui is None else f"{ui}/assets/{'/'.join(quote(part, safe='') for part in key)}"


def _address(variable: str) -> str | None:
    """Return a variable's value; None if it is not set, or cannot be used."""
    value = os.environ.get(variable)
    return value.rstrip("/") if value and _complaint(variable, value) is None else None


def _complaint(variable: str, value: str) -> str | None:
    """Return why a value cannot be the address of a site; None if it can."""
    try:
        fault = _fault(value, urlsplit(value))
    except ValueError:
        fault = "its host or its port cannot be read"
    # The value is not shown: it may hold a password.
    return fault and f"{variable}: its value is no address of a site: {fault}. It must be like {DEFAULT_SITE}"


def _fault(value: str, parts: SplitResult) -> str | None:
    if parts.scheme not in ("http", "https"):
        return "it does not begin with http:// or https://"
    if parts.username is not None or parts.password is not None:
        return "it has a user name or a password, which links would show"
    if parts.query or parts.fragment or not _ADDRESS.fullmatch(value):
        return "it has characters other than those of a scheme, a host, a port and a path"
    if not parts.hostname:
        return "it names no host"
    return "its port is 0" if parts.port == 0 else None
