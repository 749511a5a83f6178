"""The types of a portal file's values: each checks one value, and its message says what is wrong.

Belongs here: checks of a single value. Does not belong here: the model of the file, and rules on several of its values
(see `spiders.portal`).
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from cryptography import x509
from cssselect import HTMLTranslator, SelectorError
from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator
from pydantic_core import PydanticKnownError

from spiders.platform_registry import PLATFORM_PACKAGES, names_in_words
from warehouse.text.normal import clean

_UNIT_KINDS = "thành phố|thị xã|thị trấn|đặc khu|tỉnh|quận|huyện|phường|xã"
_UNIT = re.compile(rf"({_UNIT_KINDS}) (.+)", re.IGNORECASE)


def administrative_unit(name: str) -> str:
    """Return the name of a unit in one case and form: `Xã Đông Anh` for `xã Đông Anh` and `XÃ ĐÔNG ANH`.

    Of its kind, the first letter is a capital. A proper name wholly in capitals or small letters gets those of names.
    """
    name = clean(name)
    found = _UNIT.fullmatch(name)
    if found is None:
        return name
    kind, proper = found.groups()
    return f"{kind.capitalize()} {proper.title() if proper.isupper() or proper.islower() else proper}"


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    _ = parts.port  # raises the error for a port out of range
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an absolute http or https URL")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or a password: a portal's pages are public")
    return value


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"is not a regular expression: {error}") from error
    return value


def _host(value: str) -> str:
    # A URL, capitals or a default port would silently match no link.
    name = r"[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]{2,45}\]"  # the latter is an IPv6 address (RFC 3986, 3.2.2)
    if not re.fullmatch(rf"(?:{name})(?::\d{{1,5}})?", value) or value.endswith((":80", ":443")):
        raise ValueError(
            "must be a bare host name in lower case, such as tayho.hanoi.gov.vn, with a port only if it is not 80 "
            "or 443"
        )
    return value


def _operator(value: str) -> str:
    # What Dagster takes for the owner of an asset; its catalog would refuse the whole code location for anything else.
    if not re.fullmatch(r"team:[\w./-]+|[A-Za-z0-9_][A-Za-z0-9._%+-]*@[A-Za-z0-9.-]+\.[A-Za-z]{2,7}", value):
        raise ValueError("must be an e-mail address such as lan@example.org, or a team such as team:web")
    return value


def _day(value: object) -> object:
    # Pydantic takes a number, and a time of day, as a date too.
    is_text = isinstance(value, str) and re.fullmatch(r"\s*\d{4}-\d\d-\d\d\s*", value)
    if not is_text and not isinstance(value, date):
        raise ValueError("must be a date such as 2026-01-31")
    return value


def _css(value: str) -> str:
    try:
        HTMLTranslator().css_to_xpath(value)
    except (SelectorError, RecursionError) as error:
        raise ValueError(f"is not a CSS selector: {error}") from error
    return value


def _platform_name(value: object) -> str:
    if isinstance(value, str) and value in PLATFORM_PACKAGES:
        return value
    # The error of pydantic for a `Literal`, which cannot be used here because the names come from the registry.
    raise PydanticKnownError("literal_error", {"expected": names_in_words()})


def _certificates(pem: str) -> str:
    try:
        certificates = x509.load_pem_x509_certificates(pem.encode())
    except (ValueError, x509.InvalidVersion) as error:
        raise ValueError(f"contains no certificates in PEM format: {error}") from error
    for certificate in certificates:
        if certificate.subject == certificate.issuer:
            raise ValueError(
                f"{certificate.subject.rfc4514_string()} is self-signed: add only intermediate certificates, between "
                "the portal's certificate and a root certificate that this machine trusts"
            )
    return pem


Tier: TypeAlias = Literal["hourly", "daily", "weekly"]
Slug: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
AdministrativeUnit: TypeAlias = Annotated[str, AfterValidator(administrative_unit), Field(min_length=1)]
Host: TypeAlias = Annotated[str, AfterValidator(_host)]
HttpUrl: TypeAlias = Annotated[str, AfterValidator(_http_url)]
Operator: TypeAlias = Annotated[str, AfterValidator(_operator)]
Regex: TypeAlias = Annotated[str, AfterValidator(_regex)]
SourceName: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Certificates: TypeAlias = Annotated[str, AfterValidator(_certificates)]
Css: TypeAlias = Annotated[str, AfterValidator(_css)]
# Earlier there were no portals; the last days of the calendar cannot be converted between time zones.
Day: TypeAlias = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2999, 12, 31)), BeforeValidator(_day)]
# A longer delay or time limit than an hour is a mistake, and none overflows a timer.
Seconds: TypeAlias = Annotated[float, Field(ge=0, le=3600)]
PlatformName: TypeAlias = Annotated[str, PlainValidator(_platform_name)]
