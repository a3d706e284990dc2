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
    from apprise import Apprise, NotifyBase

_CHAT = 1500
"""A service whose messages may be longer is for reading; pagers and text messages take fewer characters."""
_MOST_PARTS = 5
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
        image_url_mask="",  # pictures of apprise's that are loaded from elsewhere
        image_url_logo="",
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        async_mode=False,
    )
    service = apprise.Apprise.instantiate(asked["url"], asset=asset)
    if service is None:
        return {"service": None, "sent": False, "said": said.lines}
    sent = "body" in asked and _sent(asked, service, apprise.Apprise(asset=asset))
    return {"service": str(service.service_name), **_server(service), "sent": sent, "said": said.lines}


def _sent(asked: dict[str, str], service: NotifyBase, sender: Apprise) -> bool:
    """Send a mail as the plain text that it is, in parts if a service for reading takes no such long one."""
    parts = len(asked["body"]) / service.body_maxlen
    overflow = "split" if service.body_maxlen >= _CHAT and parts <= _MOST_PARTS else "truncate"
    sender.add(_with(asked["url"], format="text", overflow=overflow))
    severity = _TYPES.get(asked["severity"], "info")
    return bool(sender.notify(asked["body"], asked["title"], severity, body_format="text"))


def _listen() -> _Said:
    said = _Said()
    logger = logging.getLogger("apprise")
    logger.handlers[:] = [said]
    logger.propagate = False
    return said


def _with(url: str, **parameters: str) -> str:
    """Add parameters to a URL, except for those that it has."""
    query = url.partition("?")[2]
    named = {part.partition("=")[0] for part in query.split("&")}
    added = [f"{name}={value}" for name, value in parameters.items() if name not in named]
    return f"{url}{'&' if query else '' if url.endswith('?') else '?'}{'&'.join(added)}"


def _server(service: NotifyBase) -> dict[str, Any]:
    """Say where the server is, if the URL names one: a token may stand in a host's place too."""
    templates: tuple[str, ...] = service.templates
    if not any("{host}" in template for template in templates):
        return {}
    host = getattr(service, "smtp_host", None) or service.host
    return {"host": host, "port": service.port or (443 if service.secure else 80)}


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
