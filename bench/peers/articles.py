"""The article-extraction-benchmark of Zyte: 181 pages with their text, and its own metric.

Belongs here: the metric as its README and `evaluate.py` define it, and the pages that we refuse. Source:
<https://github.com/scrapinghub/article-extraction-benchmark>, MIT.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final

import trafilatura

from bench.peers.outcome import PEERS, Outcome
from spiders.extract.article import read_page
from spiders.pages.html import NotAPage
from spiders.platform_registry import GENERIC
from spiders.portal import portal_of_platform

CORPUS: Final = "article-extraction-benchmark"
_GRAM_WORDS: Final = 4
_RIGHT_MIN: Final = 0.8  # F1 of one page, below which it is listed
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Precision, recall and F1 of one extractor, by the benchmark's metric.

    Precision and recall are means over pages, and F1 is of the means.
    """

    name: str
    pages: int
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of the two means."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the benchmark and the text that it should give."""

    key: str
    url: str
    body: bytes
    text: str


def pages() -> Iterator[Page]:
    """Yield the pages, sorted by key; none without the folder."""
    folder = PEERS / CORPUS
    if not folder.is_dir():
        return
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    for key, entry in sorted(truth.items()):
        body = gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes())
        yield Page(key, entry["url"], body, entry["articleBody"])


def our_text(page: Page) -> str | None:
    """Return lead and body that the generic platform reads; None if it finds no article."""
    try:
        reading = read_page(page.body, page.url, portal_of_platform(GENERIC, page.url))
    except NotAPage:
        return None
    parts = reading.parts
    return None if parts is None else "\n".join(text for text in (parts.lead, *parts.body) if text)


def text_of_trafilatura(page: Page) -> str | None:
    """Return the text that trafilatura extracts by its default options; None if it finds none."""
    return trafilatura.extract(page.body, url=page.url, include_comments=False) or None


def measured(every: Sequence[Page]) -> tuple[list[Accuracy], list[Outcome]]:
    """Return our accuracy and trafilatura's on the pages, and our outcome on each page."""
    contenders: Mapping[str, Callable[[Page], str | None]] = {"ours": our_text, "trafilatura": text_of_trafilatura}
    found = {name: [read(page) for page in every] for name, read in contenders.items()}
    read_by_us = [index for index, text in enumerate(found["ours"]) if text is not None]
    accuracies = [accuracy(name, every, texts) for name, texts in found.items()]
    accuracies += [
        accuracy(f"{name}, pages that ours reads", [every[at] for at in read_by_us], [texts[at] for at in read_by_us])
        for name, texts in found.items()
    ]
    return accuracies, [_outcome(page, text) for page, text in zip(every, found["ours"], strict=True)]


def accuracy(name: str, every: Sequence[Page], texts: Sequence[str | None]) -> Accuracy:
    """Return precision and recall by the benchmark's metric; a refused page counts as an empty text."""
    shares = [_shares(page.text, text or "") for page, text in zip(every, texts, strict=True)]
    precision = mean([right / (right + wrong) for right, wrong, _ in shares if right + wrong] or [0])
    recall = mean([right / (right + lost) for right, _, lost in shares if right + lost] or [0])
    return Accuracy(name, len(every), precision, recall)


def _shares(expected: str, found: str) -> tuple[float, float, float]:
    """Return the 4-grams that both have, only the found text has, and only the expected text has."""
    wanted, got = _grams(expected), _grams(found)
    return (wanted & got).total(), (got - wanted).total(), (wanted - got).total()


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    count = max(1, len(words) - _GRAM_WORDS + 1) if words else 0
    return Counter(tuple(words[at : at + _GRAM_WORDS]) for at in range(count))


def _outcome(page: Page, text: str | None) -> Outcome:
    name = f"{CORPUS}/html/{page.key[:12]}"
    if text is None:
        words = len(page.text.split())
        return Outcome(CORPUS, name, "refused", f"{page.url}: no article, though it has {words} words")
    right, wrong, lost = _shares(page.text, text)
    f1 = 2 * right / (2 * right + wrong + lost) if right else 0.0
    if f1 >= _RIGHT_MIN:
        return Outcome(CORPUS, name, "right")
    return Outcome(CORPUS, name, "missed", f"F1 {f1:.2f} (lost {lost:.0f}, too many {wrong:.0f} 4-grams): {page.url}")
