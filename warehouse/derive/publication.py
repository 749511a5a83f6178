"""The time by which an article certainly was published.

Belongs here: the one rule by which stages put articles in the order of their publication.
Does not belong here: reading the time from a page (`spiders.platforms.parts.dating`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from warehouse.records import Article


def published_by(article: Article) -> datetime:
    """Return the stated time or the end of the stated day, and never a time after the capture."""
    if article.published_at is None:
        return article.captured_at
    stated = article.published_at
    return min(article.captured_at, stated + timedelta(days=1) if article.published_precision == "day" else stated)
