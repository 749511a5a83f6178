"""Small sites whose addresses have no end, as handlers for the mirror, and some that only look so."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from urllib.parse import parse_qs, urlsplit

from spiders.mirror.server import Handler
from spiders.mirror.sites.base import Response

ARTICLES = 40
LIST = "/tin-tuc"
_EACH = 10
_SENTENCES = (
    "Sáng thứ Hai, phòng họp số {n} của phường đón các tổ trưởng đến bàn việc dọn vệ sinh ngõ xóm trước mùa mưa.",
    "Bà con đề nghị thay {m} bóng đèn đã cháy, nạo vét cống ở đầu ngõ và kẻ lại vạch cho người đi bộ gần trường học.",
    "Phường giao tổ công tác thứ {n} kiểm tra từng điểm, báo cáo vào cuối tháng và dán kết quả ở nhà văn hóa.",
)


class Asked:
    """A handler that remembers what it was asked for, besides robots.txt."""

    def __init__(self, site: Handler) -> None:
        """Wrap the handler of a site."""
        self._site = site
        self._targets: list[str] = []

    def __call__(self, method: str, target: str) -> Response:
        """Answer as the site does."""
        if target != "/robots.txt":
            self._targets.append(target)
        return self._site(method, target)

    def taken(self) -> list[str]:
        """Return the targets since the last call."""
        taken, self._targets = self._targets, []
        return taken


def html(body: str, status: int = 200, head: str = "") -> Response:
    """Return a response with a page."""
    markup = f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'
    return Response(status, {"Content-Type": "text/html; charset=utf-8"}, markup.encode())


def title(n: int) -> str:
    """Return the title of an article."""
    return f"Phường Ven Sông họp bàn việc dọn ngõ xóm lần thứ {n}"


def path(n: int) -> str:
    """Return the path of an article."""
    return f"/tin/hop-ban-viec-don-ngo-{100000 + n}.html"


def article(n: int, more: str = "", head: str = "") -> Response:
    """Return the page of an article."""
    text = "".join(f"<p>{sentence.format(n=n, m=n + 3)}</p>" for sentence in _SENTENCES)
    return html(
        f'<nav class="menu"><a href="{LIST}">Tin tức</a></nav><main><h1>{title(n)}</h1>'
        f'<div class="date">{1 + n % 28:02d}/10/2026 08:15</div><div class="content">{text}</div></main>{more}',
        head=f"<title>{title(n)}</title>{head}",
    )


def rows(numbers: Iterable[int], suffix: str = "") -> str:
    """Return the rows of a list."""
    return "".join(
        f'<div class="item"><h3><a href="{path(n)}{suffix}">{title(n)}</a></h3>'
        f'<span class="date">{1 + n % 28:02d}/10/2026</span></div>'
        for n in numbers
    )


def links(urls: Iterable[str], kind: str = "menu") -> str:
    """Return links as a menu or a pager."""
    return f'<nav class="{kind}">{"".join(f"""<a href="{url}">Xem</a> """ for url in urls)}</nav>'


def listing(numbers: Iterable[int], more: str = "", suffix: str = "") -> Response:
    """Return a list page."""
    menu = links([LIST + suffix])
    return html(f"{menu}<main>{rows(numbers, suffix)}</main>{more}", head="<title>Tin tức</title>")


def page(number: int, count: int = ARTICLES) -> list[int]:
    """Return the articles of a page of the list, the newest first; none behind the last page."""
    newest = count - (number - 1) * _EACH
    return [n for n in range(newest, newest - _EACH, -1) if n > 0]


LAST = ARTICLES // _EACH


def _number(target: str, name: str = "page") -> int:
    return int(parse_qs(urlsplit(target).query).get(name, ["1"])[-1])


def _article_number(target: str) -> int | None:
    found = re.search(r"-1(\d{5})\.html", target)
    return int(found[1]) if found and 0 < int(found[1]) <= ARTICLES else None


def site(
    lists: Callable[[str], Response | None], more: Callable[[str, int], tuple[str, str]] = lambda _target, _n: ("", "")
) -> Handler:
    """Return a site of the articles and of `lists`; `more` returns what an article's page has besides, and its head."""

    def handle(_method: str, target: str) -> Response:
        if (n := _article_number(target)) is not None:
            return article(n, *more(target, n))
        return lists(target) or html("<h1>404</h1>", 404)

    return handle


def pager(shown: Callable[[int], list[int]], following: Callable[[str, int], str]) -> Handler:
    """Return a site with one list in pages whose pager always leads on."""

    def lists(target: str) -> Response | None:
        if not target.startswith(LIST):
            return None
        number = _number(target)
        return listing(shown(number), links([following(target, number + 1)], "pagination"))

    return site(lists)


def _next(_target: str, number: int) -> str:
    return f"{LIST}?page={number}"


_draws = itertools.count(1)


def _noise(_target: str, number: int) -> str:
    return f"{LIST}?page={number}&r=0.{next(_draws) * 7919 % 100003}"


