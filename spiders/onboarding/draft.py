"""Drafts a portal file from the survey of a portal, for a person to correct.

Belongs here: the proposed values, and the file's text with a comment at each guess. Does not belong here: the survey
(see `spiders.onboarding.survey`), and whether the file fits (see `spiders.onboarding.probe`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import yaml

from spiders.onboarding.patterns import COVERAGE_MIN, LearntPattern
from spiders.onboarding.starts import SeenList
from spiders.onboarding.survey import Survey, bare_host, site_name
from spiders.platform_registry import GENERIC, TAKES_ARTICLE_PATTERNS
from spiders.platforms import PLATFORMS
from spiders.platforms.parts.urls import origin
from spiders.portal import Expectations, Portal, PortalError, check_slug, parse_portal
from spiders.portal_values import administrative_unit
from warehouse.durable import replacing
from warehouse.text.normal import clean

_NAME_CHARACTERS_MAX: Final = 200
_GAPS_MIN: Final = 5
_TARGETS_MAX: Final = 1000
_SILENCE_DAYS: Final = (7, 365)

# Paths that no crawl should follow; the platform adds more.
_DENIED: Final = (
    r"(?i)^/(?:en|english)(?:[/?]|$)",
    r"(?i)/(?:dang-nhap|login|account)(?:[/?.]|$)",
    r"(?i)/(?:tim-kiem|search)(?:[/?.]|$)|[?&](?:keyword|search|q)=",
    r"(?i)/(?:print|in-an)(?:[/?.]|$)",
)
_UNIT: Final = re.compile(r"(?<!\w)(phường|xã|thị trấn|quận|huyện|thị xã)\s+((?:\w+\s?){1,4})", re.IGNORECASE)
_SITE_WORDS: Final = re.compile(r"(?i)^(?:cổng|trang)\s+thông\s+tin\s+điện\s+tử\s+(?:của\s+)?")
_CITY: Final = "Thành phố Hà Nội"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who publishes a portal.

    Attributes:
        guessed: where guessed values come from, for a comment; None if the values are known.
    """

    name: str
    office: str
    administrative_unit: str
    active_from: date | None = None
    active_until: date | None = None
    guessed: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A portal's definition and the text of its file."""

    portal: Portal
    text: str


def identity_of(seen: Survey) -> Identity:
    """Guess who publishes the portal, from the site name on its home page."""
    name = clean(site_name(seen.home) or "")[:_NAME_CHARACTERS_MAX] or bare_host(seen.home.url)
    if name.isupper():
        name = name.title()
    unit = unit_named(name)
    office = office_of_unit(unit) if unit else office_of_site(name)
    return Identity(name, office, unit or _CITY, guessed="from the site name on its home page")


def unit_named(text: str) -> str | None:
    """Return the first district, ward or commune in a text, such as `Phường Tây Hồ`; None if none."""
    found = _UNIT.search(text)
    proper = " ".join(takewhile(lambda word: word[0].isupper(), found[2].split())) if found else ""
    return administrative_unit(f"{found[1]} {proper}") if found and proper else None


def office_of_unit(unit: str) -> str:
    """Return the office that publishes for a unit: its people's committee."""
    return f"Ủy ban nhân dân {unit[0].lower()}{unit[1:]}"


def office_of_site(name: str) -> str:
    """Return a portal's office: its name without a prefix such as `Cổng thông tin điện tử`."""
    return _SITE_WORDS.sub("", name) or name


def slug_of(url: str) -> str:
    """Return a slug for the portal at a URL: the first label of its host name."""
    label = bare_host(url).split(".")[0]
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") or "portal"


def propose(
    seen: Survey, slug: str, identity: Identity, today: date, delay_seconds: float, *, verified: bool = False
) -> Proposal:
    """Return the draft of a portal file; `verified_on` is `today` if `verified`, else null.

    The file states `delay_seconds`, or the crawl delay in robots.txt if that is longer.

    Raises:
        PortalError: a value is invalid in a portal file, such as a slug with capitals.
    """
    check_slug(slug)
    guess = f" # guessed {identity.guessed}" if identity.guessed else ""
    counted = [*seen.lists, *seen.feeds] or seen.sitemaps
    rows = sum(one.rows for one in counted)
    lines = [
        f"slug: {_scalar(slug)}",
        f"name: {_scalar(identity.name)}{guess}",
        "owner:",
        f"  office: {_scalar(identity.office)}{guess}",
        f"  administrative_unit: {_scalar(identity.administrative_unit)}{guess}",
        f"platform: {seen.platform} # {_why_platform(seen)}",
        *_start_urls("seed_urls", seen.lists, "rows"),
        *_start_urls("feeds", seen.feeds, "entries"),
        *_start_urls("sitemaps", seen.sitemaps, "articles"),
    ]
    if not counted:
        lines += ["seed_urls:", f"  - {_scalar(seen.home.url)} # guessed: no list, feed or sitemap was found"]
    lines += [
        "scope:",
        "  hosts:",
        *(f"    - {_scalar(host)}" for host in _hosts(seen)),
        "  deny: # guessed: usual on such sites",
        *(f"    - {_quoted(pattern)}" for pattern in _denied(seen, counted)),
        *_patterns(seen),
        "tier: daily # guessed",
        "politeness:",
        f"  delay_seconds: {_delay(seen, delay_seconds)}",
        "expectations:",
        f"  list_rows_min: {max(1, rows // 2)} # half of the {rows} rows seen on {today}",
        f"  silence_days_max: {_silence(counted)}",
    ]
    lines += [f"active_from: {identity.active_from}"] if identity.active_from else []
    lines += [f"active_until: {identity.active_until}"] if identity.active_until else []
    lines += [f"verified_on: {today if verified else 'null'}", "note: >-", *_note(seen, today)]
    text = "\n".join(lines) + "\n"
    return Proposal(parse_portal(text, Path(f"{slug}.yml")), text)


