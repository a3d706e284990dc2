"""`scims-backup prune`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.exits import Exit
from scims_backup.cli.results import intent_result, plan_result, pruned_result
from scims_backup.cli.retention_answers import write_intent, write_plan, write_pruned
from scims_backup.cli.session import Session
from scims_backup.domain.errors import UsageError
from scims_backup.domain.moments import moment_typed
from scims_backup.domain.retention import Plan


def run(session: Session, dry_run: bool, now: str | None, confirm: str | None) -> int:
    """Remove what the policy does not keep, or only say what that is; 1 if something could not be done.

    confirm: the digest that a dry run showed.
    """
    moment = None if now is None else moment_typed(now, "--now")
    if dry_run and confirm is not None:
        raise UsageError("both --dry-run and --confirm are given", "look first, then confirm what was shown")
    with session.application() as application:
        if dry_run:
            planned = application.plan_prune(moment)
            if isinstance(planned, Plan):
                session.answer(plan_result(planned), partial(write_plan, plan=planned))
            else:
                session.answer(intent_result(planned), partial(write_intent, intent=planned))
            return Exit.DONE
        watched = application.watch_sizes()  # before the prune may remove what the newest is compared with
        pruned = application.prune(moment, confirm=confirm)
    warnings = [*watched.warnings, *pruned.warnings]
    session.warn(warnings)
    session.answer(pruned_result(pruned, warnings), partial(write_pruned, pruned=pruned))
    return Exit.DONE if pruned.is_complete else Exit.FAILED
