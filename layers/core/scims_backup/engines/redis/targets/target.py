"""A live server that backups are restored to; implements ports.Target."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import NothingToWorkOnError, TargetError, UsageError
from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.rules import restored_names
from scims_backup.engines.redis.rules.proof import RedisProof
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
from scims_backup.engines.redis.targets.building import RedisBuilding
from scims_backup.engines.redis.targets.chosen_keys import building_keys
from scims_backup.engines.redis.targets.claims import claimed, empty_leftovers
from scims_backup.engines.redis.targets.copying import copied
from scims_backup.engines.redis.targets.left_out import PARTS
from scims_backup.engines.redis.targets.live_server import LiveServer
from scims_backup.engines.redis.targets.restored_database import Loaded, RestoredDatabase
from scims_backup.engines.redis.targets.sandboxed import seen_here, taking
from scims_backup.engines.redis.targets.since_swap import written_since
from scims_backup.engines.redis.targets.survey import live_databases, refuse, surveyed
from scims_backup.engines.redis.targets.swap import exchange_all, exchanges, whole_or_refused
from scims_backup.ports import Building, KeyBuilding, LiveDatabase, Progress, Surveyed, Swapped

_ANOTHER = "omit --into, or give another name"


class RedisTarget:
    """One server, whose databases restored ones may take the place of.

    sandboxing: what this machine has for the sandbox that an archive is loaded into first.
    also: parts of a backup that are restored too, of `parts`.
    """

    parts: Mapping[str, str] = PARTS

    def __init__(
        self, address: RedisAddress, sandboxing: Sandboxing, also: frozenset[str] = frozenset()
    ) -> None:
        self._server = LiveServer(address)
        self._address, self._sandboxing, self._also = address, sandboxing, also
        self._known: dict[str, Loaded] = {}
        self._proofs: dict[str, RedisProof] = {}
        self.live = self._server.live

    @property
    def name(self) -> str:
        """What it is called, without secrets."""
        return str(self._address)

    def with_parts(self, names: Collection[str]) -> RedisTarget:
        """Return the same target, which restores these parts too. names: of `parts`."""
        return RedisTarget(self._address, self._sandboxing, frozenset(names))

    def restored_name(self, backup: BackupId) -> str:
        """Name a restored backup after the server and its stamp."""
        return restored_names.restored(self.live, backup)

    def check_name(self, name: str) -> None:
        """Raise UsageError unless restored databases may be called so."""
        if name == self.live:
            raise UsageError(f"{name} is the live databases' name", f"{_ANOTHER}; then use --swap")
        if not restored_names.fits(name):
            raise UsageError(f"--into {name!r}: a name has 1 to 200 printable characters", _ANOTHER)
        if restored_names.is_being_restored(name) or restored_names.is_put_aside(name):
            raise UsageError(
                f"{name} is reserved for databases that restores are working on or have put aside", _ANOTHER
            )

    def how_to_drop(self, name: str) -> str:
        """Return the commands that empty the databases of a name. Raise TargetError."""
        numbers = [marker.number for marker in self._server.numbers().of(name)]
        return "; ".join(f"redis-cli -n {number} FLUSHDB" for number in numbers) + f"  # {name}"

    def survey(self, like: RedisProof, archive_bytes: int, name: str) -> Sequence[Surveyed]:  # noqa: ARG002
        """Look at what a restore would need. Raise TargetError if the server cannot be asked."""
        taken = "already exists: it will be proven again" if self.has(name) else "free"
        here = seen_here(self._sandboxing, like)
        return [*surveyed(self._server, like, self._also), here, Surveyed(f"name {name}", True, taken)]

    def look_at_live(self) -> LiveDatabase | None:
        """Look at the live databases, None if they are empty. Raise TargetError."""
        return live_databases(self._server)

    def has(self, name: str) -> bool:
        """Say whether there are databases of this name.

        Raise TargetError if the server cannot be asked, or the name is the number of somebody's database.
        """
        numbers = self._server.numbers()
        foreign = set(restored_names.numbers_in(name) or ()) & set(numbers.live)
        if foreign:
            raise TargetError(
                f"database {min(foreign)} of {self.live} is not empty, and no restore filled it",
                "choose the numbers of empty databases, or leave --into out",
            )
        return name in numbers.names

    @contextmanager
    def build(self, like: RedisProof, archive_bytes: int, progress: Progress) -> Iterator[Building]:  # noqa: ARG002
        """Load the archive here, then copy its keys into empty databases, emptied again if nobody keeps them.

        Raise TargetError before anything happens if the server lacks what that takes.
        """
        empty_leftovers(self._server, progress)
        refuse(surveyed(self._server, like, self._also))
        with (
            claimed(self._server, progress) as claim,
            taking(self._sandboxing, like, progress) as (sandbox, intake),
        ):
            yield RedisBuilding(claim, sandbox, intake, progress, self._also, self._remember)

    def key_prefix(self, backup: BackupId) -> str:
        """Return what the names of restored keys begin with, e.g. `restored:20261122t020000z:`."""
        return f"restored:{backup.stamp.lower()}:"

    def build_keys(
        self, like: RedisProof, patterns: Sequence[str], backup: BackupId, progress: Progress
    ) -> AbstractContextManager[KeyBuilding]:
        """As `build`, for some keys, which are then moved to the live databases."""
        prefix = self.key_prefix(backup).encode()
        return building_keys(self._server, self._sandboxing, like, patterns, prefix, progress)

    def database(self, name: str) -> RestoredDatabase:
        """Return databases of the server, to be held against a proof."""
        known = self._known.get(name, Loaded())
        return RestoredDatabase(self._server, name, known, self._proven)

    @contextmanager
    def copy(self, name: str, progress: Progress) -> Iterator[RestoredDatabase]:
        """Copy databases for what may write into them; the copies are gone at the end. Raise TargetError."""
        with copied(self._server, self._server.databases_of(name), progress) as claim:
            self._known[claim.name] = self._known.get(name, Loaded())
            yield self.database(claim.name)

    def swap(self, name: str, now: datetime) -> Swapped:
        """Let databases take the live ones' places. Raise SwapRefusedError."""
        proof = self._proofs.get(name)
        return self._swapped(name, restored_names.put_aside(self.live, now), proof)

    def undo(self, now: datetime) -> Swapped:
        """Restore what was put aside last, and say what was written since, as far as that is known.

        Raise NothingToWorkOnError if there is nothing.
        """
        before = restored_names.newest_put_aside(self._server.numbers().names)
        if before is None:
            raise NothingToWorkOnError(
                f"no databases were put aside on {self.live}",
                "there was no swap, or the databases that it put aside were dropped",
            )
        written = written_since(self._server, before)
        return replace(self._swapped(before, restored_names.taken_back(self.live, now)), written=written)

    def _swapped(self, name: str, aside: str, proof: RedisProof | None = None) -> Swapped:
        numbers = self._server.numbers()
        markers = whole_or_refused(self._server, numbers, name)
        anything = any(marker.database in numbers.filled for marker in markers)
        self._known[self.live] = self._known.get(name, Loaded())
        seconds = exchange_all(self._server, exchanges(markers, aside if anything else None, proof))
        return Swapped(name, aside if anything else None, seconds)

    def _remember(self, name: str, loaded: Loaded) -> None:
        self._known[name] = loaded

    def _proven(self, name: str, proof: RedisProof) -> None:
        self._proofs[name] = proof
