"""Two S3 servers with keys of their own, and settings documents for the source's side and for the other."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scims_backup.adapters.aws.access import Access, Keys
from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.adapters.catalogs.s3 import S3Catalog
from scims_backup.adapters.s3.client import new_client
from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.vaults.restic import ResticVault
from scims_backup.adapters.vaults.s3 import S3Vault
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.manifest import Archive, Manifest
from scims_backup.ports import Catalog, Vault
from scims_backup.usecases.stored.proofs import keep_proof
from tests.faults import a_proof
from tests.support.s3.server import S3Server

SOURCE = "scims-db"
_CHUNK = 1 << 20
PASSWORDS = {"here": "a password of this side", "there": "another one over there"}


@dataclass(frozen=True)
class Store:
    """One side: its kind (restic, s3, or local: restic and catalog in folders), its bucket, its folder."""

    name: str
    kind: str
    server: S3Server
    bucket: str
    folder: Path

    @property
    def catalog(self) -> str:
        """The address of its catalog."""
        return f"file://{self.folder / 'catalog'}" if self.kind == "local" else f"s3://{self.bucket}/c"

    @property
    def vault(self) -> str:
        """The address of its vault."""
        if self.kind == "s3":
            return f"s3://{self.bucket}/v"
        return f"restic:{self.folder / 'vault'}" if self.kind == "local" else f"restic:{self._repository}"

    @property
    def _repository(self) -> str:
        return f"s3:{self.server.url}/{self.bucket}/v"

    @property
    def secret(self) -> str:
        """The line of a document that names its vault's password, if it has one."""
        if self.kind == "s3":
            return ""
        file = self.folder / f"password-{self.name}"
        file.write_text(PASSWORDS[self.name])
        return f'vault_secret = "file:{file}"'

    def access(self) -> Access:
        """How its server is reached."""
        mine = Keys(self.server.access_key, self.server.secret_key)
        return Access(self.server.url, self.server.region, keys=mine)

    def open_catalog(self) -> Catalog:
        """Its catalog, with rights of its own."""
        if self.kind == "local":
            return FolderCatalog(self.folder / "catalog")
        return S3Catalog(new_client(self.access()), S3Place(self.bucket, "c"))

    def open_vault(self) -> Vault:
        """Its vault, with rights of its own."""
        if self.kind == "s3":
            return S3Vault(new_client(self.access()), S3Place(self.bucket, "v"), SOURCE, self.open_catalog())
        environment = {**self.access().environment(os.environ), "RESTIC_PASSWORD": PASSWORDS[self.name]}
        repository = str(self.folder / "vault") if self.kind == "local" else self._repository
        return ResticVault(repository, SOURCE, self.open_catalog(), environment)


def document_here(here: Store, there: Store, url: str = "", more: str = "") -> str:
    """The document of the source's side, which copies to the other. more: lines of the copy's table."""
    key = there.folder / "key-there"
    access = {"access_key_id": there.server.access_key, "secret_access_key": there.server.secret_key}
    key.write_text(json.dumps(access))
    return f"""
catalog = "{here.catalog}"
[sources.{SOURCE}]
{f'url = "{url}"' if url else ""}
vault = "{here.vault}"
{here.secret}
[sources.{SOURCE}.copy]
catalog = "{there.catalog}"
vault = "{there.vault}"
{there.secret}
endpoint = "{there.server.url}"
region = "{there.server.region}"
credentials = "file:{key}"
{more}
"""


def document_there(there: Store) -> str:
    """The document of the other side alone."""
    return f"""
catalog = "{there.catalog}"
[sources.{SOURCE}]
vault = "{there.vault}"
{there.secret}
retention = {{ last = 1 }}
"""


def add_backup(store: Store, backup: BackupId, data: bytes) -> Manifest:
    """Let a side have a backup, as a run leaves it."""
    vault, catalog = store.open_vault(), store.open_catalog()
    vault.prepare()
    with vault.store(backup) as writer:
        for start in range(0, len(data), _CHUNK):
            writer.write(data[start : start + _CHUNK])
        stored = writer.commit()
    archive = Archive(
        len(data), stored.stored_bytes, hashlib.sha256(data).hexdigest(), vault.kind, stored.ref
    )
    proof = keep_proof(catalog, backup, a_proof())
    manifest = Manifest(backup, backup.moment, backup.moment, archive, proof)
    catalog.put_new(keys.manifest(backup), manifest.to_bytes())
    return manifest


def forbid_deletions(server: S3Server, bucket: str, *allowed: str) -> None:
    """Let nobody delete anything in a bucket but below some prefixes."""
    objects = f"arn:aws:s3:::{bucket}/"
    statement: dict[str, Any] = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
        **(
            {"NotResource": [f"{objects}{prefix}*" for prefix in allowed]}
            if allowed
            else {"Resource": f"{objects}*"}
        ),
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    server.client().put_bucket_policy(Bucket=bucket, Policy=policy)
