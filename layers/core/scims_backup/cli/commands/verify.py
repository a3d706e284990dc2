"""`scims-backup verify`."""

from __future__ import annotations

from functools import partial

from scims_backup.cli.answers import write_verified
from scims_backup.cli.exits import Exit
from scims_backup.cli.results import verify_result
from scims_backup.cli.session import Session


def run(session: Session) -> int:
    """Read the chosen archive back."""
    with session.application() as application:
        manifest = application.chosen()
        application.verify_backup().run(manifest)
    session.answer(verify_result(manifest), partial(write_verified, manifest=manifest))
    return Exit.DONE