def _grown(target: str, number: int) -> str:
    return f"{target}{'&' if '?' in target else '?'}page={number}"


def _facets(target: str) -> Response | None:
    """Return a list that can be ordered, shown and narrowed down in ways that add up."""
    parts = urlsplit(target)
    if parts.path != LIST:
        return None
    options = [
        *(("sort", value) for value in ("ngay", "ten", "luot-xem")),
        *(("order", value) for value in ("tang", "giam")),
        *(("kieu", value) for value in ("luoi", "dong")),
        *(("thang", str(value)) for value in range(1, 13)),
        *(("nam", str(value)) for value in range(2010, 2027)),
    ]
    chosen = dict(pair.split("=") for pair in parts.query.split("&") if "=" in pair)
    number = int(chosen.pop("page", "1"))
    queries = [{**chosen, name: value} for name, value in options]
    urls = [f"{LIST}?{'&'.join(f'{name}={value}' for name, value in query.items())}" for query in queries]
    numbers = page(number)
    if chosen.get("order") == "tang":
        numbers = [ARTICLES + 1 - n for n in numbers]
    query = "".join(f"&{name}={value}" for name, value in chosen.items())
    more = links([f"{LIST}?page={number + 1}{query}"], "pagination") if number < LAST else ""
    return listing(numbers, more + links(urls))


def _plain(target: str, more: str = "") -> Response | None:
    """Return a page of the list as most sites have it."""
    parts = urlsplit(target)
    if parts.path != LIST:
        return None
    number = _number(target)
    pages = [_next(target, each) for each in range(1, LAST + 1)]
    return listing(page(number), links(pages, "pagination") + more) if page(number) else None


def _calendar(target: str) -> Response | None:
    """Return a calendar of months, from the year 1 to the year 9999; each shows the newest articles beside it."""
    if found := re.fullmatch(r"/lich/(\d{1,4})/(\d{1,2})", target):
        month = int(found[1]) * 12 + int(found[2]) - 1
        near = [f"/lich/{each // 12}/{each % 12 + 1}" for each in (month - 12, month - 1, month + 1, month + 12)]
        return listing(page(1), links(near))
    return _plain(target, links(["/lich/2026/11"]))


def _days(target: str) -> Response | None:
    """Return days without end, each with a link to the next and nothing else."""
    if found := re.fullmatch(r"/lich-tiep-dan\?ngay=(\d+)", target):
        return html(links([f"/lich-tiep-dan?ngay={int(found[1]) + 1}"]) + "<p>Không có lịch.</p>")
    return _plain(target, links(["/lich-tiep-dan?ngay=1"]))


def _tags(target: str) -> Response | None:
    """Return a cloud of tags, each with the same few articles."""
    if found := re.fullmatch(r"/the/tu-khoa-([a-z]+)", target):
        return listing([1, 2, 3, 1 + len(found[1])], links([f"/the/tu-khoa-{found[1]}{each}" for each in "abc"]))
    return _plain(target, links("/the/tu-khoa-" + "".join(word) for word in itertools.product("bcdghklmn", repeat=3)))


def _filters(target: str) -> Response | None:
    """Return filters written as steps of the path."""
    if target.startswith("/van-ban/"):
        words = ("linh-vuc", "co-quan", "loai", "nguoi-ky", "hieu-luc")
        values = ("dat-dai", "ho-tich", "xay-dung")
        return listing([1, 2, 3, 4], links(f"{target}/{word}/{value}" for word in words for value in values))
    return _plain(target, links(["/van-ban/loai/cong-van"]))


def _with_sessions() -> Handler:
    """Return a site that puts a new session into every link; no table of parameters knows its name."""
    visits = itertools.count(1)

    def session() -> str:
        return f"phien=k{next(visits) * 7919 % 1000003}"

    def lists(target: str) -> Response | None:
        if urlsplit(target).path != LIST:
            return None
        number = _number(target)
        suffix = f"?{session()}"
        following = [f"{LIST}?page={number + 1}&{session()}"] if number < LAST else []
        return listing(page(number), links(following, "pagination"), suffix)

    def more(_target: str, n: int) -> tuple[str, str]:
        near = [each for each in (n - 1, n + 1) if 0 < each <= ARTICLES]
        return f'<aside class="related">{rows(near, f"?{session()}")}</aside>', ""

    return site(lists, more)


def _relative(*steps: str) -> Handler:
    """Return a site whose articles link to others without a leading slash, so that paths grow."""

    def more(_target: str, n: int) -> tuple[str, str]:
        near = [1 + (n + each) % ARTICLES for each in (0, 1, 2)]
        urls = [f"{steps[n % len(steps)]}{path(each)}"[1:] for each in near]
        return f"<aside><ul>{''.join(f'<li><a href={url}>Tin khác</a></li>' for url in urls)}</ul></aside>", ""

    return site(_plain, more)


