"""What a restic repository takes up."""

from __future__ import annotations

import json

from scims_backup.adapters.vaults.restic.program import Program
from scims_backup.ports import Usage


def measured(program: Program, source: str) -> Usage:
    """Measure a source's share, and the whole repository."""
    return Usage(str(program), _raw_bytes(program, "--host", source), _raw_bytes(program))


def _raw_bytes(program: Program, *which: str) -> int:
    said = program.answer_at_last(
        "cannot measure what is stored", "stats", "--json", "--mode", "raw-data", *which
    )
    return int(json.loads(said)["total_size"])
