"""One event of each kind that is mailed, as docs/alerts.md shows them."""

from __future__ import annotations

from datetime import UTC, datetime

from scims_backup.domain.events import Event, Kind, Severity
from tests.support.alerting import SOURCE, usual_severity

NIGHT = datetime(2026, 11, 22, 2, tzinfo=UTC)
BACKUP = f"{SOURCE}-20261122T020000Z"
DRILL = "20261122T040000Z"
_FAILED: dict[str, object] = {
    "error": "VaultFullError",
    "message": "the vault is full",
    "cure": "free space in the vault",
}
_STOCKS = "table public.item_stocks"
_LOST: dict[str, object] = {
    "kind": "rows-differ",
    "object": _STOCKS,
    "expected": "160000 rows",
    "found": "159999 rows",
}
_MUCH = "nothing was removed: 6 of 10 backups would be removed at once. The digest is 5f0c"
_FACTS: tuple[tuple[Kind, dict[str, object]], ...] = (
    (Kind.BACKUP_COMPLETED, {"warnings": ["pg_dump 17.4 is older than the server's 17.6"]}),
    (Kind.BACKUP_FAILED, _FAILED),
    (Kind.BACKUP_OVERDUE, {"newest": f"{SOURCE}-20261121T020000Z", "hours_allowed": 26.0}),
    (Kind.BACKUP_SIZE_ANOMALY, {"bytes": 90_000_000, "expected_bytes": 207_000_000, "compared": 7}),
    (
        Kind.STORED_SIZE_ANOMALY,
        {"stored_bytes": 207_000_000, "expected_stored_bytes": 6_000_000, "compared": 14},
    ),
    (Kind.BACKUP_SLOW, {"seconds": 1310, "expected_seconds": 125, "compared": 14}),
    (
        Kind.ROWS_LOST,
        {
            "tables": [{"table": "public.items", "expected": 5000, "found": 0}],
            "tables_in_all": 1,
            "compared_with": f"{SOURCE}-20261121T020000Z",
            "held": f"{SOURCE}-20261121T020000Z",
        },
    ),
    (Kind.ROWS_FROZEN, {"rows": 183_400, "nights": 7}),
    (
        Kind.ROW_COUNT_ANOMALY,
        {"rows": 9, "tables": [{"table": "public.items", "expected": 5000, "found": None}]},
    ),
    (Kind.PRUNE_FAILED, {"refused": [f"{BACKUP}: it is held by an operator"], "removed": [], "problems": []}),
    (Kind.PRUNE_FAILED, {"message": _MUCH, "digest": "5f0c" * 8}),
    (Kind.STORAGE_QUOTA_EXCEEDED, {"source_bytes": 221_000_000_000, "quota_bytes": 200_000_000_000}),
    (
        Kind.STORAGE_QUOTA_NEAR,
        {"source_bytes": 190_000_000_000, "quota_bytes": 200_000_000_000, "day": "2026-11-27"},
    ),
    (Kind.DRILL_FAILED, {"drill": DRILL, "reason": "", "findings": [_LOST], "findings_in_all": 1}),
    (
        Kind.DRILL_INCONCLUSIVE,
        {"drill": DRILL, "reason": "the task ended with exit code 137", "findings": []},
    ),
    (Kind.DRILL_OVERDUE, {"newest": f"{SOURCE}-20261112T020000Z", "hours_allowed": 192.0}),
    (
        Kind.SANDBOX_NOT_REMOVED,
        {"object": "server scims-drill-7f3a", "message": "AccessDenied", "cure": "allow it"},
    ),
    (Kind.ROOM_RUNS_SHORT, {"message": "the drill's disk was filled with 17.1 GB of 20.0 GB"}),
    (Kind.RESTORE_COMPLETED, {"database": "scims", "swapped": True}),
    (Kind.RESTORE_COMPLETED, {"database": "scims", "swapped": True, "undone": True}),
    (Kind.RESTORE_FAILED, {"error": "TargetError", "message": "the role may not create databases"}),
    (Kind.SUBSCRIPTION_UNCONFIRMED, {"topic": "arn:aws:sns:eu-central-1:123456789012:scims-alerts"}),
    (Kind.COPY_FAILED, {**_FAILED, "message": "the other bucket refuses to be written to"}),
    (Kind.COPY_OVERDUE, {"newest": f"{SOURCE}-20261112T020000Z", "hours_allowed": 48.0}),
)


def _sample(number: int, kind: Kind, facts: dict[str, object]) -> Event:
    usual = usual_severity(kind)
    severity = Severity.WARNING if usual is Severity.INFO else usual
    more = {"unconfirmed": 1, "confirmed": 2} if kind is Kind.SUBSCRIPTION_UNCONFIRMED else {}
    return Event(f"{number:032x}", kind, severity, NIGHT, SOURCE, BACKUP, {**facts, **more})


SAMPLES = tuple(_sample(number, kind, facts) for number, (kind, facts) in enumerate(_FACTS, start=1))
