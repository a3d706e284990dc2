"""An upload ends in exactly one archive, or in none, whatever the store answers."""

import io
import threading
from concurrent.futures import wait
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.vaults.s3 import S3Vault, parts, sending, writer
from scims_backup.adapters.vaults.s3.access import Access
from scims_backup.adapters.vaults.s3.sending import Sending
from scims_backup.adapters.vaults.s3.upload import Upload
from scims_backup.adapters.vaults.s3.versions import remove
from scims_backup.adapters.vaults.s3.writer import S3Writer
from scims_backup.domain.errors import (
    ArchiveMissingError,
    DeleteRefusedError,
    VaultAccessError,
    VaultError,
    VaultUnreachableError,
)
from scims_backup.domain.object_lock import ObjectLock
from scims_backup.domain.periods import Policy
from tests.contract.vault_contract import StopTestError, new_backup, some_bytes
from tests.fakes import MemoryCatalog

REF = "archives/scims-db/20261122T020000Z-0123456789abcdef.dump.zst"


def refusal(code, status, operation="CompleteMultipartUpload"):
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


GONE = refusal("NoSuchUpload", 404)
TAKEN = refusal("PreconditionFailed", 412)
CONFLICT = refusal("ConditionalRequestConflict", 409)
DENIED = refusal("AccessDenied", 403)
LOST = ConnectionClosedError(endpoint_url="http://s3")


class FakeClient:
    """Keeps the parts of one upload; answers: what completing meets, one after the other, None: it works."""

    def __init__(self, answers=(None,), length=None):
        self.answers = list(answers)
        self.length = length
        self.parts = {}
        self.calls = []
        self.begin_failure = None
        self.part_failure = None
        self.abort_failure = None
        self.remove_failure = None
        self.marker_failure: Any = None
        self.parts_failure: Any = None
        self.options = {}
        self.versions = []
        self.answer = {"ETag": '"whole"'}
        self.page: dict[str, Any] = {"IsTruncated": False}

    def create_multipart_upload(self, **options):
        if self.begin_failure:
            raise self.begin_failure
        self.options = options
        return {"UploadId": "1"}

    def upload_part(self, PartNumber, Body, **_):  # noqa: N803
        if self.part_failure:
            raise self.part_failure
        self.parts[PartNumber] = bytes(Body)
        return {"ETag": f'"{PartNumber}"'}

    def complete_multipart_upload(self, MultipartUpload, IfNoneMatch, **_):  # noqa: N803
        assert IfNoneMatch == "*"
        numbers = [part["PartNumber"] for part in MultipartUpload["Parts"]]
        assert numbers == sorted(self.parts)
        self.calls.append("complete")
        if answer := self.answers.pop(0):
            raise answer
        return self.answer

    def abort_multipart_upload(self, **_):
        self.calls.append("abort")
        if self.abort_failure:
            raise self.abort_failure

    def head_object(self, **_):
        self.calls.append("head")
        if self.length is None:
            raise refusal("404", 404, "HeadObject")
        return {"ContentLength": self.length}

    def get_object(self, **_):
        self.calls.append("get")
        if self.calls == ["get"]:
            raise refusal("NoSuchKey", 404, "GetObject")
        return {"Body": io.BytesIO(b'{"version": 1}')}

    def put_object(self, IfNoneMatch, **_):  # noqa: N803
        assert IfNoneMatch == "*"
        self.calls.append("put")
        raise self.marker_failure

    def get_paginator(self, _name):
        return self

    def paginate(self, UploadId=None, **_):  # noqa: N803
        if UploadId:
            raise self.parts_failure
        return [self.page | {"Versions": self.versions}]

    def delete_object(self, VersionId, **_):  # noqa: N803
        self.calls.append(f"delete {VersionId}")
        if self.remove_failure:
            raise self.remove_failure


def vault_of(client, waits=None, **options):
    sleep = (waits if waits is not None else []).append
    return S3Vault(client, S3Place("bucket", "p"), "scims-db", MemoryCatalog(), sleep=sleep, **options)


