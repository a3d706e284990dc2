"""`restore`: a whole backup into a database beside the live one, which takes its place with `--swap`."""

from __future__ import annotations

import shlex
from functools import partial
from typing import Any

from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.commands.restore.confirmation import refuse_unconfirmed_after
from scims_backup.cli.report_answers import exit_of_verdict, write_report
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.restored import Restored
from scims_backup.domain.verdict import Verdict
from scims_backup.runtime.progress import text
from scims_backup.settings.flags import Flags
from scims_backup.usecases.restores.restore_backup import BeforeSwap, RestoreBackup, RestoreRequest

_OF_UNDO = ("config", "source", "source_url", "catalog", "target_url")


def restore_beside(
    restoring: RestoreBackup, manifest: Manifest, request: RestoreRequest, flags: Flags, *, prompts: bool
) -> Answer:
    """Restore a backup.

    flags: as they were typed, for the command that undoes a swap
    prompts: a swap remains to be confirmed at the terminal
    """
    if request.swap and prompts:
        known = restoring.before_swap(manifest)
        refuse_unconfirmed_after(_before_swap(known), known.live, "--swap")
    restored = restoring.run(manifest, request)
    undo = _undo_command(flags)
    return Answer(
        _result(restored),
        partial(_write, restored=restored, undo=undo),
        exit_of_verdict(restored.report.verdict),
    )


def _before_swap(known: BeforeSwap) -> list[str]:
    """Say what a swap replaces and with which backup, and what the restored database will lack."""
    since = f"what was written to {known.live} since {text.moment(known.since)}"
    if known.seen is None:
        there, lost = "does not exist", f"{since} is not in the backup"
    else:
        there = f"{text.size(known.seen.bytes)}, connections: {known.seen.connections}"
        lost = f"{since} is not in the backup: it stays only in the database that is put aside"
    return [
        f"--swap replaces the live database {known.live} ({there})",
        f"  on {known.server}",
        f"  with {known.backup}",
        f"  {lost}",
    ]


def _undo_command(flags: Flags) -> str:
    """The command that undoes a swap at the same place. Addresses hold no passwords: these are refused."""
    options = [
        word
        for name in _OF_UNDO
        if (value := getattr(flags, name)) is not None
        for word in (f"--{name.replace('_', '-')}", value)
    ]
    return shlex.join(["scims-backup", "restore", "--undo", *options])


def _result(restored: Restored) -> dict[str, Any]:
    return {"id": str(restored.backup), **restored.to_document(), **restored.report.to_document()}


def _write(console: Console, restored: Restored, undo: str) -> None:
    """Write the report, and what can be done next. undo: the command that undoes a swap."""
    write_report(console, f"{restored.backup} restored as {restored.database}", restored.report)
    if restored.roles_created:
        names = ", ".join(restored.roles_created)
        console.print(Text(f"roles created without passwords: {text.printable(names)}", "yellow"))
    for line in _next(restored, undo):
        console.print(Text(text.printable(line)))


def _next(restored: Restored, undo: str) -> list[str]:
    if restored.swapped:
        now = f"{restored.database} is now the live database (unavailable for {restored.away_seconds} s)"
        if restored.aside is None:
            return [now]
        return [f"{now}; the previous one is kept as {restored.aside}", f"to undo this: {undo}"]
    if restored.report.verdict is Verdict.PASSED:
        swap = "; to replace it with this one, add --swap to the same command" if restored.may_swap else ""
        return [f"the live database is unchanged{swap}"]
    return [f"the live database is unchanged; {restored.cure}"]
