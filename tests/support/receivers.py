"""Receivers of notifications and pings on this machine: what each got, word for word."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.support.certificates import Authority


@dataclass(frozen=True)
class Got:
    """One request: `https://HOST/PATH` as the sender wrote it, and its body."""

    method: str
    url: str
    body: str


@dataclass
class Internet:
    """Plays every host of the internet: a proxy that ends TLS itself.

    got: what arrived.
    answers: a status and a body for each host; 200 `ok` for others.
    silent: hosts that take a request and answer only once `released` is set.
    """

    authority: Path
    address: str = ""
    got: list[Got] = field(default_factory=list)
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    released: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)

    @property
    def environment(self) -> dict[str, str]:
        """What leads a program there, with no word of it in a URL."""
        ca = str(self.authority)
        return {
            "https_proxy": f"http://{self.address}",
            "http_proxy": f"http://{self.address}",
            "SSL_CERT_FILE": ca,
            "REQUESTS_CA_BUNDLE": ca,
        }

    def answer(self, host: str) -> tuple[int, str]:
        """Return what a host answers, once it may."""
        if host in self.silent:
            self.asked.set()
            self.released.wait()
        return self.answers.get(host, (200, "ok"))


@contextmanager
def internet(folder: Path) -> Iterator[Internet]:
    """Play the internet while inside. folder: for certificates."""
    authority = Authority(folder)
    played = Internet(authority.file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(played, authority))
    played.address = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield played
    finally:
        played.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(played: Internet, authority: Authority) -> type[BaseHTTPRequestHandler]:
    certificate = cache(authority.certificate)

    class Host(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        host = ""

        def do_CONNECT(self) -> None:
            self.host = self.path.rpartition(":")[0]
            self.send_response(200)
            self.end_headers()
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate(self.host, self.host))
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
            self.close_connection = False

        def do_POST(self) -> None:
            url = f"https://{self.host}{self.path}" if self.host else self.path
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            played.got.append(Got(self.command, url, body))
            status, text = played.answer(self.host)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def finish(self) -> None:
            super().finish()
            self.connection.close()

        def log_message(self, *_: object) -> None:
            pass

    return Host


@dataclass
class Mailbox:
    """An SMTP server with one account; mails: what it took, as bytes of RFC 5322."""

    user: str
    password: str
    authority: Path
    port: int = 0
    mails: list[bytes] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a program trust the server."""
        return {"SSL_CERT_FILE": str(self.authority), "REQUESTS_CA_BUNDLE": str(self.authority)}

    async def handle_DATA(  # noqa: N802  the name that aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        """Take a mail."""
        self.mails.append(envelope.content)
        return "250 OK"

    def accepts(self, *arguments: Any) -> AuthResult:
        """Judge a log-in."""
        given = arguments[-1]
        assert isinstance(given, LoginPassword)
        known = (given.login.decode(), given.password.decode()) == (self.user, self.password)
        return AuthResult(success=known, handled=known)


class _OnAnyPort(Controller):
    """A server on a port that the system chooses: aiosmtpd itself calls the one that it was given."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def mailbox(user: str, password: str, folder: Path) -> Iterator[Mailbox]:
    """Run an SMTP server that wants STARTTLS and a log-in while inside. folder: for certificates."""
    authority = Authority(folder)
    box = Mailbox(user, password, authority.file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.certificate("smtp", "127.0.0.1"))
    controller = _OnAnyPort(
        box,
        "127.0.0.1",
        0,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=box.accepts,
    )
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop()