def _views(parameter: str, head: Callable[[int], str], values: int = 8) -> Handler:
    """Return a site whose articles link to themselves with a parameter."""

    def more(target: str, n: int) -> tuple[str, str]:
        urls = [f"{path(n)}?{parameter}={each + n * values}" for each in range(values)]
        return f"<ul>{''.join(f'<li><a href={url}>Trả lời</a></li>' for url in urls)}</ul>", head(n)

    return site(_plain, more)


def _fake_articles(is_listed: bool) -> Handler:
    """Return a site that invents articles, all with one text: beside articles, or in a list without end."""

    def invented(first: int) -> list[str]:
        return [f"/kho/ban-luu-{chr(97 + each % 26)}-{700000 + each}.html" for each in range(first, first + 10)]

    def lists(target: str) -> Response | None:
        if found := re.search(r"/kho/ban-luu-[a-z]-(\d+)\.html", target):
            return article(0, "" if is_listed else links(invented(int(found[1]) * 10 % 200000)))
        if is_listed and target.startswith("/kho"):
            number = _number(target)
            items = "".join(
                f'<div class="item"><h3><a href="{url}">Bản lưu</a></h3><span class="date">01/10/2026</span></div>'
                for url in invented(number * 10)
            )
            return html(f"<main>{items}</main>{links([f'/kho?page={number + 1}'], 'pagination')}")
        return _plain(target, links(["/kho"]) if is_listed else "")

    return site(lists, lambda _target, n: ("" if is_listed else links(invented(n * 10)), ""))


def _many_links(target: str) -> Response | None:
    if target == LIST:
        return listing(page(1), links([_next(target, 2), *(f"/ho-so?ma={each}" for each in range(5_000))]))
    if re.fullmatch(r"/ho-so\?ma=\d+", target):
        return html("<p>Không có hồ sơ.</p>")
    return _plain(target)


def _refreshed(target: str) -> Response | None:
    if target == "/":
        return html("", head='<meta http-equiv="Refresh" content="0;URL=\'/vao\'">')
    if target == "/vao":
        return html("<p>Đang chuyển trang, xin chờ.</p>", head=f'<meta http-equiv=refresh content="1; {LIST}">')
    return _plain(target)


ENDLESS: dict[str, Callable[[], Handler]] = {
    "last-page-again": lambda: pager(lambda number: page(min(number, LAST)), _next),
    "last-page-shuffled": lambda: pager(
        lambda number: page(number) or page(LAST)[number % 9 :] + page(LAST)[: number % 9], _next
    ),
    "first-page-behind-the-end": lambda: pager(lambda number: page(number) or page(1), _next),
    "empty-behind-the-end": lambda: pager(page, _next),
    "noise-in-the-pager": lambda: pager(lambda number: page(min(number, LAST)), _noise),
    "growing-pager": lambda: pager(lambda number: page(min(number, LAST)), _grown),
    "facets": lambda: site(_facets),
    "calendar": lambda: site(_calendar),
    "days": lambda: site(_days),
    "tags": lambda: site(_tags),
    "filters": lambda: site(_filters),
    "sessions": _with_sessions,
    "relative-links": lambda: _relative(""),
    "relative-links-of-two-kinds": lambda: _relative("", "/anh"),
    "replies": lambda: _views("tra-loi", lambda n: f'<link rel="canonical" href="{path(n)}">'),
    "same-text": lambda: _views("xem", lambda _n: ""),
    "fake-articles": lambda: _fake_articles(is_listed=False),
    "fake-lists": lambda: _fake_articles(is_listed=True),
    "many-links": lambda: site(_many_links),
    "refreshed": lambda: site(_refreshed),
}
"""Sites with 40 articles in four list pages, and something without end."""


def _canonical(url: str) -> Callable[[str, int], tuple[str, str]]:
    return lambda _target, _n: ("", f'<link rel="canonical" href="{url}">')


def _archive(target: str) -> Response | None:
    """Return an archive by months; the months are linked from the list, which shows the newest articles only."""
    if found := re.fullmatch(r"/(\d{4})/(\d{2})", target):
        month = int(found[1]) * 12 + int(found[2]) - 2023 * 12
        return listing([n for n in (month, 40 - month) if 0 < n <= ARTICLES])
    months = [f"/{2023 + each // 12}/{each % 12 + 1:02d}" for each in range(36)]
    return listing(page(1), links(months)) if target == LIST else None


def _sections(target: str) -> Response | None:
    """Return sections that one script serves by their number."""
    if found := re.fullmatch(r"/muc\.php\?id=(\d+)", target):
        return listing(n for n in range(1, ARTICLES + 1) if n % 10 == int(found[1]))
    return listing(page(1), links(f"/muc.php?id={each}" for each in range(10))) if target == LIST else None


LARGE: dict[str, Callable[[], Handler]] = {
    "archive": lambda: site(_archive),
    "sections": lambda: site(_sections),
    "canonical-elsewhere": lambda: site(_plain, _canonical("https://bao-khac.hanoi.test/tin/1.html")),
    "canonical-is-home": lambda: site(_plain, _canonical("/")),
}
"""Sites with 40 articles that must all be read, though something about them looks like a trap."""
