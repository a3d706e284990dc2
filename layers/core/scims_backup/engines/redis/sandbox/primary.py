"""A primary of our own on loopback: one replica that knows its password gets one archive."""

from __future__ import annotations

import hmac
import re
import secrets
import selectors
import socket
import time
from dataclasses import dataclass, field

from scims_backup.domain.errors import SandboxError

LOOPBACK = "127.0.0.1"
_LOG_IN_SECONDS = 60
_LONGEST_REQUEST = 8192
_NUMBER = re.compile(rb"[*$](\d{1,6})\r\n")
_AGAIN = "drill again; another program on this machine may be in the way"


@dataclass
class _Visitor:
    """Somebody who connected: what they sent and is not read yet, and whether they know the password."""

    link: socket.socket
    waiting: bytearray = field(default_factory=bytearray)
    is_known: bool = False


class Primary:
    """What a replica connects to; its port stays taken until `close`, so that nobody else answers there."""

    def __init__(self) -> None:
        self.user, self.password = secrets.token_hex(16), secrets.token_hex(32)
        try:
            self._listener = socket.create_server((LOOPBACK, 0))
        except OSError as error:
            raise SandboxError(f"no port can be opened on {LOOPBACK}: {error.strerror}", _AGAIN) from error
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]

    @property
    def host(self) -> str:
        """Where it listens."""
        return LOOPBACK

    def replica(self, server: int) -> socket.socket:
        """Wait for the replica, and return the connection on which it waits for an archive.

        server: the file descriptor of the replica's process, readable once that has ended.
        Raise SandboxError if it ends, or does not come.
        """
        visitors: list[_Visitor] = []
        chosen: _Visitor | None = None
        with selectors.DefaultSelector() as watched:
            watched.register(self._listener, selectors.EVENT_READ)
            watched.register(server, selectors.EVENT_READ)
            try:
                chosen = self._await_replica(watched, visitors, server)
            finally:
                for visitor in visitors:
                    if visitor is not chosen:
                        visitor.link.close()
        chosen.link.setblocking(True)
        return chosen.link

    def close(self) -> None:
        """Give the port back."""
        self._listener.close()

    def _await_replica(
        self, watched: selectors.BaseSelector, visitors: list[_Visitor], server: int
    ) -> _Visitor:
        give_up = time.monotonic() + _LOG_IN_SECONDS
        while (patience := give_up - time.monotonic()) > 0:
            for key, _ in watched.select(patience):
                if key.fileobj == server:
                    raise SandboxError("the sandbox's server ended before it asked for the archive", _AGAIN)
                if key.fileobj is self._listener:
                    link, _ = self._listener.accept()
                    link.setblocking(False)
                    visitors.append(_Visitor(link))
                    watched.register(link, selectors.EVENT_READ, visitors[-1])
                elif self._heard(key.data, watched):
                    return key.data  # type: ignore[no-any-return]
        raise SandboxError(f"the sandbox's server did not ask for the archive in {_LOG_IN_SECONDS} s", _AGAIN)

    def _heard(self, visitor: _Visitor, watched: selectors.BaseSelector) -> bool:
        """Answer what somebody sent; True if it is the replica, and waits for the archive now."""
        try:
            sent = visitor.link.recv(_LONGEST_REQUEST)
            visitor.waiting += sent
            if sent and len(visitor.waiting) <= _LONGEST_REQUEST:
                for request in _requests(visitor.waiting):
                    answer, is_last = self._answered(visitor, request)
                    visitor.link.send(answer)
                    if is_last:
                        return True
                return False
        except (OSError, ValueError, _StrangerError):
            pass  # a stranger: the replica comes by a connection of its own
        watched.unregister(visitor.link)
        visitor.link.close()
        return False

    def _answered(self, visitor: _Visitor, request: list[bytes]) -> tuple[bytes, bool]:
        command = request[0].upper() if request else b""
        if command == b"AUTH":
            expected = [self.user.encode(), self.password.encode()]
            if not hmac.compare_digest(b"\0".join(request[1:]), b"\0".join(expected)):
                raise _StrangerError
            visitor.is_known = True
            return b"+OK\r\n", False
        if command == b"PING":
            return (b"+PONG\r\n" if visitor.is_known else b"-NOAUTH Authentication required.\r\n"), False
        if not visitor.is_known:
            raise _StrangerError
        if command == b"PSYNC":
            return b"+FULLRESYNC %s 0\r\n" % secrets.token_hex(20).encode(), True
        return (b"+OK\r\n" if command == b"REPLCONF" else b"-ERR unknown command\r\n"), False


class _StrangerError(Exception):
    """Somebody does not know the password."""


def _requests(waiting: bytearray) -> list[list[bytes]]:
    """Take the whole requests (arrays of bulk strings) off the front. Raise ValueError if it is none."""
    requests = []
    while waiting:
        request, end = _request(bytes(waiting))
        if request is None:
            break
        requests.append(request)
        del waiting[:end]
    return requests


def _request(data: bytes) -> tuple[list[bytes] | None, int]:
    """Return the first request and where it ends; None if it is not whole yet."""
    count, at = _count(data, 0, b"*")
    words = []
    for _ in range(count or 0):
        length, at = _count(data, at, b"$")
        if length is None or len(data) < at + length + 2:
            return None, 0
        words.append(data[at : at + length])
        at += length + 2
    return (words, at) if count is not None else (None, 0)


def _count(data: bytes, at: int, mark: bytes) -> tuple[int | None, int]:
    if data[at : at + 1] not in (mark, b""):
        raise ValueError(mark)
    match = _NUMBER.match(data, at)
    return (int(match[1]), match.end()) if match else (None, at)


def free_port() -> int:
    """Return a port of loopback that is free now; somebody else may take it meanwhile."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
