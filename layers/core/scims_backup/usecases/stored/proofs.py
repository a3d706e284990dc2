"""Keeping proofs in the catalog, compressed, and reading them back unharmed."""

from __future__ import annotations

import hashlib
import itertools
from typing import Any

import zstandard

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import DocumentError, KeyTakenError
from scims_backup.domain.manifest import Manifest, ProofRef
from scims_backup.ports import Catalog, Engines, Proof


def keep_proof(catalog: Catalog, backup: BackupId, proof: Proof) -> ProofRef:
    """Store a proof and return where. Raise CatalogError if it cannot be stored.

    The proof of a run that died before its manifest stays untouched: a run that is late may still need it.
    """
    data = zstandard.compress(proof.to_bytes())
    for attempt in itertools.count(1):
        key = keys.proof(backup, attempt)
        try:
            catalog.put_new(key, data)
        except KeyTakenError:
            continue
        return ProofRef(key, hashlib.sha256(data).hexdigest(), proof.level)
    raise AssertionError("counting never ends")


def load_proof(catalog: Catalog, manifest: Manifest, engines: Engines) -> Any:  # noqa: ANN401  its engine's own
    """Read the proof of a backup.

    Raise DocumentError if it is not what the manifest says, UnknownEngineError if its engine is unknown.
    """
    engine = engines.of(manifest)
    data = stored_proof(catalog, manifest)
    return engine.read_proof(zstandard.decompress(data), manifest.proof.key)


def stored_proof(catalog: Catalog, manifest: Manifest) -> bytes:
    """Return a backup's proof as it is stored. Raise DocumentError if it is not what the manifest says."""
    data = catalog.get(manifest.proof.key)
    if hashlib.sha256(data).hexdigest() != manifest.proof.sha256:
        raise DocumentError(
            f"{manifest.proof.key} is damaged: its SHA-256 is not the manifest's",
            "restore this object from the catalog's older versions, or run a drill of another backup",
        )
    return data
