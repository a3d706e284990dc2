"""`scims-backup unhold`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.manifest_answers import hold_result
from scims_backup.cli.options import Backup
from scims_backup.cli.request import Request
from scims_backup.domain.backup import BackupId
from scims_backup.domain.holds import Hold
from scims_backup.settings.flags import Flags

if TYPE_CHECKING:
    from scims_backup.cli.session import Session


def unhold(*, selector: Backup) -> Request:
    """Read the options of `unhold`."""
    return Request(_run, flags=Flags(selector=selector))


def _run(session: Session) -> Answer:
    """Release the operator's hold on the chosen backup; it is no failure if there was none."""
    with session.application() as application:
        backup = application.chosen().backup
        application.refuse_other_unhold(backup)
        released, left = application.unhold(backup)
    return Answer(
        _result(backup, released, left), partial(_write, backup=backup, released=released, left=left)
    )


def _result(backup: BackupId, released: Sequence[Hold], left: Sequence[Hold]) -> dict[str, Any]:
    """Say which holds were released. left: those of others."""
    return {
        "id": str(backup),
        "released": [hold_result(hold) for hold in released],
        "held": [hold_result(hold) for hold in left],
    }


def _write(console: Console, backup: BackupId, released: Sequence[Hold], left: Sequence[Hold]) -> None:
    said = "is no longer held by an operator" if released else "was not held by an operator"
    console.print(Text.assemble((str(backup), "bold"), f" {said}"))
    for hold in left:
        console.print(Text(f"  still held by {hold}", "yellow"))
