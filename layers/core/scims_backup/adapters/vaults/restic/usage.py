"""What a restic repository takes up."""

from __future__ import annotations

import json
from collections.abc import Mapping

from scims_backup.adapters.vaults.restic import snapshots
from scims_backup.adapters.vaults.restic.program import Program
from scims_backup.domain.errors import ArchiveDamagedError, VaultError
from scims_backup.ports import Usage

_DOING = "cannot measure what is stored"


def measured(program: Program, source: str) -> Usage:
    """Measure a source's share, and the whole repository; what is damaged is named and left out.

    Raise VaultError if nothing can be measured, or the repository does not answer.
    """
    try:
        return Usage(str(program), _raw_bytes(program, "--host", source), _raw_bytes(program))
    except VaultError as error:
        if type(error) not in (VaultError, ArchiveDamagedError):
            raise  # the repository as a whole: it does not answer, refuses us, or is locked
        return _in_part(program, source, error)


def _in_part(program: Program, source: str, error: VaultError) -> Usage:
    """Restic measures all snapshots or none: one by one they show which cannot be."""
    hosts = snapshots.hosts_by_id(program)
    unmeasured = {ref: why for ref in hosts if (why := _fault(program, ref)) is not None}
    sound = [ref for ref in hosts if ref not in unmeasured]
    if not unmeasured:
        raise error
    own = [ref for ref in sound if hosts[ref] == source]
    return Usage(
        str(program),
        _raw_bytes(program, *own) if own else 0,
        _raw_bytes(program, *sound) if sound else 0,
        unmeasured=tuple(_named(ref, hosts, why) for ref, why in unmeasured.items()),
    )


def _fault(program: Program, ref: str) -> str | None:
    """Why a snapshot cannot be measured, None if it can be."""
    try:
        _raw_bytes(program, ref)
    except VaultError as error:
        return error.message
    return None


def _named(ref: str, hosts: Mapping[str, str], why: str) -> str:
    return f"archive {ref} of {hosts[ref]} is damaged: {why.removeprefix(f'{_DOING}: ')}"


def _raw_bytes(program: Program, *which: str) -> int:
    said = program.answer_at_last(_DOING, "stats", "--json", "--mode", "raw-data", *which)
    return int(json.loads(said)["total_size"])
