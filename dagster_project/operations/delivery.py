"""Delivering a message to an operator: by webhook and by e-mail.

Here: the two ways, and which of them a home has set. Not here: what is told, and when
(`dagster_project.operations.alerts`).
"""

from __future__ import annotations

import html
import os
import smtplib
import ssl
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import httpx

from dagster_project.operations.alerts import Message
from warehouse.settings import SMTP_PASSWORD_VARIABLE, WEBHOOK_TOKEN_VARIABLE, Alerts, Email

_TIMEOUT_SECONDS = 20.0


class DeliveryError(Exception):
    """A message that did not arrive; the message names the way and the reason, and no secret."""


def post(alerts: Alerts, message: Message) -> None:
    """POST a message to the webhook as JSON: `text`, as chat services show it, and the same as fields.

    Raises:
        DeliveryError: it did not answer, or with another status than 2xx.
    """
    if alerts.webhook_url is None:
        raise DeliveryError("alerts.webhook_url is not set")
    token = os.environ.get(WEBHOOK_TOKEN_VARIABLE)
    # Chat services take <…> for a mention or a link.
    text = html.escape("\n".join((message.subject, *message.lines)), quote=False)
    body: dict[str, Any] = {"text": text, "event": message.event, "id": message.id, **message.fields}
    host = urlsplit(alerts.webhook_url).hostname  # the rest of the address is most often the secret
    try:
        answer = httpx.post(
            alerts.webhook_url,
            json=body,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=_TIMEOUT_SECONDS,
        )
    except httpx.HTTPError as error:
        raise DeliveryError(f"webhook at {host}: {type(error).__name__}: {error}") from error
    if not answer.is_success:
        raise DeliveryError(f"webhook at {host}: it answered {answer.status_code}")


def mail(alerts: Alerts, message: Message) -> None:
    """Send a message by e-mail.

    Raises:
        DeliveryError: the server was not reached, or took it for no recipient. Where it refuses some of them the
            others have the message, and its log says whom it refused: sending again would double it.
    """
    if alerts.email is None:
        raise DeliveryError("alerts.email is not set")
    email = alerts.email
    try:
        with smtplib.SMTP(email.host, email.port, timeout=_TIMEOUT_SECONDS) as server:
            _log_in(server, email)
            server.send_message(_letter(email, message))
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(f"e-mail by {email.host}:{email.port}: {type(error).__name__}: {error}") from error


WAYS: Mapping[str, Callable[[Alerts, Message], None]] = {"webhook": post, "email": mail}


def ways_set(alerts: Alerts) -> list[str]:
    """Return the names of the ways that a home has set."""
    is_set = {"webhook": alerts.webhook_url is not None, "email": alerts.email is not None}
    return [way for way in WAYS if is_set[way]]


def _log_in(server: smtplib.SMTP, email: Email) -> None:
    if email.starttls:
        server.starttls(context=ssl.create_default_context())
    if email.username is not None:
        password = os.environ.get(SMTP_PASSWORD_VARIABLE)
        if password is None:
            raise DeliveryError(f"e-mail by {email.host}: {SMTP_PASSWORD_VARIABLE} is not set")
        server.login(email.username, password)


def _letter(email: Email, message: Message) -> EmailMessage:
    letter = EmailMessage()
    letter["Subject"] = message.subject
    letter["From"] = email.sender
    letter["To"] = ", ".join(email.recipients)
    letter["Message-ID"] = f"<{message.id}@{email.sender.partition('@')[2]}>"
    letter.set_content("\n".join((message.subject, "", *message.lines, "")))
    return letter
