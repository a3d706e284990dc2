"""What is locked until when: the archives and records of what stays, for as long as it surely stays."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.errors import CatalogUnreachableError, VaultUnreachableError
from scims_backup.domain.holds import OPERATOR, Hold
from scims_backup.domain.retention import Kept, Policy
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.retention.protect_backups import ProtectBackups
from scims_backup.usecases.retention.prune_backups import PruneBackups, plan_prune
from scims_backup.usecases.stored.holds import set_hold
from tests.fakes import MemoryCatalog, MemoryVault, RecordedProgress, a_manifest, put_backup

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
DAY = timedelta(days=1)


class RecordedLocks:
    """Remembers until when what is to be locked, and refuses what it was told to."""

    def __init__(self, *problems: str) -> None:
        self.until: dict[str, datetime] = {}
        self.problems = problems

    def extend(self, until: Mapping[str, datetime]) -> list[str]:
        self.until |= until
        return list(self.problems)


@pytest.fixture
def catalog():
    return MemoryCatalog()


@pytest.fixture
def vault():
    return MemoryVault()


def night(catalog, vault, age):
    """Have a backup of so many nights ago."""
    backup = BackupId("scims-db", stamp_of(NOW - timedelta(hours=1) - DAY * age))
    with vault.store(backup) as writer:
        stored = writer.commit()
    put_backup(catalog, a_manifest(backup.stamp))
    catalog.put_new(keys.proof(backup), b"proof")
    return backup, stored.ref


def protecting(catalog, vault, policy=None, **locks):
    return ProtectBackups("scims-db", vault, catalog, policy or Policy(daily=7), lambda: NOW, **locks)


def kept(catalog, policy=None):
    return plan_prune(catalog, "scims-db", policy or Policy(daily=7), NOW).keep


def test_archive_manifest_and_proofs_are_locked_until_the_policy_lets_them_go(catalog, vault):
    backup, ref = night(catalog, vault, 0)
    catalog.put_new(keys.proof(backup, 2), b"of a run that died")
    archives, records = RecordedLocks(), RecordedLocks()
    assert protecting(catalog, vault, archives=archives, records=records).run(kept(catalog)) == []
    end = datetime(2026, 11, 29, tzinfo=UTC)
    assert archives.until == {ref: end}
    assert records.until == dict.fromkeys(
        [keys.manifest(backup), keys.proof(backup), keys.proof(backup, 2)], end
    )


def test_what_the_plan_does_not_keep_is_not_locked(catalog, vault):
    policy = Policy(daily=2)
    refs = [night(catalog, vault, age)[1] for age in range(4)]
    archives = RecordedLocks()
    protecting(catalog, vault, policy, archives=archives).run(kept(catalog, policy))
    assert set(archives.until) == set(refs[:2])


def test_a_manifest_that_names_another_s_archive_has_its_own_locked_and_no_other(catalog, vault):
    """Whose an archive is says the vault: every manifest here names the same ref, which nobody has."""
    (mine, ref), (other, theirs) = night(catalog, vault, 0), night(catalog, vault, 1)
    archives = RecordedLocks()
    protecting(catalog, vault, archives=archives).run(kept(catalog))
    assert archives.until[ref] - archives.until[theirs] == mine.moment - other.moment


@pytest.mark.parametrize(
    ("holder", "until", "end"),
    [
        (OPERATOR, NOW + DAY * 100, NOW + DAY * 100),
        (OPERATOR, NOW + DAY, datetime(2026, 11, 29, tzinfo=UTC)),
        ("drill-x", NOW + DAY * 100, datetime(2026, 11, 29, tzinfo=UTC)),
    ],
)
def test_a_person_s_hold_counts_and_a_drill_s_does_not(catalog, vault, holder, until, end):
    backup, ref = night(catalog, vault, 0)
    set_hold(catalog, backup, Hold(holder, until))
    archives = RecordedLocks()
    protecting(catalog, vault, archives=archives).run(kept(catalog))
    assert archives.until == {ref: end}


def test_without_kept_backups_nothing_is_asked(catalog):
    vault = MemoryVault()
    vault.archives = None  # type: ignore[assignment]  # to ask it would fail
    assert protecting(catalog, vault, archives=RecordedLocks(), records=RecordedLocks()).run(()) == []


def test_what_cannot_be_looked_at_is_told(catalog, vault, monkeypatch):
    backup, _ = night(catalog, vault, 0)
    keep = (Kept(backup, ("daily 2026-11-22",)),)

    def silent(*_):
        raise VaultUnreachableError("the vault does not answer")

    def lost(*_):
        raise CatalogUnreachableError("the catalog does not answer")

    monkeypatch.setattr(vault, "archives", silent)
    assert protecting(catalog, vault, archives=RecordedLocks()).run(keep) == [
        "locks were not extended: the vault does not answer"
    ]
    monkeypatch.setattr(catalog, "keys", lost)
    (told,) = protecting(catalog, vault, records=RecordedLocks()).run(keep)
    assert "the catalog does not answer" in told


def pruned_with(catalog, vault, locks):
    protection = protecting(catalog, vault, Policy(daily=2), archives=locks)
    progress = RecordedProgress()
    events = EventLog("scims-db", catalog, lambda: NOW, lambda: "id", progress)
    pruning = PruneBackups(
        "scims-db", vault, catalog, events, lambda: NOW, lambda: "id", progress, DAY, protection=protection
    )
    return pruning.run(Policy(daily=2), NOW)


def test_a_prune_locks_what_stays_and_a_refusal_is_its_problem(catalog, vault):
    refs = [night(catalog, vault, age)[1] for age in range(3)]
    for backup, ref in zip(list(catalog.keys("manifests/")), reversed(refs), strict=True):
        manifest = a_manifest(keys.backup_of(backup).stamp)
        catalog.objects[backup] = (
            manifest.to_bytes().replace(b"4b" * 32, ref.encode()).replace(b'"restic"', b'"memory"')
        )
    locks = RecordedLocks("archive x: refused")
    pruned = pruned_with(catalog, vault, locks)
    assert len(pruned.removed) == 1
    assert set(locks.until) == set(refs[:2])
    assert pruned.problems == ["archive x: refused"]
    assert not pruned.is_complete
    assert any("PruneFailed" in key for key in catalog.keys("events/"))
