"""Object Lock on servers that enforce it: extended, never shortened, never further than is allowed."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.adapters.catalogs.s3 import S3Catalog
from scims_backup.adapters.s3.locks import ObjectLocks
from scims_backup.adapters.s3.place import S3Place
from scims_backup.cli.main import run
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.manifest import Archive
from scims_backup.domain.object_lock import ObjectLock
from tests.contract.vault_contract import put
from tests.fakes import a_manifest
from tests.support.s3.vaults import S3Playground

DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
LOCK = ObjectLock("GOVERNANCE", 35)
LATEST = LOCK.latest(NOW)
NAME = "thing"


@pytest.fixture(params=["seaweedfs", "localstack"])
def s3_server(request):
    """Without moto, which breaks when it is asked for the lock of an object."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def place(s3_server, tmp_path):
    place = S3Playground(s3_server, tmp_path, object_lock=True)
    place.replace(place.place.key(NAME), b"abc")
    return place


def lock(place, until, mode="GOVERNANCE"):
    place.look.put_object_retention(
        Bucket=place.place.bucket,
        Key=place.place.key(NAME),
        Retention={"Mode": mode, "RetainUntilDate": until},
    )


def locked_until(place, name=NAME):
    return place.head(name).get("ObjectLockRetainUntilDate")


def extend(place, wanted, name=NAME):
    return ObjectLocks(place.client(), place.place, LOCK, lambda: NOW).extend({name: wanted})


@pytest.mark.parametrize(
    ("there", "wanted", "after"),
    [
        (None, 7 * DAY, 7 * DAY),
        (2 * DAY, 7 * DAY, 7 * DAY),
        (2 * DAY, 400 * DAY, LATEST - NOW),
        (6.5 * DAY, 7 * DAY, 6.5 * DAY),
        (9 * DAY, 7 * DAY, 9 * DAY),
        (None, -1 * DAY, None),
    ],
    ids=["first", "longer", "not beyond the days", "less than a day", "never shorter", "over"],
)
def test_a_lock_is_extended_by_a_day_and_more_and_never_beyond_the_days(place, there, wanted, after):
    if there:
        lock(place, NOW + there)
    assert extend(place, NOW + wanted) == []
    assert locked_until(place) == (None if after is None else NOW + after)


def test_a_lock_of_the_other_mode_is_left_as_it_is(place):
    lock(place, NOW + 2 * DAY, "COMPLIANCE")
    assert extend(place, NOW + 7 * DAY) == []
    assert locked_until(place) == NOW + 2 * DAY


def test_what_is_gone_needs_no_lock_and_one_refusal_keeps_no_other(place):
    place.replace(place.place.key("second"), b"abc")
    locks = ObjectLocks(place.client(), place.place, LOCK, lambda: NOW)
    assert locks.extend(dict.fromkeys(["nonesuch", "second", NAME], NOW + DAY)) == []
    assert (locked_until(place), locked_until(place, "second")) == (NOW + DAY, NOW + DAY)


def test_a_bucket_without_object_lock_has_nothing_to_extend(s3_server, tmp_path):
    place = S3Playground(s3_server, tmp_path, versioned=True)
    place.replace(place.place.key(NAME), b"abc")
    assert extend(place, NOW + DAY) == []


@pytest.mark.parametrize("s3_server", ["seaweedfs"], indirect=True)
@pytest.mark.parametrize(
    ("action", "on"),
    [
        ("s3:GetBucketObjectLockConfiguration", ""),
        ("s3:GetObjectRetention", "/*"),
        ("s3:PutObjectRetention", "/*"),
    ],
)
def test_a_right_that_is_missing_is_named(place, action, on):
    denied = {"Effect": "Deny", "Principal": "*", "Action": action}
    statement = {**denied, "Resource": f"arn:aws:s3:::{place.place.bucket}{on}"}
    place.deny({"Version": "2012-10-17", "Statement": [statement]})
    (told,) = extend(place, NOW + DAY)
    assert "AccessDenied" in told
    assert action in told
    assert place.place.bucket in told
    assert locked_until(place) is None


