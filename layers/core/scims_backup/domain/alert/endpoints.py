"""Addresses of subscribers, written so that only those who know them recognise them."""

from __future__ import annotations

from urllib.parse import urlsplit

from scims_backup.domain.alert.texts import one_line

_TAIL = 2


def shortened(protocol: str, endpoint: str) -> str:
    """Write an address without what makes it usable, e.g. `o…@example.org`. protocol: SNS's word for it."""
    local, at, host = endpoint.rpartition("@")
    if protocol.startswith("email") and at:
        return one_line(f"{local[:1]}…@{host}")
    if protocol.startswith("http"):
        return one_line(f"{protocol}://{_host(endpoint)}/…")
    return one_line(f"{protocol} …{endpoint[-_TAIL:]}")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # no address at all
        return ""
