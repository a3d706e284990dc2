"""What `recover` would do, or did, for people and as the JSON value that docs/cli.md describes."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scims_backup.domain.recovery import Act
from scims_backup.domain.recovery_plan import PlacePlan, RecoveryPlan
from scims_backup.runtime.progress import text

_STATES = {None: "there", Act.BRING_BACK: "removed", Act.PUT_BACK: "overwritten"}
"""What became of a backup's manifest since."""
_COLUMNS = ("WHERE", "REMOVED SINCE", "OVERWRITTEN SINCE", "MADE SINCE", "AS IT WAS", "PLACE")


def recovery_result(plan: RecoveryPlan, *, done: bool) -> dict[str, Any]:
    """The result of `recover`."""
    return {
        "before": plan.before.isoformat(),
        "sources": list(plan.sources),
        "digest": plan.digest,
        "done": done or plan.is_done,
        "places": [_place(one) for one in (plan.vault, plan.catalog)],
        "backups": [{"id": str(backup), "manifest": _STATES[act]} for backup, act in plan.backups],
        "hidden": [str(backup) for backup in plan.hidden],
    }


def _place(plan: PlacePlan) -> dict[str, Any]:
    counts = {act.value: plan.count(act) for act in Act}
    return {"what": plan.name, "place": plan.place, **counts, "unchanged": plan.unchanged}


def write_recovery(console: Console, plan: RecoveryPlan, *, done: bool) -> None:
    """Tell what is brought back, which backups come with it, which are hidden, and what to type next."""
    console.print(_counted(plan))
    for backup, act in plan.backups:
        console.print(Text.assemble(("comes back" if act else "there", "green"), f"  {backup}"))
    for backup in plan.hidden:
        console.print(Text.assemble(("hidden" if done else "to hide", "yellow"), f"  {backup}, made since"))
    for line in _next(plan, done=done):
        console.print(Text(line))


def _counted(plan: RecoveryPlan) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in _COLUMNS:
        table.add_column(name, no_wrap=name != _COLUMNS[-1])
    for place in (plan.vault, plan.catalog):
        counts = [*(place.count(act) for act in Act), place.unchanged]
        table.add_row(place.name, *map(text.number, counts), place.place)
    return table


def _next(plan: RecoveryPlan, *, done: bool) -> list[str]:
    when = f"{plan.before:%Y-%m-%dT%H:%M:%SZ}"
    if done:
        return [
            f"everything is as it was at {when}; what was made since is still there as older versions",
            "next: `scims-backup verify BACKUP` for each backup, and `scims-backup drill` for one",
        ]
    if plan.is_done:
        return [f"nothing to do: everything is as it was at {when}"]
    shared = ", ".join(plan.sources)
    beside = [f"sources that share the vault come back together: {shared}"] if len(plan.sources) > 1 else []
    return [
        *beside,
        "nothing was changed; what was made since would be hidden, and kept as an older version",
        f"to do it: scims-backup recover --before {when} --confirm {plan.digest}",
    ]