# --- what a prune makes of it -------------------------------------------------------------------------


@pytest.fixture
def deployed(s3_server, tmp_path, monkeypatch):
    """Give vault and catalog as template.yaml makes them, the catalog locked as docs/deploy.md says."""
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    vault = S3Playground(s3_server, tmp_path, object_lock=True, undelete_days=30)
    vault.vault().prepare()
    records = S3Playground(s3_server, tmp_path, versioned=True, undelete_days=30, locked_days=2)
    settings = tmp_path / "scims.toml"
    settings.write_text(f"""
catalog = "{records.place}"
[sources.scims-db]
vault = "{vault.place}"
retention = {{ daily = 3, weekly = 4 }}
object_lock = {{ mode = "governance", days = 10 }}
""")
    return vault, records, lambda *arguments: run([*arguments, "--config", str(settings)], {})


def a_night(vault, records, age):
    """Have a backup of so many nights ago, as a dump leaves it."""
    backup = BackupId("scims-db", stamp_of(NOW - age * DAY))
    ref = put(vault.vault(lock=ObjectLock("GOVERNANCE", 2)), backup, b"abc").ref
    catalog = S3Catalog(records.client(), records.place)
    manifest = a_manifest(backup.stamp)
    archive = Archive(3, 3, "ab" * 32, "s3", ref)
    catalog.put_new(
        keys.manifest(backup), type(manifest)(**{**vars(manifest), "archive": archive}).to_bytes()
    )
    catalog.put_new(keys.proof(backup), b"proof")
    return backup, ref


def test_a_prune_hides_what_is_locked_and_says_that_all_is_done(deployed, capsys):
    vault, records, scims = deployed
    nights = [a_night(vault, records, age) for age in range(6)]
    assert scims("prune", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["refused"] == []
    gone = [(backup, ref) for backup, ref in nights if str(backup) in result["removed"]]
    assert gone
    for backup, ref in gone:
        assert [len(ids) for ids in vault.versions(ref)] == [1, 1]
        assert [len(ids) for ids in records.versions(keys.manifest(backup))] == [1, 1]


def test_a_prune_locks_what_stays_for_longer_and_never_beyond_the_days(deployed):
    vault, records, scims = deployed
    weekly, ref = a_night(vault, records, 7)
    a_night(vault, records, 0)
    things = [(vault, ref), (records, keys.manifest(weekly)), (records, keys.proof(weekly))]
    before = [locked_until(*thing) for thing in things]
    assert scims("prune") == 0
    latest = ObjectLock("GOVERNANCE", 10).latest(datetime.now(UTC))
    for thing, then in zip(things, before, strict=True):
        assert then < NOW + 3 * DAY < locked_until(*thing)
        assert latest - timedelta(minutes=1) < locked_until(*thing) <= latest
    assert scims("prune") == 0
    assert all(locked_until(*thing) <= latest for thing in things)


def test_no_version_of_a_manifest_can_be_removed_while_it_is_locked(deployed):
    vault, records, _ = deployed
    backup, _ = a_night(vault, records, 0)
    key = records.place.key(keys.manifest(backup))
    records.look.delete_object(Bucket=records.place.bucket, Key=key)
    ((version,), (_,)) = records.versions(keys.manifest(backup))
    with pytest.raises(records.look.exceptions.ClientError, match="AccessDenied"):
        records.look.delete_object(Bucket=records.place.bucket, Key=key, VersionId=version)


def test_claims_and_leases_come_and_go_in_a_catalog_that_locks(deployed):
    _, records, _ = deployed
    catalog = S3Catalog(records.client(), S3Place(records.place.bucket, "catalog"))
    for data in (b"one", b"two"):
        catalog.put_new("runs/scims-db/prune.json", data)
        catalog.delete("runs/scims-db/prune.json")
    assert list(catalog.keys("runs/")) == []
