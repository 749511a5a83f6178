"""Portal definitions: the model of a portal file, and loading. Errors name file, line and key.

Belongs here: the model of `<slug>.yml` and loading all definitions. Does not belong here: extracting a platform's pages
(`spiders.platforms`), or crawling a portal (`spiders.crawl`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from cryptography import x509
from pydantic import (
    Field,
    NonNegativeFloat,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from spiders.platform_registry import TAKES_ARTICLE_PATTERNS
from spiders.portal_values import Certificates, Css, Day, Host, HttpUrl, PlatformName, Regex, Slug, Tier
from warehouse import strict_yaml
from warehouse.strict_yaml import Strict, rule_broken
from warehouse.text.address import without_session

SHIPPED_PORTALS = Path(__file__).parent / "portals"


class PortalError(Exception):
    """A portal file is invalid, or a portal does not exist; the message names it and the cause."""


_FILE_KIND = "a portal file"
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Owner(Strict):
    """The office that publishes the portal."""

    office: str = Field(min_length=1, description="the publishing office, in Vietnamese")
    administrative_unit: str = Field(min_length=1, description="its administrative unit, in Vietnamese")


class Scope(Strict):
    """The URLs that a crawl of the portal may follow.

    The patterns of `allow` and `deny` are searched in a URL's path and query. An empty `allow` allows every URL of the
    hosts; `deny` overrides `allow`.
    """

    hosts: tuple[Host, ...] = Field(min_length=1)
    allow: tuple[Regex, ...] = ()
    deny: tuple[Regex, ...] = ()

    def covers(self, url: str) -> bool:
        """Return whether a crawl of the portal may follow `url`."""
        return self.covers_on(self.hosts, url)

    def covers_on(self, hosts: Container[str], url: str) -> bool:
        """Return whether `url` is on one of the hosts and fits the patterns, sessions aside."""
        try:
            parts = urlsplit(without_session(url))
        except ValueError:  # such as `http://[`
            return False
        # Reject other ports and user names (before `@`), which would give any number of URLs for the same page.
        if parts.scheme not in _DEFAULT_PORTS:
            return False
        if parts.netloc.lower().removesuffix(_DEFAULT_PORTS[parts.scheme]) not in hosts:
            return False
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        if any(re.search(pattern, target) for pattern in self.deny):
            return False
        return not self.allow or any(re.search(pattern, target) for pattern in self.allow)


class Politeness(Strict):
    """Limits on the requests to the portal's hosts."""

    delay_seconds: float = Field(default=1.0, ge=0, description="delay between two requests to one host")
    connections: int = Field(default=1, ge=1, le=4, description="concurrent connections to one host")
    timeout_seconds: float = Field(default=30.0, gt=0)
    retry_delays_seconds: tuple[NonNegativeFloat, ...] = Field(
        default=(2.0, 8.0, 30.0), description="delays before the first, second, … retry of a failed request"
    )
    pages_max: int = Field(
        default=5000, ge=1, description="maximum number of requests in one crawl; beyond it, the verdict is partial"
    )
    attachment_max_bytes: int = Field(default=20_000_000, ge=0)


class Tls(Strict):
    """TLS settings for old or badly maintained servers; no setting turns off verification."""

    extra_certificates: tuple[Certificates, ...] = Field(
        default=(), description="PEM files beside the portal file, with the certificates that the server fails to send"
    )
    minimum_version: Literal["1.0", "1.1", "1.2"] = Field(default="1.2", description="lowest TLS version, in quotes")
    allow_old_ciphers: bool = Field(default=False, description="allow short keys and SHA-1 signatures")
    allow_legacy_renegotiation: bool = Field(default=False, description="allow servers without RFC 5746")

    def certificates(self) -> list[x509.Certificate]:
        """Return every certificate of `extra_certificates`."""
        return [one for pem in self.extra_certificates for one in x509.load_pem_x509_certificates(pem.encode())]


