"""A way to a server on which its replication stream is changed, as a bad network or disk would change it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from tests.support.redis_servers import RunningRedis

Alter = Callable[[bytes], bytes]


@contextmanager
def altered(server: RunningRedis, alter: Alter, *, ended: bool = True) -> Iterator[str]:
    """Give an address where the server is reached, but sends another RDB.

    alter: makes it of the server's own.
    ended: whether the mark of its end is sent; else the connection is closed in its place.
    """
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        threading.Thread(target=_serve, args=(listener, server, alter, ended), daemon=True).start()
        stack.callback(listener.shutdown, socket.SHUT_RDWR)
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}"


def flipped(at: float) -> Alter:
    """Change one bit. at: where, as a part of the whole."""

    def alter(rdb: bytes) -> bytes:
        place = min(int(len(rdb) * at), len(rdb) - 1)
        return rdb[:place] + bytes([rdb[place] ^ 1]) + rdb[place + 1 :]

    return alter


def truncated(at: float) -> Alter:
    """Leave out the end. at: where it begins, as a part of the whole."""
    return lambda rdb: rdb[: int(len(rdb) * at)]


def rdb_of(server: RunningRedis) -> bytes:
    """Return what the server sends as its RDB."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        # Valkey 9 writes an old format for a replica that does not say its version; others do not know this
        for command in (b"REPLCONF version 99.0.0", b"REPLCONF capa eof", b"REPLCONF rdb-only 1"):
            connection.sendall(command + b"\r\n")
            connection.recv(1 << 10)
        connection.sendall(b"PSYNC ? -1\r\n")
        _, rdb, _ = _received(connection)
        return rdb


def _serve(listener: socket.socket, server: RunningRedis, alter: Alter, ended: bool) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_relay, args=(client, server, alter, ended), daemon=True).start()


def _relay(client: socket.socket, server: RunningRedis, alter: Alter, ended: bool) -> None:
    with client, socket.create_connection(("127.0.0.1", server.port)) as upstream, suppress(OSError):
        asked = threading.Event()
        threading.Thread(target=_ask, args=(client, upstream, asked), daemon=True).start()
        while data := upstream.recv(1 << 16):
            if asked.is_set():
                head, rdb, mark = _received(upstream, data)
                client.sendall(head + alter(rdb) + (mark if ended else b""))
                break
            client.sendall(data)
        client.shutdown(socket.SHUT_RDWR)  # closing is not enough while another thread reads


def _ask(client: socket.socket, upstream: socket.socket, asked: threading.Event) -> None:
    with suppress(OSError):
        while data := client.recv(1 << 16):
            if b"PSYNC" in data.upper():
                asked.set()
            upstream.sendall(data)
        upstream.shutdown(socket.SHUT_RDWR)


def _received(server: socket.socket, data: bytes = b"") -> tuple[bytes, bytes, bytes]:
    """Return what comes before the RDB, the RDB, and the mark of its end ('' where its length was said)."""
    while b"\r\n" not in data[(begin := data.find(b"$")) :] or begin < 0:
        data += _more(server)
    end = data.index(b"\r\n", begin) + 2
    head, said = data[:end], data[begin + 1 : end - 2]
    body = bytearray(data[end:])
    if not said.startswith(b"EOF:"):
        while len(body) < int(said):
            body += _more(server)
        return head, bytes(body[: int(said)]), b""
    mark, looked = said[len("EOF:") :], 0
    while (found := body.find(mark, max(0, looked - len(mark)))) < 0:
        looked = len(body)
        body += _more(server)
    return head, bytes(body[:found]), mark


def _more(server: socket.socket) -> bytes:
    data = server.recv(1 << 20)
    if not data:
        raise ConnectionError("the server closed the connection")
    return data
