"""An HTTP server on this machine that takes what is posted to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Posted:
    """What the server got: path and body of each request."""

    port: int
    requests: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def posted() -> Iterator[Posted]:
    """Run a server that takes everything."""
    got = Posted(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take a request."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            got.requests.append((self.path, body.decode()))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        got.port = server.server_port
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield got
        finally:
            server.shutdown()
            thread.join()
