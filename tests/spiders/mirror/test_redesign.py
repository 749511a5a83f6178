"""A redesign: the same words with class names that no template knows."""

from __future__ import annotations

import lxml.html

from spiders.mirror.render import TEST_NOTICE
from spiders.mirror.sites.redesign import redesigned
from tests.spiders.mirror.portals import ARTICLE, MY_DUC, Sites, words


def names(page: bytes) -> set[str]:
    elements = list(lxml.html.fromstring(page.decode()).iter())
    values = [element.get(name) or "" for element in elements for name in ("class", "id", "itemprop")]
    return {name for value in values for name in value.split()}


def test_a_redesign_keeps_every_word_and_no_name(sites: Sites) -> None:
    for target in (ARTICLE, "/tin-tuc"):
        page = sites[MY_DUC].get(target, 1).body
        after = redesigned(page)
        assert words(lxml.html.fromstring(after.decode())) == words(lxml.html.fromstring(page.decode()))
        assert len(names(after)) == len(names(page)) > 20
        assert not names(after) & names(page)
        assert TEST_NOTICE in after.decode()


def test_a_name_is_replaced_alike_on_every_page() -> None:
    assert redesigned(b'<p class="a b">') == redesigned(b'<p class="a b">')
    first, second = (redesigned(page).split(b'"')[1] for page in (b'<p class="a b">', b'<i class="b a">'))
    assert first.split() == second.split()[::-1]
