"""The vault that keeps archives as snapshots of a restic repository."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from scims_backup.adapters.vaults.restic import locks, snapshots
from scims_backup.adapters.vaults.restic.escrow import Escrow, EscrowPassword, EscrowSeen
from scims_backup.adapters.vaults.restic.older_versions import with_older_versions
from scims_backup.adapters.vaults.restic.program import ANSWER_SECONDS, Program
from scims_backup.adapters.vaults.restic.reader import ResticReader
from scims_backup.adapters.vaults.restic.repository import Repository
from scims_backup.adapters.vaults.restic.s3_place import S3Repository
from scims_backup.adapters.vaults.restic.usage import measured
from scims_backup.adapters.vaults.restic.writer import ResticWriter
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import ArchiveMissingError, UsageError, VaultError
from scims_backup.domain.health_rules import Lock
from scims_backup.ports import Catalog, StoredArchive, Usage

_REF = re.compile(r"[0-9a-f]{64}")


def _now() -> datetime:
    return datetime.now(UTC)


class ResticVault:
    """The archives of one source in a restic repository, which other sources may share.

    repository: as restic takes it in RESTIC_REPOSITORY, e.g. a folder or `rest:https://…`
    environment: of this process: it names the password (RESTIC_PASSWORD, RESTIC_PASSWORD_FILE or
        RESTIC_PASSWORD_COMMAND), the PATH in which restic is found, and a remote store's credentials
    escrow: a second password that is to open the repository

    A thread that opens `store` must live until the context ends: on Linux restic is killed with it.
    """

    kind = "restic"

    def __init__(
        self,
        repository: str,
        source: str,
        catalog: Catalog,
        environment: Mapping[str, str],
        *,
        clock: Callable[[], datetime] = _now,
        sleep: Callable[[float], None] = time.sleep,
        answer_seconds: float = ANSWER_SECONDS,
        escrow: EscrowPassword | None = None,
    ) -> None:
        self._source = source
        self._in_s3 = S3Repository.of(repository)
        self._program = Program(repository, environment, sleep, answer_seconds)
        token = secrets.token_hex(16)
        self._repository = Repository(self._program, repository, source, catalog, token, clock, sleep)
        self._escrow = Escrow(self._program, source, catalog, escrow) if escrow else None

    def prepare(self) -> None:
        """Make ready to store; heal stale locks; initialise an empty vault when allowed.

        Raise VaultGoneError if the catalog knows backups but the repository is not there, and whatever keeps
        the escrow password from being added: a backup that was to have one is not taken without.
        """
        self._repository.ensure()
        if self._escrow:
            self._escrow.ensure()

    def enrol(self) -> bool:
        """Prepare as for a backup, and say whether the escrow password was added only now.

        Raise UsageError if there is none to add, and what `prepare` raises.
        """
        escrow = self._needed_escrow()
        self._repository.ensure()
        return escrow.ensure()

    def look_at_escrow(self) -> EscrowSeen:
        """Say whether the escrow password was added. Raise UsageError if none is configured."""
        return self._needed_escrow().look()

    def _needed_escrow(self) -> Escrow:
        if self._escrow is None:
            raise UsageError(
                f"{self._program} is not configured to have an escrow password",
                "set escrow_secret in the settings",
            )
        return self._escrow

    @contextmanager
    def store(self, backup: BackupId) -> Iterator[ResticWriter]:
        """Open a writer. Leaving without commit, for whatever reason, leaves no archive behind."""
        writer = ResticWriter(self._program, backup)
        try:
            yield writer
        except BaseException as error:
            _abandon(writer, error)
            raise
        writer.abandon()

    @contextmanager
    def read(self, ref: str) -> Iterator[Iterator[bytes]]:
        """Yield an archive's bytes. Raise ArchiveMissingError or ArchiveDamagedError."""
        if not _REF.fullmatch(ref):
            raise ArchiveMissingError(
                f"{ref!r} is not an archive of {self._program}", "a ref has 64 hex digits"
            )
        with ResticReader(self._program, ref, snapshots.path_in(self._program, ref)) as reader:
            yield reader.chunks()

    def archives(self) -> Sequence[StoredArchive]:
        """Return every archive of this source that the repository holds, oldest first."""
        return snapshots.of_source(self._program, self._source)

    def delete(self, ref: str) -> None:
        """Remove one archive of this source; one that is not there is removed already.

        Raise DeleteRefusedError if it is another source's. `reclaim` frees the space.
        """
        # restic understands other words, such as `latest`, which must never reach it
        if _REF.fullmatch(ref):
            snapshots.forget(self._program, self._source, ref)

    def discard_unfinished(self, before: datetime) -> int:  # noqa: ARG002
        """Return 0: what a killed restic left is no archive, and is removed by `reclaim`."""
        return 0

    def reclaim(self) -> None:
        """Free the space of what was removed by `restic prune`, which needs the repository for itself."""
        self._program.unlocked(lambda: self._program.answer_at_last("cannot free space", "prune"))

    def usage(self) -> Usage:
        """Measure what is stored, after deduplication and compression; in S3 with older versions."""
        usage = measured(self._program, self._source)
        return with_older_versions(usage, self._in_s3) if self._in_s3 else usage

    def locks(self) -> list[Lock]:
        """Return the locks in the repository, those of others too; none is made for that."""
        return locks.listed(self._program)

    def tools(self) -> Mapping[str, str]:
        """Name restic and its version. Raise ToolMissingError if it is absent or too old."""
        return {"restic": self._program.version}


def _abandon(writer: ResticWriter, error: BaseException) -> None:
    try:
        writer.abandon()
    except VaultError as leftover:
        error.add_note(f"the partial archive could not be removed: {leftover}")
