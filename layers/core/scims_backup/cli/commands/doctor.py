"""`scims-backup doctor`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.exits import Exit
from scims_backup.cli.request import Request
from scims_backup.cli.writing import write_hanging
from scims_backup.domain.health import Examined, State
from scims_backup.runtime.progress.text import printable
from scims_backup.settings.flags import Flags, Needs

if TYPE_CHECKING:
    from scims_backup.cli.session import Session

_WORDS = {
    State.FINE: ("ok", "green"),
    State.PROBLEM: ("PROBLEM", "bold red"),
    State.NOT_CHECKED: ("not checked", "yellow"),
}
_WORD_WIDTH = max(len(word) for word, _ in _WORDS.values())
_CURE_INDENT = 4


def doctor(
    *,
    stack: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Check this AWS stack too: its schedules, functions and alerts."),
    ] = None,
) -> Request:
    """Read the options of `doctor`."""
    return Request(_run, Needs(url=True, vault=True, after_restore=True), Flags(stack=stack))


def _run(session: Session) -> Answer:
    with session.application() as application:
        examined = application.examine(partial(_trace, session))
    code = Exit.FAILED if any(one.state is State.PROBLEM for one in examined) else Exit.DONE
    return Answer(_result(examined), partial(_write, examined=examined), code)


def _trace(session: Session, error: BaseException) -> None:
    if session.invocation.wants_tracebacks(session.request.output):
        print(session.invocation.redactor.traceback(error), file=sys.stderr, flush=True)  # noqa: T201


def _result(examined: Sequence[Examined]) -> dict[str, Any]:
    counts = _counts(examined)
    return {
        "checks": [vars(one) for one in examined],
        "problems": counts[State.PROBLEM],
        "fine": counts[State.FINE],
        "not_checked": counts[State.NOT_CHECKED],
    }


def _write(console: Console, examined: Sequence[Examined]) -> None:
    """Write one line for each check, with its cure below it, and how many ended in which way."""
    width = max((len(one.check) for one in examined), default=0)
    for one in examined:
        word, style = _WORDS[one.state]
        head = (f"{word:<{_WORD_WIDTH}}", style), f"  {one.check:<{width}}  "
        line = Text.assemble(*head, (printable(one.what), "bold"), f": {printable(one.message)}")
        write_hanging(console, line, _WORD_WIDTH + 2)
        if one.cure:
            write_hanging(console, Text(printable(one.cure), "dim"), _CURE_INDENT, first=_CURE_INDENT)
    counts = _counts(examined)
    problems = f"{counts[State.PROBLEM]} problem{'s' * (counts[State.PROBLEM] != 1)}"
    console.print(Text(f"{problems}, {counts[State.FINE]} fine, {counts[State.NOT_CHECKED]} not checked"))


def _counts(examined: Sequence[Examined]) -> Mapping[State, int]:
    return Counter(one.state for one in examined)
