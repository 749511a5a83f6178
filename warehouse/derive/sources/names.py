"""The names of sources in one form, so that spellings of one name compare equal.

`Báo điện tử Hànộimới` is `Hà Nội Mới`, but `Lao Động Thủ đô` is not `Lao Động`.

Belongs here: labels, kinds and abbreviations in a written name, and its key. Does not belong here: which names are
those of known papers (`warehouse.derive.sources.publishers`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from warehouse.text.normal import clean, normal_form, unaccented

Kind: TypeAlias = Literal["", "bao", "tapchi", "cong"]
"""What a name says that it names: nothing, a paper, a magazine, or a web site."""

CHARACTERS_MAX: Final = 200
"""A longer text is no name; the rest is not read."""

_LABEL: Final = re.compile(
    r"(?:(?:dẫn|trích)\s+)?(?:theo|nguồn(?:\s+(?:tin|bài|bài viết|trích dẫn))?|source)\b\s*:?\s*", re.IGNORECASE
)
_LABELS_MAX: Final = 2  # `Nguồn: Theo TTXVN`
_EDGES: Final = " \"'.,:;|*-–—"
_HOST_BESIDE: Final = re.compile(r" ?[(–—-] ?(?P<host>(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,10})/?\)?$")
_HOST: Final = re.compile(r"(?:https?://)?(?P<host>(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,10})/?", re.ASCII)
_VARIANT_HOST: Final = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.)")

# With accents, since `Bảo hiểm` and `Công ty` begin with the same letters.
_PAPER: Final = re.compile(
    r"(?:tờ |nhật |tuần |bản tin )?báo(?: (?:điện tử|mạng|in|giấy))?(?= |$)(?! (?:cáo|chí)(?: |$))"
)
_MAGAZINE: Final = re.compile(r"tạp chí(?: điện tử)?(?= |$)")
_SITE: Final = re.compile(
    r"(?:(?:cổng|trang)(?: (?:thông tin|giao tiếp|tin|điện tử|ttđt|ttgtđt|tổng hợp)){1,4}|website|trang web|trang chủ"
    r"|ttđt)(?: của)?(?= |$)"
)
_KINDS: Final[tuple[tuple[re.Pattern[str], Kind], ...]] = ((_PAPER, "bao"), (_MAGAZINE, "tapchi"), (_SITE, "cong"))
_PLAIN_KINDS: Final[tuple[tuple[re.Pattern[str], Kind], ...]] = tuple(
    (re.compile(unaccented(pattern.pattern)), kind) for pattern, kind in _KINDS
)
_EDITION: Final = re.compile(r" (?:điện tử|online)$")
_WORD: Final = re.compile(r"[^\W_]+\+?")
_WRITTEN_OUT: Final = {
    "hđnd": "hội đồng nhân dân",
    "mttq": "mặt trận tổ quốc",
    "tp": "thành phố",
    "tttt": "thông tin truyền thông",
    "tw": "trung ương",
    "ubmttq": "ủy ban mặt trận tổ quốc",
    "ubnd": "ủy ban nhân dân",
    "và": "",
}
# What stands where a source is named and names none; without accents and spaces.
_NO_SOURCES: Final = frozenset((
    "", "anh", "baochi", "btv", "ctv", "facebook", "fb", "google", "internet", "intenet", "mang", "manginternet",
    "mangxahoi", "mxh", "net", "nhieunguon", "nhieunguontin", "pv", "st", "suutam", "suutamtreninternet", "tacgia",
    "th", "tonghop", "tonghoptuinternet", "trenmang", "tulieu", "website", "wikipedia", "youtube", "zalo",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Name:
    """A written name, taken apart.

    Attributes:
        text: the name for reading, without label.
        kind: what it says that it names.
        bare: the rest as a key: without accents, case, spaces and punctuation, with abbreviations written out.
        host: the host that it is, or that stands beside it: `Báo Nhân Dân (nhandan.vn)`; None if there is none.
    """

    text: str
    kind: Kind
    bare: str
    host: str | None

    @property
    def key(self) -> str | None:
        """The key under which equal names compare equal; None for `Internet` and other words for no source."""
        if self.bare in _NO_SOURCES:
            return None
        return f"{self.kind}-{self.bare}" if self.kind else self.bare


def read_name(written: str) -> Name:
    """Return a written name, taken apart; of a host alone, the kind and the bare name are empty."""
    text = _trimmed(clean(written[:CHARACTERS_MAX]))
    for _ in range(_LABELS_MAX):
        text = _trimmed(_LABEL.sub("", text, count=1)) if _LABEL.match(text) else text
    if alone := _HOST.fullmatch(text):
        return Name(text, "", "", site_host(alone["host"]))
    beside = _HOST_BESIDE.search(text)
    if beside:
        text = _trimmed(text[: beside.start()])
    kind, bare = _taken_apart(text)
    return Name(text, kind, bare, site_host(beside["host"]) if beside else None)


def site_host(host: str) -> str:
    """Return a host in lower case, without what names a view of the same site: `www.`, `m.`."""
    return _VARIANT_HOST.sub("", host.lower())


def _trimmed(text: str) -> str:
    """Return the text without punctuation around it and without brackets around all or half of it."""
    text = text.strip(_EDGES)
    for opening, closing in (("(", ")"), ("[", "]")):
        if text.startswith(opening) or text.count(opening) != text.count(closing):
            text = text.strip(_EDGES + opening + closing)
    return text


def _taken_apart(text: str) -> tuple[Kind, str]:
    words = normal_form(text).lower()
    kinds = _PLAIN_KINDS if words.isascii() else _KINDS
    for pattern, kind in kinds:
        if found := pattern.match(words):
            return kind, _bare(words[found.end() :])
    return "", _bare(words)


def _bare(words: str) -> str:
    """Return words without the note of an edition, abbreviations written out, as letters and digits alone."""
    words = _EDITION.sub("", words)
    written_out = (_WRITTEN_OUT.get(word, word) for word in _WORD.findall(words))
    return re.sub(r"[^a-z0-9]", "", unaccented("".join(written_out)).replace("+", "plus"))
