"""The S3 vault's own promises: nothing left behind, nothing hidden, and no more memory than promised."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session
from urllib3.exceptions import ProtocolError
from zstandard import ZstdDecompressor

from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain import keys
from scims_backup.domain.errors import (
    ArchiveDamagedError,
    ArchiveMissingError,
    DeleteRefusedError,
    VaultAccessError,
    VaultError,
    VaultGoneError,
    VaultUnreachableError,
)
from scims_backup.domain.object_lock import ObjectLock
from tests.contract.vault_contract import StopTestError, fetched, new_backup, put, some_bytes
from tests.support.s3.server import S3Server
from tests.support.s3.vaults import S3Playground

TOMORROW = datetime.now(UTC) + timedelta(days=1)
SECRET = "hunter2-hunter2"


@pytest.fixture(scope="module", params=["moto", "seaweedfs", "localstack"])
def s3_server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def place(s3_server, tmp_path):
    return prepared(S3Playground(s3_server, tmp_path))


@pytest.fixture
def versioned(s3_server, tmp_path):
    return prepared(S3Playground(s3_server, tmp_path, versioned=True))


def prepared(place):
    place.vault().prepare()
    return place


def child(place, *arguments, **options):
    """Start a process that works on the place."""
    command = [sys.executable, "-m", "tests.support.s3.child"]
    return subprocess.Popen(
        [*command, place.place.bucket, place.place.prefix, str(place.catalog_folder), *arguments],
        env={**os.environ, **place.server.environment()},
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


def told(place, *arguments):
    """Return what such a process printed."""
    with child(place, *arguments) as running:
        out, _ = running.communicate()
    assert running.returncode == 0
    return out.split()


class LostAnswers:
    """Lets requests to complete an upload reach the server, and loses so many of its answers."""

    def __init__(self, client, count):
        self._left = count
        self._session = URLLib3Session()
        client.meta.events.register("before-send.s3.CompleteMultipartUpload", self)

    def __call__(self, request, **_):
        if self._left == 0:
            return
        self._left -= 1
        self._session.send(request)
        raise ConnectionClosedError(endpoint_url=request.url)


class BreakingBody:
    """A body whose connection breaks after so many bytes."""

    def __init__(self, body, count):
        self._body = body
        self._left = count

    def read(self, count):
        if self._left == 0:
            raise ProtocolError("Connection broken")
        data = self._body.read(min(count, self._left))
        self._left -= len(data)
        return data

    def close(self):
        self._body.close()


def break_bodies(client, after):
    """Let each body that the client gets break after so many bytes."""

    def harm(parsed, **_):
        if "Body" in parsed:
            parsed["Body"] = BreakingBody(parsed["Body"], after)

    client.meta.events.register("after-call.s3.GetObject", harm)


def test_an_archive_is_one_zstd_frame_under_a_key_that_tells_source_and_stamp(place):
    backup = new_backup()
    text = b"".join(b"%d\titem stock\t%x\n" % (i, i * i) for i in range(200_000))
    stored = put(place.vault(), backup, text)
    data = place.stored(place.place.key(stored.ref))
    assert stored.ref.startswith(f"archives/scims-db/{backup.stamp}-")
    assert place.place.key(stored.ref).startswith("some/where/archives/")
    assert stored.stored_bytes == len(data) < len(text) / 2
    assert ZstdDecompressor().decompressobj().decompress(data) == text


def test_two_attempts_at_one_backup_do_not_collide(place):
    backup = new_backup()
    first, second = (put(place.vault(), backup, data) for data in (b"first", b"second"))
    assert [fetched(place.vault(), stored.ref) for stored in (first, second)] == [b"first", b"second"]


def test_an_abandoned_upload_leaves_no_unfinished_upload(place):
    with pytest.raises(StopTestError), place.vault().store(new_backup()) as writer:  # noqa: PT012
        for seed in range(20):
            writer.write(some_bytes(1 << 20, seed))
        assert len(place.uploads()) == 1
        raise StopTestError
    assert place.uploads() == []
    assert place.keys() == ["some/where/vault.json"]


def test_a_completion_whose_answer_is_lost_is_done(place):
    client = place.client()
    LostAnswers(client, 1)
    vault = place.vault(client=client)
    stored = put(vault, new_backup(), b"abc")
    assert fetched(vault, stored.ref) == b"abc"


def test_a_completion_that_stays_unclear_leaves_no_archive_behind(place):
    client = place.client()
    LostAnswers(client, -1)
    with pytest.raises(VaultUnreachableError, match="cannot store"):
        put(place.vault(client=client), new_backup(), b"abc")
    assert place.vault().archives() == []
    assert place.keys() == ["some/where/vault.json"]
    assert place.uploads() == []


def test_a_killed_store_leaves_no_archive_and_its_upload_is_discarded(place):
    with child(place, "hang", "40") as running:
        assert running.stdout.readline() == "waiting\n"
        running.kill()
    vault = place.vault()
    assert vault.archives() == []
    assert len(place.uploads()) == 1
    usage = vault.usage()
    assert (16 << 20) <= usage.noncurrent_bytes < (40 << 20)
    assert usage.place_bytes == usage.noncurrent_bytes + len(place.stored("some/where/vault.json"))
    assert usage.source_bytes == 0
    assert place.vault("scims-db-2").discard_unfinished(TOMORROW) == 0
    assert vault.discard_unfinished(TOMORROW) == 1
    assert place.uploads() == []


@pytest.mark.parametrize("s3_server", ["seaweedfs", "localstack"], indirect=True)
def test_an_upload_that_began_later_is_not_discarded(place):
    """Without moto, which says of every upload that it began in 2010."""
    with place.vault().store(new_backup()) as writer:
        writer.write(b"abc")
        assert place.vault().discard_unfinished(datetime.now(UTC) - timedelta(hours=1)) == 0
        ref = writer.commit().ref
    assert fetched(place.vault(), ref) == b"abc"


@pytest.mark.parametrize("s3_server", ["seaweedfs", "localstack"], indirect=True)
@pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
def test_a_locked_archive_is_not_removed_nor_hidden(s3_server, tmp_path, mode):
    """Without moto, which forgets the lock of a multipart upload."""
    place = prepared(S3Playground(s3_server, tmp_path, object_lock=True))
    now = datetime.now(UTC)
    lock = ObjectLock(mode, 3)
    vault = place.vault(clock=lambda: now, lock=lock)
    ref = put(vault, new_backup(), b"abc").ref
    before = place.versions(ref)
    head = place.head(ref)
    assert head["ObjectLockMode"] == mode
    until = lock.latest(now)
    assert abs(head["ObjectLockRetainUntilDate"] - until) < timedelta(seconds=2)
    with pytest.raises(DeleteRefusedError, match=f"locked until {until:%Y-%m-%d}"):
        vault.delete(ref)
    assert place.versions(ref) == before == ([head["VersionId"]], [])
    assert fetched(vault, ref) == b"abc"
    assert [archive.ref for archive in vault.archives()] == [ref]


def test_removing_from_a_bucket_with_versions_frees_all_bytes(versioned):
    vault = versioned.vault()
    before = vault.usage()
    ref = put(vault, new_backup(), some_bytes(2_000_000)).ref
    versioned.flip_byte()
    assert 2_000_000 < vault.usage().noncurrent_bytes < 2_100_000
    vault.delete(ref)
    assert vault.usage() == before
    assert versioned.versions(ref) == ([], [])


def test_an_archive_that_somebody_hid_is_missing_and_still_removable(versioned):
    vault = versioned.vault()
    ref = put(vault, new_backup(), some_bytes(2_000_000)).ref
    versioned.hide(ref)
    assert vault.archives() == []
    with pytest.raises(ArchiveMissingError):
        fetched(vault, ref)
    assert vault.usage().noncurrent_bytes > 2_000_000
    vault.delete(ref)
    assert versioned.versions(ref) == ([], [])


def test_what_is_not_ours_is_neither_listed_nor_removed(versioned):
    vault = versioned.vault()
    ref = put(vault, new_backup(), b"abc").ref
    strange = [f"{versioned.place.key(ref)}.note", "some/where/archives/scims-db/readme", "some/other"]
    for key in strange:
        versioned.replace(key, b"not ours")
    assert [archive.ref for archive in vault.archives()] == [ref]
    vault.delete(ref)
    vault.delete("archives/scims-db/readme")
    assert set(strange) <= set(versioned.keys())


@pytest.mark.parametrize("names", [("scims-db", "scims-db-2"), ("scims-db-2", "scims-db")])
def test_sources_in_one_place_do_not_see_each_others_archives(place, names):
    mine, other = (place.vault(name) for name in names)
    other.prepare()
    ref = put(mine, new_backup(names[0]), b"abc").ref
    assert other.archives() == []
    assert other.usage().source_bytes == 0
    with pytest.raises(ArchiveMissingError):
        fetched(other, ref)
    with pytest.raises(DeleteRefusedError, match=f"not of source {names[1]}"):
        other.delete(ref)
    with mine.store(new_backup(names[0])):
        assert other.discard_unfinished(TOMORROW) == 0
    assert fetched(mine, ref) == b"abc"


@pytest.mark.parametrize("s3_server", ["moto", "localstack"], indirect=True)
def test_an_archive_is_encrypted_with_the_key_that_was_asked_for(place):
    """Without seaweedfs, which has no KMS."""
    server = place.server
    kms: Any = botocore.session.get_session().create_client(
        "kms",
        endpoint_url=server.url,
        region_name=server.region,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
    )
    key = kms.create_key()["KeyMetadata"]["Arn"]
    vault = place.vault(encryption_key=key)
    ref = put(vault, new_backup(), b"abc").ref
    assert place.head(ref)["ServerSideEncryption"] == "aws:kms"
    assert place.head(ref)["SSEKMSKeyId"] == key
    assert fetched(vault, ref) == b"abc"


def test_a_broken_connection_is_gone_on_from_where_it_broke(place):
    data = some_bytes(3_000_000)
    ref = put(place.vault(), new_backup(), data).ref
    client = place.client()
    break_bodies(client, after=200_000)
    assert fetched(place.vault(client=client), ref) == data


def test_an_archive_that_is_replaced_while_it_is_read_is_damaged(place):
    ref = put(place.vault(), new_backup(), some_bytes(3_000_000)).ref
    client = place.client()
    break_bodies(client, after=200_000)
    with pytest.raises(ArchiveDamagedError, match="replaced"), place.vault(client=client).read(ref) as chunks:  # noqa: PT012
        place.flip_byte()
        list(chunks)


@pytest.mark.parametrize("harm", [lambda data: data + b"x", lambda data: data[:-1], lambda _: b""])
def test_trailing_and_missing_bytes_are_damage(place, harm):
    ref = put(place.vault(), new_backup(), b"abc").ref
    key = place.place.key(ref)
    place.replace(key, harm(place.stored(key)))
    with pytest.raises(ArchiveDamagedError, match=ref):
        fetched(place.vault(), ref)


def test_a_missing_bucket_is_to_be_created_unless_backups_are_known_in_it(s3_server, tmp_path):
    place = S3Playground(s3_server, tmp_path)
    place.remove_bucket()
    with pytest.raises(VaultError, match="create the bucket") as failure:
        place.vault().prepare()
    assert not isinstance(failure.value, VaultGoneError)
    place.catalog.put_new(keys.manifest(new_backup()), b"{}")
    with pytest.raises(VaultGoneError, match=r"gone, though the catalog knows 1 backup.* of scims-db in it"):
        place.vault().prepare()
    for step in (place.vault().archives, place.vault().usage, lambda: put(place.vault(), new_backup(), b"x")):
        with pytest.raises(VaultGoneError, match="create bucket"):
            step()


@pytest.mark.parametrize("data", [b"<html>Log in</html>", b'{"version": 2}', b"[]", b""])
def test_a_marker_that_is_not_ours_is_no_vault(moto, tmp_path, data):
    place = prepared(S3Playground(moto, tmp_path))
    place.replace("some/where/vault.json", data)
    for step in (place.vault().prepare, place.vault().archives):
        with pytest.raises(VaultError, match="is not a vault marker that this program knows"):
            step()


def test_a_shared_place_is_not_begun_anew_while_another_sources_backups_are_known(place):
    place.vault("other-db").prepare()
    place.catalog.put_new(keys.manifest(new_backup("other-db")), b"{}")
    place.remove()
    with pytest.raises(VaultGoneError, match="other-db"):
        place.vault().prepare()
    assert place.keys() == []


def test_another_place_of_the_same_catalog_is_no_concern_of_a_source(place):
    place.vault("other-db").prepare()
    place.catalog.put_new(keys.manifest(new_backup("other-db")), b"{}")
    place.vault(place=S3Place(place.place.bucket, "elsewhere")).prepare()


def test_wrong_credentials_are_named_at_every_step_and_stay_hidden(seaweedfs, tmp_path):
    place = prepared(S3Playground(seaweedfs, tmp_path))
    ref = put(place.vault(), new_backup(), b"abc").ref
    vault = place.vault(client=place.client(S3Server("seaweedfs", seaweedfs.url, secret_key=SECRET)))
    steps = [
        vault.prepare,
        lambda: put(vault, new_backup(), b"x"),
        lambda: fetched(vault, ref),
        vault.archives,
        lambda: vault.delete(ref),
        lambda: vault.discard_unfinished(TOMORROW),
        vault.usage,
    ]
    for step in steps:
        with pytest.raises(VaultAccessError, match=rf"s3:\w+ in bucket {place.place.bucket}") as refusal:
            step()
        assert SECRET not in str(refusal.value)


def test_a_server_that_refuses_connections_is_unreachable(seaweedfs, tmp_path, monkeypatch):
    place = S3Playground(seaweedfs, tmp_path)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    client = place.client(S3Server("nobody", "http://127.0.0.1:1"))
    with pytest.raises(VaultUnreachableError, match=r"127\.0\.0\.1:1"):
        place.vault(client=client).prepare()


@pytest.mark.slow
def test_storing_a_gigabyte_takes_bounded_memory(seaweedfs, tmp_path):
    place = prepared(S3Playground(seaweedfs, tmp_path))
    ref, peak = told(place, "store", "1000")
    assert int(peak) < 400_000_000
    total, peak = told(place, "read", ref)
    assert int(total) == 1000 << 20
    assert int(peak) < 200_000_000


@pytest.mark.slow
def test_reading_what_shrank_ten_thousandfold_takes_bounded_memory(seaweedfs, tmp_path):
    place = prepared(S3Playground(seaweedfs, tmp_path))
    with place.vault().store(new_backup()) as writer:
        for _ in range(1000):
            writer.write(bytes(1 << 20))
        stored = writer.commit()
    assert stored.stored_bytes < 200_000
    total, peak = told(place, "read", stored.ref)
    assert int(total) == 1000 << 20
    assert int(peak) < 250_000_000
