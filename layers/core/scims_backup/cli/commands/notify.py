"""`scims-backup notify`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.exits import Exit
from scims_backup.cli.request import Request
from scims_backup.domain.alert import trial_mail
from scims_backup.domain.errors import UsageError
from scims_backup.runtime.progress.text import printable

if TYPE_CHECKING:
    from scims_backup.cli.session import Session
    from scims_backup.usecases.alerts.notify import Notified


def notify(
    *,
    test: Annotated[
        bool, typer.Option("--test", help="Send a test to each receiver, whatever it filters by.")
    ] = False,
) -> Request:
    """Read the options of `notify`."""
    return Request(partial(_run, test=test))


def _run(session: Session, test: bool) -> Answer:
    sources = list(session.per_source())  # they have the same catalog and receivers
    if not sources[0].settings.receivers:
        raise UsageError(
            "the settings name no receiver", "add [notify.NAME] with its url to the settings document"
        )
    with sources[0].application() as application:
        notify = application.notify()
        answers = (
            notify.send_to_all(trial_mail(one.settings.source for one in sources)) if test else notify.run()
        )
    session.warn(notify.problems)
    code = Exit.FAILED if notify.problems else Exit.DONE
    return Answer(_result(answers, notify.problems), partial(_write, answers=answers), code)


def _result(answers: Sequence[Notified], problems: Sequence[str]) -> dict[str, Any]:
    return {
        "notifications": [
            {"receiver": one.receiver, "event": one.event or None, "sent": one.sent, "answer": one.answer}
            for one in answers
        ],
        "problems": list(problems),
    }


def _write(console: Console, answers: Sequence[Notified]) -> None:
    for one in answers:
        word = ("sent", "bold green") if one.sent else ("not sent", "bold red")
        about = f" {one.event}" if one.event else ""
        console.print(Text.assemble(word, f"  {one.receiver}{about}: {printable(one.answer)}"))
    if not answers:
        console.print("nothing to send")
