"""Conditional markers in the catalog: of all who want to initialise a vault, one at a time may."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.documents import checked, parsed
from scims_backup.domain.errors import KeyMissingError, KeyTakenError
from scims_backup.ports import Catalog

VERSION = 1

STALE = timedelta(minutes=10)
"""A holder is done, or gone, after this; it gives up far earlier (ANSWER_SECONDS)."""


@dataclass(frozen=True)
class Holder:
    """Who holds a marker, and since when."""

    token: str
    time: datetime

    def to_bytes(self) -> bytes:
        """Write the document for the catalog."""
        document = {"version": VERSION, "holder": self.token, "time": self.time.isoformat()}
        return json.dumps(document, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Holder:
        """Read a document stored under `name`. Raise DocumentError if it is damaged."""
        document = parsed(data, name, VERSION)
        with checked(name):
            return cls(document["holder"], datetime.fromisoformat(document["time"]))


class Marker:
    """A right that one process at a time holds; one that was left behind passes on after STALE.

    Taking over creates the next generation of the key, and creating is exclusive: so of several that
    find a marker stale one gets it. Nothing is ever overwritten, and only a holder removes its own.
    name: of the right, e.g. a source's name; token: of this process, unique; clock: the time now.
    """

    def __init__(self, catalog: Catalog, name: str, token: str, clock: Callable[[], datetime]) -> None:
        self._catalog = catalog
        self._name = name
        self._token = token
        self._clock = clock
        self._mine: str | None = None

    @property
    def key(self) -> str:
        """The key of the first generation, for messages."""
        return keys.vault_marker(self._name)

    def take(self) -> bool:
        """Try to become the holder; True if this process is it already."""
        if self._mine is not None:
            return True
        now = self._clock()
        newest = self._newest_generation()
        if newest and not self._is_stale(newest, now):
            return False
        key = self._key(newest + 1)
        try:
            self._catalog.put_new(key, Holder(self._token, now).to_bytes())
        except KeyTakenError:
            return False
        self._mine = key
        return True

    def release(self) -> None:
        """Let the next one try, if this process is the holder."""
        if self._mine is not None:
            self._catalog.delete(self._mine)
            self._mine = None

    def _newest_generation(self) -> int:
        own = re.compile(re.escape(self._stem) + r"(?:~(\d+))?\.json")
        found = (own.fullmatch(key) for key in self._catalog.keys(self._stem))
        return max((int(match[1] or 1) for match in found if match), default=0)

    def _is_stale(self, generation: int, now: datetime) -> bool:
        key = self._key(generation)
        try:
            holder = Holder.from_bytes(self._catalog.get(key), key)
        except KeyMissingError:
            return False  # released just now: the next try finds it free
        return now - holder.time > STALE

    @property
    def _stem(self) -> str:
        return self.key.removesuffix(".json")

    def _key(self, generation: int) -> str:
        return self.key if generation == 1 else keys.vault_marker(f"{self._name}~{generation}")
