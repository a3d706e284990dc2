"""Databases on their way to a live server: loaded into a sandbox here, then copied key by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from scims_backup.domain.errors import TargetError
from scims_backup.domain.verdict import Finding
from scims_backup.engines.redis.rules import marker as marker_of
from scims_backup.engines.redis.rules.marker import KEY, Marker
from scims_backup.engines.redis.rules.restored_names import numbers_in
from scims_backup.engines.redis.sandbox.archive_intake import ArchiveIntake
from scims_backup.engines.redis.sandbox.server import RunningServer
from scims_backup.engines.redis.targets.claims import Claim, put, renamed
from scims_backup.engines.redis.targets.dumped_keys import dumped_keys
from scims_backup.engines.redis.targets.functions import dumped
from scims_backup.engines.redis.targets.left_out import FUNCTIONS, QUEUE, chosen, left_out
from scims_backup.engines.redis.targets.restored_database import Loaded
from scims_backup.engines.redis.targets.target_errors import targeting
from scims_backup.engines.redis.targets.writing import Writer
from scims_backup.ports import Progress

_ANOTHER = "choose another name with --into"


class RedisBuilding:
    """Databases that an archive is restored into; implements ports.Building.

    also: parts of the backup that are restored because they were asked for.
    loaded: gets what is known of what was restored, under each of its names.
    """

    roles_created: Sequence[str] = ()
    findings: Sequence[Finding] = ()

    def __init__(
        self,
        claim: Claim,
        sandbox: RunningServer,
        intake: ArchiveIntake,
        progress: Progress,
        also: frozenset[str],
        loaded: Callable[[str, Loaded], None],
    ) -> None:
        self.name = claim.name
        self._claim, self._server = claim, claim.server
        self._sandbox, self._intake = sandbox, intake
        self._progress, self._also, self._loaded = progress, also, loaded
        self._out: Mapping[int, str] = {}

    def write(self, chunk: bytes) -> None:
        """Load the archive's next bytes into the sandbox. Raise RestoreFailedError or SandboxError."""
        self._intake.write(chunk)
        self._progress.bytes(len(chunk))

    def finish(self, progress: Progress) -> None:
        """Copy the keys to empty databases of the live server. Raise RestoreFailedError or TargetError."""
        self._intake.finish()
        databases = self._sandbox.keys()
        with_queue = QUEUE in self._also
        self._out = left_out(self._server, self._sandbox, databases, with_queue=with_queue)
        there = chosen(databases, self._out)
        for number, why in self._out.items():
            progress.note(f"database {number} is not restored: {why}")
        self._claim.take(there, but=set(databases))
        for database, marker in self._claim.markers.items():
            self._copy(database, marker, progress)
        if FUNCTIONS in self._also:
            self._claim.markers[there[0]] = self._with_functions(self._claim.markers[there[0]])
        self._loaded(self.name, Loaded(self._intake.at_hand, self._out))

    def keep(self, name: str) -> None:
        """Give the databases their name, or exactly the numbers that it consists of. Raise TargetError."""
        numbers = self._server.numbers()
        if numbers.of(name):
            raise TargetError(f"{self._server.live} has a database called {name} already", _ANOTHER)
        wanted = numbers_in(name)
        if wanted is not None:
            self._move_to(wanted, set(numbers.filled))
        markers = renamed(self._claim.markers, name)
        with (
            self._server.connected() as client,
            targeting(f"naming {name}"),
            client.pipeline(transaction=True) as pipeline,
        ):
            for marker in markers.values():
                pipeline.execute_command("SELECT", marker.number)
                put(pipeline, self._server, marker)
            pipeline.execute()
        self._claim.markers, self._claim.kept = markers, True
        self._loaded(name, Loaded(self._intake.at_hand, self._out))
        self._progress.note(f"{name}: {where(markers)}")

    def _copy(self, database: int, marker: Marker, progress: Progress) -> None:
        """Copy one database, but for the keys of ours that are in it."""
        count = 0
        with (
            self._sandbox.client(database) as source,
            self._server.connected(marker.number) as live,
            targeting(f"copying database {database} to database {marker.number}"),
        ):
            writer = Writer(self._server, source, live, marker.number)
            for keys in dumped_keys(source):
                writer.write([key for key in keys if key.name != KEY])
                count += len(keys)
            writer.finish()
        progress.rows(f"database {database}", count)

    def _with_functions(self, marker: Marker) -> Marker:
        """Put the backup's functions beside a marker, until they go live."""
        with self._sandbox.client() as source:
            functions = dumped(source)
        marker = marker.attaching(marker_of.FUNCTIONS, functions)
        with self._server.connected(marker.number) as client, targeting("storing the backup's functions"):
            put(client, self._server, marker, {marker_of.FUNCTIONS: functions})
        return marker

    def _move_to(self, wanted: Sequence[int], filled: set[int]) -> None:
        """Move the databases to numbers of somebody's choice. Raise TargetError if these cannot be had."""
        markers = list(self._claim.markers.values())
        if len(set(wanted)) != len(markers):
            raise TargetError(
                f"--into names {len(set(wanted))} databases, and the backup has {len(markers)}",
                f"name {len(markers)} empty ones, or leave --into out",
            )
        taken = sorted(set(wanted) & (filled - {marker.number for marker in markers}))
        if taken:
            raise TargetError(f"database {taken[0]} of {self._server.live} is not empty", _ANOTHER)
        for marker, number in zip(markers, wanted, strict=True):
            self._claim.move(marker, number)


def where(markers: Mapping[int, Marker]) -> str:
    """Say which numbers databases are in."""
    return ", ".join(
        f"database {database} is in number {marker.number}" for database, marker in sorted(markers.items())
    )
