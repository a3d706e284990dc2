"""Whether a receiver's server can be reached; nothing is said to it."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from scims_backup.domain.errors import NotifierError

_SECONDS = 5.0
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def behind_proxy(environment: Mapping[str, str]) -> bool:
    """Say whether a proxy is between us and the network, so that a connection of our own says nothing."""
    return any(value and name.lower() in _PROXIES for name, value in environment.items())


def reach(host: str, port: int) -> None:
    """Open a connection, and close it. Raise NotifierError if that fails."""
    try:
        socket.create_connection((host, port), _SECONDS).close()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise NotifierError(
            f"{host} cannot be reached on port {port}: {reason}",
            "check the address, the network and the service",
        ) from None
