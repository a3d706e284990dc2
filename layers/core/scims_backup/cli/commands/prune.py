"""`scims-backup prune`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.exits import Exit
from scims_backup.cli.results import plan_result, pruned_result
from scims_backup.cli.retention_answers import write_plan, write_pruned
from scims_backup.cli.session import Session
from scims_backup.domain.moments import moment_typed


def run(session: Session, dry_run: bool, now: str | None) -> int:
    """Remove what the policy does not keep, or only say what that is; 1 if something could not be done."""
    moment = None if now is None else moment_typed(now, "--now")
    with session.application() as application:
        if dry_run:
            plan = application.plan_prune(moment)
            session.answer(plan_result(plan), partial(write_plan, plan=plan))
            return Exit.DONE
        watched = application.watch_sizes()  # before the prune may remove what the newest is compared with
        pruned = application.prune(moment)
    warnings = [*watched.warnings, *pruned.warnings]
    session.warn(warnings)
    session.answer(pruned_result(pruned, warnings), partial(write_pruned, pruned=pruned))
    return Exit.DONE if pruned.is_complete else Exit.FAILED
