"""`scims-backup compare`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.answers import write_report
from scims_backup.cli.exits import exit_of_verdict
from scims_backup.cli.results import report_result
from scims_backup.cli.session import Session


def run(session: Session) -> int:
    """Hold the target against the chosen backup's proof."""
    with session.application() as application:
        manifest = application.chosen()
        target = application.target(manifest)
        report = application.compare_database(manifest).run(manifest, target, application.questions)
    title = f"{application.target_name(manifest)} compared with {manifest.backup}"
    session.answer(report_result(manifest, report, None), partial(write_report, title=title, report=report))
    return exit_of_verdict(report.verdict)
