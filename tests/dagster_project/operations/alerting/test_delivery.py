"""Delivery to receivers on loopback: the exact content received, and the text of errors."""

from __future__ import annotations

import base64
import gzip
import logging
import socketserver
import ssl
import time
import traceback
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
import trustme

from dagster_project.cli.operator import send_test
from dagster_project.cli.output.console import CommandError
from dagster_project.operations.alerting import delivery
from dagster_project.operations.alerting.alerts import Message
from dagster_project.operations.alerting.delivery import DeliveryError, active_channels, mail, post
from tests.raw_server import answer, serve_raw
from tests.receivers import mail_server, webhook
from warehouse.home import HOME_VARIABLE
from warehouse.http_policy import HTTP_POLICY
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


def hooked(url: str) -> Alerts:
    return Alerts.model_validate({"webhook_url": url})


@contextmanager
def speaking(says: Callable[[], Iterable[bytes]]) -> Iterator[int]:
    """Serve a mail server that says something to whoever connects; yield its port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                for part in says():
                    self.request.sendall(part)
                self.request.recv(65_536)
            except OSError:
                pass  # the client has hung up

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


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


SECRET_PATH = "/services/Geheim8"
BOMB = gzip.compress(bytes(30_000_000), mtime=0)
HEAD = b"HTTP/1.1 200 OK\r\n"


def endless(begin: bytes, again: bytes, pause: float = 0.0) -> Iterator[bytes]:
    yield begin
    while True:
        time.sleep(pause)
        yield again


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bound deliveries to a second."""
    monkeypatch.setattr(delivery, "HTTP_POLICY", replace(HTTP_POLICY, delivery_seconds_max=1.0))


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (lambda: endless(HEAD + b"X-A: ", b"a", 0.2), "it did not answer within 1 seconds"),
        (lambda: endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.01), "it did not answer within 1 seconds"),
        (lambda: endless(b"HTTP/1.1 2", b"0", 0.2), "it did not answer within 1 seconds"),
        (lambda: endless(HEAD + b"X-A: ", b"a" * 50_000), "RemoteProtocolError"),
        (lambda: [b"HTTP/1.1 200 OK\r\nBearer Geheim7 at /services/Geheim8\r\n\r\n"], "RemoteProtocolError: illegal"),
        (lambda: [b"SSH-2.0-OpenSSH_9.2\r\n\r\n"], "RemoteProtocolError"),
        (lambda: [], "RemoteProtocolError"),
        (lambda: [b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/Geheim8\r\n\r\n"], "it answered 302"),
        (lambda: endless(b"HTTP/1.1 500 Error\r\n\r\n", b"a" * 10_000), "it answered 500"),
    ],
)
@pytest.mark.usefixtures("briefly")
def test_a_hostile_webhook_is_cut_off_and_named_without_secrets(
    monkeypatch: pytest.MonkeyPatch, reply: Callable[[], Iterable[bytes]], problem: str
) -> None:
    monkeypatch.setenv(WEBHOOK_TOKEN_VARIABLE, "Geheim7")
    with serve_raw(lambda *_: reply()) as server, pytest.raises(DeliveryError) as caught:
        post(hooked(f"http://127.0.0.1:{server.server_address[1]}{SECRET_PATH}"), MESSAGE)
    assert str(caught.value).startswith(f"webhook at 127.0.0.1: {problem}")
    assert len(str(caught.value)) < 300
    assert "Geheim" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "reply",
    [
        lambda: endless(HEAD + b"\r\n", b"a" * 100_000),
        lambda: endless(HEAD + b"\r\n", b"a", 0.2),
        lambda: [answer(BOMB, "Content-Encoding: gzip")],
    ],
)
def test_the_body_of_a_webhooks_answer_is_not_read(
    monkeypatch: pytest.MonkeyPatch, reply: Callable[[], Iterable[bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(WEBHOOK_TOKEN_VARIABLE, "Geheim7")
    caplog.set_level(logging.DEBUG)
    tracemalloc.start()
    try:
        with serve_raw(lambda *_: reply()) as server:
            post(hooked(f"http://127.0.0.1:{server.server_address[1]}{SECRET_PATH}"), MESSAGE)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert "Geheim" not in caplog.text


@pytest.mark.usefixtures("briefly")
@pytest.mark.parametrize(
    ("says", "problem"),
    [
        (lambda: endless(b"220-", b"a", 0.2), "timed out|took longer"),
        (lambda: endless(b"", b"220-mail.test\r\n", 0.05), "took longer|timed out"),
        (lambda: endless(b"", b"220-mail.test\r\n" * 1_000), "its replies have more than 65536 bytes"),
        (lambda: endless(b"", b"a" * 10_000), "replies have more than|Line too long"),
        (lambda: [b"\xff\xfe\r\n"], "SMTP"),
        (lambda: [], "SMTPServerDisconnected"),
        (lambda: [b"554 Geheim7 " + b"a" * 5_000 + b"\x1b[2J\r\n"], r"554, b?'\*\*\*\*\*\*\*\*\*\* a"),
    ],
)
def test_a_hostile_mail_server_is_cut_off_and_named_without_secrets(
    monkeypatch: pytest.MonkeyPatch, says: Callable[[], Iterable[bytes]], problem: str
) -> None:
    monkeypatch.setenv(SMTP_PASSWORD_VARIABLE, "Geheim7")
    with speaking(says) as port, pytest.raises(DeliveryError, match=problem) as caught:
        mail(by_mail(port, username="corpus"), MESSAGE)
    assert len(str(caught.value)) < 300
    assert "Geheim" not in "".join(traceback.format_exception(caught.value))


def test_a_refused_login_is_named_without_the_servers_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SMTP_PASSWORD_VARIABLE, "Geheim7")
    words = [b"220 a\r\n250-a\r\n250 AUTH PLAIN\r\n535 you sent AGNvcnB1cwBHZWhlaW03\r\n"]
    with speaking(lambda: words) as port, pytest.raises(DeliveryError) as caught:
        mail(by_mail(port, username="corpus"), MESSAGE)
    assert str(caught.value) == f"e-mail by 127.0.0.1:{port}: it refused the login of corpus (535)"
    assert "AGNvcn" not in "".join(traceback.format_exception(caught.value))


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
    with pytest.raises(CommandError, match=r"set alerts.webhook_url or alerts.email first"):
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
