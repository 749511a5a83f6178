"""Delivering a message to an operator by webhook and by e-mail.

Belongs here: the two delivery channels, and which of them a home has set up.
Does not belong here: which message is due (`dagster_project.operations.alerts`).
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
    """A message was not delivered; the error names the channel and the reason, without secrets."""


def post(alerts: Alerts, message: Message) -> None:
    """POST a message to the webhook as JSON: `text` for chat services, the other keys for programs.

    Raises:
        DeliveryError: no webhook is set, it did not respond, or the status was not 2xx.
    """
    if alerts.webhook_url is None:
        raise DeliveryError("alerts.webhook_url is not set")
    token = os.environ.get(WEBHOOK_TOKEN_VARIABLE)
    # Chat services interpret <…> as a mention or a link.
    text = html.escape("\n".join((message.subject, *message.lines)), quote=False)
    body: dict[str, Any] = {"text": text, "event": message.event, "id": message.id, **message.fields}
    host = urlsplit(alerts.webhook_url).hostname  # the rest of the URL is often secret
    try:
        response = httpx.post(
            alerts.webhook_url,
            json=body,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=_TIMEOUT_SECONDS,
        )
    except httpx.HTTPError as error:
        raise DeliveryError(f"webhook at {host}: {type(error).__name__}: {error}") from error
    if not response.is_success:
        raise DeliveryError(f"webhook at {host}: it answered {response.status_code}")


def mail(alerts: Alerts, message: Message) -> None:
    """Send a message by e-mail.

    Raises:
        DeliveryError: no e-mail is set up, or the server was not reached or refused the login or all recipients. If it
            refuses only some, there is no error (a retry would deliver twice); the server's log names those refused.
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


CHANNELS: Mapping[str, Callable[[Alerts, Message], None]] = {"webhook": post, "email": mail}


def active_channels(alerts: Alerts) -> list[str]:
    """Return the names of the channels that a home has set up."""
    is_set = {"webhook": alerts.webhook_url is not None, "email": alerts.email is not None}
    return [channel for channel in CHANNELS if is_set[channel]]


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
