"""Receivers of alerts on loopback: a webhook and a mail server that record what they receive."""

from __future__ import annotations

import json
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any


@dataclass
class Webhook:
    """A webhook.

    Attributes:
        posts: bodies of the requests that it accepted (status 2xx).
        authorizations: the Authorization header of each request.
        status: the status that it returns.
    """

    url: str = ""
    posts: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    status: int = 200


@dataclass
class MailServer:
    """A mail server that requires a login.

    Attributes:
        messages: accepted messages with their recipients.
        commands: SMTP commands received, in order, without the text of DATA.
        refuses: whether it rejects messages at present.
    """

    port: int = 0
    messages: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    refuses: bool = False


@contextmanager
def webhook() -> Iterator[Webhook]:
    kept = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            kept.authorizations.append(self.headers.get("Authorization"))
            if kept.status < 300:
                kept.posts.append(body)
            self.send_response(kept.status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.url = f"http://127.0.0.1:{server.server_port}/services/secret"
        with _running(server):
            yield kept


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    kept = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        timeout = 10

        def handle(self) -> None:
            self.say("220 mail.test")
            recipients: list[str] = []
            while line := self.rfile.readline().decode().strip():
                kept.commands.append(line)
                word = line.split()[0].upper()
                if word == "EHLO":
                    self.say("250-mail.test", *(["250-STARTTLS"] if tls else []), "250 AUTH PLAIN")
                elif word == "STARTTLS" and tls:
                    self.say("220 go ahead")
                    self.connection = tls.wrap_socket(self.connection, server_side=True)
                    self.setup_files()
                elif word == "AUTH":
                    self.say("235 ok")
                elif word == "RCPT":
                    recipients.append(line.partition("<")[2].partition(">")[0])
                    self.say("450 try later" if kept.refuses else "250 ok")
                elif word == "DATA":
                    self.say("354 go ahead")
                    kept.messages.append((recipients, self.read_message()))
                    self.say("250 ok")
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def read_message(self) -> EmailMessage:
            text = b""
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                text += line
            return message_from_bytes(text, policy=policy.default)

        def setup_files(self) -> None:
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb", 0)

        def say(self, *lines: str) -> None:
            self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

        def finish(self) -> None:
            self.rfile.close()
            self.wfile.close()
            self.connection.close()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_address[1]
        with _running(server):
            yield kept


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
