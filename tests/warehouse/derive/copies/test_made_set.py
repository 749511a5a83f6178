"""Near-duplicates of the made set: how many are found, how many of those found are right, and their kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import combinations

import pytest

from tests.warehouse.derive.copies.made_set import SHARES, Made, articles, reprints, same_form_pairs
from warehouse.derive.copies.comparing import Kind, Text, compare, read_text
from warehouse.derive.copies.signatures import bands_of
from warehouse.derive.copies.words import paragraphs_of_text, words_of

pytestmark = pytest.mark.slow

RECALL_MIN = 0.99
PRECISION_MIN = 0.995
KIND_MIN = 0.95
SHARE_MAX = 0.2
REPRINTS = ("copy", "near_duplicate", "excerpt")


def kind_of(here: Made, there: Made) -> Kind | None:
    found = compare(read(here), read(there))
    return found.kind if found else None


def read(text: Made) -> Text:
    return read_text(paragraphs_of_text(text.lead, text.body))


@cache
def bands(text: Made) -> tuple[int, ...]:
    return bands_of([words_of(" ".join(paragraphs_of_text(text.lead, text.body)))])[0]


def is_found(here: Made, there: Made) -> bool:
    """Tell whether the texts share a band, so that they are compared."""
    return any(one == other for one, other in zip(bands(here), bands(there), strict=True))


def shown(name: str, kinds: Iterable[Kind | None]) -> None:
    print(f"{name}: {dict(Counter(kinds))}")


def test_the_made_set_is_told_apart() -> None:
    true = false = wanted = 0
    right: dict[str, list[bool]] = {"copy": [], "near_duplicate": [], "template": []}
    kinds: dict[str, list[Kind | None]] = {}
    for share, dress, here, there in reprints():
        kind = kind_of(here, there) if is_found(here, there) else None
        kinds.setdefault(f"{share:.0%} edited, dress {dress}", []).append(kind)
        true += kind in REPRINTS
        if share <= SHARE_MAX:
            wanted += 1
            right.setdefault("recall", []).append(kind in REPRINTS)
        if share == 0 and dress == "none":
            right["copy"].append(kind == "copy")
        elif 0 < share <= SHARE_MAX:
            right["near_duplicate"].append(kind == "near_duplicate")
    for name, here, there in same_form_pairs():
        assert is_found(here, there), "a pair that is not found says nothing of its comparison"
        kind = kind_of(here, there)
        kinds.setdefault(f"form {name}", []).append(kind)
        false += kind in REPRINTS
        right["template"].append(kind == "template")
    # All pairs are compared, also those that share no band.
    unrelated = [kind_of(here, there) for here, there in combinations(articles(), 2)]
    kinds["unrelated"] = unrelated
    false += sum(kind is not None for kind in unrelated)
    for name, found in kinds.items():
        shown(name, found)
    shares = {name: sum(each) / len(each) for name, each in right.items()}
    precision = true / (true + false)
    print(f"recall {shares['recall']:.4f} of {wanted}, precision {precision:.4f} of {true + false}, kinds {shares}")
    assert wanted == 3 * len(articles()) * sum(share <= SHARE_MAX for share in SHARES) > 2_000
    assert shares.pop("recall") >= RECALL_MIN
    assert precision >= PRECISION_MIN
    assert min(shares.values()) >= KIND_MIN
    assert not {"copy", "near_duplicate"} & {kind for name, each in kinds.items() if "form" in name for kind in each}
    assert not any(unrelated)
