"""The Lambda Runtime API (2018-06-01) for one execution environment."""

import queue
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    """What the function's process said about one invocation."""

    payload: bytes
    is_error: bool


class RuntimeApi:
    """Hands invocations to a function's process, one at a time, and takes its answers."""

    def __init__(self, timeout: int) -> None:
        self.timeout = timeout
        self.ready = threading.Event()
        self.init_error: bytes | None = None
        self.answer: Future[Answer] = Future()
        self._invocations: queue.Queue[Mapping[str, str] | None] = queue.Queue()
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_port}"

    def hand_out(self, invocation: Mapping[str, str]) -> Future[Answer]:
        """Give the process something to do; return where its answer will be."""
        self.answer = Future()
        self._invocations.put(invocation)
        return self.answer

    def next_invocation(self) -> Mapping[str, str] | None:
        """Wait for something to do; None when there is nothing more."""
        self.ready.set()
        return self._invocations.get()

    def refuse_start(self, error: bytes) -> None:
        """The process could not load its handler."""
        self.init_error = error
        self.ready.set()

    def close(self) -> None:
        """Let a process that still waits go, and free the port."""
        self._invocations.put(None)
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: RuntimeApi) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """…/invocation/next."""
        api = self.server.api
        invocation = api.next_invocation()
        if invocation is None:
            self.close_connection = True
            return
        deadline = int((time.time() + api.timeout) * 1000)
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation["invoke-id"],
            "Lambda-Runtime-Invoked-Function-Arn": invocation["invoked-function-arn"],
            "Lambda-Runtime-Trace-Id": invocation["trace-id"],
            "Lambda-Runtime-Deadline-Ms": str(deadline),
        }
        self._reply(200, invocation["payload"].encode(), headers)

    def do_POST(self) -> None:
        """…/init/error, …/invocation/ID/error and …/invocation/ID/response."""
        api, body = self.server.api, self._body()
        if self.path.endswith("/init/error"):
            api.refuse_start(body)
        elif not api.answer.done():
            api.answer.set_result(Answer(body, self.path.endswith("/error")))
        self._reply(202, b'{"status":"OK"}', {})

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
