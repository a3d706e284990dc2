"""Chosen tables: held, proven, and only then moved into the live database."""

from dataclasses import replace

import pytest

from scims_backup.domain.errors import NothingToWorkOnError, RestoreFailedError, TargetError
from scims_backup.engines.postgresql.rules.proof import Rows
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.restores.restore_tables import RestoreTables
from tests.faults import a_proof
from tests.unit.usecases.test_restore_backup import ARCHIVE, NOW, Rig

TABLE = next(iter(a_proof().tables))
SCHEMA = "restored_20261122t020000z"


def _run(rig, *names):
    restoring = RestoreTables(
        rig.vault, rig.catalog, ENGINES, rig.target, rig.log, lambda: NOW, rig.new_id, rig.progress
    )
    return restoring.run(rig.manifest, names or (TABLE,))


def test_proven_rows_are_moved_and_told():
    rig = Rig()
    restored = _run(rig)
    assert rig.target.moved == ARCHIVE
    assert (restored.schema, sum(restored.rows.values())) == (SCHEMA, a_proof().tables[TABLE].rows)
    ((kind, severity, facts),) = rig.events()
    assert (kind, severity, facts["schema"], facts["swapped"]) == ("RestoreCompleted", "info", SCHEMA, False)
    assert rig.holds() == []


def test_other_rows_than_the_proofs_are_not_moved():
    rig = Rig(found=replace(a_proof(), tables={TABLE: Rows(0, "00" * 16)}))
    with pytest.raises(RestoreFailedError, match="nothing was put into live"):
        _run(rig)
    assert rig.target.moved is None
    assert [kind for kind, _, _ in rig.events()] == ["RestoreFailed"]


def test_a_table_that_is_not_in_the_backup_starts_nothing():
    rig = Rig()
    with pytest.raises(NothingToWorkOnError):
        _run(rig, "public.nope")
    assert "target build tables" not in rig.calls.made


@pytest.mark.parametrize(
    "call", ["target build tables", "tables write", "tables finish", "tables compare", "tables move"]
)
def test_a_fault_at_any_call_is_told_and_the_backup_is_let_go(call):
    rig = Rig()
    rig.calls.faults[call] = TargetError("the server went away")
    with pytest.raises(TargetError):
        _run(rig)
    assert rig.holds() == []
    assert [kind for kind, _, _ in rig.events()] == ["RestoreFailed"]
    rig.calls.faults.clear()
    assert _run(rig).schema == SCHEMA
