"""Loading an RDB into a server: streamed to it as to a replica, so that nothing of it is on a disk."""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from scims_backup.domain.errors import SandboxError

if TYPE_CHECKING:
    from scims_backup.engines.redis.sandbox.server import RunningServer

_EOF_MARK_BYTES = 40
_PIECE = 1 << 18
_STALLED_SECONDS = 300
"""A server that is silent for so long is stuck: while it loads, it sends a newline every second."""
_LOADED = b"ACK"


class Loading:
    """One RDB on its way into a server; made by RunningServer.loading."""

    def __init__(self, server: RunningServer, link: socket.socket) -> None:
        self._server, self._link = server, link
        # no digit may come first: after a cut header it would be read as a version
        self._mark = b"x" + secrets.token_hex(_EOF_MARK_BYTES // 2).encode()[1:]
        link.settimeout(_STALLED_SECONDS)
        self._send(b"$EOF:%s\r\n" % self._mark)

    def write(self, chunk: bytes) -> None:
        """Pass on the next bytes of the RDB; wait where the server is behind.

        Raise RestoreFailedError if the server refuses the RDB, SandboxError if that is the sandbox's fault.
        """
        for start in range(0, len(chunk), _PIECE):
            self._send(chunk[start : start + _PIECE])

    def finish(self) -> None:
        """The RDB is over: wait until it is loaded, and make the server a primary. Raise as `write`."""
        self._send(self._mark)
        # where the RDB was cut, the server must not wait for the rest
        with suppress(OSError):  # it has dropped the link already: reading from it shows that
            self._link.shutdown(socket.SHUT_WR)
        if not (self._has_acknowledged() or self._server.has_loaded()):
            self._refuse(None)
        self._server.promote()

    def _send(self, data: bytes) -> None:
        try:
            self._link.sendall(data)
        except OSError as error:
            self._refuse(error)

    def _has_acknowledged(self) -> bool:
        """Wait for a REPLCONF ACK, which a replica sends once it has loaded; False if the link ends before.

        Redis 6.2 sends it within a second of that, and may have seen the link's end before.
        """
        said = b""
        while _LOADED not in said:
            try:
                heard = self._link.recv(4096)
            except ConnectionError:
                return False
            except OSError as error:
                self._refuse(error)
            if not heard:
                return False
            said = said[-len(_LOADED) :] + heard
        return True

    def _refuse(self, error: OSError | None) -> NoReturn:
        if isinstance(error, TimeoutError):
            raise SandboxError(
                f"the sandbox's server made no progress for {_STALLED_SECONDS} seconds", "drill again"
            ) from error
        raise self._server.why_refused() from error
