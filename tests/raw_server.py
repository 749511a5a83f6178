"""A portal that answers with any bytes at all: headers that are not true, bodies that break off or never end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import TypeAlias

Answers: TypeAlias = Callable[[str, str], Iterable[bytes]]
"""From host and path to the bytes of the answer; the connection is closed after the last ones."""


def answer(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """Return an answer of type HTML, whose `Content-Length` is `length`, by default that of the body."""
    lines = [
        f"HTTP/1.1 {status}",
        "Content-Type: text/html; charset=utf-8",
        *headers,
        "Connection: close",
        f"Content-Length: {len(body) if length is None else length}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def open_chunks(body: bytes, *headers: str) -> bytes:
    """Return an answer in one chunk, without the last one that would end it."""
    lines = ["HTTP/1.1 200 OK", "Content-Type: text/html", "Transfer-Encoding: chunked", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + f"{len(body):x}".encode() + b"\r\n" + body + b"\r\n"


class RawServer(ThreadingTCPServer):
    """Answers requests to a proxy for http, and logs them as `<host><path>`."""

    daemon_threads = True

    def __init__(self, answers: Answers) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.asked: list[str] = []

    def environment(self) -> dict[str, str]:
        """Return the environment of a process that reaches only this server."""
        proxy = f"http://127.0.0.1:{self.server_address[1]}"
        names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
        return {**os.environ, **dict.fromkeys(names, proxy), "no_proxy": "", "NO_PROXY": ""}


class _Handler(BaseRequestHandler):
    server: RawServer

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            received = self.request.recv(65_536)
            if not received:
                return
            head += received
        host, _, path = head.split(b" ", 2)[1].decode().removeprefix("http://").partition("/")
        self.server.asked.append(f"{host}/{path}")
        try:
            for part in self.server.answers(host, f"/{path}"):
                self.request.sendall(part)
        except OSError:
            pass  # the crawl has hung up


@contextmanager
def serve_raw(answers: Answers) -> Iterator[RawServer]:
    """Serve the answers on loopback."""
    with RawServer(answers) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