def access_of(client: Any) -> Access:
    return Access(client, S3Place("bucket", "p"))


def stored(client, waits=None, data=b"abc"):
    with vault_of(client, waits).store(new_backup()) as archive:
        archive.write(data)
        return archive.commit()


@pytest.mark.parametrize("answer", [GONE, TAKEN])
def test_a_completion_that_was_done_already_is_done(answer):
    length = stored(FakeClient()).stored_bytes
    client = FakeClient([answer], length)
    assert stored(client).stored_bytes == length
    assert client.calls == ["complete", "head"]


@pytest.mark.parametrize("answer", [GONE, TAKEN])
@pytest.mark.parametrize("length", [None, 1])
def test_an_upload_that_vanished_is_no_archive(answer, length):
    client = FakeClient([answer], length)
    client.versions = [{"Key": "p/other", "VersionId": "1", "IsLatest": True, "Size": 1}]
    with pytest.raises(VaultError, match="cannot store"):
        stored(client)
    assert client.calls == ["complete", "head", "abort"]


def test_what_an_unclear_completion_may_have_made_is_removed(monkeypatch):
    monkeypatch.setattr("secrets.token_hex", lambda _: "0123456789abcdef")
    client = FakeClient([LOST])
    backup = new_backup()
    key = f"p/archives/scims-db/{backup.stamp}-0123456789abcdef.dump.zst"
    client.versions = [{"Key": key, "VersionId": "7", "IsLatest": True, "Size": 1}]
    client.abort_failure = GONE
    with pytest.raises(VaultUnreachableError), vault_of(client).store(backup) as archive:
        archive.commit()
    assert client.calls == ["complete", "abort", "delete 7"]


def test_a_conflict_is_tried_again():
    client = FakeClient([CONFLICT, CONFLICT, None])
    waits: list[float] = []
    stored(client, waits)
    assert client.calls == ["complete"] * 3
    assert waits == [1.0, 2.0]


def test_a_conflict_that_stays_is_given_up():
    client = FakeClient([CONFLICT] * 9)
    waits: list[float] = []
    with pytest.raises(VaultError, match="ConditionalRequestConflict"):
        stored(client, waits)
    assert client.calls == ["complete"] * 5 + ["abort"]
    assert len(waits) == 4


def test_a_part_that_failed_is_told_by_the_next_write_and_by_commit(monkeypatch):
    monkeypatch.setattr(writer, "part_bytes", lambda _: 1000)
    client = FakeClient()
    client.part_failure = DENIED
    with vault_of(client).store(new_backup()) as archive:
        under_way = archive._upload._sending._under_way
        while not under_way:  # the compressor's threads take their time
            archive.write(some_bytes(1 << 20))
        wait(under_way)
        with pytest.raises(VaultAccessError, match=r"part 1.*s3:PutObject in bucket bucket"):
            archive.write(b"fills no part")
        with pytest.raises(VaultAccessError, match="part 1"):
            archive.commit()
    assert client.calls == ["abort"]


def test_an_abort_that_failed_is_noted_on_what_went_wrong():
    client = FakeClient()
    client.abort_failure = DENIED
    with pytest.raises(StopTestError) as failure, vault_of(client).store(new_backup()):
        raise StopTestError
    assert "s3:AbortMultipartUpload" in failure.value.__notes__[0]


def test_an_abort_that_failed_is_told_where_nothing_else_went_wrong():
    client = FakeClient()
    client.abort_failure = DENIED
    with pytest.raises(VaultAccessError, match="cannot abort"), vault_of(client).store(new_backup()):
        pass


def test_a_write_of_many_parts_ends_when_one_has_failed(monkeypatch):
    monkeypatch.setattr(writer, "part_bytes", lambda _: 1000)
    monkeypatch.setattr(sending, "MOST_BYTES", 3000)
    client = FakeClient()
    client.part_failure = DENIED
    with vault_of(client).store(new_backup()) as archive:
        with pytest.raises(VaultAccessError, match="part 1"):
            archive.write(some_bytes(40 << 20))
        assert archive._number < 10


