"""The keys of a source, whatever engine it is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from scims_backup.domain.backup import LONGEST_RUN
from scims_backup.domain.errors import UsageError
from scims_backup.domain.object_lock import ObjectLock
from scims_backup.domain.retention import Policy
from scims_backup.ports.settings_keys import Keys, KeysOf, NoKeys, Written, key, keys_of
from scims_backup.settings.copying import CopySettings
from scims_backup.settings.keeping import read_object_lock, read_retention
from scims_backup.settings.labels import NO_LABELS, Labels, read_labels
from scims_backup.settings.notifying import PingKeys
from scims_backup.settings.objectives import Objectives
from scims_backup.settings.places import Secret, read_secret
from scims_backup.settings.restored import RestoredKeys
from scims_backup.settings.toml_tables import as_table, report_conflicts, table_of, values_in
from scims_backup.settings.values import read_hours, read_size


@dataclass(frozen=True, kw_only=True)
class PlaceKeys(Keys):
    """The keys that say where a source and its archives are; read by commands that need them."""

    url: Written | None = key(
        Written.unread,
        "address of the source, without a password",
        option="--source-url URL",
        variable="SCIMS_SOURCE_URL",
        title="the database's address",
    )
    vault: Written | None = key(
        Written.unread,
        "place of the archives",
        option="--vault restic:REPOSITORY or s3://BUCKET/PREFIX",
        variable="SCIMS_VAULT",
        title="the vault",
    )


@dataclass(frozen=True, kw_only=True)
class SourceKeys(Keys):
    """The keys of a source that a command works with as they are written."""

    engine: str | None = key(
        Written.text, "kind of the source, e.g. `postgresql`; by default the scheme of its address says it"
    )
    secret: Secret | None = key(
        read_secret, "location of the database's [password](#secrets), or of password and address"
    )
    vault_secret: Secret | None = key(read_secret, "location of the restic repository's password")
    escrow_secret: Secret | None = key(read_secret, "location of a second password for the restic repository")
    restore_secret: Secret | None = key(
        read_secret,
        "location of the role and password that `restore` uses, perhaps with its server's address",
    )
    encryption_key: str | None = key(
        Written.text, "KMS key for archives in S3; by default the bucket's own encryption"
    )
    object_lock: ObjectLock | None = key(
        read_object_lock, "[locks](s3.md#object-lock) backups in S3 for as long as retention keeps them"
    )
    retention: Policy | None = key(
        read_retention, "which backups to [keep](retention.md); without it nothing is removed"
    )
    quota: int | None = key(read_size, "limit for the source's archives, checked by `prune`")
    longest_run: timedelta = key(
        read_hours,
        "hours after which a run counts as dead",
        name="longest_run_hours",
        default=LONGEST_RUN,
    )
    objectives: Objectives = key(table_of(Objectives), "what the deployment promises", default=Objectives())
    copy: CopySettings | None = key(table_of(CopySettings), "a [second copy](#a-second-copy) elsewhere")
    ping: PingKeys = key(
        table_of(PingKeys), "what this source's runs ping, in place of `[ping]`", default=PingKeys()
    )


@dataclass(frozen=True, kw_only=True)
class SourceTable(RestoredKeys, SourceKeys, PlaceKeys):
    """One `[sources.NAME]` of a settings document.

    own: the keys of its engine
    """

    labels: Labels = key(read_labels, "[labels](#labels) of this source's backups", default=NO_LABELS)
    own: Keys = field(default_factory=NoKeys)

    def conflicts(self, table: Written) -> Iterator[UsageError]:
        """Yield the keys that are for another kind of vault, or contradict each other."""
        yield from RestoredKeys.conflicts(self, table)
        address = self.vault.text() if self.vault else ""
        yield from self._restic_conflict(address, table)
        if self.object_lock and address and not address.startswith(("s3://", "restic:s3:")):
            yield UsageError(
                f"{table.at('object_lock')} applies to vaults in S3 only",
                "remove it, or use s3:// or restic:s3:",
            )

    def _restic_conflict(self, address: str, table: Written) -> Iterator[UsageError]:
        given = {"vault_secret": self.vault_secret, "escrow_secret": self.escrow_secret}
        misplaced = next((name for name, secret in given.items() if secret), None)
        if misplaced and address.startswith("s3://"):
            yield UsageError(
                f"{table.at(misplaced)} applies to restic vaults only",
                "remove it: encryption_key is for archives in S3",
            )
        elif self.escrow_secret and self.escrow_secret == self.vault_secret:
            yield UsageError(
                f"{table.at('escrow_secret')} is the same secret as vault_secret",
                "use another secret: the escrow password is for the day when the first one is lost",
            )


def address_for(engine: str | None, url: str) -> str:
    """Return what says the engine of a source: its name as a scheme, else the address."""
    return f"{engine}:" if engine else url


def source_in(written: Written, engine_keys: KeysOf) -> SourceTable:
    """Read a source's table; what is wrong with it goes to its problems.

    engine_keys: returns the keys of the engine that an address is of
    """
    table = as_table(written)
    kind = engine_keys(_address(table.table()))
    own_keys = keys_of(kind)
    values = values_in(table, (*keys_of(SourceTable), *own_keys))
    own = kind(**{key.field: values.pop(key.field) for key in own_keys if key.field in values})
    source = SourceTable(**values, own=own)
    for part in (source, own):
        report_conflicts(part, table)
    return source


def _address(entries: Mapping[str, object]) -> str:
    engine, url = entries.get("engine"), entries.get("url")
    return address_for(engine if isinstance(engine, str) else None, url if isinstance(url, str) else "")
