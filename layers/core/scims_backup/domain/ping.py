"""Pings to a dead man's switch: where each goes, and what it says."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from scims_backup.domain.errors import UsageError

SOURCE = "{source}"
"""Stands for the source's name in a URL."""


class Signal(StrEnum):
    """What a ping reports; the value is what its URL ends with (healthchecks.io's form)."""

    START = "start"
    SUCCESS = ""
    FAIL = "fail"


def ping_url(url: str, signal: Signal, source: str) -> str:
    """Return where a signal goes: `url`, `url/start` or `url/fail`, before the query if there is one."""
    parts = urlsplit(url.replace(SOURCE, quote(source, safe="")))
    path = f"{parts.path.rstrip('/')}/{signal}" if signal else parts.path
    return urlunsplit(parts._replace(path=path))


def checked_ping_url(url: str, named: str) -> str:
    """Return the URL of pings.

    named: where it was set, for the message, which does not repeat the URL: who knows it can ping.
    Raise UsageError if it is none.
    """
    if not _is_usable(url):
        raise UsageError(
            f"{named} is not a URL that can be pinged",
            "write https://HOST/PATH, e.g. https://hc-ping.com/UUID; `{source}` stands for the source's name",
        )
    return url


def host_and_port(url: str) -> tuple[str, int]:
    """Return the server of a URL that was checked."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _is_usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return _has_host(parts) and not any(char.isspace() for char in url)
    except ValueError:
        return False


def _has_host(parts: SplitResult) -> bool:
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
