"""What the event bus receives: the event's document as stored."""

from __future__ import annotations

import json

_MOST_BYTES = 250_000
"""The bus takes 256 KiB for the whole entry."""


def detail_for(document: bytes, key: str) -> str:
    """The detail of an event: its document, without its facts if it is too large for the bus.

    document: a valid one.
    key: where in the catalog it is.
    """
    if len(document) <= _MOST_BYTES:
        return document.decode()
    return json.dumps({**json.loads(document), "facts": facts_elsewhere(key)})


def facts_elsewhere(key: str) -> dict[str, str]:
    """What stands in place of facts that are too large. key: where in the catalog they are."""
    return {"omitted": "too large to be sent: read the event in the catalog", "key": key}
