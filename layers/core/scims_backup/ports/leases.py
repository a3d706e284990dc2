"""Leases in the catalog: a right that one process at a time holds, and that passes on when it expires."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from scims_backup.domain.decoding import named
from scims_backup.domain.documents import read
from scims_backup.domain.errors import KeyMissingError, KeyTakenError
from scims_backup.ports import Catalog

VERSION = 1
_AHEAD = timedelta(minutes=15)
"""So far ahead another machine's clock may be: a lease that begins later was made by nobody honest."""
_SUFFIX = ".json"


@dataclass(frozen=True)
class Holder:
    """Who holds a lease, since when, and until when."""

    token: str = field(metadata=named("holder"))
    since: datetime
    until: datetime

    def to_bytes(self) -> bytes:
        """Write the document for the catalog."""
        document = {
            "version": VERSION,
            "holder": self.token,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
        }
        return json.dumps(document, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Holder:
        """Read a document stored under `name`. Raise DocumentError if it is damaged."""
        return read(cls, data, name, VERSION)


class Lease:
    """A right that one process at a time holds; one that was left behind passes on when it expires.

    Taking over creates the next generation of the key (`KEY~2.json`), and creating is exclusive: if several
    find a lease expired, one gets it. Nothing is ever overwritten, and only a holder removes its own. Anyone
    who can write there can write any lease: one that begins in the future, or lasts longer than one may, does
    not count.

    key: ends in `.json`.
    token: unique: of this process, or of a run that is repeated when it dies, and takes over its own lease.
    clock: the time now.
    life: how long this process may hold it.
    most: how long any may hold it, `life` if none may hold it longer.
    """

    def __init__(
        self,
        catalog: Catalog,
        key: str,
        token: str,
        clock: Callable[[], datetime],
        life: timedelta,
        *,
        most: timedelta | None = None,
    ) -> None:
        self.key = key
        self._catalog = catalog
        self._token = token
        self._clock = clock
        self._life = life
        self._most = max(life, most or life)
        self._mine: str | None = None
        self._until = datetime.min.replace(tzinfo=UTC)

    def take(self) -> bool:
        """Try to become the holder; True if this process is it already."""
        if self._mine is not None:
            return True
        now = self._clock()
        self._until = now + self._life
        newest = self._newest_generation()
        if newest and not self._is_free(newest, now):
            return False
        key = self._generation(newest + 1)
        try:
            self._catalog.put_new(key, Holder(self._token, now, now + self._life).to_bytes())
        except KeyTakenError:
            return False
        self._mine = key
        return True

    def holder(self) -> Holder | None:
        """Return who holds it now; None if nobody does. Raise DocumentError if that cannot be read."""
        newest = self._newest_generation()
        holder = self._holder_of(newest) if newest else None
        return self._believed(holder, self._clock()) if holder else None

    def is_held(self) -> bool:
        """Say whether this process is still the holder: one that stalled may have lost it to another."""
        return self.lasts() and self._mine == self._generation(self._newest_generation())

    def lasts(self, for_at_least: timedelta = timedelta()) -> bool:
        """Say whether what this process took has not expired, though a run of the same token may share it.

        for_at_least: how much longer it is to last.
        """
        return self._mine is not None and self._clock() + for_at_least <= self._until

    def release(self) -> None:
        """Let the next one try, if this process is the holder."""
        if self._mine is not None:
            self._catalog.delete(self._mine)
            self._mine = None

    def _newest_generation(self) -> int:
        own = re.compile(re.escape(self._stem) + r"(?:~(\d+))?\.json")
        found = (own.fullmatch(key) for key in self._catalog.keys(self._stem))
        return max((int(match[1] or 1) for match in found if match), default=0)

    def _is_free(self, generation: int, now: datetime) -> bool:
        holder = self._holder_of(generation)
        # one that was released just now is free at the next try
        return holder is not None and (holder.token == self._token or self._believed(holder, now) is None)

    def _believed(self, holder: Holder, now: datetime) -> Holder | None:
        """Return who holds it, for no longer than one may; None if nobody does."""
        if holder.since > now + _AHEAD:
            return None
        until = min(holder.until, holder.since + self._most)
        return replace(holder, until=until) if until >= now else None

    def _holder_of(self, generation: int) -> Holder | None:
        key = self._generation(generation)
        try:
            return Holder.from_bytes(self._catalog.get(key), key)
        except KeyMissingError:
            return None

    @property
    def _stem(self) -> str:
        return self.key.removesuffix(_SUFFIX)

    def _generation(self, number: int) -> str:
        return self.key if number == 1 else f"{self._stem}~{number}{_SUFFIX}"
