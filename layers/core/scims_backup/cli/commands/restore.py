"""`scims-backup restore`."""

from __future__ import annotations

import sys
from functools import partial

from scims_backup.bootstrap.application import Application
from scims_backup.cli.exits import Exit, exit_of_verdict
from scims_backup.cli.restore_answers import write_restored, write_survey, write_tables, write_undone
from scims_backup.cli.restore_prompt import before_swap_lines, before_undo_lines, typed_after
from scims_backup.cli.results import restored_result, survey_result, tables_result, undone_result
from scims_backup.cli.session import Session
from scims_backup.cli.typed import undo_command
from scims_backup.domain.errors import UsageError
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.moments import moment_typed
from scims_backup.usecases.restores.confirm_replacement import refuse_unconfirmed
from scims_backup.usecases.restores.restore_backup import RestoreRequest


def run(  # noqa: PLR0913, PLR0917  an argument for each option
    session: Session,
    at: str | None,
    into: str | None,
    swap: bool,
    undo: bool,
    confirm: str | None,
    dry_run: bool,
    jobs: int | None,
    tables: tuple[str, ...],
    with_parents: bool,
) -> int:
    """Restore the chosen backup, or say what that would meet, or undo a swap."""
    settings = session.settings
    _refuse_with_tables(tables, with_parents, others=bool(swap or undo or into or dry_run))
    with session.application() as application:
        wish = RestoreRequest(into, swap, application.questions)
        if undo and (swap or at or into or dry_run or settings.selector != "newest"):
            raise UsageError(
                "--undo only brings back what the last swap put aside", "give it --confirm, and nothing else"
            )
        asked = confirm is None and sys.stdin.isatty()
        if (swap or undo) and not dry_run and not asked:
            _refuse_unconfirmed(application.restore_target().live, confirm, "--swap" if swap else "--undo")
        if undo:
            return _undo(session, application, asked=asked)
        manifest = application.chosen(None if at is None else moment_typed(at, "--at"))
        if tables:
            return _tables(session, application, manifest, tables, with_parents)
        restoring = application.restore_backup(manifest, jobs)
        if swap and asked and not dry_run:
            known = restoring.before_swap(manifest)
            _refuse_unconfirmed(known.live, typed_after(before_swap_lines(known)), "--swap")
        if dry_run:
            surveyed = restoring.survey(manifest, wish)
            session.answer(
                survey_result(manifest, surveyed), partial(write_survey, manifest=manifest, surveyed=surveyed)
            )
            return Exit.FAILED if any(one.suffices is False for one in surveyed) else Exit.DONE
        restored = restoring.run(manifest, wish)
    session.answer(
        restored_result(restored),
        partial(write_restored, restored=restored, undo=undo_command(session.request.flags)),
    )
    return exit_of_verdict(restored.report.verdict)


def _refuse_with_tables(tables: tuple[str, ...], with_parents: bool, *, others: bool) -> None:
    if tables and others:
        raise UsageError(
            "--table goes with none of --swap, --undo, --into and --dry-run",
            "chosen tables come into a schema of their own, and replace nothing",
        )
    if with_parents and not tables:
        raise UsageError("--with-parents goes with --table", "name the tables: --table NAME")


def _tables(
    session: Session,
    application: Application,
    manifest: Manifest,
    tables: tuple[str, ...],
    with_parents: bool,
) -> int:
    restored = application.restore_tables(manifest).run(manifest, tables, with_parents=with_parents)
    session.answer(tables_result(restored), partial(write_tables, restored=restored))
    return Exit.DONE


def _undo(session: Session, application: Application, *, asked: bool) -> int:
    if asked:
        target = application.restore_target()
        _refuse_unconfirmed(target.live, typed_after(before_undo_lines(target.name, target.live)), "--undo")
    swapped = application.undo_restore()
    session.answer(undone_result(swapped), partial(write_undone, swapped=swapped))
    return Exit.DONE


def _refuse_unconfirmed(live: str, typed: str | None, option: str) -> None:
    refuse_unconfirmed(live, typed, option, f"type it: --confirm {live}")
