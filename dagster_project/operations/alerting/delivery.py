"""Delivering a message to an operator by webhook and by e-mail.

The operator chose both receivers, so they may be on a private network. But they are bounded like any server: in time,
and in what they may answer (`warehouse.http_policy`). A webhook's redirects are not followed, since the token would go
with them, and its answer is not read beyond the status.
Belongs here: the two delivery channels, and which of them a home has set up.
Does not belong here: which message is due (`dagster_project.operations.alerting.alerts`), and checking the secrets
(`dagster_project.operations.alerting.credentials`).
"""

from __future__ import annotations

import asyncio
import html
import io
import logging
import smtplib
import ssl
import time
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import httpx
from pydantic import SecretStr

from dagster_project.operations.alerting.alerts import Message
from dagster_project.operations.alerting.credentials import (
    CredentialError,
    smtp_password,
    webhook_token,
    without_secrets,
)
from spiders.fetch.connection.proxies import proxy_error, proxy_of
from warehouse.http_policy import HTTP_POLICY
from warehouse.settings import SMTP_PASSWORD_VARIABLE, Alerts, Email

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# They log the URL of each request, which is secret, and what servers answer.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class DeliveryError(Exception):
    """A message was not delivered; the error names the channel and the reason, without secrets."""


def post(alerts: Alerts, message: Message) -> None:
    """POST a message to the webhook as JSON: `text` for chat services, the other keys for programs.

    Raises:
        DeliveryError: no webhook is set, its token or a proxy is invalid, it did not respond in time, or the status was
            not 2xx.
    """
    if alerts.webhook_url is None:
        raise DeliveryError("alerts.webhook_url is not set")
    check_credentials("webhook", alerts)
    token, url = webhook_token(), alerts.webhook_url
    # Chat services interpret <…> as a mention or a link.
    text = html.escape("\n".join((message.subject, *message.lines)), quote=False)
    body: dict[str, Any] = {"text": text, "event": message.event, "id": message.id, **message.fields}
    parts = urlsplit(url.get_secret_value())
    host = parts.hostname  # the rest of the URL is often secret
    proxy = None if proxy_bypass(parts.netloc.rpartition("@")[2]) else proxy_of(parts.scheme)
    # Without what they stem from: those errors may hold headers and the URL.
    try:
        status = asyncio.run(_status_of_post(url, token, body, proxy))
    except TimeoutError:
        raise DeliveryError(
            f"webhook at {host}: it did not answer within {HTTP_POLICY.delivery_seconds_max:g} seconds"
        ) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        said = without_secrets(error, token, url, SecretStr(parts.path), SecretStr(parts.query))
        raise DeliveryError(f"webhook at {host}: {type(error).__name__}: {said}") from None
    if not httpx.codes.is_success(status):
        raise DeliveryError(f"webhook at {host}: it answered {status}")


def mail(alerts: Alerts, message: Message) -> None:
    """Send a message by e-mail.

    Raises:
        DeliveryError: no e-mail is set up, the password is missing or invalid, or the server was not reached, took too
            long, or refused the login or all recipients. If it refuses only some, there is no error (a retry would
            deliver twice); the server's log names those refused.
    """
    if alerts.email is None:
        raise DeliveryError("alerts.email is not set")
    check_credentials("email", alerts)
    email, password = alerts.email, smtp_password()
    try:
        with _BoundedSmtp(email.host, email.port) as server:
            _log_in(server, email, password)
            server.send_message(_letter(email, message))
    except smtplib.SMTPAuthenticationError as error:
        # Without the server's words, which may repeat what it was sent.
        raise DeliveryError(
            f"e-mail by {email.host}:{email.port}: it refused the login of {email.username} ({error.smtp_code})"
        ) from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        said = without_secrets(error, password)
        raise DeliveryError(f"e-mail by {email.host}:{email.port}: {type(error).__name__}: {said}") from None


CHANNELS: Mapping[str, Callable[[Alerts, Message], None]] = {"webhook": post, "email": mail}


def active_channels(alerts: Alerts) -> list[str]:
    """Return the names of the channels that a home has set up."""
    is_set = {"webhook": alerts.webhook_url is not None, "email": alerts.email is not None}
    return [channel for channel in CHANNELS if is_set[channel]]


def check_credentials(channel: str, alerts: Alerts) -> None:
    """Check the secrets that a channel needs, without sending anything.

    Raises:
        DeliveryError: one is missing or invalid, or so is the proxy to a webhook.
    """
    try:
        if channel == "webhook":
            webhook_token()
            if problem := proxy_error():
                raise DeliveryError(problem)
        elif smtp_password() is None and alerts.email is not None and alerts.email.username is not None:
            raise DeliveryError(f"e-mail by {alerts.email.host}: {SMTP_PASSWORD_VARIABLE} is not set")
    except CredentialError as error:
        raise DeliveryError(str(error)) from None


async def _status_of_post(url: SecretStr, token: SecretStr | None, body: Mapping[str, Any], proxy: str | None) -> int:
    """POST a body as JSON, and return the status of the answer, whose body is not read.

    Raises:
        TimeoutError: the answer's headers took too long.
        httpx.HTTPError: the server was not reached, or its answer is no HTTP.
    """
    seconds = HTTP_POLICY.delivery_seconds_max
    client = httpx.AsyncClient(
        verify=ssl.create_default_context(),
        timeout=seconds,
        follow_redirects=False,
        trust_env=False,  # it would also take a password from ~/.netrc
        proxy=proxy,
    )
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    # The timeout of httpx is one of each read.
    async with (
        asyncio.timeout(seconds),
        client,
        client.stream("POST", url.get_secret_value(), json=body, headers=headers) as response,
    ):
        return response.status_code


class _BoundedSmtp(smtplib.SMTP):
    """A connection to a mail server whose replies are bounded: all together in time and in bytes."""

    def __init__(self, host: str, port: int) -> None:
        self.ends_at = time.monotonic() + HTTP_POLICY.delivery_seconds_max
        self.received = 0
        super().__init__(host, port, timeout=HTTP_POLICY.delivery_seconds_max)

    def getreply(self) -> tuple[int, bytes]:
        """Read a reply; smtplib would read any number of lines, and wait anew for each byte."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Replies(self))
        return super().getreply()


class _Replies(io.RawIOBase):
    """The bytes that a mail server sends."""

    def __init__(self, server: _BoundedSmtp) -> None:
        self._server = server

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        server = self._server
        if server.sock is None:
            raise OSError("the connection is closed")
        left = server.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"it took longer than {HTTP_POLICY.delivery_seconds_max:g} seconds")
        server.sock.settimeout(left)
        count = server.sock.recv_into(buffer)
        server.received += count
        if server.received > HTTP_POLICY.reply_bytes_max:
            raise OSError(f"its replies have more than {HTTP_POLICY.reply_bytes_max} bytes")
        return count


def _log_in(server: smtplib.SMTP, email: Email, password: SecretStr | None) -> None:
    if email.starttls:
        server.starttls(context=ssl.create_default_context())
    if email.username is not None and password is not None:
        server.login(email.username, password.get_secret_value())


def _letter(email: Email, message: Message) -> EmailMessage:
    letter = EmailMessage()
    letter["Subject"] = message.subject
    letter["From"] = email.sender
    letter["To"] = ", ".join(email.recipients)
    letter["Message-ID"] = f"<{message.id}@{email.sender.partition('@')[2]}>"
    letter.set_content("\n".join((message.subject, "", *message.lines, "")))
    return letter
