"""The shape of an address: the family it belongs to, and the steps that its path repeats.

Belongs here: pure functions of a page's key (see `spiders.platforms.keys.page_key`). Does not belong here: what a crawl
concludes from a family (see `spiders.crawl.settling.progress`), and page numbers (see `spiders.pages.pagination`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from spiders.pages.pagination import position_in_list

_ANY: Final = "…"
_WORD_WITH_DIGIT: Final = re.compile(r"(?<![^\W_])(?=[^\W\d_]*\d)[^\W_]+")
# One script serves many pages, so its name is not that of one page.
_SCRIPT: Final = re.compile(r"\.(?:php\d?|aspx?|jspx?|cgi|do|pl|py)$", re.IGNORECASE)
_ENDING: Final = re.compile(r"\.[a-z]{2,5}$", re.IGNORECASE)
# Longer paths are no portal's; the bound keeps the search for repeated steps short.
_STEPS_MAX: Final = 40
# No site repeats a step of a path so often; relative links that lack their slash do.
_REPEATS_MAX: Final = 3
_SHORTER_MAX: Final = 10

# Pages in a row without anything new after which a family is not followed further.
_PAGER_MAX: Final = 5
_NUMBERED_MAX: Final = 20
_NAMED_MAX: Final = 30
# The first steps are the site's menu: offices, duties and contacts may stand before the sections with news.
_MENU_MAX: Final = 100
_WIDE_MAX: Final = 40


class Family(NamedTuple):
    """A family of addresses, such as the months of a calendar.

    Attributes:
        name: equal for all its addresses: what differs between them is `…`.
        barren_max: how many of its pages in a row may give nothing new.
    """

    name: str
    barren_max: int


def list_families(key: str) -> tuple[Family, ...]:
    """Return the families of a page that is no article, the narrowest first.

    The later pages of a list without parameters are a family of their own. Else a family has the same path, with words
    that contain digits and the last step left open, and the same names of parameters, without the page number. The wide
    family, named with `*`, has the same first step only: sites can write filters as any number of steps or parameters.
    """
    position = position_in_list(key)
    names = _parameter_names(position.list_url)
    if position.number > 1 and not names:
        return (Family(f"{position.list_url} page {_ANY}", _PAGER_MAX),)
    host, steps = _steps(position.list_url)
    folded = [_WORD_WITH_DIGIT.sub(_ANY, step) for step in steps]
    query = f"?{'&'.join(names)}" if names else ""
    is_numbered = bool(names) or folded != steps
    barren_max = _NUMBERED_MAX if is_numbered else _NAMED_MAX if len(steps) > 1 else _MENU_MAX
    narrow = Family(f"{host}/{_joined(folded)}{query}", barren_max)
    if len(steps) < 2 and not names:
        return (narrow,)
    first = f"{folded[0]}/" if len(folded) > 1 else ""
    return narrow, Family(f"{host}/{first}*{'?*' if names else ''}", _WIDE_MAX)


def article_family(key: str) -> Family:
    """Return the family of an article's address: path and names of parameters, as for lists.

    Repeated steps count once: `/tin/tin/a.html` is of the family of `/tin/a.html`.
    """
    host, steps = _steps(key)
    folded = [_WORD_WITH_DIGIT.sub(_ANY, step) for step in steps]
    once = [step for index, step in enumerate(folded) if index == 0 or step != folded[index - 1]]
    names = _parameter_names(key)
    query = f"?{'&'.join(names)}" if names else ""
    return Family(f"article {host}/{_joined(once)}{query}", _NUMBERED_MAX)


def has_parameters(key: str) -> bool:
    """Return whether the key has a query."""
    return "?" in key


def without_repeated_steps(key: str) -> tuple[str, ...]:
    """Return the keys of pages that an address with repeated steps may stand for; most have none.

    Relative links without their leading slash repeat steps: on `/tin/a.html`, `tin/b.html` means `/tin/tin/b.html`,
    which many servers answer as `/tin/b.html`. Steps that are numbers repeat rightly, as in `/2024/11/11/`.
    """
    found: dict[str, None] = {}
    latest = [key]
    while latest and len(found) < _SHORTER_MAX:
        latest = [shorter for each in latest for shorter in _shortened(each) if shorter not in found][:_SHORTER_MAX]
        found.update(dict.fromkeys(latest))
    return tuple(found)


def repeats_on_and_on(key: str) -> bool:
    """Return whether the path repeats a step so often that no site means it."""
    _, steps = _steps(key)
    return len(steps) > _REPEATS_MAX and any(
        steps.count(step) > _REPEATS_MAX for step in {step for step in steps if not step.isdecimal()}
    )


def _shortened(key: str) -> Iterator[str]:
    path, mark, query = key.partition("?")
    steps = path.split("/")
    if (len(steps) == len(set(steps)) and steps[0] not in path[1:]) or len(steps) > _STEPS_MAX:
        return
    last_at: dict[str, int] = {}
    for index, step in enumerate(steps):
        # A link that lacks its scheme repeats the host: `/www.phuong.vn/tin/a.html`.
        name = step.removeprefix("www.") if index else step
        before = last_at.get(name)
        if name and not name.isdecimal():
            last_at[name] = index
            # Other steps may lie between the two, as in `/tin/anh/tin/b.html`. But `/tin/tin` may be a section.
            if before is not None and (
                before == 0 or any(steps[index + 1 :]) or steps[index - 2 : index] == [name] * 2
            ):
                yield "/".join((*steps[:before], name, *steps[index + 1 :])) + mark + query


def _steps(key: str) -> tuple[str, list[str]]:
    """Return the host, and the steps of the path."""
    host, *steps = key.partition("?")[0].split("/")
    return host, [step for step in steps if step][:_STEPS_MAX]


def _parameter_names(key: str) -> list[str]:
    query = key.partition("?")[2]
    return sorted({pair.partition("=")[0] for pair in query.split("&") if pair})


def _joined(steps: list[str]) -> str:
    """Return the path with its last step left open, unless that is a script's name."""
    if not steps or _SCRIPT.search(steps[-1]):
        return "/".join(steps)
    ending = _ENDING.search(steps[-1])
    return "/".join((*steps[:-1], _ANY + (ending[0] if ending else "")))
