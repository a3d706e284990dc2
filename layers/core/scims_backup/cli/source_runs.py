"""One run of a command for each source, as processes of their own, and the answer of all together.

A process of its own keeps signals, memory, libpq's variables and secrets of one source away from the others.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from scims_backup.bootstrap.side_by_side import Ended, Job, SideBySide
from scims_backup.cli.answer import Answer
from scims_backup.cli.exits import Exit, worst
from scims_backup.cli.invocation import Invocation
from scims_backup.cli.request import Request
from scims_backup.domain.errors import UsageError
from scims_backup.runtime.progress.text import printable
from scims_backup.settings.chosen_document import every_source

if TYPE_CHECKING:
    from scims_backup.cli.session import Session

_OF_ONE_SOURCE = ("SCIMS_SOURCE", "SCIMS_SOURCE_URL")
_SELECTORS = (None, "newest", "newest-proven")
_ENDS = {
    Exit.DONE: ("done", "green"),
    Exit.FAILED: ("failed", "bold red"),
    Exit.WRONG_USAGE: ("not tried: its settings are wrong", "bold red"),
    Exit.DRILL_FAILED: ("drill failed", "bold red"),
    Exit.INCONCLUSIVE: ("inconclusive", "bold yellow"),
    Exit.NOTHING_TO_WORK_ON: ("there is no backup", "bold yellow"),
}


def run_all(session: Session, command: str, typed: Sequence[str], at_once: int) -> Answer:
    """Run a command for every source of the settings document.

    typed: the command's own options; at_once: how many sources at a time.

    Raise UsageError if there is no document with sources, or an option is for one source only.
    """
    request, invocation = session.request, session.invocation
    _refuse_one_source(request, invocation)
    environment = {
        name: value for name, value in invocation.environment.items() if name not in _OF_ONE_SOURCE
    }
    arguments = [*invocation.program, command, *typed, *_common(request)]
    selector = ["--", request.flags.selector] if request.flags.selector else []
    jobs = [
        Job(name, [*arguments, f"--source={name}", *selector])
        for name in every_source(request.flags, environment)
    ]
    ended = SideBySide(environment, Lines(as_json=invocation.wants_json_logs).write).run(jobs, at_once)
    code = worst(one.code for one in ended)
    document = _results(ended, code) if request.output.json else None
    return Answer(document, partial(_write, ended=ended), code)


def _refuse_one_source(request: Request, invocation: Invocation) -> None:
    flags = request.flags
    typed = {"--source": flags.source, "--source-url": flags.source_url}
    given = [name for name, value in typed.items() if value is not None]
    given += [name for name in _OF_ONE_SOURCE[1:] if invocation.environment.get(name)]
    if given:
        raise UsageError(f"--all and {given[0]} cannot be combined", f"leave out {given[0]}, or --all")
    if flags.selector not in _SELECTORS:
        raise UsageError(
            "--all and the id of one backup cannot be combined", "write newest or newest-proven, or no backup"
        )


def _common(request: Request) -> Iterator[str]:
    flags, output = request.flags, request.output
    named = {"--catalog": flags.catalog, "--vault": flags.vault, "--config": flags.config}
    yield from (f"{option}={value}" for option, value in named.items() if value is not None)
    switches = {"--json": output.json, "--quiet": output.quiet, "--debug": output.debug}
    yield from (option for option, wanted in switches.items() if wanted)


class Lines:
    """Passes lines of the runs on, each whole and with the name of its source."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._lock = Lock()

    def write(self, source: str, line: str) -> None:
        """Write one line to standard error; its reader may be gone."""
        text = _entry(source, line) if self._as_json else f"{source}: {line}"
        with self._lock, suppress(OSError):
            print(text, file=sys.stderr, flush=True)  # noqa: T201


def _entry(source: str, line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        entry = None
    return json.dumps({**(entry if isinstance(entry, dict) else {"message": line}), "source": source})


def _results(ended: Sequence[Ended], code: Exit) -> dict[str, Any]:
    return {"sources": [_result(one) for one in ended], "exit_code": code}


def _result(ended: Ended) -> dict[str, Any]:
    try:
        document = json.loads(ended.output)
    except ValueError:
        document = {"error": _without_answer(ended)}
    is_error = isinstance(document, dict) and document.keys() == {"error"}
    answer = document if is_error else {"result": document}
    return {"source": ended.name, "exit_code": worst([ended.code]), **answer}


def _without_answer(ended: Ended) -> dict[str, str]:
    return {
        "kind": "OperationFailedError",
        "message": f"the run for {ended.name} ended without an answer ({_how(ended)})",
        "cure": f"run the command with --source {ended.name} --debug",
    }


def _how(ended: Ended) -> str:
    return signal.Signals(-ended.code).name if ended.code < 0 else f"exit code {ended.code}"


def _write(console: Console, ended: Sequence[Ended]) -> None:
    """Write the answer of each source below its name, and how many ended in which way."""
    for one in ended:
        console.print(Text.assemble((one.name, "bold"), ": ", *_end(one)))
        for line in one.output.decode(errors="replace").splitlines():
            console.print(Text(f"  {printable(line)}"))
    failed = sum(one.code != Exit.DONE for one in ended)
    console.print(Text(f"{len(ended)} source{'s' * (len(ended) != 1)}, {failed} with a problem", "dim"))


def _end(ended: Ended) -> tuple[tuple[str, str], str]:
    return _ENDS[worst([ended.code])], "" if ended.code == Exit.DONE else f" ({_how(ended)})"
