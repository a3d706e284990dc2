"""A backup of Redis whose archive lost a key: its bytes are whole, and its list of keys is from before."""

import hashlib
import json
import os
from typing import Any

from localcloud.deployment import REDIS, Deployment
from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.adapters.vaults.restic.vault import ResticVault
from scims_backup.domain.backup import BackupId
from scims_backup.engines.redis.rdb.reader import RdbReader

LOST = "session:7"


def plant_lost_key(stack: Deployment) -> str:
    """Take a backup whose archive lacks a key that was proven to be there, and return its stamp."""
    vault = _vault(stack)
    whole = _manifest(stack, stack.fire("redis-dump"))
    _, key_list = _parts(vault, whole)  # the next night may remove it
    proof = _object(stack, whole["proof"]["key"])
    with stack.cloud.redis.connect() as client:
        client.delete(LOST)
    poorer = stack.fire("redis-dump")
    manifest = _manifest(stack, poorer)
    rdb, _ = _parts(vault, manifest)
    archive = _replace(vault, manifest["archive"]["ref"], BackupId(REDIS, poorer), rdb + key_list)
    manifest["archive"] |= archive
    manifest["proof"]["sha256"] = whole["proof"]["sha256"]
    _put(stack, manifest["proof"]["key"], proof)
    _put(stack, f"manifests/{REDIS}/{poorer}.json", json.dumps(manifest).encode())
    stack.cloud.settle()
    return poorer


def _vault(stack: Deployment) -> ResticVault:
    secret = stack.cloud.client("secretsmanager").get_secret_value(SecretId=stack.outputs["VaultPasswordArn"])
    repository = f"s3:{stack.cloud.url}/{stack.outputs['VaultBucket']}/{REDIS}"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(stack.cloud.home),
        "RESTIC_PASSWORD": secret["SecretString"],
        **stack.cloud.environment(),
    }
    catalog = FolderCatalog(stack.cloud.home)  # only for who initialises the repository, which is there
    return ResticVault(repository, REDIS, catalog, environment)


def _manifest(stack: Deployment, stamp: str) -> dict[str, Any]:
    return stack.document(f"manifests/{REDIS}/{stamp}.json")


def _parts(vault: ResticVault, manifest: dict[str, Any]) -> tuple[bytes, bytes]:
    """Return the RDB of an archive, and the list of keys behind its end."""
    with vault.read(manifest["archive"]["ref"]) as chunks:
        archive = b"".join(chunks)
    reader = RdbReader()
    reader.feed(archive)
    length = reader.finish().length
    return archive[:length], archive[length:]


def _replace(vault: ResticVault, ref: str, backup: BackupId, archive: bytes) -> dict[str, Any]:
    vault.delete(ref)
    with vault.store(backup) as writer:
        writer.write(archive)
        stored = writer.commit()
    return {
        "ref": stored.ref,
        "bytes": len(archive),
        "stored_bytes": stored.stored_bytes,
        "sha256": hashlib.sha256(archive).hexdigest(),
    }


def _object(stack: Deployment, key: str) -> bytes:
    got = stack.cloud.client("s3").get_object(Bucket=stack.outputs["CatalogBucket"], Key=key)
    return bytes(got["Body"].read())


def _put(stack: Deployment, key: str, data: bytes) -> None:
    stack.cloud.client("s3").put_object(Bucket=stack.outputs["CatalogBucket"], Key=key, Body=data)
