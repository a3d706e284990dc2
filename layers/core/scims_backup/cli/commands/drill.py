"""`scims-backup drill`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.answers import write_report
from scims_backup.cli.exits import exit_of_verdict
from scims_backup.cli.results import report_result
from scims_backup.cli.session import Session


def run(session: Session) -> int:
    """Drill the chosen backup."""
    settings = session.settings
    with session.application() as application:
        manifest = application.chosen()
        drilled = application.run_drill().run(manifest, settings.expectations, settings.application_role)
    title = f"drill {drilled.drill} of {manifest.backup}"
    session.answer(
        report_result(manifest, drilled.report, drilled.drill),
        partial(write_report, title=title, report=drilled.report),
    )
    return exit_of_verdict(drilled.report.verdict)