def test_parts_beyond_the_limit_are_refused_by_name(monkeypatch):
    monkeypatch.setattr(parts, "MOST_PARTS", 2)
    monkeypatch.setattr(parts, "FIRST", 1 << 20)
    client = FakeClient()
    with pytest.raises(VaultError, match="larger than an S3 upload of 2 parts"):
        stored(client, data=some_bytes(8 << 20))
    assert client.calls == ["abort"]


def test_parts_are_cut_and_sent_whole_and_in_order(monkeypatch):
    monkeypatch.setattr(writer, "part_bytes", lambda number: 1000 * number)
    client = FakeClient()
    result = stored(client, data=some_bytes(500_000))
    sizes = [len(client.parts[number]) for number in sorted(client.parts)]
    assert sizes[:-1] == [1000 * number for number in range(1, len(sizes))]
    assert 0 < sizes[-1] <= 1000 * len(sizes)
    assert sum(sizes) == result.stored_bytes


def test_encryption_and_lock_are_asked_for_when_the_upload_begins():
    client, now = FakeClient(), datetime(2026, 11, 22, tzinfo=UTC)
    lock = ObjectLock("COMPLIANCE", 30)
    with vault_of(client, clock=lambda: now, encryption_key="alias/k", lock=lock).store(new_backup()):
        pass
    assert client.options["ServerSideEncryption"] == "aws:kms"
    assert client.options["SSEKMSKeyId"] == "alias/k"
    assert client.options["BucketKeyEnabled"] is True
    assert client.options["ObjectLockMode"] == "COMPLIANCE"
    assert client.options["ObjectLockRetainUntilDate"] == lock.latest(now)


def test_an_archive_is_locked_for_as_long_as_the_policy_keeps_a_fresh_one():
    client, backup = FakeClient(), new_backup()
    lock = ObjectLock("GOVERNANCE", 30, Policy(daily=7, weekly=4))
    with vault_of(client, clock=lambda: backup.moment + timedelta(minutes=3), lock=lock).store(backup):
        pass
    midnight = datetime.combine(backup.moment.date(), time(), UTC)
    assert client.options["ObjectLockRetainUntilDate"] == midnight + timedelta(days=7)


def test_an_archive_for_a_time_that_the_policy_no_longer_keeps_is_not_locked():
    client, backup = FakeClient(), new_backup()
    lock = ObjectLock("GOVERNANCE", 30, Policy(daily=7))
    with vault_of(client, clock=lambda: backup.moment + timedelta(days=8), lock=lock).store(backup):
        pass
    assert not {name for name in client.options if "Lock" in name}


def test_without_encryption_and_lock_nothing_is_asked_for():
    client = FakeClient()
    with vault_of(client).store(new_backup()):
        pass
    assert set(client.options) == {"Bucket", "Key", "ChecksumAlgorithm", "ContentType"}


def test_parts_that_arrive_out_of_order_are_told_in_order():
    second_is_sent = threading.Event()

    def send(number, _body):
        if number == 1:
            second_is_sent.wait()
        second_is_sent.set()
        return {"PartNumber": number}

    sent = Sending(send)
    sent.add(1, bytearray(1))
    sent.add(2, bytearray(1))
    second_is_sent.wait()
    while len(sent._under_way) == 2:
        sent.check()
    assert [part["PartNumber"] for part in sent.all_sent()] == [1, 2]
    sent.stop()


def test_no_more_bytes_are_on_their_way_than_promised(monkeypatch):
    monkeypatch.setattr(sending, "MOST_BYTES", 150)
    under_way, most, lock = [], [], threading.Lock()
    overlap = threading.Event()

    def send(number, body):
        with lock:
            under_way.append(body)
            most.append(sum(map(len, under_way)))
        overlap.wait(0.002)
        with lock:
            under_way.remove(body)
        return {"PartNumber": number}

    sent = Sending(send)
    for number in range(1, 51):
        sent.add(number, bytearray(60))
    sent.add(51, bytearray(1000))
    assert [part["PartNumber"] for part in sent.all_sent()] == list(range(1, 52))
    sent.stop()
    assert max(most[:-1]) <= 150
    assert most[-1] == 1000


