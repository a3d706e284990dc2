"""`scims-backup drill`."""

from __future__ import annotations

import getpass
from functools import partial

from rich.console import Console
from rich.text import Text

from scims_backup.cli.answers import write_report
from scims_backup.cli.exits import exit_of_verdict
from scims_backup.cli.results import report_result
from scims_backup.cli.session import Session
from scims_backup.domain.errors import UsageError
from scims_backup.domain.sign_off import SignOff
from scims_backup.domain.verdict import Report
from scims_backup.runtime.progress import text


def run(session: Session, full: bool, signed_by: str | None) -> int:
    """Drill the chosen backup, in a sandbox or in full on a server of the deployment's own."""
    if not full and (signed_by or session.request.flags.target_url):
        raise UsageError("--target-url and --signed-by are for a full drill", "add --full, or leave them out")
    signed: SignOff | None = None
    with session.application() as application:
        manifest = application.chosen()
        if full:
            drilled, signed = application.full_drill(manifest).run(
                manifest, application.questions, signed_by or getpass.getuser()
            )
        else:
            drilled = application.run_drill(manifest).run(manifest, application.questions)
    title = f"drill {drilled.drill} of {manifest.backup}"
    session.answer(
        {**report_result(manifest, drilled.report, drilled.drill), **_signature(signed)},
        partial(_write, title=title, report=drilled.report, signed=signed),
    )
    return exit_of_verdict(drilled.report.verdict)


def _signature(signed: SignOff | None) -> dict[str, str]:
    return {} if signed is None else {"signed_by": signed.by, "target": signed.target}


def _write(console: Console, title: str, report: Report, signed: SignOff | None) -> None:
    write_report(console, title, report)
    if signed is not None:
        console.print(Text(text.printable(f"on {signed.target}; signed off by {signed.by}")))
