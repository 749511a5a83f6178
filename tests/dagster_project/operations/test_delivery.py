"""Delivery to receivers on loopback: the exact content received, and the text of errors."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path

import pytest
import trustme

from dagster_project.cli.operator import send_test
from dagster_project.operations.alerts import Message
from dagster_project.operations.delivery import DeliveryError, active_channels, mail, post
from tests.receivers import mail_server, webhook
from warehouse.home import HOME_VARIABLE
from warehouse.settings import SMTP_PASSWORD_VARIABLE, WEBHOOK_TOKEN_VARIABLE, Alerts, Email

MESSAGE = Message(
    "alert",
    "hanoi-corpus: 1 turned bad",
    ("bad: portal ba-vi, since 2026-09-14 08:15", "  verdict: <!channel> Mỹ Đức & 403"),
    {"turned_bad": [{"name": "portal ba-vi"}]},
)


def by_mail(port: int, *, starttls: bool = False, username: str | None = None) -> Alerts:
    people = {"sender": "corpus@example.org", "recipients": ("an@example.org", "binh@example.org")}
    return Alerts(email=Email(host="127.0.0.1", port=port, starttls=starttls, username=username, **people))


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_a_webhook_gets_escaped_text_and_the_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WEBHOOK_TOKEN_VARIABLE, "s3cret")
    with webhook() as received:
        post(Alerts(webhook_url=received.url), MESSAGE)
    assert received.posts == [
        {
            "text": "hanoi-corpus: 1 turned bad\nbad: portal ba-vi, since 2026-09-14 08:15\n"
            "  verdict: &lt;!channel&gt; Mỹ Đức &amp; 403",
            "event": "alert",
            "id": MESSAGE.id,
            "turned_bad": [{"name": "portal ba-vi"}],
        }
    ]
    assert received.authorizations == ["Bearer s3cret"]


def test_a_webhook_error_hides_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WEBHOOK_TOKEN_VARIABLE, raising=False)
    with webhook() as received:
        received.status = 500
        with pytest.raises(DeliveryError, match=r"^webhook at 127\.0\.0\.1: it answered 500$"):
            post(Alerts(webhook_url=received.url), MESSAGE)
    assert received.authorizations == [None]
    with pytest.raises(DeliveryError, match=r"^webhook at 127\.0\.0\.1: ConnectError") as caught:
        post(Alerts(webhook_url=received.url), MESSAGE)
    assert "secret" not in str(caught.value)


def test_an_email_has_the_message_and_a_stable_id() -> None:
    with mail_server() as received:
        mail(by_mail(received.port), MESSAGE)
    ((recipients, letter),) = received.messages
    assert recipients == ["an@example.org", "binh@example.org"]
    assert letter["Subject"] == "hanoi-corpus: 1 turned bad"
    assert letter["From"] == "corpus@example.org"
    assert letter["Message-ID"] == f"<{MESSAGE.id}@example.org>"
    assert letter.get_content().splitlines() == [MESSAGE.subject, "", *MESSAGE.lines]


def test_the_password_is_sent_only_encrypted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv(SMTP_PASSWORD_VARIABLE, "s3cret")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with mail_server(tls) as received:
        mail(by_mail(received.port, starttls=True, username="corpus"), MESSAGE)
    words = [command.split()[0].upper() for command in received.commands]
    assert words[:5] == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL"]
    assert base64.b64decode(received.commands[3].split()[2]) == b"\0corpus\0s3cret"
    assert len(received.messages) == 1


def test_a_server_without_encryption_gets_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SMTP_PASSWORD_VARIABLE, "s3cret")
    with mail_server() as received, pytest.raises(DeliveryError, match="SMTPNotSupportedError: STARTTLS"):
        mail(by_mail(received.port, starttls=True, username="corpus"), MESSAGE)
    assert not any("AUTH" in command for command in received.commands)


def test_a_refusing_mail_server_is_named() -> None:
    with mail_server() as received:
        received.refuses = True
        with pytest.raises(DeliveryError, match=r"e-mail by 127\.0\.0\.1:\d+: SMTPRecipientsRefused"):
            mail(by_mail(received.port), MESSAGE)
    assert received.messages == []


def test_a_missing_password_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SMTP_PASSWORD_VARIABLE, raising=False)
    with mail_server() as received, pytest.raises(DeliveryError, match="HANOI_CORPUS_SMTP_PASSWORD is not set"):
        mail(by_mail(received.port, username="corpus"), MESSAGE)


def test_active_channels_are_those_in_the_settings() -> None:
    assert active_channels(Alerts()) == []
    assert active_channels(by_mail(1)) == ["email"]
    assert active_channels(Alerts(webhook_url="https://hooks.example.org/x")) == ["webhook"]


def test_the_test_message_goes_to_every_channel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    with pytest.raises(SystemExit, match="2"):
        send_test()
    with webhook() as hook, mail_server() as post_office:
        (tmp_path / "settings.yml").write_text(
            f"alerts:\n  webhook_url: {hook.url}\n  email: {{host: 127.0.0.1, port: {post_office.port}, "
            "starttls: false, sender: a@example.org, recipients: [b@example.org]}\n"
        )
        send_test()
    assert capsys.readouterr().out == "sent by webhook\nsent by email\n"
    assert hook.posts[0]["text"].startswith("hanoi-corpus: a test of alerts\n")
    assert post_office.messages[0][1]["Subject"] == "hanoi-corpus: a test of alerts"
