"""`scims-backup recover`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.request import Request
from scims_backup.cli.writing import a_table
from scims_backup.domain.moments import moment_typed
from scims_backup.domain.recovery import Act
from scims_backup.domain.recovery_plan import PlacePlan, RecoveryPlan
from scims_backup.runtime.progress import text
from scims_backup.settings.flags import Needs

if TYPE_CHECKING:
    from scims_backup.cli.session import Session

_STATES = {None: "there", Act.BRING_BACK: "removed", Act.PUT_BACK: "overwritten"}
"""What became of a backup's manifest since."""


def recover(
    *,
    before: Annotated[
        str, typer.Option(metavar="TIME", help="The time to return to, e.g. 2026-11-22T02:00:00Z.")
    ],
    confirm: Annotated[
        str | None, typer.Option(metavar="DIGEST", help="Carry out the plan that was shown with this digest.")
    ] = None,
) -> Request:
    """Read the options of `recover`."""
    return Request(partial(_run, before=before, confirm=confirm), Needs(vault=True))


def _run(session: Session, before: str, confirm: str | None) -> Answer:
    """Plan what returns vault and catalog to how they were, and do it if that very plan was confirmed."""
    moment = moment_typed(before, "--before")
    with session.application() as application:
        recovery = application.recover()
        plan = recovery.plan(moment)
        if confirm is not None:
            recovery.run(plan, confirm)
    done = confirm is not None
    return Answer(_result(plan, done=done), partial(_write, plan=plan, done=done))


def _result(plan: RecoveryPlan, *, done: bool) -> dict[str, Any]:
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


def _write(console: Console, plan: RecoveryPlan, *, done: bool) -> None:
    """Write what is brought back, the backups among it, those that are hidden, and what to type next."""
    console.print(_counted(plan))
    for backup, act in plan.backups:
        console.print(Text.assemble(("comes back" if act else "there", "green"), f"  {backup}"))
    for backup in plan.hidden:
        word = "hidden" if done else "to hide"
        console.print(Text.assemble((word, "yellow"), f"  {backup}, created since"))
    for line in _next(plan, done=done):
        console.print(Text(line))


def _counted(plan: RecoveryPlan) -> Table:
    columns = ("WHERE", "REMOVED SINCE", "OVERWRITTEN SINCE", "CREATED SINCE", "UNCHANGED")
    table = a_table(*columns, long="PLACE")
    for place in (plan.vault, plan.catalog):
        counts = [*(place.count(act) for act in Act), place.unchanged]
        table.add_row(place.name, *map(text.number, counts), place.place)
    return table


def _next(plan: RecoveryPlan, *, done: bool) -> list[str]:
    when = f"{plan.before:%Y-%m-%dT%H:%M:%SZ}"
    if done:
        return [
            f"everything is as it was at {when}; older versions keep what was created since",
            "next: `scims-backup verify BACKUP` for each backup, and `scims-backup drill` for one",
        ]
    if plan.is_done:
        return [f"nothing to do: everything is as it was at {when}"]
    shared = ", ".join(plan.sources)
    beside = [f"these sources share the vault and come back together: {shared}"] * (len(plan.sources) > 1)
    return [
        *beside,
        "nothing was changed; what was created since would be hidden, and kept as an older version",
        f"to do it: scims-backup recover --before {when} --confirm {plan.digest}",
    ]
