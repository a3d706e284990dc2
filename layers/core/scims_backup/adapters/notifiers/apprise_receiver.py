"""A receiver that apprise knows how to reach: mail, chat, pagers, webhooks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from scims_backup.adapters.notifiers.outside import asked
from scims_backup.domain.alert import Mail
from scims_backup.domain.errors import NotifierError
from scims_backup.domain.redaction import HIDDEN

PATIENCE_SECONDS = 30.0
"""One mail may take so long; apprise itself waits four seconds for a connection, and four for an answer."""
_PROGRAM = "scims_backup.adapters.notifiers.apprise_process"
_SHORT, _LONG = 4, 8
"""A part of a URL with fewer characters is no secret, and one with more is hidden within words too."""
_LOOK = "compare the URL with https://appriseit.com/services/, then run `scims-backup notify --test`"
_LATER = "run `scims-backup notify --test` to see whether the receiver takes messages"


@dataclass(frozen=True)
class Known:
    """What apprise makes of a URL.

    service: e.g. `Slack`.
    host, port: of the server that the URL names; None where the service has its own.
    """

    service: str
    host: str | None
    port: int | None


class AppriseReceiver:
    """Sends mails to a URL of apprise's, each in a process of its own that is killed if it takes too long.

    url: a secret.
    name: what messages call the receiver.
    environment: of which the process gets what leads to the network.
    """

    def __init__(
        self, url: str, name: str, environment: Mapping[str, str], patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._url = url
        self._name = name
        self._environment = environment
        self._seconds = patience_seconds

    def send(self, mail: Mail) -> str:
        """Send one mail and return which service took it. Raise NotifierError if none did."""
        severity = mail.attributes.get("severity", "info")
        answer = self._ask({"title": mail.subject, "body": mail.body, "severity": severity})
        if not answer["sent"]:
            raise NotifierError(f"{answer['service']} did not take it: {self._said(answer)}", _LATER)
        return str(answer["service"])

    def look(self) -> Known:
        """Return what apprise makes of the URL; nothing is sent. Raise NotifierError if it cannot be used."""
        answer = self._ask({})
        return Known(str(answer["service"]), answer.get("host"), answer.get("port"))

    def _ask(self, question: Mapping[str, str]) -> Mapping[str, Any]:
        with asked(_PROGRAM, {"url": self._url, **question}, self._environment, self._name) as process:
            answer = process.answer(self._seconds)
        if answer["service"] is None:
            raise NotifierError(f"the URL of {self._name} cannot be used: {self._said(answer)}", _LOOK)
        return answer

    def _said(self, answer: Mapping[str, Any]) -> str:
        """Return what apprise complained about, without any part of the URL."""
        said = "; ".join(answer["said"]) or "no reason was given"
        for part in sorted(_parts(self._url), key=len, reverse=True):
            word = re.escape(part) if len(part) >= _LONG else rf"\b{re.escape(part)}\b"
            said = re.sub(word, HIDDEN, said)
        return said


def _parts(url: str) -> set[str]:
    """What may be a secret in a URL: all but its scheme."""
    rest = url.partition("://")[2]
    found = {url, rest, *re.split(r"[/?#&=@:,;]", rest)}
    return {form for part in found for form in (part, unquote(part)) if len(form) >= _SHORT}
