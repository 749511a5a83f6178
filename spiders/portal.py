"""Portal definitions: the model of a portal file, and loading. Errors name file, line and key.

Belongs here: the model of `<slug>.yml` and loading all definitions. Does not belong here: extracting a platform's pages
(`spiders.platforms`), or crawling a portal (`spiders.crawl`).
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from cryptography import x509
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from spiders.platform_registry import TAKES_ARTICLE_PATTERNS
from spiders.portal_values import (
    AdministrativeUnit,
    Certificates,
    Css,
    Day,
    Host,
    HttpUrl,
    Operator,
    PlatformName,
    Regex,
    Seconds,
    Slug,
    SourceName,
    Tier,
)
from warehouse import strict_yaml
from warehouse.errors import InputError
from warehouse.http_policy import HTTP_POLICY
from warehouse.strict_yaml import Strict, rule_broken, shown
from warehouse.text.address import without_session

SHIPPED_PORTALS = Path(__file__).parent / "portals"


class PortalError(InputError):
    """A portal file is invalid, or a portal does not exist; the message names it and the cause."""


_FILE_KIND = "a portal file"
_SHOWN_MAX = 80
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Owner(Strict):
    """The office that publishes the portal."""

    office: str = Field(min_length=1, description="the publishing office, in Vietnamese")
    administrative_unit: AdministrativeUnit = Field(description="its administrative unit, in Vietnamese")


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

    delay_seconds: Seconds = Field(default=1.0, description="delay between two requests to one host")
    connections: int = Field(default=1, ge=1, le=4, description="concurrent connections to one host")
    timeout_seconds: float = Field(default=30.0, gt=0, le=HTTP_POLICY.request_seconds_max)
    retry_delays_seconds: tuple[Seconds, ...] = Field(
        default=(2.0, 8.0, 30.0), description="delays before the first, second, … retry of a failed request"
    )
    pages_max: int = Field(
        default=5000,
        ge=1,
        le=10_000_000,
        description="maximum number of requests in one crawl; beyond it, the verdict is partial",
    )
    attachment_max_bytes: int = Field(default=20_000_000, ge=0, le=10**12)


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

    list_rows_min: int = Field(default=1, ge=1, le=10**6, description="minimum number of list rows in a full crawl")
    silence_days_max: int = Field(
        default=14, ge=1, le=3650, description="longest usual time without a new article, in days"
    )
    comparable_from: Day | None = Field(
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
    known_as: tuple[SourceName, ...] = Field(default=(), description="other names by which pages credit the portal")
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
    # Not in the archive: who runs a crawl is no property of what was crawled, and exports are given away.
    operators: tuple[Operator, ...] = Field(
        default=(), exclude=True, description="who looks after the portal: e-mail addresses, or teams as `team:web`"
    )
    active_from: Day | None = None
    active_until: Day | None = None
    verified_on: Day | None = Field(
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
            f"slug {slug[:_SHOWN_MAX]!r}: must consist of at most 60 lower-case letters, digits and hyphens"
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
            names[position] = strict_yaml.read_text(document.path.parent / name)
        except (OSError, ValueError) as error:
            problem = f"{shown(name, _SHOWN_MAX)} cannot be read: {shown(error)}"
            raise document.wrong(problem, "tls", "extra_certificates", position) from error


@dataclass(frozen=True, slots=True)
class PortalFiles:
    """The portal files of some folders: an invalid one takes out its own portal, and no other.

    Attributes:
        valid: the definitions by slug, sorted by slug.
        invalid: by slug, why the portal's file cannot be used; none of them is in `valid`.
        problems: what else is wrong: missing folders, and files whose names are no slugs.
    """

    valid: Mapping[str, Portal]
    invalid: Mapping[str, str]
    problems: tuple[str, ...]

    @property
    def complaints(self) -> tuple[str, ...]:
        """Every problem, each with the file's or the folder's name."""
        return (*self.invalid.values(), *self.problems)

    def find(self, slug: str) -> Portal:
        """Return the portal with that slug.

        Raises:
            PortalError: its file is invalid, or there is no such portal; the message lists the known slugs.
        """
        if slug in self.valid:
            return self.valid[slug]
        if slug in self.invalid:
            raise PortalError(self.invalid[slug])
        raise unknown_portals([slug], {*self.valid, *self.invalid})


def unknown_portals(slugs: Iterable[str], known: Iterable[str]) -> PortalError:
    """Return the error for slugs that no portal has; it names the known ones, and the nearest of them."""
    known, wrong = sorted(known), [slug[:_SHOWN_MAX] for slug in slugs]
    near = dict.fromkeys(found for slug in wrong for found in difflib.get_close_matches(slug, known))
    named = f"unknown portal{'s' * (len(wrong) > 1)} {', '.join(map(repr, wrong))}"
    hint = f"; the nearest: {', '.join(near)}" if near else ""
    return PortalError(f"{named}; known: {', '.join(known) or 'none'}{hint}")


def load_portals(folders: Iterable[Path] = (SHIPPED_PORTALS,)) -> PortalFiles:
    """Load every `<slug>.yml` of the folders. Hidden files and those of other kinds are left out.

    A portal is invalid if its file is, if two files define it, or if its file ends in `.yaml`.
    """
    problems: list[str] = []
    files: dict[str, list[Path]] = {}
    # A folder that is given twice, perhaps by a link, defines no portal twice.
    for folder in {os.path.realpath(folder): folder for folder in folders}.values():
        try:
            paths = sorted(folder.iterdir())
        except FileNotFoundError:
            problems.append(f"{shown(folder)}: this folder of portal files does not exist")
            continue
        except OSError as error:
            problems.append(f"{shown(folder)}: this folder of portal files cannot be read: {error.strerror}")
            continue
        for path in paths:
            if path.name.startswith(".") or path.suffix.lower() not in (".yml", ".yaml"):
                continue
            try:
                check_slug(path.stem)
            except PortalError as error:
                problems.append(f"{shown(path)}: the file's name defines no portal: {error}")
            else:
                files.setdefault(path.stem, []).append(path)
    valid: dict[str, Portal] = {}
    invalid: dict[str, str] = {}
    for slug, found in sorted(files.items()):
        try:
            valid[slug] = _only_definition(slug, found)
        except PortalError as error:
            invalid[slug] = str(error)
    return PortalFiles(valid, invalid, tuple(problems))


def _only_definition(slug: str, paths: list[Path]) -> Portal:
    if len(paths) > 1:
        raise PortalError(f"slug {slug!r} is defined by {' and by '.join(map(shown, paths))}: keep one of them")
    if paths[0].suffix != ".yml":
        raise PortalError(f"{shown(paths[0])}: the name of a portal file must end in .yml")
    return load_portal(paths[0])


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
