"""What machines receive in place of a mail's text: one JSON document."""

from __future__ import annotations

import json
from collections.abc import Mapping

from scims_backup.domain.alert.bus import facts_elsewhere

VERSION = 1
_MOST_BYTES = 40_000
"""SNS takes 256 KiB for this and the text together, and writes this one as text within JSON."""


def for_machines(document: Mapping[str, object], text: str, event: str) -> str:
    """Write a mail's document; if it is too large, without the mail's text, then without the event's facts.

    text: of the mail.
    event: its key.
    """
    whole = {"version": VERSION, **document}
    short = {**whole, "facts": facts_elsewhere(event)}
    written = (json.dumps(one) for one in ({**whole, "text": text}, whole))
    return next((one for one in written if len(one) <= _MOST_BYTES), json.dumps(short))
