"""Addresses of captures: which article was requested, and which one a redirect or a page names.

Belongs here: keys of the archive's captures by today's rule, and `rel=canonical`. Does not belong here: the rule itself
(`spiders.platforms.keys`), and deciding that two addresses are one article (dbt's `int_article_ids`).
"""

from __future__ import annotations

from typing import Final

from spiders.pages.html import parse_page
from spiders.pages.page import Page
from spiders.platforms.keys import article_key, is_published_by, key_rule, page_key
from spiders.platforms.parts.links.onward import leads_on
from spiders.platforms.parts.selectors import descendants, select
from spiders.platforms.parts.urls import absolute, base_of
from spiders.portal import Portal
from warehouse.archive.warc.format import StoredCapture
from warehouse.records import CaptureKey

# RFC 8288, 3.3: `rel` is a list of types without regard to case. Only links in the head count (RFC 6596).
_CANONICAL: Final = select(
    "link[@href][contains(concat(' ', normalize-space(translate(@rel, 'CANOIL', 'canoil')), ' '), ' canonical ')]"
)
_LINKS_MAX: Final = 10
_NOT_MODIFIED: Final = 304


def capture_key(stored: StoredCapture, portal: Portal) -> CaptureKey | None:
    """Return the keys of a capture by today's rule; None if it was not requested as an article."""
    capture = stored.capture
    if capture.article_key is None:
        return None
    return CaptureKey(
        capture_id=capture.capture_id,
        crawl_id=capture.crawl_id,
        portal=capture.portal,
        article_key=key_rule(portal).current(capture.article_key),
        page_key=page_key(capture.url, portal),
        redirect_key=_redirect_key(stored, portal),
    )


def canonical_url(page: Page) -> str | None:
    """Return the absolute URL that the page declares by `rel=canonical`; None unless it is exactly one."""
    links = [link for head in descendants(page.tree, "head") for link in _CANONICAL(head)][:_LINKS_MAX]
    if not links:
        return None
    base = base_of(page)
    found = {absolute(base, link.get("href")) for link in links}
    return found.pop() if len(found) == 1 else None


def canonical_key(url: str | None, portal: Portal) -> str | None:
    """Return the key of the article that `rel=canonical` names.

    None if the URL is None, outside the portal's scope, or one of a page where crawls start or of a home page: many
    systems name those on every page.
    """
    if url is None or not is_published_by(portal, url):
        return None
    page = page_key(url, portal)
    if "/" not in page and "?" not in page:
        return None
    if page in {page_key(start, portal) for start in portal.start_urls}:
        return None
    return article_key(url, portal)


def onward_key(stored: StoredCapture, portal: Portal) -> str | None:
    """Return the key of the page that a page without content leads on to at once, as a redirect does.

    None if it does not, or leads out of the portal's scope.
    """
    capture = stored.capture
    onward = leads_on(parse_page(stored.body().content, capture.url, capture.content_type))
    if onward is None or not onward.is_followed or not is_published_by(portal, onward.url):
        return None
    return page_key(onward.url, portal)


def _redirect_key(stored: StoredCapture, portal: Portal) -> str | None:
    """Return the key of the page to which the response redirects; None if to none in the portal's scope."""
    if not 300 <= stored.capture.status < 400 or stored.capture.status == _NOT_MODIFIED:
        return None
    location = next((value for name, value in stored.headers if name.lower() == b"location"), b"")
    url = absolute(stored.capture.url, location.decode("utf-8", errors="replace"))
    return page_key(url, portal) if url and is_published_by(portal, url) else None