class Expectations(Strict):
    """The expected results of a normal crawl; the verdict depends on them."""

    list_rows_min: int = Field(default=1, ge=1, description="minimum number of list rows in a full crawl")
    silence_days_max: int = Field(default=14, ge=1, description="longest usual time without a new article, in days")
    comparable_from: date | None = Field(
        default=None, description="first day of the portal's present form; crawls are not compared with earlier ones"
    )


class Layout(Strict):
    """One layout of the portal's article pages, by CSS selectors; it fits pages with its title and body."""

    name: str = Field(min_length=1, max_length=60, description="the value of the column `template`")
    until: Day | None = Field(default=None, description="last day on which pages had this layout")
    title: Css
    body: Css = Field(description="every matching element is part of the text")
    lead: Css | None = None
    date: Css | None = Field(default=None, description="the line with the publication date")
    byline: Css | None = None
    source: Css | None = Field(default=None, description="the line that credits a source, outside the body")
    section: Css | None = Field(default=None, description="the last matching element is the section")
    tags: Css | None = None
    skip: Css | None = Field(default=None, description="elements of the body that are not part of the text")


class Portal(Strict):
    """One publishing web site, as defined by its file `<slug>.yml`."""

    slug: Slug
    name: str = Field(min_length=1, description="the portal's name, in Vietnamese")
    owner: Owner
    platform: PlatformName
    seed_urls: tuple[HttpUrl, ...] = Field(default=(), description="list pages where a crawl starts")
    feeds: tuple[HttpUrl, ...] = Field(default=(), description="RSS or Atom")
    sitemaps: tuple[HttpUrl, ...] = ()
    scope: Scope
    formerly: tuple[Host, ...] = Field(
        default=(),
        description="hosts that the portal had before: their articles are those of the first host in `scope.hosts`",
    )
    article_patterns: tuple[Regex, ...] = Field(
        default=(),
        description="`generic` and `wordpress` only: patterns searched in a URL's path; a match is an article",
    )
    templates: tuple[Layout, ...] = Field(
        default=(), description="the portal's own layouts, newest first; tried before the platform's layouts"
    )
    tier: Tier = "daily"
    politeness: Politeness = Politeness()
    tls: Tls = Tls()
    expectations: Expectations = Expectations()
    active_from: date | None = None
    active_until: date | None = None
    verified_on: date | None = Field(
        default=None, description="when someone last checked this file against the live portal"
    )
    note: str | None = Field(default=None, description="for readers of the file: what is unverified or unusual")

    @property
    def base_url(self) -> str:
        """Scheme and host of the portal's first start URL."""
        parts = urlsplit(self.start_urls[0])
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def start_urls(self) -> tuple[str, ...]:
        """Every URL that a crawl starts from: seed URLs, feeds, sitemaps."""
        return self.seed_urls + self.feeds + self.sitemaps

    def is_active(self, on: date) -> bool:
        """Return whether the portal is active on that day, according to its file."""
        return (self.active_from is None or self.active_from <= on) and (
            self.active_until is None or on <= self.active_until
        )

    @model_validator(mode="after")
    def _is_consistent(self) -> Portal:
        if not self.start_urls:
            raise ValueError("give at least one of seed_urls, feeds, sitemaps")
        for key in ("seed_urls", "feeds", "sitemaps"):
            for position, url in enumerate(getattr(self, key)):
                if not self.scope.covers(url):
                    raise rule_broken(f"{url} is outside the portal's own scope", key, position)
        for position, host in enumerate(self.formerly):
            if host.removeprefix("www.") == self.scope.hosts[0].removeprefix("www."):
                raise rule_broken(f"{host} is the portal's present host", "formerly", position)
        if self.article_patterns and self.platform not in TAKES_ARTICLE_PATTERNS:
            takers = " and ".join(sorted(TAKES_ARTICLE_PATTERNS))
            raise rule_broken(f"belongs to platforms {takers} only", "article_patterns")
        if self.active_from and self.active_until and self.active_until < self.active_from:
            raise rule_broken("is before active_from", "active_until")
        return self


