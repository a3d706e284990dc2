"""Reading goes on where a connection broke, as often as bytes still come, and never with another object's."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from urllib3.exceptions import ProtocolError
from zstandard import ZstdCompressor

from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.vaults.s3.access import Access
from scims_backup.adapters.vaults.s3.reader import S3Reader
from scims_backup.domain.errors import (
    ArchiveDamagedError,
    ArchiveMissingError,
    VaultAccessError,
    VaultUnreachableError,
)
from tests.contract.vault_contract import some_bytes

REF = "archives/scims-db/20261122T020000Z-0123456789abcdef.dump.zst"
DATA = some_bytes(100_000)
FRAME = ZstdCompressor(write_checksum=True).compress(DATA)


class Body:
    """Gives so many bytes, then breaks."""

    def __init__(self, data, count):
        self.data = data
        self.left = count
        self.closed = False

    def read(self, count):
        if self.left <= 0 < len(self.data):
            raise ProtocolError("Connection broken")
        count = min(count, self.left)
        self.left -= count
        read, self.data = self.data[:count], self.data[count:]
        return read

    def close(self):
        self.closed = True


class FakeClient:
    """Holds one object; each answer breaks after so many bytes.

    then: what the second request meets; more: bytes that it tells of and does not have.
    """

    def __init__(self, breaks_after, then=None, more=0):
        self.breaks_after = breaks_after
        self.then = then
        self.told = len(FRAME) + more
        self.bodies = []
        self.ranges = []

    def get_object(self, Range="bytes=0-", IfMatch=None, **_):  # noqa: N803
        if self.bodies:
            assert IfMatch == '"etag"'
            if self.then:
                raise self.then
        self.ranges.append(Range)
        start = int(Range.removeprefix("bytes=").removesuffix("-"))
        self.bodies.append(Body(FRAME[start:], self.breaks_after))
        return {"ContentLength": self.told - start, "ETag": '"etag"', "Body": self.bodies[-1]}


def refusal(code, status):
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "GetObject")


def read(client, waits=None):
    sleep = (waits if waits is not None else []).append
    with S3Reader(Access(client, S3Place("bucket")), REF, sleep) as reader:
        return b"".join(reader.chunks())


def test_any_number_of_breaks_is_survived_while_bytes_come():
    client = FakeClient(1000)
    waits: list[float] = []
    assert read(client, waits) == DATA
    assert client.ranges[:3] == ["bytes=0-", "bytes=1000-", "bytes=2000-"]
    assert all(body.closed for body in client.bodies)
    assert set(waits) == {0.0}


def test_breaks_without_a_byte_between_are_given_up():
    client = FakeClient(0)
    waits: list[float] = []
    with pytest.raises(VaultUnreachableError, match=f"cannot read archive {REF}.*Connection broken"):
        read(client, waits)
    assert len(client.bodies) == 1 + len(waits)
    assert 2 <= len(waits) <= 5


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal("PreconditionFailed", 412), ArchiveDamagedError),
        (refusal("NoSuchKey", 404), ArchiveMissingError),
        (refusal("AccessDenied", 403), VaultAccessError),
        (refusal("InternalError", 500), VaultUnreachableError),
    ],
)
def test_what_meets_the_next_request_is_told(answer, kind):
    waits: list[float] = []
    with pytest.raises(kind, match=REF):
        read(FakeClient(1000, then=answer), waits)
    assert (len(waits) == 1) == (kind is not VaultUnreachableError)


def test_a_body_that_ends_early_is_damage():
    with pytest.raises(ArchiveDamagedError, match="ends after"):
        read(FakeClient(10**9, more=1))
