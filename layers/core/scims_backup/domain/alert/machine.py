"""What machines receive in place of a mail's text: one JSON document."""

from __future__ import annotations

import json
from collections.abc import Mapping

from scims_backup.domain.alert.bus import facts_elsewhere

VERSION = 1
_MOST_BYTES = 40_000
"""SNS takes 256 KiB for this and the text together, and writes this one as text within JSON."""


def for_machines(document: Mapping[str, object], event: str) -> str:
    """Write a mail's document, without the event's facts if they are too large. event: its key."""
    text = json.dumps({"version": VERSION, **document})
    if len(text) <= _MOST_BYTES:
        return text
    return json.dumps({"version": VERSION, **document, "facts": facts_elsewhere(event)})