def check_slug(slug: str) -> None:
    """Check that the text is a valid slug.

    Raises:
        PortalError: it is not.
    """
    try:
        TypeAdapter(Slug).validate_python(slug)
    except ValidationError as error:
        raise PortalError(
            f"slug {slug!r}: must consist of at most 60 lower-case letters, digits and hyphens"
        ) from error


def load_portal(path: Path) -> Portal:
    """Load one portal file.

    Raises:
        PortalError: the file cannot be read, is not YAML, or does not fit the model.
    """
    return _validated(lambda: strict_yaml.read(path, _FILE_KIND))


def parse_portal(text: str, path: Path) -> Portal:
    """Return the definition in the text of a portal file; `path` is for messages and need not exist yet.

    Raises:
        PortalError: as for `load_portal`.
    """
    return _validated(lambda: strict_yaml.parse(text, path, _FILE_KIND))


def _validated(open_document: Callable[[], strict_yaml.Document]) -> Portal:
    try:
        document = open_document()
        _inline_certificates(document)
        portal = document.as_model(Portal)
        if portal.slug != document.path.stem:
            raise document.wrong(f"{portal.slug!r} must equal the file's name", "slug")
    except strict_yaml.FileError as error:
        raise PortalError(str(error)) from error
    return portal


def _inline_certificates(document: strict_yaml.Document) -> None:
    """Replace the names of certificate files by their text, so that archived definitions are complete.

    Raises:
        warehouse.strict_yaml.FileError: a file cannot be read.
    """
    tls = document.values.get("tls")
    names = tls.get("extra_certificates") if isinstance(tls, dict) else None
    if not isinstance(names, list):
        return
    for position, name in enumerate(names):
        if not isinstance(name, str) or "-----BEGIN" in name:
            continue
        try:
            names[position] = (document.path.parent / name).read_text(encoding="ascii")
        except (OSError, ValueError) as error:
            raise document.wrong(f"{name!r} cannot be read: {error}", "tls", "extra_certificates", position) from error


def load_portals(folders: Iterable[Path] = (SHIPPED_PORTALS,)) -> dict[str, Portal]:
    """Load every `*.yml` file of the folders; return the definitions by slug, sorted by slug.

    Raises:
        PortalError: a folder is missing, a file is invalid, two files define one slug, or a file ends in `.yaml`,
            which would not be loaded. The message lists all problems.
    """
    portals: dict[str, Portal] = {}
    origin: dict[str, Path] = {}
    problems: list[str] = []
    for folder in folders:
        if not folder.is_dir():
            problems.append(f"{folder}: this folder of portal files does not exist")
            continue
        problems += [f"{path}: the name of a portal file must end in .yml" for path in sorted(folder.glob("*.yaml"))]
        for path in sorted(folder.glob("*.yml")):
            try:
                portal = load_portal(path)
            except PortalError as error:
                problems.append(str(error))
                continue
            if portal.slug in portals:
                problems.append(f"{path}: slug {portal.slug!r} is already defined by {origin[portal.slug]}")
                continue
            portals[portal.slug], origin[portal.slug] = portal, path
    if problems:
        raise PortalError("\n".join(problems))
    return dict(sorted(portals.items()))


def find_portal(portals: Mapping[str, Portal], slug: str) -> Portal:
    """Return the portal with that slug.

    Raises:
        PortalError: there is no such portal; the message lists the known slugs.
    """
    if slug not in portals:
        raise PortalError(f"unknown portal {slug!r}; known: {', '.join(portals) or 'none'}")
    return portals[slug]


def portal_of_platform(platform: str, url: str) -> Portal:
    """Return a minimal definition for extracting pages of a portal without a file.

    Raises:
        PortalError: the platform does not exist, or the URL is invalid.
    """
    parts = urlsplit(url)
    host = parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, ""))
    try:
        return Portal.model_validate(
            {
                "slug": "undefined",
                "name": host,
                "owner": {"office": "unknown", "administrative_unit": "unknown"},
                "platform": platform,
                "seed_urls": [url],
                "scope": {"hosts": [host]},
            }
        )
    except ValidationError as error:
        raise PortalError("; ".join(f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors())) from error
