"""A proof that has its key list at hand, since no archive will hold it."""

from __future__ import annotations

from dataclasses import replace

from scims_backup.engines.redis.proving.kept_list import KeptList
from scims_backup.engines.redis.proving.take_proof import ProofRequest, taken_proof
from scims_backup.engines.redis.rules.proof import RedisProof


def whole_proof(request: ProofRequest) -> RedisProof:
    """Take a proof, and keep its key list as long as the proof is held. Raise as `taken_proof`."""
    kept = KeptList()
    with taken_proof(request) as taken:
        for chunk in taken.key_list():
            kept.write(chunk)
        proof = taken.proof()
    return replace(proof, at_hand=kept.records(proof.key_list)) if proof.key_list else proof
