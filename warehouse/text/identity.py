r"""Identity: the hashes that decide whether two captures are the same article, text or revision.

Belongs here: the hashes of an article. Does not belong here: the payload digest (`warehouse.archive`), and
choosing the canonical article (dbt).

Anyone can recompute a content hash from the published corpus, whose `body` has the paragraphs joined by a blank line.
The normal form folds white space, so the separator does not matter. Bodies under 30 words have no hash::

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

    `key` is the platform's own id of the article; if the platform has none, the key of its address.
    """
    return hashlib.sha256(f"{portal_slug}\n{key}".encode()).hexdigest()[:32]


def content_hash(paragraphs: Iterable[str]) -> str | None:
    """Return the SHA-256 (hex) of the normal form of the body; None under 30 words.

    Without this minimum, notices that contain only an attachment would count as copies of each other.
    """
    body = normal_form("\n\n".join(paragraphs))
    if count_words(body) < CONTENT_HASH_WORDS_MIN:
        return None
    return hashlib.sha256(body.encode()).hexdigest()


def title_hash(title: str | None) -> str | None:
    """Return the SHA-256 (hex) of the normal form of a title without case; None if there is no title."""
    return hashlib.sha256(normal_form(title).casefold().encode()).hexdigest() if title else None


def revision_hash(
    *,
    title: str | None,
    lead: str | None,
    body: Sequence[str],
    captions: Sequence[str],
    attachments: Sequence[str],
) -> str:
    """Return the SHA-256 (hex) of the normal forms of the given parts.

    A JSON array separates the parts, so moving a sentence from the lead to the body creates a new revision.
    """
    parts = [
        normal_form(title or ""),
        normal_form(lead or ""),
        normal_form("\n\n".join(body)),
        [normal_form(caption) for caption in captions],
        [normal_form(attachment) for attachment in attachments],
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def identify(article: Article) -> Identity:
    """Return the hashes of a capture of an article."""
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
        title_hash=title_hash(article.title),
        title_word_count=count_words(article.title or ""),
    )
