"""Plans, holds and storage written for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scims_backup.domain.backup import BackupId
from scims_backup.domain.holds import Hold
from scims_backup.domain.retention import Plan
from scims_backup.ports import Usage
from scims_backup.runtime.progress import text
from scims_backup.usecases.retention.intent import Intent
from scims_backup.usecases.retention.prune_backups import Pruned
from scims_backup.usecases.stored.storage import Storage


def write_plan(console: Console, plan: Plan) -> None:
    """Tell what would be kept, and why, and what would be removed."""
    table = _table("", "BACKUP", long="REASONS")
    for kept in plan.keep:
        table.add_row(Text("keep", "green"), str(kept.backup), ", ".join(kept.reasons))
    for backup in plan.remove:
        table.add_row(Text("remove", "red"), str(backup), "")
    console.print(table)
    console.print(Text(f"{len(plan.keep)} to keep, {len(plan.remove)} to remove", "dim"))


def write_intent(console: Console, intent: Intent) -> None:
    """Tell what a prune would do, with the digest that confirms it, and whether that is needed."""
    write_plan(console, intent.plan)
    for one in intent.begun:
        console.print(Text.assemble(("remove", "bold red"), f"  {one.backup}, as an earlier prune began to"))
    for dead in intent.dead:
        for left in dead.archives:
            console.print(Text.assemble(("remove", "bold red"), f"  {left.ref}, left by a run that died"))
    for problem in intent.problems:
        console.print(Text.assemble(("problem", "bold red"), f"  {text.printable(problem)}"))
    for reason in intent.much:
        console.print(Text.assemble(("confirm", "bold yellow"), f"  {text.printable(reason)}"))
    console.print(Text(f"digest {intent.digest}", "dim"))


def write_pruned(console: Console, pruned: Pruned) -> None:
    """Tell what was kept, what was removed, and what should have been."""
    for backup in pruned.removed:
        console.print(Text.assemble(("removed", "bold"), f"  {backup}"))
    for ref in pruned.leftovers:
        console.print(Text.assemble(("removed", "bold"), f"  {ref}, left by a run that died"))
    for one in pruned.refused:
        console.print(Text.assemble(("refused", "bold red"), f"  {one.backup}: {text.printable(one.why)}"))
    for problem in pruned.problems:
        console.print(Text.assemble(("problem", "bold red"), f"  {text.printable(problem)}"))
    for kept in pruned.plan.keep:
        console.print(Text.assemble(("kept", "green"), f"     {kept.backup}: {', '.join(kept.reasons)}"))


def write_hold(console: Console, backup: BackupId, hold: Hold) -> None:
    """Tell of a hold."""
    console.print(Text.assemble((str(backup), "bold"), f" is held until {text.moment(hold.until)}"))


def write_unheld(console: Console, backup: BackupId, released: Sequence[Hold], left: Sequence[Hold]) -> None:
    """Tell what holds were given back, and who holds it still."""
    said = "is no longer held by an operator" if released else "was not held by an operator"
    console.print(Text.assemble((str(backup), "bold"), f" {said}"))
    for hold in left:
        console.print(Text(f"  still held by {hold}", "yellow"))


def write_reclaimed(console: Console, before: Usage, after: Usage, problems: Sequence[str]) -> None:
    """Tell what a vault took before and takes now, and which locks could not be extended."""
    freed = max(before.current_bytes - after.current_bytes, 0)
    older = f", and {text.size(after.noncurrent_bytes)} of old versions" if after.noncurrent_bytes else ""
    place = f" freed, {text.size(after.current_bytes)} in {after.place}{older}"
    console.print(Text.assemble((text.size(freed), "bold"), place))
    for problem in problems:
        console.print(Text.assemble(("problem", "bold red"), f"  {text.printable(problem)}"))


def write_storage(console: Console, storage: Storage) -> None:
    """Tell what each source takes, and each place in all."""
    table = _table("SOURCE", "BACKUPS", "ARCHIVES", "QUOTA", long="PLACE")
    for one in storage.sources:
        size = Text(text.size(one.usage.source_bytes), "bold red" if one.is_over_quota else "")
        table.add_row(one.source, str(one.backups), size, _quota(one.quota), one.usage.place)
    console.print(table)
    for place, usage in storage.places.items():
        console.print(Text(f"{place}: {text.size(usage.place_bytes)}{_parts(usage)}"))
    for problem in storage.problems:
        console.print(Text.assemble(("problem", "bold red"), f"  {text.printable(problem)}"))
    total = Text(f"in all {text.size(storage.bytes)}", "bold red" if storage.is_over_quota else "bold")
    console.print(Text.assemble(total, f", quota {_quota(storage.quota)}"))


def _parts(usage: Usage) -> str:
    if not usage.noncurrent_bytes:
        return ""
    current, older = text.size(usage.current_bytes), text.size(usage.noncurrent_bytes)
    return f", {current} of it current and {older} of it old versions or unfinished uploads"


def _quota(quota: int | None) -> str:
    return "none" if quota is None else text.size(quota)


def _table(*columns: str, long: str) -> Table:
    """A table whose last column alone gives way on a narrow terminal."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        table.add_column(name, no_wrap=True)
    table.add_column(long, overflow="fold")
    return table
