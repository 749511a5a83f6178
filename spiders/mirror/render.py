"""Pages from templates: one Jinja2 environment, and how portals print dates.

Here: filling `templates/`. Not here: which page stands at which address (`sites`) or the body's markup (`markup`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from spiders.mirror.content import Moment, slugify
from spiders.mirror.markup import text_markup

TEST_NOTICE = "Cổng thử nghiệm - nội dung minh họa, không phải trang chính thức"
_WEEKDAYS = ("Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật")


def liferay_date(moment: Moment, *, twelve_hours: bool) -> str:
    """Return `14/10/2024 | 17:41` or `14/10/2024 | 05:41 PM`; midnight where the time is not known."""
    return f"{moment.at:%d/%m/%Y} | " + (f"{moment.at:%I:%M %p}" if twelve_hours else f"{moment.at:%H:%M}")


def long_date(moment: Moment) -> str:
    """Return `Thứ năm, 30/10/2025 | 10:31`, without the time where it is not known."""
    return f"{_WEEKDAYS[moment.at.weekday()]}, {moment.at:%d/%m/%Y}" + (
        f" | {moment.at:%H:%M}" if moment.has_time else ""
    )


def nukeviet_date(moment: Moment) -> str:
    """Return `Thứ hai - 14/10/2024 17:41`; midnight where the time is not known."""
    return f"{_WEEKDAYS[moment.at.weekday()]} - {moment.at:%d/%m/%Y %H:%M}"


def nukeviet_meta_date(at: datetime) -> str:
    """Return what NukeViet takes for ISO 8601: `2024-10-14+0717:41:00`."""
    return f"{at:%Y-%m-%d}+07{at:%H:%M:%S}"


def nukeviet_feed_date(at: datetime) -> str:
    """Return what NukeViet takes for the date of a feed: in GMT, the month in place of the minutes."""
    utc = at.astimezone(UTC)
    right = format_datetime(utc, usegmt=True)
    return right.replace(f"{utc:%H:%M:%S}", f"{utc:%H:%m:%S}")


def rss_date(at: datetime) -> str:
    """Return the date as RSS wants it (RFC 5322)."""
    return format_datetime(at)


def shortened(text: str, length: int) -> str:
    """Return the first whole words of the text within `length` characters, with dots where it goes on."""
    if len(text) <= length:
        return text
    return text[:length].rpartition(" ")[0].rstrip(" ,;:") + "..."


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("spiders.mirror"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals["test_notice"] = TEST_NOTICE
    environment.filters.update(
        slugify=slugify,
        text=text_markup,
        long_date=long_date,
        nukeviet_date=nukeviet_date,
        nukeviet_feed_date=nukeviet_feed_date,
        nukeviet_meta_date=nukeviet_meta_date,
        rss_date=rss_date,
        shortened=shortened,
    )
    return environment


_TEMPLATES = _environment()


def page(template: str, **values: Any) -> str:
    """Fill the template; a value that it needs and does not get is an error."""
    return _TEMPLATES.get_template(template).render(**values)
