"""A gate before an S3 server: who comes through it has the rights of one role, as AWS would judge."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from localcloud.iam.evaluation import Decision, Request
from tests.support.s3.asked import asked
from tests.support.s3.server import S3Server

_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "expect"}


@contextmanager
def gate(server: S3Server, decide: Callable[[Request], Decision]) -> Iterator[S3Server]:
    """Give the server as a role sees it. decide: judges each request, which passes only if all of it may."""

    class Handler(_Handler):
        upstream = urlsplit(server.url)
        judge = staticmethod(decide)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as door:
        door.daemon_threads = True
        threading.Thread(target=door.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield replace(server, url=f"http://127.0.0.1:{door.server_port}")
        finally:
            door.shutdown()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits for the client's acknowledgement of its head
    upstream = urlsplit("")
    judge: Callable[[Request], Decision]

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        refused = [
            (request, decision.why)
            for request in asked(self.command, self.path, headers, body)
            if not (decision := self.judge(request)).allowed
        ]
        if refused:
            self._answer(403, [("Content-Type", "application/xml")], _refusal(*refused[0]))
        else:
            self._answer(*self._passed_on(body))

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815  the library's names

    def _passed_on(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Ask the server itself; the host's name stays, which is signed."""
        connection = http.client.HTTPConnection(self.upstream.netloc, timeout=60)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP]
        if self.command == "HEAD":
            headers.append(("Content-Length", answer.headers.get("Content-Length", "0")))
        try:
            return answer.status, headers, answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        elif status == 403:
            self.send_header("Content-Length", "0")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _refusal(request: Request, why: str) -> bytes:
    message = f"{request.action} on {request.resource}: {why}"
    return f"<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>".encode()
