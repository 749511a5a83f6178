"""Crawls of the random portals, and the rows that the stages make of what they saw.

Belongs here: what a crawl asked and received, and its rows in each state of extraction.
Does not belong here: in which order the files reach the home (`tests.dbt_models.histories.steps`).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, TypeAlias

from tests.dbt_models.histories.site import (
    FIRST_DAY,
    HOME_PAGE,
    Redirect,
    Shown,
    Site,
    Text,
    change,
    edited,
    new_text,
)
from tests.warehouse.tables import made_up
from warehouse.records import (
    Article,
    Capture,
    CaptureKey,
    Credit,
    Fingerprints,
    Identity,
    Signature,
    StoryTerms,
    UnreadPage,
)
from warehouse.text.identity import article_id

DAYS: Final = 9

Row: TypeAlias = Capture | CaptureKey | Article | UnreadPage | Identity | Signature | Fingerprints | Credit | StoryTerms


@dataclass(frozen=True)
class Response:
    """An answer to one request of a crawl, after its redirects.

    Attributes:
        hops: the addresses that were asked, the last of which answered.
        shown: what the last one showed.
        not_modified: an earlier capture of the same body, to which this one is a revisit; None if it is no revisit.
        bare: whether a revisit has no known body, so that nothing can be extracted from it.
    """

    place: int
    hops: tuple[str, ...]
    shown: Shown
    received_at: datetime
    not_modified: str | None = None
    bare: bool = False


@dataclass
class Crawl:
    """A crawl of one portal, and its report in its variants."""

    crawl_id: str
    site: Site
    started_at: datetime
    report: dict[str, Any]
    responses: list[Response] = field(default_factory=list)

    @property
    def portal(self) -> str:
        return self.site.slug

    def capture_id(self, place: int, step: int = -1) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.crawl_id}/{place}/{step}"))


def crawls_of(chosen: Random, sites: list[Site], count: int) -> list[Crawl]:
    """Let the portals change for some days; return what `count` crawls saw of them, in the order of time."""
    made: list[Crawl] = []
    bodies: dict[tuple[str, str], tuple[Shown, str]] = {}
    for site in sites:
        for _ in range(chosen.randrange(6, 15)):
            site.add(new_text(chosen, FIRST_DAY))
    moments = sorted(chosen.uniform(0, DAYS * 24) for _ in range(count))
    for number, hours in enumerate(moments):
        now = FIRST_DAY + timedelta(hours=round(hours, 1))
        for _ in range(chosen.randrange(2, 9)):
            change(chosen, sites, now)
        site = chosen.choice(sites)
        made.append(_crawl(chosen, site, number, now, [each for each in made if each.site is site], bodies))
    return made


def _crawl(
    chosen: Random,
    site: Site,
    number: int,
    now: datetime,
    before: list[Crawl],
    bodies: dict[tuple[str, str], tuple[Shown, str]],
) -> Crawl:
    crawl = Crawl(f"{site.slug}-{number}", site, now, _report(chosen, now, before))
    # The share of the known addresses that the crawl asks.
    asked_share = chosen.choice((0.1, 0.5, 0.8, 1.0))
    place = 0
    for address in list(site.shown):
        # A crawl asks for what it missed more often than for what it knows.
        if chosen.random() >= (asked_share if isinstance(site.shown[address], Text) else max(0.7, asked_share)):
            continue
        hops, shown = _answer(chosen, site, address)
        # Every tenth answer comes in the same second as the one before it.
        received_at = now + timedelta(seconds=10 * (place - (chosen.random() < 0.1)))
        known_body, earlier = bodies.get((site.slug, hops[-1]), (None, None))
        is_revisit = earlier is not None and known_body == shown and len(hops) == 1 and chosen.random() < 0.3
        crawl.responses.append(
            Response(place, hops, shown, received_at, earlier if is_revisit else None, chosen.random() < 0.2)
        )
        if isinstance(shown, Text) and not is_revisit:
            bodies[site.slug, hops[-1]] = (shown, crawl.capture_id(place))
        place += 1
    return crawl


def _report(chosen: Random, now: datetime, before: list[Crawl]) -> dict[str, Any]:
    (verdict,) = chosen.choices(("ok", "no_news", "partial", "broken", "blocked"), (8, 1, 2.5, 1.5, 0.7))
    (kind,) = chosen.choices(("incremental", "full", "backfill", "import"), (6, 2, 1, 1))
    cut_short = before[-1] if before and before[-1].report["verdict"] == "partial" else None
    return {
        "started_at": now,
        "ended_at": now + timedelta(hours=chosen.choice((1, 3))),
        "verdict": verdict,
        "kind": kind,
        "is_complete": verdict in ("ok", "no_news") or chosen.random() < 0.2,
        "resumes": cut_short.crawl_id if cut_short and chosen.random() < 0.7 else None,
    }


def _answer(chosen: Random, site: Site, address: str) -> tuple[tuple[str, ...], Shown]:
    """Follow the redirects of an address."""
    hops, shown = [address], site.shown[address]
    while isinstance(shown, Redirect) and not shown.by_page and shown.to not in hops:
        hops.append(shown.to)
        shown = site.shown[shown.to]
    if shown == "home":
        hops.append(HOME_PAGE)
    if isinstance(shown, Redirect) and not shown.by_page:
        return tuple(hops), "500"  # it leads in a circle
    return tuple(hops), shown


def rows_of(crawl: Crawl, state: State, places: frozenset[int] | None) -> list[Row]:
    """Return all rows of a crawl in a state of its files; of those responses, or of all."""
    taken = [each for each in crawl.responses if places is None or each.place in places]
    return [row for response in taken for row in _rows(crawl, response, state)]


@dataclass(frozen=True)
class State:
    """The state of the files of one crawl.

    Attributes:
        extraction: the variant of the extraction; 0 is what the portal showed.
        identity: the variant of the identities.
        offsets: how often the archive was indexed anew; places in the WARC file change with it.
        report: the variant of the report.
        has_report, has_index, has_outputs: whether the files are there.
    """

    extraction: int = 0
    identity: int = 0
    offsets: int = 0
    report: int = 0
    has_report: bool = True
    has_index: bool = True
    has_outputs: bool = True


def report_of(crawl: Crawl, state: State) -> dict[str, Any]:
    """Return what the report of a crawl says in a state."""
    chosen = Random(f"{crawl.crawl_id}/report/{state.report}")  # noqa: S311 - no secret
    if state.report == 0:
        return crawl.report
    return crawl.report | {
        "verdict": chosen.choice(("ok", "broken", "partial")),
        "is_complete": chosen.random() < 0.5,
        "kind": chosen.choice(("incremental", "incremental", "backfill")),
    }


def _rows(crawl: Crawl, response: Response, state: State) -> Iterator[Row]:
    site, shown = crawl.site, response.shown
    # What another extractor makes of the same answer.
    chosen = Random(f"{crawl.crawl_id}/{response.place}/{state.extraction}")  # noqa: S311 - no secret
    is_other = state.extraction > 0 and chosen.random() < 0.35
    key_suffix = ""
    if is_other:
        if isinstance(shown, Text):
            shown = chosen.choice(
                (edited(chosen, shown), _read_otherwise(chosen, site, shown), shown, "list", "notice")
            )
        elif shown in ("list", "notice", "home"):
            shown = chosen.choice((new_text(chosen, FIRST_DAY), "notice"))
        key_suffix = chosen.choice(("", "", "/khac"))
    asked = response.hops[0]
    for step, (hop, following) in enumerate(zip(response.hops, [*response.hops[1:], None], strict=True)):
        capture_id = crawl.capture_id(response.place, -1 if following is None else step)
        moment = response.received_at + timedelta(seconds=step)
        offset = 1000 * response.place + 100 * step + 7 * state.offsets
        url = f"{site.url(hop)}?muc=1" if hop and response.place % 3 == 0 else site.url(hop)
        capture = made_up.capture(capture_id, crawl.crawl_id, crawl.portal, url, moment, offset)
        capture = replace(capture, article_key=site.article_key(asked), status=200 if following is None else 301)
        redirect_key = None if following is None else site.page_key(following)
        if following is None and response.shown in ("404", "410", "500"):
            capture = replace(capture, status=int(str(response.shown)))
        if following is None and isinstance(response.shown, Redirect):
            redirect_key = site.page_key(response.shown.to)
        if following is None and response.not_modified:
            status = 304 if response.place % 2 else 200
            refers_to = None if response.bare and status == 304 else response.not_modified
            capture = replace(capture, status=status, is_revisit=True, refers_to=refers_to, bytes=0)
        if following is None and response.place % 11 == 5:
            capture = replace(capture, content_type="application/pdf")
        page_key = site.page_key(hop) + (key_suffix if hop else "")
        yield capture
        yield CaptureKey(
            capture_id, crawl.crawl_id, crawl.portal, site.article_key(asked) + key_suffix, page_key, redirect_key
        )
    if response.not_modified and response.bare:
        return
    if isinstance(shown, Text):
        article = _article(crawl, capture, shown, response, key_suffix)
        yield article
        yield _identity(article, state)
        yield from made_up.signatures([article])
        yield from made_up.fingerprints([article])
        yield from made_up.credits_of([article])
        yield from made_up.story_terms([article])
    elif isinstance(shown, Redirect):
        yield UnreadPage(capture.capture_id, crawl.crawl_id, crawl.portal, capture.url, "redirect_page")
    elif shown in ("list", "home", "notice"):
        reasons = {"list": "list_in_its_place", "home": "list_in_its_place", "notice": "no_article"}
        reason = "static_page" if is_other and chosen.random() < 0.3 else reasons[shown]
        yield UnreadPage(capture.capture_id, crawl.crawl_id, crawl.portal, capture.url, reason)


def _read_otherwise(chosen: Random, site: Site, text: Text) -> Text:
    """Return what another extractor may read from the same page."""
    return chosen.choice(
        (
            replace(text, flags=chosen.choice(((), ("fallback",), ("outdated_template",)))),
            replace(text, canonical=chosen.choice((None, chosen.choice(list(site.shown))))),
            replace(text, former_ids=(f"former-{site.slug}-{chosen.randrange(12)}",)),
            replace(text, attachments=(site.url(chosen.choice(list(site.shown))),)),
            replace(text, source_name=None, source_url=None),
            replace(text, precision="day" if text.precision else None),
        )
    )


def _article(crawl: Crawl, capture: Capture, text: Text, response: Response, key_suffix: str) -> Article:
    site, address = crawl.site, response.hops[-1]
    key = site.article_key(address) + key_suffix
    is_fallback = crawl.report["verdict"] == "broken" and response.place % 3 > 0
    flags = {*text.flags, *(("fallback",) if is_fallback else ())}
    plain = made_up.article(crawl.portal, 1, crawl.crawl_id, capture.captured_at)
    return replace(
        plain,
        article_id=article_id(crawl.portal, key),
        article_key=key,
        former_ids=text.former_ids,
        page_key=site.page_key(address) + key_suffix,
        canonical_key=None if text.canonical is None else site.article_key(text.canonical),
        capture_id=capture.capture_id,
        url=site.url(address),
        title=text.title,
        lead=text.lead,
        body=text.body,
        captions=text.captions,
        byline=text.byline,
        credited_source_name=text.source_name,
        credited_source_url=text.source_url,
        tags=("tag",) if response.place % 4 == 0 else (),
        published_at=text.published_at and text.published_at.astimezone(UTC),
        published_precision=text.precision,
        published_basis=text.basis,
        view_count=None if response.place % 5 == 0 else 10 * response.place,
        word_count=sum(len(paragraph.split()) for paragraph in text.body),
        attachments=text.attachments,
        quality_flags=tuple(sorted(flags)),
    )


def _identity(article: Article, state: State) -> Identity:
    identity = made_up.identity(article)
    if state.identity == 0:
        return identity
    # Another rule of the texts' normal form: some bodies are equal now, some have no hash any more.
    chosen = Random(f"{article.capture_id}/{state.identity}")  # noqa: S311 - no secret
    other = chosen.choice((identity.content_hash, made_up.digest(*article.body[:1]), None))
    return replace(identity, content_hash=other)


def of_type(rows: Iterable[Row], record: type) -> list[Row]:
    """Return the rows of one dataset."""
    return [row for row in rows if isinstance(row, record)]
