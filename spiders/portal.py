"""Portal definitions: what a portal file may say, and loading the files with errors that name file, line and key.

Here: the model of `<slug>.yml` and the registry of all definitions. Not here: how a platform's pages read
(`spiders.platforms`) or how a portal is crawled (`spiders.crawl`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from cryptography import x509
from cssselect import HTMLTranslator, SelectorError
from pydantic import (
    AfterValidator,
    Field,
    NonNegativeFloat,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticKnownError

from spiders.platform_registry import GENERIC, PLATFORM_PACKAGES, names_in_words
from warehouse import strict_yaml
from warehouse.strict_yaml import Strict, rule_broken

SHIPPED_PORTALS = Path(__file__).parent / "portals"

Tier: TypeAlias = Literal["hourly", "daily", "weekly"]


class PortalError(Exception):
    """A portal file that cannot be used, or a portal that does not exist; the message says which and why."""


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an absolute http or https address")
    return value


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from error
    return value


def _host(value: str) -> str:
    # Anything else (an address, capitals, the usual port) would match no link, and nobody would be told.
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?", value) or value.endswith((":80", ":443")):
        raise ValueError(
            "must be a bare host name in lower case, such as tayho.hanoi.gov.vn, with a port only where it is not "
            "80 or 443"
        )
    return value


def _css(value: str) -> str:
    try:
        HTMLTranslator().css_to_xpath(value)
    except SelectorError as error:
        raise ValueError(f"is not a CSS selector: {error}") from error
    return value


def _platform_name(value: object) -> str:
    if isinstance(value, str) and value in PLATFORM_PACKAGES:
        return value
    # As pydantic says it of a `Literal`, which the names cannot be: platforms register themselves.
    raise PydanticKnownError("literal_error", {"expected": names_in_words()})


_WHAT = "a portal file"


def _certificates(pem: str) -> str:
    try:
        certificates = x509.load_pem_x509_certificates(pem.encode())
    except ValueError as error:
        raise ValueError(f"holds no certificates in PEM form: {error}") from error
    for certificate in certificates:
        if certificate.subject == certificate.issuer:
            raise ValueError(
                f"{certificate.subject.rfc4514_string()} is signed by itself: only certificates between the portal's "
                "own and a root that this machine trusts may be added"
            )
    return pem


_USUAL_PORTS = {"http": ":80", "https": ":443"}

Slug: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Host: TypeAlias = Annotated[str, AfterValidator(_host)]
HttpUrl: TypeAlias = Annotated[str, AfterValidator(_http_url)]
Regex: TypeAlias = Annotated[str, AfterValidator(_regex)]
Certificates: TypeAlias = Annotated[str, AfterValidator(_certificates)]
Css: TypeAlias = Annotated[str, AfterValidator(_css)]
Day: TypeAlias = date
PlatformName: TypeAlias = Annotated[str, PlainValidator(_platform_name)]


class Owner(Strict):
    """Who publishes the portal."""

    office: str = Field(min_length=1, description="the office that publishes, in Vietnamese")
    administrative_unit: str = Field(min_length=1, description="the unit it speaks for, in Vietnamese")


class Scope(Strict):
    """What a crawl of the portal may follow.

    `allow` and `deny` are searched in an address's path and query. An empty `allow` allows everything on the hosts;
    `deny` wins over `allow`.
    """

    hosts: tuple[Host, ...] = Field(min_length=1)
    allow: tuple[Regex, ...] = ()
    deny: tuple[Regex, ...] = ()

    def covers(self, url: str) -> bool:
        """Tell whether a crawl of the portal may follow `url`."""
        try:
            parts = urlsplit(url)
        except ValueError:  # a link on a page may be anything, `http://[` too
            return False
        # A portal is at its host alone: other ports, and names before an @, would be other addresses without end.
        if parts.scheme not in _USUAL_PORTS:
            return False
        if parts.netloc.lower().removesuffix(_USUAL_PORTS[parts.scheme]) not in self.hosts:
            return False
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        if any(re.search(pattern, target) for pattern in self.deny):
            return False
        return not self.allow or any(re.search(pattern, target) for pattern in self.allow)


class Politeness(Strict):
    """How gently the portal's hosts are asked."""

    delay_seconds: float = Field(default=1.0, ge=0, description="between two requests to one host")
    connections: int = Field(default=1, ge=1, le=4, description="at once to one host")
    timeout_seconds: float = Field(default=30.0, gt=0)
    retry_delays_seconds: tuple[NonNegativeFloat, ...] = Field(
        default=(2.0, 8.0, 30.0), description="before the first, second, … retry of a failed request"
    )
    pages_max: int = Field(default=5000, ge=1, description="requests in one crawl; beyond it the verdict is partial")
    attachment_max_bytes: int = Field(default=20_000_000, ge=0)


class Tls(Strict):
    """What an old or badly kept server needs; none of it turns verification off."""

    extra_certificates: tuple[Certificates, ...] = Field(
        default=(), description="PEM files beside the portal file, of authorities that the server forgets to send"
    )
    minimum_version: Literal["1.0", "1.1", "1.2"] = Field(default="1.2", description="of TLS, in quotes")
    allow_old_ciphers: bool = Field(default=False, description="short keys and SHA-1 signatures")
    allow_legacy_renegotiation: bool = Field(default=False, description="servers from before RFC 5746")

    def certificates(self) -> list[x509.Certificate]:
        """Return every certificate of `extra_certificates`."""
        return [one for pem in self.extra_certificates for one in x509.load_pem_x509_certificates(pem.encode())]


