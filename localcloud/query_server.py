"""A service of the query protocol on a port: ElastiCache, RDS."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

from localcloud.listening import address
from localcloud.query_api import QueryApi
from localcloud.requests_journal import note_request


class QueryServer:
    """Serves an API from a thread. service: its name. journal: of requests."""

    def __init__(self, port: int, service: str, api: QueryApi, journal: Path) -> None:
        self.url = f"http://{address()}:{port}"
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            """One request."""

            def do_POST(self) -> None:
                """Answer."""
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = dict(parse_qsl(body))
                signed = self.headers.get("Authorization", "")
                with server._lock:
                    note_request(journal, signed, service, form["Action"], api.told(form))
                    status, answer = api.answer(form)
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer((address(), port), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)

    def start(self) -> None:
        """Serve."""
        self._thread.start()

    def stop(self) -> None:
        """Free the port."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
