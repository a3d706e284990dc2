"""What `doctor` finds with a catalog in a folder and a restic vault: each thing is planted for real."""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from scims_backup.adapters.vaults.restic.escrow import EscrowPassword
from scims_backup.bootstrap import examination
from scims_backup.bootstrap.clock_and_ids import clock
from scims_backup.cli.main import run
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.verdict import Verdict
from scims_backup.engines.postgresql.programs import client_programs, wheel
from tests.fakes import put_drill
from tests.support.databases import Database
from tests.support.doctor import examined
from tests.support.programs import programs_of
from tests.support.restic import ResticPlayground

PASSWORD = "correct horse"
ROLE = "doctor_backup"
DATABASE = """
CREATE TABLE public.items (id serial PRIMARY KEY, name text);
INSERT INTO public.items (name) SELECT 'item ' || n FROM generate_series(1, 100) AS n;
CREATE TABLE public.secrets (id integer, owner text);
ALTER TABLE public.secrets ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.secrets USING (owner = current_user);
"""
LOCAL = {
    *(
        "connection",
        "table-rights",
        "large-objects",
        "connections",
        "large-values",
        "clock",
        "pg-dump",
        "sandbox-programs",
        "catalog",
    ),
    *("restic-version", "vault", "vault-locks", "catalog-and-vault", "last-backup", "last-drill"),
    *("last-run", "newest-verdict", "disk-space"),
}
NEEDS_VAULT = {"vault-locks", "catalog-and-vault"}


@dataclass(frozen=True)
class Night:
    """A source with two backups, one of three days ago and one of now, both proven: all is well."""

    place: ResticPlayground
    database: Database
    old: BackupId
    new: BackupId

    @property
    def environment(self) -> dict[str, str]:
        """What the command line is given."""
        return {
            **self.place.environment,
            "SCIMS_SOURCE": "scims-db",
            "SCIMS_SOURCE_URL": self.database.server.url(self.database.name, ROLE),
            "SCIMS_CATALOG": f"file://{self.place.repository.parent / 'catalog'}",
            "SCIMS_VAULT": f"restic:{self.place.repository}",
            "SCIMS_POSTGRESQL_BIN": str(self.database.server.programs),
        }

    def copied(self, folder: Path) -> "Night":
        """The same night elsewhere, to be harmed."""
        shutil.copytree(self.place.repository.parent, folder / "copy")
        return replace(self, place=ResticPlayground(folder / "copy"))

    def manifest(self, backup: BackupId) -> Path:
        """The file of a manifest."""
        return self.place.repository.parent / "catalog" / keys.manifest(backup)


@pytest.fixture(scope="module")
def database(server) -> Iterator[Database]:
    server.create_database("doctor", DATABASE)
    server.execute(f"CREATE ROLE {ROLE} LOGIN BYPASSRLS; GRANT pg_read_all_data TO {ROLE}")
    yield Database(server, "doctor")
    server.drop_database("doctor")
    server.execute(f"DROP ROLE {ROLE}")


@pytest.fixture(scope="module")
def night(database, prepared_repository, tmp_path_factory) -> Night:
    folder = tmp_path_factory.mktemp("doctor")
    place = ResticPlayground(folder)
    shutil.copytree(prepared_repository, place.repository)
    old, new = (_stamp(timedelta(days=days)) for days in (3, 0))
    made = Night(place, database, BackupId("scims-db", old), BackupId("scims-db", new))
    for backup in (made.old, made.new):
        arguments = ["backup", "--quiet", "--level", "counts", "--scheduled", backup.moment.isoformat()]
        assert run(arguments, made.environment) == 0
        put_drill(place.catalog, backup, _stamp(timedelta(0)), Verdict.PASSED)
    return made


def _stamp(ago: timedelta) -> str:
    return f"{datetime.now(UTC) - ago:%Y%m%dT%H%M%SZ}"


@pytest.fixture
def harmed(night: Night, tmp_path: Path) -> Night:
    return night.copied(tmp_path)


@pytest.fixture
def bare_machine(tmp_path, monkeypatch):
    """A machine without any PostgreSQL but what SCIMS_POSTGRESQL_BIN names."""
    monkeypatch.setattr(client_programs, "_DISTRIBUTION", tmp_path / "none")
    monkeypatch.setattr(wheel, "cache", lambda: tmp_path / "none")
    monkeypatch.setattr(wheel, "_tarball", lambda _major: None)
    monkeypatch.setenv("PATH", str(tmp_path / "none"))


