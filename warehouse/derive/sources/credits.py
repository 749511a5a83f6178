"""What an article says about where its text is from.

Belongs here: joining a credit's name, its URL and the marks of publishers. Does not belong here: reading names
(`warehouse.derive.sources.names`), and which portal and article are meant (dbt's `int_articles__credited`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from warehouse.derive.sources.marks import Mark, find_mark
from warehouse.derive.sources.names import read_name, site_host
from warehouse.derive.sources.publishers import Publisher, publisher_at, publisher_named
from warehouse.records import Article, Credit
from warehouse.text.address import address_key

_URL_CHARACTERS_MAX: Final = 2_000
_KEY_HOST: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?=[/:?]|$)")


def credit_of(article: Article) -> Credit | None:
    """Return the source that an article names; None if it names none.

    A credit counts before a mark. The mark of an agency is kept beside a credit: a paper credits agencies, too.
    """
    mark = find_mark(article.byline, article.lead, article.body)
    credit = _credited(article)
    if mark is None:
        return credit
    if credit is None or (credit.source_key is None and credit.host is None):
        # `Nguồn: Internet` says less than the mark of an agency.
        return _marked(article.capture_id, mark)
    return replace(credit, mark=mark.publisher.key)


def source_key(name: str) -> str | None:
    """Return the key of a source's name, the same for all its spellings.

    It is a well-known publisher's, or else the name's own; None if the words name no source.
    """
    publisher = publisher_named(name, is_credit=True)
    return publisher.key if publisher else read_name(name).key


def _credited(article: Article) -> Credit | None:
    """Return the source that the article credits by name or URL."""
    name, url = article.credited_source_name, article.credited_source_url
    cited = None if url is None or len(url) > _URL_CHARACTERS_MAX else address_key(url)
    host = _host(cited)
    if name and host and host == _host(address_key(article.url)):
        # The name is linked to a page of the portal itself, such as its list of sources.
        cited = host = None
    if not name and host is None:
        return None
    read = read_name(name) if name else None
    host = host or (read.host if read else None)
    publisher = _publisher(name, host)
    return Credit(
        capture_id=article.capture_id,
        basis="credit",
        source_name=publisher.name if publisher else (read.text or None) if read else None,
        source_key=publisher.key if publisher else read.key if read else None,
        is_known=publisher is not None,
        host=host,
        url_key=cited if host and cited and ("/" in cited or "?" in cited) else None,
        mark=None,
    )


def _publisher(name: str | None, host: str | None) -> Publisher | None:
    """Return the publisher whose site the URL is on, else the one that the name means."""
    return (publisher_at(host) if host else None) or (publisher_named(name, is_credit=True) if name else None)


def _marked(capture_id: str, mark: Mark) -> Credit:
    publisher, place = mark
    return Credit(capture_id, place, publisher.name, publisher.key, True, None, None, publisher.key)


def _host(key: str | None) -> str | None:
    """Return the host in the key of an address; None if it has none."""
    found = _KEY_HOST.match(key) if key else None
    return site_host(found[0]) if found else None