class Expectations(Strict):
    """What a healthy crawl of the portal shows; the verdict is judged against it."""

    list_rows_min: int = Field(default=1, ge=1, description="list rows seen in a full crawl, at the least")
    silence_days_max: int = Field(default=14, ge=1, description="longest usual time without a new article")
    comparable_from: date | None = Field(
        default=None, description="since when the portal is as it is: crawls before that day are not compared with"
    )


class Layout(Strict):
    """One layout of the portal's article pages, by CSS selectors; a page with title and body is in it."""

    name: str = Field(min_length=1, max_length=60, description="as rows show it in their column `template`")
    until: Day | None = Field(default=None, description="last day on which pages were served in it")
    title: Css
    body: Css = Field(description="every element that it finds is part of the text")
    lead: Css | None = None
    date: Css | None = Field(default=None, description="the line that says when the article was published")
    byline: Css | None = None
    source: Css | None = Field(default=None, description="the line that credits a source, outside of the body")
    section: Css | None = Field(default=None, description="the last element that it finds is the section")
    tags: Css | None = None
    skip: Css | None = Field(default=None, description="elements inside the body that are no text")


class Portal(Strict):
    """One publishing web site, as its file `<slug>.yml` describes it."""

    slug: Slug
    name: str = Field(min_length=1, description="the portal's name, in Vietnamese")
    owner: Owner
    platform: PlatformName
    seed_urls: tuple[HttpUrl, ...] = Field(default=(), description="list pages where a crawl starts")
    feeds: tuple[HttpUrl, ...] = Field(default=(), description="RSS or Atom")
    sitemaps: tuple[HttpUrl, ...] = ()
    scope: Scope
    article_patterns: tuple[Regex, ...] = Field(
        default=(), description="platform `generic` only: searched in the path of an address to know an article"
    )
    templates: tuple[Layout, ...] = Field(
        default=(), description="layouts of its own, the newest first; tried before those of the platform"
    )
    tier: Tier = "daily"
    politeness: Politeness = Politeness()
    tls: Tls = Tls()
    expectations: Expectations = Expectations()
    active_from: date | None = None
    active_until: date | None = None
    verified_on: date | None = Field(default=None, description="when someone last saw the live portal fit this file")
    note: str | None = Field(default=None, description="what is unverified or odd, for the reader of the file")

    @property
    def base_url(self) -> str:
        """Scheme and host of the portal's first start address."""
        parts = urlsplit(self.start_urls[0])
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def start_urls(self) -> tuple[str, ...]:
        """Every address that a crawl starts from: seed URLs, feeds, sitemaps."""
        return self.seed_urls + self.feeds + self.sitemaps

    def is_active(self, on: date) -> bool:
        """Tell whether the portal published on that day, as far as its file knows."""
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
        if self.article_patterns and self.platform != GENERIC:
            raise rule_broken("belongs to platform generic alone", "article_patterns")
        if self.active_from and self.active_until and self.active_until < self.active_from:
            raise rule_broken("is before active_from", "active_until")
        return self


def check_slug(slug: str) -> None:
    """Raise `PortalError` where the text cannot be a portal's slug."""
    try:
        TypeAdapter(Slug).validate_python(slug)
    except ValidationError as error:
        raise PortalError(
            f"slug {slug!r}: must be of lower-case letters, digits and hyphens, and of 60 at the most"
        ) from error


def load_portal(path: Path) -> Portal:
    """Read one portal file.

    Raises:
        PortalError: the file cannot be read, is no YAML, or says something the model does not know; the message
            names file, line and key.
    """
    return _checked(lambda: strict_yaml.read(path, _WHAT))


def parse_portal(text: str, path: Path) -> Portal:
    """Return the definition that a portal file's text makes; `path` names the file, which need not be there yet.

    Raises:
        PortalError: as of `load_portal`.
    """
    return _checked(lambda: strict_yaml.parse(text, path, _WHAT))


def _checked(opened: Callable[[], strict_yaml.Document]) -> Portal:
    try:
        document = opened()
        _read_certificates(document)
        portal = document.as_model(Portal)
        if portal.slug != document.path.stem:
            raise document.wrong(f"{portal.slug!r} must equal the file's name", "slug")
    except strict_yaml.FileError as error:
        raise PortalError(str(error)) from error
    return portal


def _read_certificates(document: strict_yaml.Document) -> None:
    """Put their text in the place of files of certificates: a definition in an archive must say all by itself.

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
    """Read every `*.yml` of the folders; return the definitions by slug, in alphabetical order.

    Raises:
        PortalError: a folder is missing, a file is wrong (all wrong files are named), two define one slug, or a file
            ends in `.yaml` and would go unread.
    """
    portals: dict[str, Portal] = {}
    origin: dict[str, Path] = {}
    problems: list[str] = []
    for folder in folders:
        if not folder.is_dir():
            problems.append(f"{folder}: there is no such folder of portal files")
            continue
        problems += [f"{path}: a portal file's name ends in .yml" for path in sorted(folder.glob("*.yaml"))]
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
    """Return the portal of that slug.

    Raises:
        PortalError: there is none; the message lists those there are.
    """
    if slug not in portals:
        raise PortalError(f"unknown portal {slug!r}; known: {', '.join(portals) or 'none'}")
    return portals[slug]


def portal_of_platform(platform: str, url: str) -> Portal:
    """Return a definition that is just enough to read a page of a portal that has none.

    Raises:
        PortalError: there is no such platform, or the address is none.
    """
    parts = urlsplit(url)
    host = parts.netloc.lower().removesuffix(_USUAL_PORTS.get(parts.scheme, ""))
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
