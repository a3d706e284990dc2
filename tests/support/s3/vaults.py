"""A place in a bucket for tests of the vault, looked at by another client, and harmed on purpose."""

import json
import os
import time
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.adapters.s3.client import new_client
from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.vaults.s3 import S3Vault
from tests.support.s3.server import S3Server

SOURCE = "scims-db"


def no_sleep(_seconds: float) -> None:
    """Do not wait."""


class S3Playground:
    """A bucket of its own, and a catalog; `look` is a client that has nothing to do with the product's.

    bucket: options of S3Server.new_bucket.
    """

    def __init__(self, server: S3Server, folder: Path, **bucket: Any) -> None:
        self.server = server
        self.catalog_folder = folder / "catalog"
        self.catalog = FolderCatalog(self.catalog_folder)
        self.place = S3Place(server.new_bucket(**bucket), "some/where")
        self.look = server.client()

    def client(self, server: S3Server | None = None) -> Any:
        """A client as the product makes it, for this server unless another is given."""
        with mock.patch.dict(os.environ, (server or self.server).environment()):
            return new_client()

    @cached_property
    def _shared_client(self) -> Any:
        return self.client()

    def vault(self, source: str = SOURCE, **options: Any) -> S3Vault:
        """Another vault object for this place."""
        chosen = {"client": self._shared_client, "place": self.place, "sleep": no_sleep, **options}
        return S3Vault(source=source, catalog=self.catalog, **chosen)

    def keys(self) -> list[str]:
        """The keys of all current objects of the bucket."""
        listed = self.look.list_objects_v2(Bucket=self.place.bucket)
        return [found["Key"] for found in listed.get("Contents", [])]

    def uploads(self) -> list[str]:
        """The keys of all unfinished uploads of the bucket."""
        listed = self.look.list_multipart_uploads(Bucket=self.place.bucket)
        return [upload["Key"] for upload in listed.get("Uploads", [])]

    def head(self, ref: str) -> dict[str, Any]:
        """What the bucket tells of an archive."""
        return dict(self.look.head_object(Bucket=self.place.bucket, Key=self.place.key(ref)))

    def versions(self, ref: str) -> tuple[list[str], list[str]]:
        """The ids of an archive's versions, and of its marks of removal."""
        listed = self.look.list_object_versions(Bucket=self.place.bucket, Prefix=self.place.key(ref))
        versions, marks = listed.get("Versions", []), listed.get("DeleteMarkers", [])
        return [one["VersionId"] for one in versions], [one["VersionId"] for one in marks]

    def deny(self, policy: dict[str, Any]) -> None:
        """Give the bucket a policy."""
        self.look.put_bucket_policy(Bucket=self.place.bucket, Policy=json.dumps(policy))

    def hide(self, ref: str) -> None:
        """Remove an archive as a plain delete does."""
        self.look.delete_object(Bucket=self.place.bucket, Key=self.place.key(ref))

    def remove(self) -> None:
        """Lose all objects, the marker too."""
        for key in self.keys():
            self.look.delete_object(Bucket=self.place.bucket, Key=key)

    def remove_bucket(self) -> None:
        """Lose the bucket."""
        self.remove()
        self.look.delete_bucket(Bucket=self.place.bucket)

    def forget_markers(self) -> None:
        """Let time pass: nothing here is ever initialising."""

    def flip_byte(self) -> None:
        """Change one byte in the middle of every archive."""
        for key, data in self._archives():
            self.replace(
                key, data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]
            )

    def cut(self) -> None:
        """Cut every archive short."""
        for key, data in self._archives():
            self.replace(key, data[:100_000])

    def replace(self, key: str, data: bytes) -> None:
        """Put other bytes under a key of the bucket."""
        self.look.put_object(Bucket=self.place.bucket, Key=key, Body=data)

    def stored(self, key: str) -> bytes:
        """The bytes under a key of the bucket."""
        return self.look.get_object(Bucket=self.place.bucket, Key=key)["Body"].read()

    def await_next_second(self, **_event: Any) -> None:
        """Wait until what is stored has a later moment than what was stored before."""
        first = self._now()
        while self._now() == first:
            time.sleep(0.05)

    def _now(self) -> Any:
        self.replace("clock", b"")
        return self.look.head_object(Bucket=self.place.bucket, Key="clock")["LastModified"]

    def _archives(self) -> list[tuple[str, bytes]]:
        return [(key, self.stored(key)) for key in self.keys() if key.endswith(".dump.zst")]
