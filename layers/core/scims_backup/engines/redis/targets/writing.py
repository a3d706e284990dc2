"""Writing keys into a database number of a live server, and nothing over what is there."""

from __future__ import annotations

from collections.abc import Sequence

import redis

from scims_backup.engines.redis.rules.marker import KEY, UP_TO
from scims_backup.engines.redis.targets.by_type import Rewriter, can_be_parted
from scims_backup.engines.redis.targets.dumped_keys import DumpedKey
from scims_backup.engines.redis.targets.field_expiries import has_field_expiries, put_right
from scims_backup.engines.redis.targets.live_server import Client, LiveServer
from scims_backup.engines.redis.targets.many_commands import answers_to, packed
from scims_backup.engines.redis.targets.target_errors import target_error
from scims_backup.engines.redis.targets.watch_room import RoomWatch

_LOOK_EVERY_BYTES = 8 << 20
_GREAT = 32 << 20
"""Bytes of a payload that is written in parts: RESTORE of it would make clients wait too long."""
_TAKES_NO_DUMP = ("DUMP payload version", "Bad data format")


class Writer:
    """Fills a database number that is a restore's own; a key that comes twice replaces itself.

    number: that `live` is connected to.
    sandbox: connected to the database that the keys come from.
    """

    def __init__(self, server: LiveServer, sandbox: Client, live: Client, number: int) -> None:
        self._sandbox, self._live, self._number = sandbox, live, number
        self._watch = RoomWatch(server, live)
        self._rewriter = Rewriter(sandbox, live)
        self._reads_dumps = True
        self._unseen: int | None = None
        self._put = 0

    def write(self, keys: Sequence[DumpedKey]) -> None:
        """Write keys. Raise TargetError where the server does not take one, or has no more room."""
        self._look(sum(len(key.payload) for key in keys))
        self._put += len(keys)
        self._live.hset(KEY, UP_TO, str(self._put))
        whole = [key for key in keys if self._reads_dumps and not _is_great(key)]
        refused = {key.name for key in self._restored(whole)}
        written = {key.name for key in whole} - refused
        for key in keys:
            if key.name not in written:
                self._rewriter.write(key)
            elif has_field_expiries(key.payload):
                put_right(self._sandbox, self._live, key.name)

    def finish(self) -> None:
        """Wait until the replicas have all of it."""
        self._watch.wait_for_replicas()

    def _look(self, more: int) -> None:
        """Look at the server's room and its replicas, before the first keys and every now and then."""
        if self._unseen is None or self._unseen + more > _LOOK_EVERY_BYTES:
            self._watch.check(more + _LOOK_EVERY_BYTES)
            self._watch.wait_for_replicas()
            self._unseen = 0
        self._unseen += more

    def _restored(self, keys: Sequence[DumpedKey]) -> list[DumpedKey]:
        """Restore keys at once; return those whose payload the server cannot read."""
        commands = [
            packed(b"RESTORE", key.name, b"%d" % (key.expiry or 0), key.payload, b"ABSTTL", b"REPLACE")
            for key in keys
        ]
        answers = answers_to(self._live, commands)
        return [key for key, answer in zip(keys, answers, strict=True) if self._is_unread(answer)]

    def _is_unread(self, answer: object) -> bool:
        """Say whether the server cannot read a payload. Raise TargetError for all other refusals."""
        if not isinstance(answer, redis.RedisError):
            return False
        text = str(answer)
        if any(words in text for words in _TAKES_NO_DUMP):
            self._reads_dumps = self._reads_dumps and "version" not in text
            return True
        raise target_error(answer, f"restoring into database {self._number}")


def _is_great(key: DumpedKey) -> bool:
    return len(key.payload) > _GREAT and can_be_parted(key.payload)
