"""What runs in a process of its own to send one mail by apprise: a JSON object in, a JSON object out.

apprise is third-party code for more than a hundred services. Here it has no secret but the receiver's URL, no
way to write to our output, and a process that can be killed. This module imports nothing of the package, so
that it starts quickly.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apprise import NotifyBase

_AS_IT_IS = {"format": "text", "overflow": "split"}
"""Our mails are plain text, and a service with a limit gets all of one, in parts."""
_TYPES = {"info": "info", "warning": "warning", "error": "failure", "critical": "failure"}
"""What apprise calls our severities."""
_MOST_SAID = 500
"""Characters of one line of apprise's log."""


class _Said(logging.Handler):
    """Keeps what apprise complains about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(" ".join(record.getMessage().split())[:_MOST_SAID])


def main(given: IO[str], answered: IO[str]) -> None:
    """Send a mail, or only look at the URL, and answer.

    given: an object with `url` and, to send something, `title`, `body` and `severity`.
    answered: gets one with `service`, null for a URL that cannot be used, `host` and `port` where the URL
        names a server of the user's own, `sent`, and `said`, what apprise logged.
    """
    json.dump(_answer(json.load(given)), answered)


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    import apprise  # noqa: PLC0415  a failure to import it is answered as any other

    said = _listen()
    asset = apprise.AppriseAsset(
        app_id="scims-backup",
        app_desc="scims-backup",
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        async_mode=False,
    )
    service = apprise.Apprise.instantiate(_as_it_is(asked["url"]), asset=asset)
    if service is None:
        return {"service": None, "sent": False, "said": said.lines}
    sent = False
    if "body" in asked:
        sender = apprise.Apprise(asset=asset)
        sender.add(service)
        sent = bool(
            sender.notify(
                title=asked["title"],
                body=asked["body"],
                notify_type=_TYPES.get(asked["severity"], "info"),
                body_format=apprise.NotifyFormat.TEXT,
            )
        )
    return {"service": str(service.service_name), **_server(service), "sent": sent, "said": said.lines}


def _listen() -> _Said:
    said = _Said()
    logger = logging.getLogger("apprise")
    logger.handlers[:] = [said]
    logger.propagate = False
    return said


def _as_it_is(url: str) -> str:
    """Add what makes a mail arrive as it is, unless the URL says otherwise."""
    query = url.partition("?")[2]
    named = {part.partition("=")[0] for part in query.split("&")}
    added = "&".join(f"{name}={value}" for name, value in _AS_IT_IS.items() if name not in named)
    return f"{url}{'&' if query else '?' if '?' not in url else ''}{added}"


def _server(service: NotifyBase) -> dict[str, Any]:
    """Say where the server is, if the URL names one: a token may stand in a host's place too."""
    templates: tuple[str, ...] = service.templates
    if not any("{host}" in template for template in templates):
        return {}
    host = getattr(service, "smtp_host", None) or service.host
    return {"host": host, "port": service.port or (443 if service.secure else 80)}


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
