r"""Identity: what makes two captures the same article, the same text, the same revision.

Here: the three hashes of an article. Not here: the digest of the bytes as received (`warehouse.archive`) and the
choice of the canonical article (dbt).

Anyone can recompute a content hash from the published corpus, whose `body` holds the paragraphs joined by a blank
line. White space is folded by the normal form, so the way they are joined does not matter::

    import hashlib
    from warehouse.text.normal import normal_form

    hashlib.sha256(normal_form(body).encode()).hexdigest()
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Final

from warehouse.records import Article, Identity
from warehouse.text.normal import count_words, normal_form

CONTENT_HASH_WORDS_MIN: Final = 30


def article_id(portal_slug: str, key: str) -> str:
    """Return the article's id: 32 hex digits, equal for all captures of one article.

    Args:
        portal_slug: the portal that publishes it.
        key: the platform's own id of the article; where the platform has none, the canonical URL.
    """
    return hashlib.sha256(f"{portal_slug}\n{key}".encode()).hexdigest()[:32]


def content_hash(paragraphs: Iterable[str]) -> str | None:
    """Return the SHA-256 (hex) of the normal form of the body; None under 30 words.

    Notices that only carry an attachment are not each other's copies, hence the lower limit.
    """
    body = normal_form("\n\n".join(paragraphs))
    if count_words(body) < CONTENT_HASH_WORDS_MIN:
        return None
    return hashlib.sha256(body.encode()).hexdigest()


def revision_hash(
    *,
    title: str | None,
    lead: str | None,
    body: Sequence[str],
    captions: Sequence[str],
    attachments: Sequence[str],
) -> str:
    """Return the SHA-256 (hex) over everything that a reader sees, in normal form.

    A JSON array keeps the parts apart: a sentence moved from the lead to the body is another revision.
    """
    seen = [
        normal_form(title or ""),
        normal_form(lead or ""),
        normal_form("\n\n".join(body)),
        [normal_form(caption) for caption in captions],
        [normal_form(attachment) for attachment in attachments],
    ]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def identify(article: Article) -> Identity:
    """Return the hashes by which this capture of an article is compared with others."""
    return Identity(
        capture_id=article.capture_id,
        article_id=article.article_id,
        content_hash=content_hash(article.body),
        revision_hash=revision_hash(
            title=article.title,
            lead=article.lead,
            body=article.body,
            captions=article.captions,
            attachments=article.attachments,
        ),
    )
