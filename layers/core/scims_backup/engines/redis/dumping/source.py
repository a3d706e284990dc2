"""A server as a source: its RDB, taken by replication."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from scims_backup.domain.errors import SourceChangedError, SourceError
from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.connect.server_facts import ServerFacts, facts_of
from scims_backup.engines.redis.dumping.preflight import looked_at
from scims_backup.engines.redis.dumping.replication import rdb_stream
from scims_backup.engines.redis.dumping.snapshot import RdbSnapshot
from scims_backup.engines.redis.rules.concerns import CHECKSUM, Weight
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
from scims_backup.ports import Estimate

_FAILOVER = "take the backup when no failover is under way, or back up a server that keeps its role"


class RedisSource:
    """One server with all its databases; implements ports.Source."""

    def __init__(self, address: RedisAddress, sandboxing: Sandboxing) -> None:
        self._address, self._sandboxing = address, sandboxing

    @contextmanager
    def snapshot(self) -> Iterator[RdbSnapshot]:
        """Look at the server, whose RDB is asked for when the archive is read.

        Raise SourceError if it cannot be reached, or is none that can be backed up.
        """
        snapshot = RdbSnapshot(RunningSource(self._address, facts_of(self._address)), self._sandboxing)
        try:
            yield snapshot
        finally:
            snapshot.stop()


class RunningSource:
    """A server that is asked for its RDB; implements Origin.

    before: what it said before that.
    """

    def __init__(self, address: RedisAddress, before: ServerFacts) -> None:
        self.name = str(address)
        self.modules: Mapping[str, str] = before.modules
        self.estimate = Estimate(before.used_memory, sum(before.keys.values()))
        self._address, self._before = address, before
        self._concerns = list(looked_at(address, before))
        self._notes: list[str] = []

    @contextmanager
    def opened(self) -> Iterator[Iterator[bytes]]:
        """Ask for the RDB. Raise SourceError if it is refused."""
        with rdb_stream(self._address, self._before) as stream:
            yield stream.chunks

    def check_unchanged(self) -> None:
        """Raise SourceChangedError if another server answers now, or it has another role.

        A server that has gone since is no reason to discard its last RDB, which is whole.
        """
        try:
            after = facts_of(self._address)
        except SourceError as error:
            self._notes.append(
                f"the server could not be checked again after its RDB was read: {error.message}"
            )
            return
        if after.run_id != self._before.run_id:
            raise SourceChangedError(
                f"{self._address} is a different server than before its RDB was read, or was restarted",
                _FAILOVER,
            )
        if after.role != self._before.role:
            raise SourceChangedError(
                f"{self._address} was a {_role(self._before)} before its RDB was read, "
                f"and is a {_role(after)} now",
                _FAILOVER,
            )
        self._note_evictions(after)

    def warnings(self) -> Sequence[str]:
        """Say what endangers backups of this server; that its RDB has no checksum, the RDB says itself."""
        problems = [one for one in self._concerns if one.weight is Weight.PROBLEM and one.check != CHECKSUM]
        return [f"{one.message}. {one.cure}" for one in problems]

    def notes(self) -> Sequence[str]:
        """Say what happened while the RDB was read."""
        return self._notes

    def _note_evictions(self, after: ServerFacts) -> None:
        evicted = int(after.info.get("evicted_keys", 0)) - int(self._before.info.get("evicted_keys", 0))
        if evicted > 0:
            self._notes.append(
                f"the server evicted {evicted} keys while its RDB was read (maxmemory); "
                "the RDB has what was there at its fork"
            )


def _role(facts: ServerFacts) -> str:
    return "primary" if facts.role == "master" else "replica"
