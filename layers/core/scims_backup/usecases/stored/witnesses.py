"""What can be held against one document: the vault's own list, and all that the other documents name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.engine_names import OF_OLD_DOCUMENTS, Formats
from scims_backup.domain.errors import DocumentError
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.much_at_once import Going
from scims_backup.domain.tombstone import Tombstone
from scims_backup.domain.witness import Seen, doubt_of
from scims_backup.ports import Catalog, StoredArchive, Vault
from scims_backup.usecases.stored.manifests import Known


@dataclass(frozen=True)
class Begun:
    """A removal that was begun, as its tombstone records it.

    manifest: None if it cannot be read.
    """

    backup: BackupId
    manifest: Manifest | None

    @property
    def going(self) -> Going:
        """The archive, as a plan counts it."""
        return Going(self.backup, self.manifest.archive.ref if self.manifest else "")


@dataclass(frozen=True)
class Witnesses:
    """What documents are compared with; read once, before anything is removed.

    kind: of the vault.
    stored: ref → what the vault holds under it.
    begun: removals whose backup is no longer listed.
    removing: every backup that has a tombstone.
    named: ref or proof's key → the backups whose documents name it.
    unread: documents that could name anything, since they cannot be read.
    formats: of known engines.
    """

    kind: str
    stored: Mapping[str, StoredArchive]
    begun: Sequence[Begun] = ()
    removing: frozenset[BackupId] = frozenset()
    named: Mapping[str, frozenset[BackupId]] = field(default_factory=dict)
    unread: Sequence[str] = ()
    formats: Formats = field(default_factory=lambda: OF_OLD_DOCUMENTS)

    @classmethod
    def taken(
        cls,
        catalog: Catalog,
        vault: Vault,
        source: str,
        known: Sequence[Known],
        formats: Formats = OF_OLD_DOCUMENTS,
    ) -> Witnesses:
        """Ask the vault, and read what the catalog says. Raise VaultError or CatalogError if that fails."""
        stored = {archive.ref: archive for archive in vault.archives()}
        begun = _begun(catalog, source, formats)
        listed = {one.backup for one in known}
        return cls(
            kind=vault.kind,
            stored=stored,
            begun=tuple(one for one in begun if one.backup not in listed),
            removing=frozenset(one.backup for one in begun),
            named=_named((*known, *begun)),
            unread=(
                *(keys.manifest(one.backup) for one in known if one.manifest is None),
                *(keys.tombstone(one.backup) for one in begun if one.manifest is None),
            ),
            formats=formats,
        )

    def owner(self, ref: str) -> BackupId | None:
        """Whose archive the vault says a ref is; None if it holds none."""
        archive = self.stored.get(ref)
        return None if archive is None else archive.backup

    def doubt(self, known: Known) -> str:
        """Say why a backup is not believed; nothing if the vault bears its manifest out."""
        if known.manifest is None:
            return known.problem
        archive = self.stored.get(known.manifest.archive.ref)
        seen = None if archive is None else Seen(archive.backup, archive.stored_at)
        return doubt_of(known.manifest, self.kind, seen)

    def others_naming(self, name: str, backup: BackupId) -> str:
        """Name the other backups whose documents name a ref or a proof; nothing if there are none."""
        return ", ".join(map(str, sorted(self.named.get(name, frozenset()) - {backup})))


def _begun(catalog: Catalog, source: str, formats: Formats) -> list[Begun]:
    found = filter(keys.is_tombstone, list(catalog.keys(keys.tombstones(source))))
    return [Begun(keys.backup_of(key), _entombed(catalog.get(key), key, formats)) for key in found]


def _entombed(data: bytes, key: str, formats: Formats) -> Manifest | None:
    try:
        manifest = Manifest.from_bytes(Tombstone.from_bytes(data, key).manifest, key)
        manifest.refuse_unknown_engine(formats)
    except DocumentError:  # the run that continues the removal says why
        return None
    return manifest


def _named(documents: Iterable[Known | Begun]) -> dict[str, frozenset[BackupId]]:
    named = defaultdict[str, set[BackupId]](set)
    for one in documents:
        if one.manifest is not None:
            named[one.manifest.archive.ref].add(one.backup)
            named[one.manifest.proof.key].add(one.backup)
    return {name: frozenset(backups) for name, backups in named.items()}
