"""The mirror: a forward proxy on loopback that serves the test portals under their own host names.

The crawler uses the mirror like any proxy: absolute URLs for http, CONNECT for https. TLS ends here, with certificates
of a temporary CA (`Mirror.ca_file`). Clients that trust this CA can verify certificates of the portals' own host names.

Belongs here: sockets, TLS, compression, the request log. Does not belong here: a portal's responses (`sites`).
"""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import trustme

from spiders.mirror.content import SHIPPED_CONTENT, load_content
from spiders.mirror.days import moment_of
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.base import CONNECTION_RESET, Response, Site, redirect
from spiders.mirror.validators import http_date
from warehouse.clock import Clock

IDLE_SECONDS = 30
_GZIP_MIN_BYTES = 500
_COMPRESSED_TYPES = ("text/", "application/xml", "application/rss+xml")

Handler: TypeAlias = Callable[[str, str], Response]
"""Returns the response to a method and a path with query; use a `Site` if it depends on headers."""


class Request(NamedTuple):
    """A request that the mirror handled; the status is 0 if the mirror reset the connection."""

    method: str
    url: str
    status: int


class Mirror:
    """The running mirror.

    Attributes:
        ca_file: PEM file of the CA that signs the portals' certificates; deleted when the mirror stops.
        requests: handled requests in order, including those inside a CONNECT tunnel but not CONNECT itself.
        port: the port that the mirror listens on; 0 before the socket is bound.
        clock: the portals' clock; setting `day` sets the clock to the start of that day's crawl.
    """

    def __init__(self, day: int, sites: Mapping[str, Site], handlers: Mapping[str, Handler], folder: Path) -> None:
        self.clock = Clock()
        self.day = day
        self.requests: list[Request] = []
        self.ca_file = folder / "ca.pem"
        self._sites = sites
        self._handlers = handlers
        self._authority = trustme.CA(organization_name="hanoi-corpus mirror")
        self._authority.cert_pem.write_to_path(self.ca_file)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._contexts_lock = Lock()
        self.port = 0

    @property
    def day(self) -> int:
        """The day that the portals simulate; may be set while the mirror runs."""
        return self._day

    @day.setter
    def day(self, day: int) -> None:
        self.clock = Clock.at(moment_of(day))
        self._day = day

    @property
    def proxy_url(self) -> str:
        """URL of the mirror as a proxy."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """All hosts that the mirror serves, sorted."""
        return tuple(sorted({*self._sites, *self._handlers}))

    def environment(self) -> dict[str, str]:
        """Return the environment variables with which a child process uses the mirror and trusts its CA."""
        proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), self.proxy_url)
        # An inherited exception would bypass the mirror and reach the real network.
        return proxies | {"no_proxy": "", "NO_PROXY": "", "SSL_CERT_FILE": str(self.ca_file)}

    def answer(self, method: str, scheme: str, host: str, target: str, headers: Mapping[str, str]) -> Response:
        """Return the response of `host` to a request for `target`, a path with its query.

        Header names are in lower case.
        """
        if host in self._handlers:
            return self._handlers[host](method, target)
        if host not in self._sites:
            return _plain(HTTPStatus.BAD_GATEWAY, f"{host}: not a host of this mirror")
        if method not in ("GET", "HEAD"):
            return _plain(HTTPStatus.METHOD_NOT_ALLOWED, f"{method}: the test portals are read only")
        if scheme == "http":
            return redirect(f"https://{host}{target}")
        return self._sites[host].get(target, self.day, headers, self.clock.now())

    def tls_context(self, host: str) -> ssl.SSLContext:
        """Return the TLS context of `host`, with a certificate created on first use."""
        with self._contexts_lock:
            if host not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._authority.issue_cert(host).configure_cert(context)
                self._contexts[host] = context
            return self._contexts[host]


@contextmanager
def serve(
    day: int,
    *,
    port: int = 0,
    delays: bool = True,
    extra: Mapping[str, Handler | Site] | None = None,
    content: Path = SHIPPED_CONTENT,
) -> Iterator[Mirror]:
    """Serve the test portals on loopback until the block ends.

    Args:
        day: one of `DAYS`.
        port: port to listen on; 0 for any free one.
        delays: whether slow pages are really delayed.
        extra: more hosts for tests, which override the portals' hosts: sites, or handlers for both http and https.
        content: folder of content files.

    Raises:
        ContentError: the content is invalid.
        UnknownDayError: there is no such day.
        OSError: the port is in use.
    """
    further = extra or {}
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-mirror-") as folder:
        sites = all_sites(load_content(content)) | {host: one for host, one in further.items() if isinstance(one, Site)}
        handlers = {host: one for host, one in further.items() if not isinstance(one, Site)}
        mirror = Mirror(day, sites, handlers, Path(folder))
        server = _Server(("127.0.0.1", port), mirror, delays=delays)
        mirror.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="mirror")
        thread.start()
        try:
            yield mirror
        finally:
            server.stop()
            thread.join()


class _Server(ThreadingHTTPServer):
    """Server with one thread per connection; closes open connections when it stops, even idle ones."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], mirror: Mirror, *, delays: bool) -> None:
        self.mirror = mirror
        self._delays = delays
        self._stopping = Event()
        self._connections: set[socket.socket] = set()
        self._connections_lock = Lock()
        super().__init__(address, _Connection)

    def stop(self) -> None:
        """Stop accepting connections, close the open ones, and wait for their threads."""
        self._stopping.set()
        self.shutdown()
        with self._connections_lock:
            for connection in self._connections:
                _shut_down(connection)
        self.server_close()

    def opened(self, connection: socket.socket) -> None:
        """Register a new connection, or close it at once if the server is stopping."""
        with self._connections_lock:
            self._connections.add(connection)
            if self._stopping.is_set():
                _shut_down(connection)

    def closed(self, connection: socket.socket) -> None:
        """Unregister a connection."""
        with self._connections_lock:
            self._connections.discard(connection)

    def wait(self, seconds: float) -> None:
        """Delay the response, unless delays are off; end the delay if the server stops."""
        if self._delays and seconds:
            self._stopping.wait(seconds)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect or reject the certificate: tests do both on purpose."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    """One client connection: proxy requests, or requests to one host inside TLS after CONNECT."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "hanoi-corpus-mirror"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    _tunnel_host: str | None = None

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        super().finish()
        self.server.closed(self.connection)
        if isinstance(self.connection, ssl.SSLSocket):  # the server closes only the plain socket
            self.connection.close()

    def do_CONNECT(self) -> None:
        host, _, port = self.path.partition(":")
        if host not in self.server.mirror.hosts or port != "443":
            self._send(_plain(HTTPStatus.BAD_GATEWAY, f"{self.path}: not a host of this mirror"))
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        plain = self.connection
        self.request = self.server.mirror.tls_context(host).wrap_socket(plain, server_side=True)
        self.server.closed(plain)
        self.rfile.close()
        super().setup()
        self.server.opened(self.connection)
        self._tunnel_host = host
        self.close_connection = False

    def do_GET(self) -> None:
        if self._tunnel_host:
            scheme, host, target = "https", self._tunnel_host, self.path
        else:
            parts = urlsplit(self.path)
            scheme, host = parts.scheme, parts.hostname or ""
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not host:
            self._send(_plain(HTTPStatus.BAD_REQUEST, "this is a proxy: request an absolute URL"))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        response = self.server.mirror.answer(self.command, scheme, host, target, headers)
        self.server.wait(response.delay_seconds)
        self.server.mirror.requests.append(Request(self.command, f"{scheme}://{host}{target}", response.status))
        if response is CONNECTION_RESET:
            self._reset()
        else:
            self._send(response)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 - the names are the standard library's

    def _reset(self) -> None:
        """Close the connection with a reset (RST)."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the time of the mirror's clock for the `Date` header."""
        return http_date(self.server.mirror.clock.now())

    def _send(self, response: Response) -> None:
        body, headers = response.body, dict(response.headers)
        if "gzip" in self.headers.get("Accept-Encoding", "") and _is_worth_compressing(body, headers):
            body = gzip.compress(body, compresslevel=6, mtime=0)
            headers["Content-Encoding"] = "gzip"
        self.send_response(response.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if response.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection or self.headers.get("Content-Length"):
            # The request body is not read. Without closing, the server would parse it as the next request.
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: `Mirror.requests` has the requests."""


def _plain(status: HTTPStatus, text: str) -> Response:
    return Response(status, {"Content-Type": "text/plain; charset=utf-8"}, text.encode())


def _is_worth_compressing(body: bytes, headers: Mapping[str, str]) -> bool:
    kind = headers.get("Content-Type", "")
    return len(body) >= _GZIP_MIN_BYTES and kind.startswith(_COMPRESSED_TYPES) and "Content-Encoding" not in headers


def _shut_down(connection: socket.socket) -> None:
    """Shut down a connection that its thread is using; the thread then reads end-of-file.

    This calls the method of the plain socket: that of a TLS socket drops the TLS session, which the thread still uses.
    """
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        return  # the client has already disconnected