def write_new(proposal: Proposal, folder: Path) -> Path:
    """Write the portal file into a folder, and return its path.

    Raises:
        PortalError: the file already exists; it is unchanged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{proposal.portal.slug}.yml"
    if file.exists():
        raise PortalError(f"{file}: the file already exists; nothing was overwritten")
    with replacing(file) as temporary:
        temporary.write_text(proposal.text, encoding="utf-8")
    return file


def _hosts(seen: Survey) -> list[str]:
    """Return the home page's host, and its variant with or without `www.` if lists or articles use it."""
    urls = [seen.home.url, *(one.url for one in seen.starts)]
    urls += [url for one in (*seen.lists, *seen.feeds) for url in one.articles]
    own = bare_host(seen.home.url)
    return list(dict.fromkeys(urlsplit(origin(url)).netloc for url in urls if bare_host(url) == own))


def _denied(seen: Survey, starts: Sequence[SeenList]) -> list[str]:
    """Return the usual deny patterns, except patterns that match a start URL or an article seen."""
    urls = [seen.home.url, *(one.url for one in starts), *(url for one in starts for url in one.articles)]
    targets = [
        f"{parts.path}?{parts.query}" if parts.query else parts.path for parts in map(urlsplit, urls[:_TARGETS_MAX])
    ]
    patterns = (*_DENIED, *PLATFORMS[seen.platform].DENY)
    return [pattern for pattern in patterns if not any(re.search(pattern, target) for target in targets)]


def _start_urls(key: str, found: Sequence[SeenList], unit: str) -> list[str]:
    return [f"{key}:", *(f"  - {_scalar(one.url)} # {one.rows} {unit}" for one in found)] if found else []


def _patterns(seen: Survey) -> list[str]:
    learnt = seen.learnt
    if seen.platform not in TAKES_ARTICLE_PATTERNS:
        return []
    if not learnt.patterns:
        return [f"# article_patterns: none, because the {learnt.total} known articles have no form that lists lack"]
    lines = ["article_patterns:"]
    lines += [f"  - {_quoted(one.pattern)} # guessed: {fit_of(one, learnt.total)}" for one in learnt.patterns]
    if learnt.fits < COVERAGE_MIN * learnt.total:
        lines.append(f"  # together they fit only {learnt.fits} of {learnt.total} known articles: add the other forms")
    return lines


def fit_of(found: LearntPattern, total: int) -> str:
    """Return how well a pattern fits, in words."""
    words = f"fits {found.fits} of {total} known articles"
    if found.exceptions:
        words += f", all but {found.exceptions} known pages of this form: add the other pages that have it"
    elif found.is_wide:
        words += "; any other page of this form too: exclude those that you know"
    return words


def _why_platform(seen: Survey) -> str:
    if seen.platform != GENERIC:
        return f"guessed by {'; '.join(seen.match.signatures)}"
    return f"guessed: {'; '.join(seen.remarks) or 'no signature of a known CMS'}"


def _delay(seen: Survey, delay_seconds: float) -> str:
    if seen.crawl_delay_seconds and seen.crawl_delay_seconds > delay_seconds:
        return f"{seen.crawl_delay_seconds:g} # as its robots.txt asks for"
    return f"{delay_seconds:g}"


def _silence(counted: Sequence[SeenList]) -> str:
    """Return twice the longest gap between days with rows, 7 to 365; with under 6 days, the default."""
    days = sorted({moment.date() for one in counted for moment in one.dates})
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    if len(gaps) < _GAPS_MIN:
        return f"{Expectations().silence_days_max} # guessed: the default"
    low, high = _SILENCE_DAYS
    longest = max(gaps)
    return f"{min(max(2 * longest, low), high)} # guessed: twice the longest gap seen, {longest} days"


def _note(seen: Survey, today: date) -> list[str]:
    sentences = [
        f"Drafted on {today} by a survey of the portal. Check every value whose comment says guessed:",
        "see docs/add-a-portal.md.",
    ]
    if seen.home.url != seen.home.requested_url:
        sentences.append(f"{_spelled(seen.home.requested_url)} redirects to {_spelled(seen.home.url)}.")
    sentences += [f"CMS: {remark}." for remark in seen.remarks]
    return [f"  {sentence}" for sentence in sentences]


def _spelled(url: str) -> str:
    """Return a URL in printable ASCII, shortened, so that it cannot break the YAML."""
    return re.sub(r"[^\x21-\x7e]", "?", url)[:_NAME_CHARACTERS_MAX]


def _scalar(value: str) -> str:
    """Return the value as YAML on one line, quoted if necessary."""
    return yaml.safe_dump(value, allow_unicode=True, width=10**6).removesuffix("...\n").strip()


def _quoted(pattern: str) -> str:
    return "'" + pattern.replace("'", "''") + "'"
