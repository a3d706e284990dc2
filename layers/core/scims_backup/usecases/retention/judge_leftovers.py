"""Which archives are leftovers: a run's record is a claim, and other witnesses must confirm it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import DocumentError
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.much_at_once import Going
from scims_backup.domain.witness import is_late
from scims_backup.ports import Catalog, StoredArchive
from scims_backup.usecases.backups.run_records import StoredRecord
from scims_backup.usecases.stored.holds import holds_on, still_holding
from scims_backup.usecases.stored.past_backups import sign_of
from scims_backup.usecases.stored.witnesses import Witnesses

_CURE = "if you know whose archive it is, remove this record by hand, and the archive if it is not needed"


@dataclass(frozen=True)
class Left:
    """An archive that is left over.

    key: of the record in which a run noted it.
    """

    ref: str
    key: str


@dataclass(frozen=True)
class Dead:
    """What the dead runs of one backup left.

    archives: those to remove.
    gone: records of archives that the vault no longer has.
    is_forgotten: whether the proofs and all other records of these runs may go too.
    """

    backup: BackupId
    archives: tuple[Left, ...] = ()
    gone: tuple[str, ...] = ()
    is_forgotten: bool = False

    @property
    def going(self) -> list[Going]:
        """The archives, as a plan counts them."""
        return [Going(self.backup, left.ref) for left in self.archives]


@dataclass(frozen=True)
class _Noted:
    key: str
    archive: StoredArchive


@dataclass(frozen=True)
class JudgeLeftovers:
    """Judges what dead runs noted.

    An archive is left over if the vault itself says that it belongs to this backup and was stored before a
    moment, no document of another backup names it, nothing holds the backup, and, where the backup has no
    manifest, nothing shows that it ever had one.

    now: decides which holds count.
    longest: how long a run may take.
    """

    catalog: Catalog
    witnesses: Witnesses
    now: datetime
    before: datetime
    longest: timedelta

    def judged(
        self, backup: BackupId, manifest: Manifest | None, of_run: Sequence[str]
    ) -> tuple[Dead, list[str]]:
        """Judge the runs of one backup by the keys about them; return also what is wrong with them."""
        noted, gone, wrong = self._noted(backup, of_run)
        if still_holding(holds_on(self.catalog, backup), self.now):
            return Dead(backup), wrong
        used = manifest.archive.ref if manifest else ""
        left = [one for one in noted if one.archive.ref != used and one.archive.stored_at < self.before]
        why = self._reason_to_keep(backup, manifest, left)
        if why:
            return Dead(backup), [*wrong, *([f"{why} ({_CURE})"] if left else [])]
        young = any(one.archive.stored_at >= self.before for one in noted)
        archives = tuple(Left(one.archive.ref, one.key) for one in left)
        return Dead(backup, archives, tuple(gone), manifest is None and not young), wrong

    def _noted(self, backup: BackupId, of_run: Sequence[str]) -> tuple[list[_Noted], list[str], list[str]]:
        """Read the records: what the vault bears out, what is no longer there, and what is wrong."""
        noted, gone, wrong = list[_Noted](), list[str](), list[str]()
        for key in filter(keys.is_stored_record, of_run):
            try:
                record = StoredRecord.from_bytes(self.catalog.get(key), key)
            except DocumentError as error:
                wrong.append(str(error))
                continue
            archive = self.witnesses.stored.get(record.ref)
            if record.vault != self.witnesses.kind:
                continue
            if archive is None:
                gone.append(key)
            elif why := self._contradiction(backup, archive):
                wrong.append(f"{key} names archive {record.ref}, {why}; nothing was removed ({_CURE})")
            else:
                noted.append(_Noted(key, archive))
        return noted, gone, wrong

    def _contradiction(self, backup: BackupId, archive: StoredArchive) -> str:
        if archive.backup != backup:
            return f"which belongs to {archive.backup} according to the vault"
        others = self.witnesses.others_naming(archive.ref, backup)
        return f"which is named by {others}" if others else ""

    def _reason_to_keep(self, backup: BackupId, manifest: Manifest | None, left: Sequence[_Noted]) -> str:
        """Say why nothing that was left may go yet, though nothing is wrong with its records."""
        if self.witnesses.unread:
            return f"archives of {backup} stay: {self.witnesses.unread[0]} cannot be read and may name them"
        if manifest is None:
            sign = sign_of(self.catalog, backup, [one.archive.stored_at for one in left], self.longest)
            return f"archives of {backup} stay: it has no manifest, yet {sign} mentions it" if sign else ""
        named = self.witnesses.stored.get(manifest.archive.ref)
        if named is None or named.backup != backup:
            return f"archives of {backup} stay: its manifest is not trusted"
        if is_late(manifest, named.stored_at, self.longest) and any(
            one.archive.stored_at <= named.stored_at for one in left
        ):
            return f"archives of {backup} stay: they are older than the one its manifest names"
        return ""