def test_where_all_is_well_every_check_is_fine_and_nothing_is_changed(harmed, capsys):
    before = _files(harmed)
    diagnosis = examined(capsys, harmed.environment)
    assert (diagnosis.code, diagnosis.ended("fine")) == (0, LOCAL)
    assert diagnosis.document["fine"] == len(LOCAL)
    assert _files(harmed) == before


def _files(night: Night) -> dict[Path, bytes]:
    """All that is in catalog and vault."""
    return {path: path.read_bytes() for path in night.place.repository.parent.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("bare_machine")
def test_pg_dump_of_another_major_is_found(night, capsys):
    other = {"SCIMS_POSTGRESQL_BIN": str(programs_of(16))}
    diagnosis = examined(capsys, night.environment | other)
    assert diagnosis.found("pg-dump", "only those of 16.", "postgresql-client-15")
    assert diagnosis.ended("problem") == {"pg-dump", "sandbox-programs"}


@pytest.mark.usefixtures("bare_machine")
def test_a_missing_pg_dump_is_found(night, tmp_path, capsys):
    diagnosis = examined(capsys, night.environment | {"SCIMS_POSTGRESQL_BIN": str(tmp_path)})
    assert diagnosis.found(
        "pg-dump", "pg_dump, pg_restore of PostgreSQL 15 not found; ", "postgresql-client-15"
    )
    assert diagnosis.ended("problem") == {"pg-dump", "sandbox-programs"}


def test_a_table_that_cannot_be_read_is_found(night, capsys):
    night.database.execute(
        "CREATE ROLE doctor_narrow LOGIN BYPASSRLS;"
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO doctor_narrow;"
        "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO doctor_narrow;"
        "REVOKE SELECT ON public.items FROM doctor_narrow"
    )
    url = night.database.server.url(night.database.name, "doctor_narrow")
    try:
        diagnosis = examined(capsys, night.environment | {"SCIMS_SOURCE_URL": url})
        night.database.execute("GRANT SELECT ON public.items TO doctor_narrow")
        cured = examined(capsys, night.environment | {"SCIMS_SOURCE_URL": url})
    finally:
        night.database.execute("DROP OWNED BY doctor_narrow; DROP ROLE doctor_narrow")
    assert diagnosis.found("table-rights", "may not read table public.items", "pg_read_all_data")
    assert diagnosis.ended("problem") == {"table-rights"}
    assert cured.ended("problem") == set()


def test_row_level_security_without_bypassrls_is_found(night, capsys):
    night.database.execute(f"ALTER ROLE {ROLE} NOBYPASSRLS")
    try:
        diagnosis = examined(capsys, night.environment)
    finally:
        night.database.execute(f"ALTER ROLE {ROLE} BYPASSRLS")
    assert diagnosis.found(
        "table-rights", "because of row-level security, of table public.secrets", "BYPASSRLS"
    )
    assert diagnosis.ended("problem") == {"table-rights"}


def test_a_large_object_that_cannot_be_read_is_found(night, capsys):
    night.database.execute("SELECT lo_create(4711); SELECT lo_create(4712)")
    night.database.execute(f"GRANT SELECT ON LARGE OBJECT 4712 TO {ROLE}")
    night.database.execute("GRANT SELECT ON LARGE OBJECT 4711 TO pg_database_owner")
    try:
        diagnosis = examined(capsys, night.environment)
    finally:
        night.database.execute("SELECT lo_unlink(4711); SELECT lo_unlink(4712)")
    assert diagnosis.found("large-objects", "may not read 1 of 2 large objects: 4711", "GRANT SELECT")
    assert diagnosis.ended("problem") == {"large-objects"}


def test_a_wrong_password_of_restic_is_found(night, capsys):
    diagnosis = examined(capsys, night.environment | {"RESTIC_PASSWORD": "wrong horse"})
    assert diagnosis.found("vault", "wrong password", "check the password (RESTIC_PASSWORD")
    assert (diagnosis.ended("problem"), diagnosis.ended("not-checked")) == ({"vault"}, NEEDS_VAULT)
    assert "horse" not in json.dumps(diagnosis.document)


@contextmanager
def _waiting_backup(place: ResticPlayground) -> Iterator[int]:
    """A restic that holds a lock while it waits for input, and is killed at the end; yield its process id."""
    command = ["restic", "--no-cache", "backup", "--stdin", "--json", "--verbose=2"]
    environment = {**place.environment, "RESTIC_REPOSITORY": str(place.repository)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as restic:
        assert restic.stdout
        assert restic.stdout.readline()
        yield restic.pid
        restic.kill()


def test_a_stale_lock_is_found(harmed, capsys):
    with _waiting_backup(harmed.place) as pid:
        pass
    diagnosis = examined(capsys, harmed.environment)
    assert diagnosis.found("vault-locks", f"PID {pid} on {socket.gethostname()}", "`restic unlock`")
    assert diagnosis.ended("problem") == {"vault-locks"}
    assert len(harmed.place.locks()) == 1


def test_a_lock_of_a_restic_at_work_is_no_problem(harmed, capsys):
    with _waiting_backup(harmed.place) as pid:
        diagnosis = examined(capsys, harmed.environment)
    assert diagnosis.ended("problem") == set()
    assert f"PID {pid}" in diagnosis.of("vault-locks")[0]["message"]


def test_an_archive_without_manifest_is_found(harmed, capsys):
    harmed.manifest(harmed.old).unlink()
    # a claim made for that night would have expired by now
    harmed.place.catalog.delete(keys.claim(harmed.old))
    diagnosis = examined(capsys, harmed.environment)
    assert diagnosis.found(
        "catalog-and-vault", f"archive without manifest: {harmed.old}", "scims-backup prune"
    )
    assert diagnosis.ended("problem") == {"catalog-and-vault"}


def test_a_manifest_without_archive_is_found(harmed, capsys):
    snapshots = [one["id"] for one in harmed.place.snapshots() if str(harmed.old) in one["tags"]]
    harmed.place.restic("forget", *snapshots)
    diagnosis = examined(capsys, harmed.environment)
    assert diagnosis.found(
        "catalog-and-vault", f"manifest without archive: {harmed.old}", "take a new one now"
    )
    assert diagnosis.ended("problem") == {"catalog-and-vault"}


def test_a_clock_that_is_off_by_an_hour_is_found(night, monkeypatch, capsys):
    monkeypatch.setattr(examination, "clock", lambda: clock() + timedelta(hours=1))
    diagnosis = examined(capsys, night.environment)
    told = "this machine's clock: 60 min ahead of the database server's"
    assert diagnosis.found("clock", told, "NTP")
    assert diagnosis.ended("problem") == {"clock"}


def test_a_disk_that_is_too_small_for_a_drill_is_found(night, monkeypatch, capsys):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    diagnosis = examined(capsys, night.environment)
    assert diagnosis.found("disk-space", "too small for a drill", "SCIMS_SANDBOX_DIR")
    assert diagnosis.ended("problem") == {"disk-space"}


def test_a_backup_that_is_overdue_is_found(harmed, capsys):
    harmed.manifest(harmed.new).unlink()
    manifest = json.loads(harmed.manifest(harmed.old).read_bytes())
    manifest["started"] = harmed.old.moment.isoformat()  # else it is a run that was repeated today
    harmed.manifest(harmed.old).chmod(0o600)
    harmed.manifest(harmed.old).write_text(json.dumps(manifest))
    diagnosis = examined(capsys, harmed.environment)
    assert diagnosis.found(
        "last-backup", f"overdue: the newest backup, {harmed.old}, is 3 days", "BackupFailed"
    )
    assert diagnosis.ended("problem") == {"last-backup"}


def test_a_source_that_does_not_answer_hides_nothing_of_catalog_and_vault(night, tmp_path, capsys):
    nowhere = {"SCIMS_SOURCE_URL": f"postgresql://backup@/x?host={tmp_path}"}
    diagnosis = examined(capsys, night.environment | nowhere)
    assert diagnosis.found("connection", "scims-db: connecting to x", "check host, port")
    assert diagnosis.ended("problem") == {"connection"}
    assert diagnosis.ended("fine") == LOCAL & {
        *("catalog", "restic-version", "vault", "last-backup", "last-run", "last-drill", "newest-verdict"),
        *NEEDS_VAULT,
    }
    for one in diagnosis.of("disk-space"):
        assert one["message"] == "it requires connection, which has a problem"


def test_a_newest_backup_whose_drill_failed_is_told_though_an_older_one_is_proven(night, tmp_path, capsys):
    harmed = night.copied(tmp_path)
    put_drill(harmed.place.catalog, harmed.new, _stamp(-timedelta(minutes=1)), Verdict.FAILED)
    diagnosis = examined(capsys, harmed.environment)
    assert diagnosis.found(
        "newest-verdict", f"{harmed.new}: its drill FAILED: 1 difference", "hold newest-proven"
    )
    assert (diagnosis.code, diagnosis.ended("problem")) == (1, {"newest-verdict"})


def test_before_the_first_backup_it_says_what_there_is_not_yet(night, tmp_path, capsys):
    fresh = {"SCIMS_CATALOG": f"file://{tmp_path / 'catalog'}", "SCIMS_VAULT": f"restic:{tmp_path / 'vault'}"}
    diagnosis = examined(capsys, night.environment | fresh)
    (catalog,) = diagnosis.of("catalog")
    assert (catalog["state"], diagnosis.ended("problem")) == ("not-checked", set())
    assert "the first backup creates it" in catalog["message"]
    assert "mount its disk" in catalog["cure"]
    (tmp_path / "catalog").mkdir()
    diagnosis = examined(capsys, night.environment | fresh)
    (last,) = diagnosis.of("last-backup")
    assert (last["message"], last["cure"]) == (
        "there is no backup yet",
        "take the first one: scims-backup backup",
    )
    assert (diagnosis.code, diagnosis.ended("problem")) == (0, set())
    ages = {"last-backup", "last-drill", "newest-verdict"}
    assert diagnosis.ended("not-checked") == {"vault", *ages} | NEEDS_VAULT


def test_a_catalog_that_is_gone_is_a_problem_where_the_vault_has_archives(night, tmp_path, capsys):
    diagnosis = examined(capsys, night.environment | {"SCIMS_CATALOG": f"file://{tmp_path / 'catalog'}"})
    assert diagnosis.found("catalog", "is not there", "mount its disk")


def test_a_secret_that_cannot_be_read_is_found_and_none_is_told(night, tmp_path, capsys):
    (tmp_path / "database").write_text("hunter22\n")
    settings = tmp_path / "scims.toml"
    settings.write_text(
        '[sources.scims-db]\nsecret = "file:database"\nescrow_secret = "env:DOCTOR_ESCROW"\n'
        'vault_secret = "env:DOCTOR_VAULT"\n'
    )
    environment = night.environment | {"SCIMS_CONFIG": str(settings), "DOCTOR_VAULT": PASSWORD}
    diagnosis = examined(capsys, environment)
    assert diagnosis.found("escrow-secret", "env:DOCTOR_ESCROW", "put the password there")
    assert diagnosis.ended("problem") == {"escrow-secret"}
    assert {"secret", "vault-secret"} <= diagnosis.ended("fine")
    assert "hunter22" not in json.dumps(diagnosis.document)
    assert PASSWORD not in json.dumps(diagnosis.document)


def test_an_escrow_password_is_tried_and_one_that_opens_nothing_though_it_is_marked_is_found(
    night, tmp_path, capsys
):
    harmed = night.copied(tmp_path)
    settings = tmp_path / "scims.toml"
    settings.write_text('[sources.scims-db]\nescrow_secret = "env:DOCTOR_ESCROW"\n')
    environment = harmed.environment | {"SCIMS_CONFIG": str(settings), "DOCTOR_ESCROW": "in the envelope"}
    vault = harmed.place.vault(escrow=EscrowPassword("env:DOCTOR_ESCROW", lambda: "in the envelope"))
    assert examined(capsys, environment).ended("not-checked") == {"vault-escrow"}
    harmed.place.catalog.put_new(vault.look_at_escrow().marker, b'{"forged": true}')
    diagnosis = examined(capsys, environment)
    assert diagnosis.found(
        "vault-escrow", "does not open the vault", f"remove {vault.look_at_escrow().marker}"
    )
    assert diagnosis.ended("problem") == {"vault-escrow"}
    harmed.place.catalog.delete(vault.look_at_escrow().marker)
    vault.prepare()
    assert "vault-escrow" in examined(capsys, environment).ended("fine")
