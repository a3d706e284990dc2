"""Chosen keys of a backup: restored into empty databases, proven there, then moved beside the live keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from scims_backup.domain.errors import NothingToWorkOnError
from scims_backup.domain.verdict import Finding
from scims_backup.engines.redis.rules import key_commands
from scims_backup.engines.redis.rules.comparison import compare
from scims_backup.engines.redis.rules.marker import KEY
from scims_backup.engines.redis.rules.part_of_proof import named, part_of
from scims_backup.engines.redis.rules.proof import RedisProof
from scims_backup.engines.redis.sandbox.archive_intake import ArchiveIntake
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
from scims_backup.engines.redis.sandbox.server import RunningServer
from scims_backup.engines.redis.targets.claims import Claim, claimed, empty_leftovers
from scims_backup.engines.redis.targets.dumped_keys import named_keys
from scims_backup.engines.redis.targets.live_proof import proof_of
from scims_backup.engines.redis.targets.live_server import LiveServer
from scims_backup.engines.redis.targets.moving import move_all
from scims_backup.engines.redis.targets.sandboxed import taking
from scims_backup.engines.redis.targets.survey import refuse, surveyed_for_keys
from scims_backup.engines.redis.targets.target_errors import targeting
from scims_backup.engines.redis.targets.writing import Writer
from scims_backup.ports import Progress

_NAMES_AT_ONCE = 10_000


@contextmanager
def building_keys(
    server: LiveServer,
    sandboxing: Sandboxing,
    like: RedisProof,
    patterns: Sequence[str],
    prefix: bytes,
    progress: Progress,
) -> Iterator[RedisKeyBuilding]:
    """Load the archive here; what is copied of it is moved to live databases, or is gone at the end.

    patterns: as for KEYS.
    prefix: of the names that the keys get.
    Raise TargetError if the server lacks what that takes.
    """
    empty_leftovers(server, progress)
    refuse(surveyed_for_keys(server))
    with claimed(server, progress) as claim, taking(sandboxing, like, progress) as (sandbox, intake):
        yield RedisKeyBuilding(claim, sandbox, intake, like, patterns, prefix, progress)


class RedisKeyBuilding:
    """Chosen keys on their way; implements ports.KeyBuilding."""

    def __init__(
        self,
        claim: Claim,
        sandbox: RunningServer,
        intake: ArchiveIntake,
        like: RedisProof,
        patterns: Sequence[str],
        prefix: bytes,
        progress: Progress,
    ) -> None:
        self._claim, self._server = claim, claim.server
        self._sandbox, self._intake, self._like = sandbox, intake, like
        self._patterns, self._prefix, self._progress = patterns, prefix, progress
        self._names: Mapping[int, list[bytes]] = {}

    def write(self, chunk: bytes) -> None:
        """Load the archive's next bytes into the sandbox. Raise RestoreFailedError or SandboxError."""
        self._intake.write(chunk)
        self._progress.bytes(len(chunk))

    def finish(self) -> None:
        """Copy the keys that match into empty databases.

        Raise NothingToWorkOnError if none does, RestoreFailedError or TargetError.
        """
        self._intake.finish()
        found = {number: self._matching(number) for number in sorted(self._sandbox.keys())}
        self._names = {number: names for number, names in found.items() if names}
        if not self._names:
            raise NothingToWorkOnError(
                f"the backup has no key that matches {' or '.join(self._patterns)}",
                "write patterns as for KEYS, in quotes: --keys 'session:*'",
            )
        self._claim.take(list(self._names), but=set(self._names))
        for database, names in self._names.items():
            self._copy(database, names)

    def differences(self) -> Sequence[Finding]:
        """Return where the keys are not those of the proof; those that expired since may be gone."""
        databases = {marker.number: database for database, marker in self._claim.markers.items()}
        if self._intake.at_hand is None:  # a proof of counts counts no single keys
            return []
        found = proof_of(self._server, databases, self._like.level, self._progress, self._like)
        like = self._like.with_list(self._intake.at_hand)
        expected = named(part_of(like, set(self._names)), self._names)
        findings, _ = compare(expected, part_of(found, set(self._names)))
        return findings

    def move(self) -> Mapping[str, int]:
        """Move the keys to the live databases, all or none; return how many there are by database.

        Raise TargetError if a live database does not take them.
        """
        return move_all(self._server, self._claim.markers, self._prefix)

    @property
    def copy_missing(self) -> Sequence[str]:
        """The commands that put moved keys under their own names where no live ones are."""
        return key_commands.copy_missing(self._prefix.decode(), sorted(self._names))

    @property
    def drop(self) -> Sequence[str]:
        """The commands that remove moved keys."""
        return key_commands.drop(self._prefix.decode(), sorted(self._names))

    def _matching(self, database: int) -> list[bytes]:
        with self._sandbox.client(database) as client:
            found = {
                name
                for pattern in self._patterns
                for name in client.scan_iter(match=pattern, count=_NAMES_AT_ONCE)
            }
        return sorted(found - {KEY})

    def _copy(self, database: int, names: Sequence[bytes]) -> None:
        marker = self._claim.markers[database]
        with (
            self._sandbox.client(database) as source,
            self._server.connected(marker.number) as live,
            targeting(f"copying keys of database {database} to database {marker.number}"),
        ):
            writer = Writer(self._server, source, live, marker.number)
            for keys in named_keys(source, names):
                writer.write(keys)
            writer.finish()
        self._progress.rows(f"database {database}", len(names))
