"""The secrets of deliveries, from environment variables: checked when they are read, and never shown.

Belongs here: which values are valid, and removing secrets from a text that a server sent. Does not belong here: the
webhook's URL, which is secret too (`warehouse.settings`), and sending (`dagster_project.operations.alerting.delivery`).
"""

from __future__ import annotations

import base64
import os
import re
from typing import Final
from urllib.parse import quote

from pydantic import SecretStr

from dagster_project.operations.plain_text import printable
from warehouse.errors import InputError
from warehouse.settings import SMTP_PASSWORD_VARIABLE, WEBHOOK_TOKEN_VARIABLE

_SHOWN_CHARACTERS_MAX: Final = 200
# Shorter values would be found by chance, as parts of words.
_HIDDEN_CHARACTERS_MIN: Final = 4
# What HTTP allows in the value of `Authorization` (RFC 9110, 11.2), except spaces, which no token has.
_TOKEN: Final = re.compile(r"[!-~]+")
# Logins of mail servers take ASCII. Passwords may have spaces inside, such as Google's for programs.
_PASSWORD: Final = re.compile(r"[!-~](?:[ -~]*[!-~])?")


class CredentialError(InputError):
    """A secret cannot be used; the message names its variable and the fault, not the value."""


def webhook_token() -> SecretStr | None:
    """Return the token for the webhook; None if the variable is not set.

    Raises:
        CredentialError: the value cannot stand in a header.
    """
    return _secret(WEBHOOK_TOKEN_VARIABLE, _TOKEN)


def smtp_password() -> SecretStr | None:
    """Return the password for the mail server; None if the variable is not set.

    Raises:
        CredentialError: a mail server cannot be sent the value.
    """
    return _secret(SMTP_PASSWORD_VARIABLE, _PASSWORD)


def without_secrets(said: object, *secrets: SecretStr | None) -> str:
    """Return the beginning of a text of a server or a library, on one line, without any of the secrets.

    A server may repeat what it was sent: as it is, in an URL's form, or in base64 as in a login.
    """
    text = printable(said)
    for secret in secrets:
        value = secret.get_secret_value() if secret else ""
        if len(value) >= _HIDDEN_CHARACTERS_MIN:
            for form in (value, quote(value, safe=""), base64.b64encode(value.encode()).decode()):
                text = text.replace(form, str(secret))
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN_CHARACTERS_MAX else f"{text[: _SHOWN_CHARACTERS_MAX - 1]}…"


def _secret(variable: str, allowed: re.Pattern[str]) -> SecretStr | None:
    value = os.environ.get(variable)
    if value is None:
        return None
    if not allowed.fullmatch(value):
        raise CredentialError(f"{variable} {_fault(value)}; its value is not shown")
    return SecretStr(value)


def _fault(value: str) -> str:
    if not value:
        return "is empty: unset it, or give it a value"
    if value != value.strip():
        return "begins or ends with white space, such as the line end of a file that it was read from"
    if not value.isascii():
        return "has characters that are not ASCII"
    return "has spaces or control characters"
