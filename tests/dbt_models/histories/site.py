"""Portals that change at random: articles come, are edited, move, go and come back, and are copied from each other.

Belongs here: what an address answers at a moment. Does not belong here: crawls (`tests.dbt_models.histories.crawls`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final, Literal, TypeAlias

from tests.warehouse.tables.made_up import HANOI
from warehouse.records import Precision

FIRST_DAY: Final = datetime(2025, 3, 1, tzinfo=HANOI)
SLUGS: Final = ("tay-ho", "my-duc", "thu-do", "ha-dong")
NAMES: Final = {
    "tay-ho": "Trang thông tin phường Tây Hồ (thử)",
    "my-duc": "Cổng thông tin điện tử huyện Mỹ Đức (thử)",
    "thu-do": "Báo Thủ đô (thử)",
    "ha-dong": "Đảng bộ Hà Đông (thử)",
}
HOME_PAGE: Final = ""
FIRST_NUMBER: Final = 68_000  # as long as the numbers of real articles

# Few titles, texts and days, so that many articles share them: then one may be taken for another.
_TITLES: Final = (
    "Lịch tiếp công dân của phường",
    "Chi 36,6 tỷ đồng sửa trường",
    "Mời họp hội phụ nữ",
    "Khai hội chùa Hương",
    "Trao quà cho người cao tuổi",
    "Thi chạy quanh hồ sáng nay",
    "Thông báo mới",
    None,
)
_SENTENCES: Final = (
    "Sáng nay, huyện Mỹ Đức khai hội chùa Hương, bến Yến đón hơn hai vạn lượt khách trong ngày đầu của mùa lễ hội.",
    "Nước sông Hồng rút chậm, bà con vùng bãi gieo lại rau vụ đông trên 120 ha đất vừa ngập, giống do phường cấp.",
    "Giải chạy quanh Hồ Tây ngày 2/9 thu hút các gia đình trong phường, kinh phí 36,6 triệu đồng do dân góp.",
    "Ủy ban giao phường làm chủ đầu tư, khởi công ngày 5/9, dự kiến xong trước Tết để học sinh có trường mới.",
    "Người dân cần mang theo giấy tờ, đến nhà văn hóa trước 8 giờ sáng để được hướng dẫn làm thủ tục.",
)
# Of these there are so many that few articles of a portal have the same sentence: it is no boilerplate.
_WHO: Final = ("Chi hội phụ nữ", "Tổ dân phố số ba", "Trạm y tế phường", "Đội bóng học sinh", "Câu lạc bộ thơ")
_DID: Final = ("trao bốn mươi suất quà", "dọn sạch bờ mương", "khám cho người cao tuổi", "trồng hàng cây mới")
_WHEN: Final = ("vào sáng thứ bảy tuần này.", "ngay sau giờ tan tầm hôm qua.", "trong tuần cuối của tháng ba.")
_BOILERPLATE: Final = "Chia sẻ bài viết này lên mạng, lượt xem 15."
_FLAGS: Final = ("fallback", "outdated_template", "no_date")
_PRECISIONS: Final[tuple[Precision | None, ...]] = ("minute", "minute", "second", "day", None)
_GONE: Final = ("404", "410", "list")

GoneAnswer: TypeAlias = Literal["404", "410", "500", "list", "home", "notice"]


@dataclass(frozen=True)
class Text:
    """The article that an address shows.

    Attributes:
        canonical: the address that the page names by `rel=canonical`; None if it names none.
    """

    title: str | None
    lead: str | None
    body: tuple[str, ...]
    captions: tuple[str, ...] = ()
    byline: str | None = None
    published_at: datetime | None = None
    precision: Precision | None = None
    basis: str | None = None
    source_name: str | None = None
    source_url: str | None = None
    attachments: tuple[str, ...] = ()
    canonical: str | None = None
    former_ids: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Redirect:
    """An address that leads to another; `by_page` if a page does it, and not the status."""

    to: str
    by_page: bool = False


Shown: TypeAlias = Text | Redirect | GoneAnswer


@dataclass
class Site:
    """A portal, and what each of its addresses answers.

    Attributes:
        has_numbers: whether the platform numbers its articles; otherwise their addresses are their keys.
        numbers: the number of the article at each address.
        texts: earlier texts of each address, for edits that are undone and articles that come back.
    """

    slug: str
    has_numbers: bool
    shown: dict[str, Shown] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    texts: dict[str, list[Text]] = field(default_factory=dict)
    count: int = 0

    @property
    def host(self) -> str:
        return f"{self.slug}.test"

    def page_key(self, address: str) -> str:
        return f"{self.host}/{address}" if address else self.host

    def article_key(self, address: str) -> str:
        """Return the key of the article that is asked for at an address."""
        return str(self.numbers.get(address, 0)) if self.has_numbers else self.page_key(address)

    def url(self, address: str) -> str:
        return f"https://{self.page_key(address)}"

    def articles(self) -> list[str]:
        return [address for address, shown in self.shown.items() if isinstance(shown, Text)]

    def show(self, address: str, text: Text) -> None:
        self.shown[address] = text
        self.texts.setdefault(address, []).append(text)

    def add(self, text: Text, number: int | None = None, address: str | None = None) -> str:
        self.count += 1
        address = address or f"tin/{self.count}"
        self.numbers[address] = FIRST_NUMBER + self.count if number is None else number
        self.show(address, text)
        return address


def new_text(chosen: Random, now: datetime) -> Text:
    published_at = now.replace(hour=7, minute=chosen.choice((0, 0, 15)), second=0) - timedelta(days=chosen.randrange(2))
    precision = chosen.choice(_PRECISIONS)
    body = tuple(chosen.sample(_SENTENCES, chosen.randrange(1, 4)))
    if chosen.random() < 0.5:
        body = (f"Đoạn riêng số {chosen.randrange(1000)} chỉ có ở bài này, không bài nào khác có.", *body)
    if chosen.random() < 0.6:
        body = (*body, passage(chosen))
    title = chosen.choice(_TITLES)
    return Text(
        title=title if chosen.random() < 0.5 else f"Tin riêng của phường số {chosen.randrange(1000)}",
        lead=chosen.choice((None, "Tóm tắt.")),
        body=() if chosen.random() < 0.05 else (*body, *((_BOILERPLATE,) if chosen.random() < 0.3 else ())),
        captions=chosen.choice(((), ("Quang cảnh buổi lễ.",))),
        byline=chosen.choice((None, "Tổ biên tập")),
        published_at=None if precision is None else published_at,
        precision=precision,
        basis=chosen.choice(("template", "feed")) if precision else None,
        flags=tuple(sorted(flag for flag in _FLAGS if chosen.random() < 0.08)),
    )


def passage(chosen: Random) -> str:
    """Return a sentence that a few other articles may have."""
    return " ".join(map(chosen.choice, (_WHO, _DID, _WHEN)))


def edited(chosen: Random, text: Text) -> Text:
    """Return a text after an edit of one of its parts; some of them make no revision."""
    return chosen.choice(
        (
            lambda: replace(text, title=chosen.choice(_TITLES)),
            lambda: replace(text, body=tuple(chosen.sample(_SENTENCES, 2))),
            lambda: replace(text, body=(*text.body, chosen.choice(_SENTENCES))),
            lambda: replace(text, body=(*text.body, passage(chosen))),
            lambda: replace(text, lead=passage(chosen)),
            lambda: replace(text, lead=chosen.choice((None, "Tóm tắt.", "Tóm tắt mới ngày 3/9."))),
            lambda: replace(text, byline=chosen.choice((None, "Tổ biên tập", "Phòng văn hóa"))),
            lambda: replace(text, captions=("Ảnh mới.",)),
            lambda: replace(text, published_at=None, precision=None, basis=None),
        )
    )()


def change(chosen: Random, sites: list[Site], now: datetime) -> None:
    """Change one thing at one of the portals."""
    site = chosen.choice(sites)
    there = site.articles()
    (kind,) = chosen.choices(list(_CHANGES), list(_CHANGES.values()))
    if kind == "new" or not there:
        site.add(new_text(chosen, now))
        return
    address = chosen.choice(there)
    text = site.shown[address]
    assert isinstance(text, Text)
    if kind == "edit":
        site.show(address, edited(chosen, text))
    elif kind == "undo":
        site.show(address, chosen.choice(site.texts[address]))
    elif kind == "gone":
        site.shown[address] = chosen.choice((*_GONE, "home", "notice", "500"))
    elif kind == "back":
        site.show(chosen.choice(list(site.texts)), text)
    elif kind == "restore":
        absent = [each for each in site.texts if not isinstance(site.shown[each], Text)]
        if absent:
            again = chosen.choice(absent)
            site.show(again, chosen.choice((site.texts[again][-1], edited(chosen, site.texts[again][-1]))))
    elif kind == "move":
        _move(chosen, site, address, text)
    elif kind == "print":
        _view(chosen, site, address, text)
    elif kind == "copy":
        _copy(chosen, sites, site, address, text)
    elif kind == "attach":
        offered = (f"https://{site.host}/kh-45.pdf", site.url(chosen.choice(list(site.shown))))
        site.show(address, replace(text, attachments=tuple(chosen.sample(offered, chosen.randrange(1, 3)))))
    elif kind == "former":
        former = (f"former-{site.slug}-{chosen.randrange(12)}",)
        site.show(address, replace(text, former_ids=former))


_CHANGES: Final = {
    "new": 5.0,
    "edit": 5.0,
    "undo": 1.5,
    "gone": 4.0,
    "restore": 1.5,
    "back": 0.3,
    "move": 4.0,
    "print": 2.5,
    "copy": 3.0,
    "attach": 1.5,
    "former": 1.0,
}


def _move(chosen: Random, site: Site, address: str, text: Text) -> None:
    """Move an article to a new address or to one that it left, with or without a redirect, possibly edited."""
    left = [each for each in site.texts if not isinstance(site.shown[each], Text)]
    target = chosen.choice(left) if left and chosen.random() < 0.25 else None
    shown = edited(chosen, text) if chosen.random() < 0.2 else text
    number = site.numbers[address] if chosen.random() < 0.5 else None
    new = site.add(shown, number, target)
    if chosen.random() < 0.1:
        return  # valid at both
    if chosen.random() < 0.5:
        site.shown[address] = Redirect(new, chosen.random() < 0.2)
    else:
        site.shown[address] = chosen.choice(_GONE)


def _view(chosen: Random, site: Site, address: str, text: Text) -> None:
    """Add a view for print that names the article, which most often names itself."""
    if chosen.random() < 0.8:
        site.show(address, replace(text, canonical=address))
    view = replace(text, canonical=address, body=text.body if chosen.random() < 0.5 else (*text.body, "Bản in."))
    other = f"{address}/in" if chosen.random() < 0.7 else None
    site.add(view, site.numbers[address] if chosen.random() < 0.3 else None, other)


def _copy(chosen: Random, sites: list[Site], site: Site, address: str, text: Text) -> None:
    """Copy an article to a portal, the same or another, with or without credit."""
    target = chosen.choice(sites)
    credit = chosen.random()
    target.add(
        replace(
            text,
            canonical=None,
            former_ids=(),
            source_name=NAMES[site.slug] if 0.3 < credit < 0.65 else None,
            source_url=chosen.choice(_cited(site, address)) if credit >= 0.55 else None,
        )
    )


def _cited(site: Site, address: str) -> tuple[str, ...]:
    """Return how pages cite an article: its address, one of the host before, one with other words, and a home page."""
    return (
        f"http://{site.page_key(address)}/?in=1",
        site.url(address),
        f"https://www.cu.{site.page_key(address)}",
        f"https://{site.host}/tin-moi/loi-khac-{site.numbers[address]}.html",
        f"https://{site.host}/",
    )
