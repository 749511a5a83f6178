"""Joins articles that a portal shows on several pages, of which one crawl captured each.

Belongs here: which captures are pages of one article, and joining their parts. Does not belong here: finding the next
page on a page (`spiders.platforms.parts.further_pages`), and reading pages (`spiders.extract.article`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from spiders.platforms.parts.further_pages import PAGES_MAX, readings
from warehouse.records import Article
from warehouse.text.identity import CONTENT_HASH_WORDS_MIN
from warehouse.text.normal import count_words, normal_form

_MISSING: Final = "pages_missing"
_JOINED: Final = "pages_joined"
# What a further page lacks says nothing about the whole article.
_FLAGS_OF_ONE_PAGE: Final = frozenset((_MISSING, "no_date", "short_body", "attachment_only", "date_from_url"))


def join_pages(articles: Sequence[tuple[str, Article]]) -> tuple[list[Article], list[Article]]:
    """Return the articles with their further pages joined to them, and those further pages.

    A further page whose first page is among the articles is never an article of its own.

    Args:
        articles: the articles of one crawl, each with the URL of its capture.
    """
    firsts = {next(readings(url)).first_url: article for url, article in articles}
    pages: dict[tuple[str, int], Article] = {}
    further: dict[str, Article] = {}
    for url, article in articles:
        for each in readings(url):
            first = firsts.get(each.first_url)
            if not 2 <= each.number <= PAGES_MAX or first is None or not _has_its_title(article, first):
                continue
            pages[each.first_url, each.number] = article
            # A number in a path may be an id or belong to the slug; then only the first page's pager makes it a page.
            if each.is_sure:
                further[article.capture_id] = article
    if not pages:
        return [article for _, article in articles], []
    joined: list[Article] = []
    for url, article in articles:
        following = list(_following(article, next(readings(url)).first_url, pages))
        further.update((page.capture_id, page) for page in following)
        joined.append(_joined(article, following))
    return [each for each in joined if each.capture_id not in further], list(further.values())


def _has_its_title(page: Article, first: Article) -> bool:
    """Tell whether a page has the title of the first page, or none.

    The title may be followed by the page's number: `… - Trang 2`.
    """
    return page.title is None or normal_form(page.title).startswith(normal_form(first.title or ""))


def _following(article: Article, first_url: str, pages: Mapping[tuple[str, int], Article]) -> Iterator[Article]:
    """Yield the further pages of an article, as long as each says that another one follows."""
    last, number = article, 2
    while _MISSING in last.quality_flags and (page := pages.get((first_url, number))) is not None:
        yield page
        last, number = page, number + 1


def _joined(article: Article, following: Sequence[Article]) -> Article:
    """Return the article with the texts of its further pages; a paragraph that pages repeat is kept once."""
    if not following:
        return article
    known = {normal_form(text) for text in (article.lead, *article.body) if text}
    body = list(article.body)
    for page in following:
        for text in (page.lead, *page.body):
            if text and (key := normal_form(text)) not in known:
                known.add(key)
                body.append(text)
    every = (article, *following)
    word_count = sum(map(count_words, body))
    flags = {_JOINED, *(flag for page in every for flag in page.quality_flags if flag not in _FLAGS_OF_ONE_PAGE)}
    flags.update(flag for flag in article.quality_flags if flag in _FLAGS_OF_ONE_PAGE and flag != _MISSING)
    if word_count >= CONTENT_HASH_WORDS_MIN:
        flags -= {"short_body", "attachment_only"}
    if _MISSING in following[-1].quality_flags:
        flags.add(_MISSING)
    return replace(
        article,
        body=tuple(body),
        word_count=word_count,
        captions=_united(page.captions for page in every),
        attachments=_united(page.attachments for page in every),
        image_urls=_united(page.image_urls for page in every),
        # The text is signed at its end; the first page may show only the account that entered it.
        byline=next((page.byline for page in reversed(every) if page.byline), None),
        credited_source_name=next((page.credited_source_name for page in every if page.credited_source_name), None),
        credited_source_url=next((page.credited_source_url for page in every if page.credited_source_url), None),
        quality_flags=tuple(sorted(flags)),
    )


def _united(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for group in groups for each in group))
