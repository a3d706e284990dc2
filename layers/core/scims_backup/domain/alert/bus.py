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
    facts = {"omitted": "too large for the event bus: read the event in the catalog", "key": key}
    return json.dumps({**json.loads(document), "facts": facts})
