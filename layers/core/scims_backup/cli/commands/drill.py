"""`scims-backup drill`."""

from __future__ import annotations

import getpass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from scims_backup.cli.all_sources import for_all_sources
from scims_backup.cli.answer import Answer
from scims_backup.cli.options import AfterRestore, Backup, Expect, Probe
from scims_backup.cli.report_answers import exit_of_verdict, report_result, write_report
from scims_backup.cli.request import Request
from scims_backup.domain.errors import UsageError
from scims_backup.domain.sign_off import SignOff
from scims_backup.domain.verdict import Report
from scims_backup.runtime.progress import text
from scims_backup.settings.flags import Flags, Needs

if TYPE_CHECKING:
    from scims_backup.cli.session import Session


@for_all_sources("full", "target_url", "signed_by")
def drill(
    *,
    selector: Backup = "newest",
    expect: Expect = None,
    probe: Probe = None,
    after_restore: AfterRestore = None,
    full: Annotated[
        bool, typer.Option("--full", help="Drill in a new database on a server of your own, and sign it off.")
    ] = False,
    target_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="With --full: the live database to restore alongside."),
    ] = None,
    signed_by: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="With --full: who signs it off; your login by default."),
    ] = None,
) -> Request:
    """Read the options of `drill`."""
    needs = Needs(
        vault=True,
        expectations=True,
        target=full and target_url is not None,
        restore=full and not target_url,
        after_restore=True,
    )
    flags = Flags(
        selector=selector, expect=expect, probe=probe, target_url=target_url, after_restore=after_restore
    )
    return Request(partial(_run, full=full, signed_by=signed_by), needs, flags, reported_as="drill")


def _run(session: Session, full: bool, signed_by: str | None) -> Answer:
    """Drill the chosen backup, in a sandbox or in full on a server of the deployment's own."""
    if not full and (signed_by or session.request.flags.target_url):
        raise UsageError("--target-url and --signed-by need --full", "add --full, or leave them out")
    signed: SignOff | None = None
    with session.application() as application:
        manifest = application.chosen()
        if full:
            drilled, signed = application.full_drill(manifest).run(
                manifest, application.questions, signed_by or getpass.getuser()
            )
        else:
            drilled = application.run_drill(manifest).run(manifest, application.questions)
        application.renew_summary()
    title = f"drill {drilled.drill} of {manifest.backup}"
    return Answer(
        {**report_result(manifest, drilled.report, drilled.drill), **_signature(signed)},
        partial(_write, title=title, report=drilled.report, signed=signed),
        exit_of_verdict(drilled.report.verdict),
    )


def _signature(signed: SignOff | None) -> dict[str, str]:
    return {} if signed is None else {"signed_by": signed.by, "target": signed.target}


def _write(console: Console, title: str, report: Report, signed: SignOff | None) -> None:
    write_report(console, title, report)
    if signed is not None:
        console.print(Text(text.printable(f"on {signed.target}; signed off by {signed.by}")))