def test_an_answer_that_no_store_gives_is_no_completion():
    client = FakeClient()
    client.answer = {}
    with pytest.raises(VaultError, match="not an S3-compatible store"):
        stored(client)


@pytest.mark.parametrize("look", ["archives", "usage", "discard_unfinished"])
def test_an_answer_that_no_store_gives_is_no_empty_vault(look):
    client = FakeClient()
    client.page = {}
    with pytest.raises(VaultError, match="not an S3-compatible store"):
        getattr(vault_of(client), look)(*([datetime.now(UTC)] if look == "discard_unfinished" else []))


def test_what_meets_the_removal_otherwise_is_no_refusal():
    client = FakeClient()
    client.versions = [{"Key": f"p/{REF}", "VersionId": "1", "IsLatest": True, "Size": 1}]
    client.remove_failure = LOST
    with pytest.raises(VaultUnreachableError, match="cannot remove archive"):
        remove(access_of(client), REF)


def test_a_marker_that_another_source_put_just_now_is_as_good():
    client = FakeClient()
    client.marker_failure = TAKEN
    vault_of(client).prepare()
    assert client.calls == ["get", "put", "get"]


def test_a_marker_that_cannot_be_put_is_told():
    client = FakeClient()
    client.marker_failure = DENIED
    with pytest.raises(VaultAccessError, match=r"cannot put the marker.*s3:PutObject"):
        vault_of(client).prepare()


@pytest.mark.parametrize(
    "ref",
    [REF.replace("1122T", "1322T"), REF.replace("scims-db", "Scims"), REF.upper(), f"{REF}x", f"x{REF}"],
)
def test_a_ref_that_is_none_is_missing_before_anything_is_asked(ref):
    with pytest.raises(ArchiveMissingError), vault_of(None).read(ref):
        pytest.fail("nothing can be read")
    vault_of(None).delete(ref)


def test_an_upload_that_ended_while_it_was_measured_takes_nothing():
    client = FakeClient()
    client.page |= {"Uploads": [{"Key": f"p/{REF}", "UploadId": "1"}]}
    client.parts_failure = GONE
    assert vault_of(client).usage().place_bytes == 0
    client.parts_failure = DENIED
    with pytest.raises(VaultAccessError, match="s3:ListMultipartUploadParts"):
        vault_of(client).usage()


def test_the_current_version_is_removed_last():
    """Else an older one would come to light if its removal were refused."""
    client = FakeClient()
    client.versions = [
        {"Key": f"p/{REF}", "VersionId": "new", "IsLatest": True, "Size": 1},
        {"Key": f"p/{REF}", "VersionId": "old", "IsLatest": False, "Size": 1},
        {"Key": f"p/{REF}x", "VersionId": "not ours", "IsLatest": True, "Size": 1},
    ]
    remove(access_of(client), REF)
    assert client.calls == ["delete old", "delete new"]
    client.calls.clear()
    client.remove_failure = DENIED
    with pytest.raises(DeleteRefusedError, match=r"cannot be read.*s3:DeleteObjectVersion"):
        remove(access_of(client), REF)
    assert client.calls == ["delete old", "head"]


def test_a_store_that_cannot_begin_is_told_before_the_first_byte():
    client = FakeClient()
    client.begin_failure = DENIED
    with pytest.raises(VaultAccessError, match="s3:PutObject"), vault_of(client).store(new_backup()):
        pytest.fail("nothing can be written")


def test_a_chunk_of_any_size_is_compressed_in_small_pieces(monkeypatch):
    sizes = []
    upload = Upload(access_of(FakeClient()), REF, {}, lambda _: None)
    archive = S3Writer(upload)
    frame = archive._frame

    class Watched:
        def compress(self, data):
            sizes.append(len(data))
            return frame.compress(data)

    monkeypatch.setattr(archive, "_frame", Watched())
    archive.write(bytes(5_000_000))
    upload.abandon()
    assert sum(sizes) == 5_000_000
    assert max(sizes) <= 1 << 20
