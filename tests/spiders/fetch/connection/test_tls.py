"""TLS of real crawls: which failures have which kind, and what a portal's file may allow."""

from __future__ import annotations

import os
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import cast

import pytest
import trustme
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from OpenSSL import SSL
from pydantic import ValidationError

from spiders.fetch.connection.tls import tls_context
from spiders.portal import Portal, PortalError, Tls, load_portal
from tests.crawling import CRAWL_TIMEOUT_SECONDS, crawl_command, define_portal
from warehouse.archive.files import warc_files
from warehouse.archive.warc.reader import read_info, read_report
from warehouse.home import Home
from warehouse.records import CrawlReport

LIST = (
    '<html><body><div class="asset-abstract"><h3 class="asset-title"><a href="/tin/-/view_content/1-tin">Tin</a></h3>'
    "</div></body></html>"
)


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = 404 if self.path == "/robots.txt" else 200
        body = LIST.encode() if self.path == "/tin" else b"<html><body><p>Tin</p></body></html>"
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Log no clients that refuse the certificate: they do so on purpose."""


@contextmanager
def served(certificate: trustme.LeafCert, context: ssl.SSLContext, *, whole_chain: bool = True) -> Iterator[int]:
    """Serve a portal on loopback with this certificate; yield the port."""
    chain = certificate.cert_chain_pems if whole_chain else certificate.cert_chain_pems[:1]
    with (
        certificate.private_key_pem.tempfile() as key,
        trustme.Blob(b"".join(b.bytes() for b in chain)).tempfile() as pem,
    ):
        context.load_cert_chain(pem, key)
    server = _Server(("127.0.0.1", 0), _Page)
    # The handshake must run in the connection's thread, or a client that hangs up would stop the server.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def server_context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def crawled(tmp_path: Path, authority: trustme.CA) -> Callable[..., CrawlReport]:
    """Return a function that crawls a portal on a local port, with TLS keys in its file."""
    authority.cert_pem.write_to_path(tmp_path / "root.pem")
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}

    def crawl(port: int, name: str = "portal", **tls: object) -> CrawlReport:
        host, folder, home = f"localhost:{port}", tmp_path / name, Home(tmp_path / f"home-{name}")
        politeness = {"delay_seconds": 0, "retry_delays_seconds": []}
        fields = {"seed_urls": [f"https://{host}/tin"], "platform": "liferay_point", "politeness": politeness}
        define_portal(folder, "portal", host, **fields, **({"tls": tls} if tls else {}))
        subprocess.run(
            crawl_command(home, folder, "portal"),
            env={**environment, "SSL_CERT_FILE": str(tmp_path / "root.pem")},
            check=True,
            capture_output=True,
            timeout=CRAWL_TIMEOUT_SECONDS,
        )
        (warc,) = warc_files(home)
        assert Portal.model_validate(read_info(warc).portal_definition).slug == "portal"
        report = read_report(warc)
        assert report is not None
        return report

    return crawl


@pytest.mark.process
@pytest.mark.slow
def test_a_missing_intermediate_certificate_can_be_in_the_portals_file(
    crawled: Callable[..., CrawlReport], tmp_path: Path, authority: trustme.CA
) -> None:
    intermediate = authority.create_child_ca()
    with served(intermediate.issue_cert("localhost"), server_context(), whole_chain=False) as port:
        without = crawled(port)
        assert (without.verdict, without.errors) == ("unreachable", {"tls_incomplete_chain": 1})
        assert "tls.extra_certificates" in without.verdict_reason
        (tmp_path / "with").mkdir()
        intermediate.cert_pem.write_to_path(tmp_path / "with" / "intermediate.pem")
        assert crawled(port, "with", extra_certificates=["intermediate.pem"]).verdict == "ok"


@pytest.mark.process
@pytest.mark.slow
def test_an_extra_certificate_is_not_a_root(crawled: Callable[..., CrawlReport], tmp_path: Path) -> None:
    stranger = trustme.CA().create_child_ca()
    (tmp_path / "portal").mkdir()
    stranger.cert_pem.write_to_path(tmp_path / "portal" / "stranger.pem")
    with served(stranger.issue_cert("localhost"), server_context()) as port:
        report = crawled(port, extra_certificates=["stranger.pem"])
    assert (report.verdict, report.errors) == ("unreachable", {"tls_unknown_issuer": 1})


@pytest.mark.process
@pytest.mark.slow
def test_expired_certificates_and_those_for_another_host_have_their_kinds(
    crawled: Callable[..., CrawlReport], authority: trustme.CA
) -> None:
    expired = authority.issue_cert(
        "localhost", not_before=datetime(2020, 1, 1, tzinfo=UTC), not_after=datetime(2021, 1, 1, tzinfo=UTC)
    )
    with served(expired, server_context()) as port:
        assert crawled(port).errors == {"tls_certificate_expired": 1}
    with served(authority.issue_cert("khac.hanoi.test"), server_context()) as port:
        assert crawled(port, "wrong").errors == {"tls_wrong_host": 1}


def weak(authority: trustme.CA) -> tuple[bytes, bytes]:
    """Return a key as short as twenty years ago, and its certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the test needs a short key
    issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    signer = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Máy chủ cũ")]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(issuer.not_valid_before_utc)
        .not_valid_after(issuer.not_valid_after_utc)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(cast("ec.EllipticCurvePrivateKey", signer), hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return pem, certificate.public_bytes(serialization.Encoding.PEM)


@pytest.mark.process
@pytest.mark.slow
def test_a_server_with_a_short_key_is_crawled_if_the_file_allows_it(
    crawled: Callable[..., CrawlReport], authority: trustme.CA
) -> None:
    key, certificate = weak(authority)
    context = server_context()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with served(trustme.LeafCert(key, certificate, []), context) as port:
        refused = crawled(port)
        assert (refused.verdict, refused.errors) == ("unreachable", {"tls_handshake": 1})
        assert "tls.allow_old_ciphers" in refused.verdict_reason
        assert crawled(port, "allowed", allow_old_ciphers=True).verdict == "ok"


@pytest.mark.parametrize("is_allowed", [False, True])
def test_legacy_renegotiation_is_enabled_if_the_file_allows_it(is_allowed: bool) -> None:
    options = tls_context(Tls(allow_legacy_renegotiation=is_allowed)).set_options(0)
    assert bool(options & SSL.OP_LEGACY_SERVER_CONNECT) == is_allowed


@pytest.mark.skipif(not ssl.HAS_TLSv1_1, reason="the OpenSSL of this Python cannot serve TLS 1.1")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.process
@pytest.mark.slow
def test_a_server_with_only_old_tls_is_crawled_if_the_file_allows_it(
    crawled: Callable[..., CrawlReport], authority: trustme.CA
) -> None:
    context = server_context()
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with served(authority.issue_cert("localhost", key_type=trustme.KeyType.RSA), context) as port:
        refused = crawled(port)
        assert (refused.verdict, refused.errors) == ("unreachable", {"tls_old_version": 1})
        assert "tls.minimum_version" in refused.verdict_reason
        assert crawled(port, "allowed", minimum_version="1.1").verdict == "ok"


def definition(tmp_path: Path, *names: str) -> Path:
    define_portal(
        tmp_path,
        "portal",
        "a.test",
        platform="generic",
        seed_urls=["https://a.test/"],
        tls={"extra_certificates": [*names]},
    )
    return tmp_path / "portal.yml"


def test_certificates_are_part_of_a_portal_definition(tmp_path: Path, authority: trustme.CA) -> None:
    authority.create_child_ca().cert_pem.write_to_path(tmp_path / "one.pem")
    portal = load_portal(definition(tmp_path, "one.pem"))
    (tmp_path / "one.pem").unlink()
    again = Portal.model_validate(portal.model_dump(mode="json"))
    assert again == portal
    assert [type(one) for one in again.tls.certificates()] == [x509.Certificate]
    # A portal file may also contain the certificates themselves.
    (tmp_path / "portal.yml").write_text(yaml.safe_dump(portal.model_dump(mode="json"), allow_unicode=True))
    assert load_portal(tmp_path / "portal.yml") == portal


@pytest.mark.parametrize(
    ("text", "problem"),
    [(None, "cannot be read"), ("no PEM", "contains no certificates in PEM format"), ("", "contains no cert")],
)
def test_the_error_names_a_file_without_certificates(tmp_path: Path, text: str | None, problem: str) -> None:
    if text is not None:
        (tmp_path / "one.pem").write_text(text)
    with pytest.raises(PortalError, match=rf"portal.yml:\d+: tls.extra_certificates.0: .*{problem}"):
        load_portal(definition(tmp_path, "one.pem"))


def test_a_root_certificate_is_refused_as_an_extra_one(authority: trustme.CA) -> None:
    with pytest.raises(ValidationError, match="is self-signed"):
        Tls(extra_certificates=(authority.cert_pem.bytes().decode(),))


def test_no_key_turns_verification_off() -> None:
    assert set(Tls.model_fields) == {
        *("extra_certificates", "minimum_version", "allow_old_ciphers", "allow_legacy_renegotiation")
    }
