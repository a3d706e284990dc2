"""`scims-backup compare`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from scims_backup.cli.answer import Answer
from scims_backup.cli.options import Backup, Expect, Probe
from scims_backup.cli.report_answers import exit_of_verdict, report_result, write_report
from scims_backup.cli.request import Request
from scims_backup.settings.flags import Flags, Needs

if TYPE_CHECKING:
    from scims_backup.cli.session import Session


def compare(
    *,
    selector: Backup = "newest",
    target_url: Annotated[
        str,
        typer.Option(metavar="URL", help="The database to compare, e.g. postgresql://…, without a password."),
    ],
    expect: Expect = None,
    probe: Probe = None,
    show_keys: Annotated[
        bool, typer.Option("--show-keys", help="Show the full names of Redis' keys, which may be secrets.")
    ] = False,
) -> Request:
    """Read the options of `compare`."""
    flags = Flags(selector=selector, expect=expect, probe=probe, target_url=target_url)
    run = partial(_run, show_names=show_keys)
    return Request(run, Needs(expectations=True, target=True, vault_if_named=True), flags)


def _run(session: Session, *, show_names: bool) -> Answer:
    with session.application() as application:
        manifest = application.chosen()
        target = application.target(manifest, show_names=show_names)
        report = application.compare_database(manifest).run(manifest, target, application.questions)
    title = f"{application.target_name(manifest)} compared with {manifest.backup}"
    return Answer(
        report_result(manifest, report, None),
        partial(write_report, title=title, report=report),
        exit_of_verdict(report.verdict),
    )
