"""A primary that says what a test tells it to: what no real server can be made to say at a given moment."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

FULL = b"+FULLRESYNC " + b"a" * 40 + b" 0\r\n"
MARK = b"0123456789abcdef" * 2 + b"01234567"


@contextmanager
def primary(*said: bytes, stays: bool = False) -> Iterator[str]:
    """Give the address of one that agrees to everything, and answers PSYNC with these pieces.

    stays: whether it then keeps the connection open, saying nothing more.
    """
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        ended = threading.Event()
        thread = threading.Thread(target=_serve, args=(listener, said, ended if stays else None))
        thread.start()
        stack.callback(thread.join)
        stack.callback(listener.shutdown, socket.SHUT_RDWR)
        stack.callback(ended.set)
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}"


def _serve(listener: socket.socket, said: tuple[bytes, ...], ended: threading.Event | None) -> None:
    with suppress(OSError):
        client, _ = listener.accept()
        with client:
            while data := client.recv(1 << 16):
                if b"PSYNC" not in data:
                    client.sendall(b"+OK\r\n")
                    continue
                for piece in said:
                    client.sendall(piece)
                if ended is not None:
                    ended.wait()
                return
