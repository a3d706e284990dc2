"""The conformance suite of places that keep versions, run with each of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from scims_backup.adapters.s3.client import new_client
from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.s3.versioned import S3VersionedPlace
from tests.contract.versioned_place_contract import VersionedPlaceContract
from tests.support.versions import MOMENT, MemoryPlace


class InMemory:
    """The stand-in of the unit tests."""

    def __init__(self):
        self.place = MemoryPlace()

    def put(self, key, data):
        self.place.put(key, data, MOMENT)

    def current(self):
        return self.place.current()


@dataclass
class InBucket:
    """A prefix of a bucket, beside another."""

    place: S3VersionedPlace
    client: Any
    bucket: str

    def put(self, key, data):
        named = {"Bucket": self.bucket, "Key": f"some/where/{key}"}
        if data is None:
            self.client.delete_object(**named)
        else:
            self.client.put_object(**named, Body=data)

    def current(self):
        listed = self.client.list_objects_v2(Bucket=self.bucket, Prefix="some/where/").get("Contents", [])
        return {
            one["Key"].removeprefix("some/where/"): self.client.get_object(
                Bucket=self.bucket, Key=one["Key"]
            )["Body"].read()
            for one in listed
        }


class TestInMemory(VersionedPlaceContract):
    @pytest.fixture
    def subject(self):
        return InMemory()


class TestS3(VersionedPlaceContract):
    @pytest.fixture(params=["moto", "seaweedfs"])
    def subject(self, request, monkeypatch):
        server = request.getfixturevalue(request.param)
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        bucket = server.new_bucket(versioned=True)
        server.client().put_object(Bucket=bucket, Key="some/where-else", Body=b"a neighbour's")
        place = S3VersionedPlace(new_client(), S3Place(bucket, "some/where"), lambda: datetime.now(UTC))
        return InBucket(place, server.client(), bucket)
