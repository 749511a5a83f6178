"""Renders pages from Jinja2 templates, with the date formats of the portals.

Belongs here: filling `templates/`. Does not belong here: which URL has which page (`sites`), or the body's markup
(`markup`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from spiders.mirror.content import slugify
from spiders.mirror.days import Moment
from spiders.mirror.markup import text_markup

TEST_NOTICE = "Cổng thử nghiệm - nội dung minh họa, không phải trang chính thức"
_WEEKDAYS = ("Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật")


def liferay_date(moment: Moment, *, twelve_hours: bool) -> str:
    """Return `14/10/2024 | 17:41` or `14/10/2024 | 05:41 PM`; midnight if the time is not known."""
    return f"{moment.at:%d/%m/%Y} | " + (f"{moment.at:%I:%M %p}" if twelve_hours else f"{moment.at:%H:%M}")


def long_date(moment: Moment) -> str:
    """Return `Thứ năm, 30/10/2025 | 10:31`, or only the date if the time is not known."""
    return f"{_WEEKDAYS[moment.at.weekday()]}, {moment.at:%d/%m/%Y}" + (
        f" | {moment.at:%H:%M}" if moment.has_time else ""
    )


def nukeviet_date(moment: Moment) -> str:
    """Return `Thứ hai - 14/10/2024 17:41`; midnight if the time is not known."""
    return f"{_WEEKDAYS[moment.at.weekday()]} - {moment.at:%d/%m/%Y %H:%M}"


def nukeviet_meta_date(at: datetime) -> str:
    """Return NukeViet's malformed ISO 8601: `2024-10-14+0717:41:00`."""
    return f"{at:%Y-%m-%d}+07{at:%H:%M:%S}"


def nukeviet_feed_date(at: datetime) -> str:
    """Return NukeViet's malformed feed date: in GMT, with the month where the minutes belong."""
    utc = at.astimezone(UTC)
    correct = format_datetime(utc, usegmt=True)
    return correct.replace(f"{utc:%H:%M:%S}", f"{utc:%H:%m:%S}")


def shortened(text: str, length: int) -> str:
    """Cut a text longer than `length` characters after a whole word, and append three dots."""
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
        rss_date=format_datetime,  # RFC 5322
        shortened=shortened,
    )
    return environment


_TEMPLATES = _environment()


def page(template: str, **values: Any) -> str:
    """Render the template; a missing value is an error."""
    return _TEMPLATES.get_template(template).render(**values)
