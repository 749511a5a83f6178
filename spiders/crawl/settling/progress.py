"""Progress: which families of addresses still give something new, and which are followed no further.

Only a few requests of a family are under way at a time, and never more than it may have barren answers in a row, so a
page with 100,000 links costs no more than one with 20. The others wait, and are dropped when the family proves barren.
Belongs here: the counts of families, what waits, and where lists end. Does not belong here: the families themselves
(see `spiders.crawl.settling.shapes`), and views of one page (see `spiders.crawl.settling.views`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final, Generic, TypeVar

from spiders.crawl.settling.shapes import Family, article_family, has_parameters, list_families
from spiders.pages.pagination import ListPosition, position_in_list

_Request = TypeVar("_Request")

# More connections to a host are never open at once. What waits can still be dropped when an answer shows that it is
# superfluous.
_UNANSWERED_MAX: Final = 6


@dataclass(slots=True)
class _Count:
    """The count of one family: `barren` answers in a row, and the addresses without an answer."""

    barren_max: int
    barren: int = 0
    unanswered: set[str] = field(default_factory=set)

    @property
    def is_exhausted(self) -> bool:
        return self.barren >= self.barren_max

    @property
    def is_full(self) -> bool:
        return len(self.unanswered) >= min(self.barren_max - self.barren, _UNANSWERED_MAX)


class Progress(Generic[_Request]):
    """The progress of one crawl; `_Request` is what it needs to request an address later."""

    def __init__(self, known_barren: Collection[str] = ()) -> None:
        """Start the counts; unknown lists of the families `known_barren` of earlier crawls are not followed."""
        self._known_barren = frozenset(known_barren)
        self._counts: dict[str, _Count] = {}
        self._families: dict[str, tuple[Family, ...]] = {}
        # What waits, by its narrowest family; and these families by each of their families.
        self._waiting: dict[str, deque[tuple[str, _Request]]] = {}
        self._narrow: dict[str, dict[str, None]] = {}
        self._dropped: list[_Request] = []
        self._not_followed: dict[str, set[int]] = {}
        self._shown: dict[str, set[int]] = {}
        self._shown_anywhere: set[int] = set()
        self._ends: dict[str, int] = {}
        self._barren_lists: dict[str, tuple[Family, ...]] = {}

    # --- What may be requested ---------------------------------------------------------------------------------------

    def admit_list(self, url: str, request: _Request, *, is_continued: bool) -> bool:
        """Return whether to request a list now; if not, it waits or is dropped.

        Args:
            url: key of the list page.
            request: returned by a later call if it has to wait.
            is_continued: whether it is the next page of a list that the crawl wants to read on.
        """
        if url in self._families or self.is_past_end(position_in_list(url)):
            return False
        families = list_families(url)
        if not is_continued and (barren := next((each for each in families if each.name in self._known_barren), None)):
            self._drop(barren, url)
            return False
        return self._admit(url, families, request)

    def admit_article(self, url: str, request: _Request) -> bool:
        """Return whether to request an article now that its URL alone identifies, as for `admit_list`."""
        return self._admit(f"article {url}", (article_family(url),), request)

    def is_admitted_list(self, url: str) -> bool:
        """Return whether a list's request was let through or waits."""
        return url in self._families

    def is_admitted_article(self, url: str) -> bool:
        """Return whether an article's request was let through or waits."""
        return f"article {url}" in self._families

    def is_barren_article(self, url: str) -> bool:
        """Return whether the article's family is exhausted: too many of its pages showed a known text."""
        return self._is_exhausted(article_family(url))

    def release_all(self) -> list[_Request]:
        """Return what may be requested if nothing is unanswered any more; call it when the crawl is idle."""
        for count in self._counts.values():
            count.unanswered.clear()
        return [request for name in list(self._waiting) for request in self._release(name)]

    # --- What answers say --------------------------------------------------------------------------------------------

    def record_list_answer(self, url: str, *, is_new: bool | None) -> list[_Request]:
        """Record the answer to a requested list; return the requests that no longer have to wait.

        Args:
            url: the key of the page that was requested, before redirects.
            is_new: whether it showed anything new; None if nothing follows from the answer, such as a failure.
        """
        return self._record_answer(url, is_new=is_new)

    def record_article_answer(self, url: str, *, is_new: bool | None) -> list[_Request]:
        """Record the answer to a requested article, as for `record_list_answer`."""
        return self._record_answer(f"article {url}", is_new=is_new)

    def record_list(self, key: str, articles: Collection[str], rows: Collection[str]) -> bool:
        """Record what a page not requested as an article shows; return whether anything on it is new.

        Args:
            key: the page's key.
            articles: keys of all articles it links to.
            rows: keys of its rows; empty if they cannot be read.
        """
        position = position_in_list(key)
        of_list = self._shown.setdefault(position.list_url, set())
        shown = {hash(each) for each in rows or articles}
        if position.number > 1 and shown <= of_list:
            self._ends[position.list_url] = min(position.number, self._ends.get(position.list_url, position.number))
        of_list |= shown
        everything = {hash(each) for each in (*articles, *rows)}
        is_new = not everything <= self._shown_anywhere
        self._shown_anywhere |= everything
        if position.number > 1 and not has_parameters(position.list_url):
            # A later page only has to show what its own list has not shown.
            return position.list_url not in self._ends
        if is_new:
            self._barren_lists.pop(key, None)
        else:
            self._barren_lists[key] = list_families(key)
        return is_new

    def is_past_end(self, position: ListPosition) -> bool:
        """Return whether the page lies behind one that showed only rows that its list had shown already."""
        return position.number > self._ends.get(position.list_url, position.number)

    def is_at_end(self, position: ListPosition) -> bool:
        """Return whether the page showed only rows that its list had shown, or lies behind such a page."""
        return position.number >= self._ends.get(position.list_url, position.number + 1)

    # --- What later crawls are told ----------------------------------------------------------------------------------

    def barren_families(self) -> tuple[str, ...]:
        """Return the names of the families of lists that gave nothing new on too many pages, sorted."""
        return tuple(
            sorted({each.name for each in chain.from_iterable(self._barren_lists.values()) if self._is_barren(each)})
        )

    def not_followed(self) -> dict[str, int]:
        """Return how many addresses were not requested because their family gave nothing new, by its name."""
        return {name: len(urls) for name, urls in self._not_followed.items()}

    def dropped(self) -> Iterator[_Request]:
        """Yield what waited and was dropped."""
        return iter(self._dropped)

    def waiting(self) -> Iterator[_Request]:
        """Yield what still waits."""
        return (request for queue in self._waiting.values() for _, request in queue)

    def views_of_lists(self, lists: Iterable[str], *, is_full: bool) -> Iterator[str]:
        """Yield those lists (keys) that later crawls need not read.

        They are the barren pages of exhausted families, second addresses of a list's first page and, in a full crawl,
        lists with parameters whose rows the list without these parameters shows too: orders and filters.
        """
        of_crawl = {*lists}
        for key in of_crawl:
            if any(self._is_barren(family) for family in self._barren_lists.get(key, ())):
                yield key
                continue
            list_key = position_in_list(key).list_url
            rows = self._shown.get(list_key, set())
            # `?page=1` is the list itself.
            is_same = list_key != key and list_key in of_crawl and position_in_list(key).is_first
            all_rows = self._shown.get(list_key.partition("?")[0], set())
            if is_same or (is_full and has_parameters(list_key) and rows and rows <= all_rows):
                yield key

    def _admit(self, url: str, families: tuple[Family, ...], request: _Request) -> bool:
        if url in self._families:  # it was requested, or waits
            return False
        if exhausted := next((each for each in families if self._is_exhausted(each)), None):
            self._drop(exhausted, url)
            return False
        self._families[url] = families
        if not self._is_full(families):
            self._send(url, families)
            return True
        narrow = families[0].name
        self._waiting.setdefault(narrow, deque()).append((url, request))
        for family in families:
            self._narrow.setdefault(family.name, {})[narrow] = None
        return False

    def _record_answer(self, url: str, *, is_new: bool | None) -> list[_Request]:
        families = self._families.get(url, ())
        for family in families:
            count = self._count(family)
            count.unanswered.discard(url)
            # Answers that were under way when the family proved barren do not revive it.
            if is_new is not None and not count.is_exhausted:
                count.barren = 0 if is_new else count.barren + 1
        return [request for family in families for name in self._names(family) for request in self._release(name)]

    def _names(self, family: Family) -> list[str]:
        """Return the narrow families in which requests wait for an answer of this family."""
        waiting = self._narrow.get(family.name, ())
        # While a family follows on, so many of its narrow ones cannot all be full. An exhausted one is dropped whole.
        return list(waiting if self._is_exhausted(family) else islice(waiting, 2 * family.barren_max))

    def _release(self, name: str) -> Iterator[_Request]:
        """Yield what waits in a narrow family and may be requested; drop it if a family is exhausted."""
        queue = self._waiting.get(name, deque())
        families: tuple[Family, ...] = ()
        while queue:
            url, request = queue[0]
            families = self._families[url]
            if exhausted := next((each for each in families if self._is_exhausted(each)), None):
                self._drop(exhausted, url)
                self._dropped.append(request)
            elif not self.is_past_end(position_in_list(url)):
                if self._is_full(families):
                    return
                self._send(url, families)
                yield request
            queue.popleft()
        self._waiting.pop(name, None)
        for family in families:
            self._narrow[family.name].pop(name, None)

    def _is_barren(self, family: Family) -> bool:
        return family.name in self._known_barren or self._is_exhausted(family)

    def _send(self, url: str, families: tuple[Family, ...]) -> None:
        for family in families:
            self._count(family).unanswered.add(url)

    def _is_full(self, families: tuple[Family, ...]) -> bool:
        return any(self._count(family).is_full for family in families)

    def _drop(self, family: Family, url: str) -> None:
        self._not_followed.setdefault(family.name, set()).add(hash(url))

    def _is_exhausted(self, family: Family) -> bool:
        count = self._counts.get(family.name)
        return count is not None and count.is_exhausted

    def _count(self, family: Family) -> _Count:
        return self._counts.setdefault(family.name, _Count(family.barren_max))
