"""`scims-backup prune`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.exits import Exit
from scims_backup.cli.request import Request
from scims_backup.cli.writing import a_table, write_problems
from scims_backup.domain.errors import UsageError
from scims_backup.domain.moments import moment_typed
from scims_backup.domain.retention import Plan
from scims_backup.runtime.progress import text
from scims_backup.settings.flags import Needs

if TYPE_CHECKING:
    from scims_backup.cli.session import Session
    from scims_backup.usecases.retention.intent import Intent
    from scims_backup.usecases.retention.pruned import Pruned


def prune(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be removed.")] = False,
    now: Annotated[
        str | None, typer.Option(metavar="TIME", help="Plan as of this time, e.g. 2026-11-22T02:00:00Z.")
    ] = None,
    confirm: Annotated[
        str | None, typer.Option(metavar="DIGEST", help="Confirm the plan that --dry-run showed.")
    ] = None,
) -> Request:
    """Read the options of `prune`."""
    run = partial(_dry_run if dry_run else _run, now=now, confirm=confirm)
    return Request(run, Needs(vault=not dry_run, vault_if_named=dry_run))


def _dry_run(session: Session, now: str | None, confirm: str | None) -> Answer:
    moment = _moment(now)
    if confirm is not None:
        raise UsageError(
            "--dry-run and --confirm cannot be combined", "use --dry-run first, then confirm what it showed"
        )
    with session.application() as application:
        planned = application.plan_prune(moment)
    if isinstance(planned, Plan):
        return Answer(_plan_result(planned), partial(write_plan, plan=planned))
    return Answer(_intent_result(planned), partial(write_intent, intent=planned))


def _run(session: Session, now: str | None, confirm: str | None) -> Answer:
    moment = _moment(now)
    with session.application() as application:
        watched = application.watch_sizes()  # before the prune may remove what the newest is compared with
        pruned = application.prune(moment, confirm=confirm)
        application.renew_summary()
    warnings = [*watched.warnings, *pruned.warnings]
    session.warn(warnings)
    code = Exit.DONE if pruned.is_complete else Exit.FAILED
    return Answer(_result(pruned, warnings), partial(write_pruned, pruned=pruned), code)


def _moment(now: str | None) -> datetime | None:
    return None if now is None else moment_typed(now, "--now")


def _plan_result(plan: Plan) -> dict[str, Any]:
    return {
        "keep": [{"id": str(kept.backup), "reasons": list(kept.reasons)} for kept in plan.keep],
        "remove": [str(backup) for backup in plan.remove],
        "refused": [],
    }


def _intent_result(intent: Intent) -> dict[str, Any]:
    """The result of a dry run that could ask the vault too."""
    return {
        **_plan_result(intent.plan),
        "leftovers": [left.ref for one in intent.dead for left in one.archives],
        "problems": list(intent.problems),
        "digest": intent.digest,
        "much": list(intent.much),
    }


def _result(pruned: Pruned, warnings: Sequence[str]) -> dict[str, Any]:
    return {
        **_plan_result(pruned.plan),
        "refused": [{"id": str(one.backup), "why": one.why} for one in pruned.refused],
        "removed": [str(backup) for backup in pruned.removed],
        "leftovers": list(pruned.leftovers),
        "problems": list(pruned.problems),
        "warnings": list(warnings),
    }


def write_plan(console: Console, plan: Plan) -> None:
    """Write what would be kept, and why, and what would be removed."""
    table = a_table("", "BACKUP", long="REASONS")
    for kept in plan.keep:
        table.add_row(Text("keep", "green"), str(kept.backup), ", ".join(kept.reasons))
    for backup in plan.remove:
        table.add_row(Text("remove", "red"), str(backup), "")
    console.print(table)
    console.print(Text(f"{len(plan.keep)} to keep, {len(plan.remove)} to remove", "dim"))


def write_intent(console: Console, intent: Intent) -> None:
    """Write what a prune would do, whether that needs to be confirmed, and the digest that confirms it."""
    write_plan(console, intent.plan)
    for one in intent.begun:
        console.print(Text.assemble(("remove", "bold red"), f"  {one.backup}, started by an earlier prune"))
    for dead in intent.dead:
        for left in dead.archives:
            console.print(Text.assemble(("remove", "bold red"), f"  {left.ref}, left by a run that died"))
    write_problems(console, intent.problems)
    for reason in intent.much:
        console.print(Text.assemble(("confirm", "bold yellow"), f"  {text.printable(reason)}"))
    console.print(Text(f"digest {intent.digest}", "dim"))


def write_pruned(console: Console, pruned: Pruned) -> None:
    """Write what was removed, what could not be removed, and what was kept."""
    for backup in pruned.removed:
        console.print(Text.assemble(("removed", "bold"), f"  {backup}"))
    for ref in pruned.leftovers:
        console.print(Text.assemble(("removed", "bold"), f"  {ref}, left by a run that died"))
    for one in pruned.refused:
        console.print(Text.assemble(("refused", "bold red"), f"  {one.backup}: {text.printable(one.why)}"))
    write_problems(console, pruned.problems)
    for kept in pruned.plan.keep:
        console.print(Text.assemble(("kept", "green"), f"     {kept.backup}: {', '.join(kept.reasons)}"))
