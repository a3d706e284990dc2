"""Which function gets which golden event, in the order of one night, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_BACKUP = {"backup": "scims-db-20261122T020000Z"}
_OF_REDIS = {"backup": "scims-redis-20261122T020000Z"}
_DRILL = {"drill": "20261122T030000Z"}
_PRUNED = {"outcome": "completed", "removed": [], "kept": 1, "problems": []}
_FAILED = "events/2026/11/22/20261122T040211Z-DrillFailed-08c2d4ab4537c1336304179591b06b2d.json"


@dataclass(frozen=True)
class Case:
    """One call. answer: some of the answer's keys; where it ends with '…', a text only begins so."""

    function: str
    event: str
    answer: dict[str, Any]


CASES = [
    Case("TaskImageFunction", "task-image-create", {"Status": "SUCCESS"}),
    Case("TaskImageFunction", "vault-password-fits-create", {"Status": "SUCCESS", "Data": {}}),
    Case("EnrolFunction", "enrol-create", {"Status": "SUCCESS"}),
    Case("EnrolFunction", "enrol", {"outcome": "already enrolled"}),
    Case("DumpFunction", "dump-schedule", {"outcome": "completed", **_BACKUP}),
    Case("DumpFunction", "dump-schedule-redis", {"outcome": "completed", **_OF_REDIS}),
    Case("PruneFunction", "manifest-created", _PRUNED),
    Case("PruneFunction", "record-created", {"outcome": "completed", "page": "sources/scims-db.html"}),
    Case("DrillOrchestrateFunction", "drill-schedule", {"outcome": "started", **_BACKUP, **_DRILL}),
    Case("DrillOrchestrateFunction", "drill-schedule-redis", {"outcome": "started", **_OF_REDIS, **_DRILL}),
    Case("DrillOrchestrateFunction", "report-created", {"outcome": "passed", **_BACKUP, **_DRILL}),
    Case("DrillOrchestrateFunction", "task-stopped", {"outcome": "passed", **_BACKUP, **_DRILL}),
    Case("DrillOrchestrateFunction", "task-out-of-memory", {"outcome": "passed", **_BACKUP, **_DRILL}),
    Case("DrillOrchestrateFunction", "task-failed-to-start", {"outcome": "passed", **_BACKUP, **_DRILL}),
    Case("DrillOrchestrateFunction", "server-available", {"outcome": "looked"}),
    Case("DrillOrchestrateFunction", "tick", {"outcome": "looked", "dumps": [], "overdue": []}),
    Case("DrillOrchestrateFunction", "drill-by-hand", {"outcome": "started", **_BACKUP}),
    Case("RestoreFunction", "restore-survey", {"outcome": "surveyed", **_BACKUP}),
    Case("RestoreFunction", "restore-newest", {"outcome": "restored", "swapped": False, **_BACKUP}),
    Case("RestoreFunction", "restore-swap", {"outcome": "restored", "swapped": True, **_BACKUP}),
    Case("RestoreFunction", "restore-undo", {"outcome": "undone"}),
    Case(
        "RestoreFunction",
        "restore-at",  # the backup is of today, whatever its schedule said
        {
            "outcome": "refused",
            "error": "NothingToWorkOnError",
            "message": "source scims-db has no backup from before 2026-11-22T12:00:00+00:00 …",
        },
    ),
    Case("CopyFunction", "copy-schedule", {"outcome": "completed", **_BACKUP}),
    Case("AlertFunction", "event-backup-failed", {"outcome": "completed"}),
    Case("AlertFunction", "event-drill-failed", {"outcome": "completed", "event": _FAILED}),
    Case("AlertFunction", "event-drill-passed", {"outcome": "completed", "message": None}),
    Case("AlertFunction", "event-by-hand", {"outcome": "already done", "event": _FAILED}),
    Case("AlertFunction", "subscriptions", {"outcome": "completed", "confirmed": 1, "unconfirmed": 0}),
    Case("PruneFunction", "prune-confirm", _PRUNED),
    Case("PruneFunction", "reclaim-schedule", {"outcome": "completed", "problems": []}),
    Case("PruneFunction", "reclaim-schedule-redis", {"outcome": "completed", "problems": []}),
]


def differences(expected: dict[str, Any], answer: object) -> list[str]:
    """Say in which keys an answer is not as expected."""
    if not isinstance(answer, dict):
        return [f"the answer is {answer!r}"]
    return [
        f"{key} is {answer.get(key)!r}, not {value!r}"
        for key, value in expected.items()
        if not _is_as_expected(value, answer.get(key))
    ]


def _is_as_expected(expected: object, found: object) -> bool:
    if isinstance(expected, str) and expected.endswith("…"):
        return isinstance(found, str) and found.startswith(expected.removesuffix("…"))
    return found == expected
