"""Whom `init` asks: the person at the terminal, or nobody."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from scims_backup.domain.errors import ScimsBackupError, UsageError
from scims_backup.domain.first_steps.questions import Question
from scims_backup.domain.health import Examined, State
from scims_backup.runtime.progress.text import printable

_INDENT = (0, 0, 0, 2)


class _Notes:
    """Writes what was checked to standard error."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact
        self._console = Console(stderr=True, highlight=False, markup=False, emoji=False)

    def note(self, examined: Sequence[Examined]) -> None:
        """Show what is fine on one line, and each problem with its cure."""
        fine = [one.check for one in examined if one.state is State.FINE]
        if fine:
            self._write(f"ok: {', '.join(fine)}", "green")
        for one in examined:
            if one.state is State.PROBLEM:
                self._write(f"fix before the first backup: {one.what}: {one.message}", "yellow", one.cure)

    def _write(self, message: str, style: str, cure: str = "") -> None:
        for text, its_style in ((message, style), (cure, "dim")):
            if text:
                self._console.print(
                    Padding(Text(printable(self._redact(text)), its_style), _INDENT, expand=False)
                )


class Terminal(_Notes):
    """A person at a terminal. Questions go to standard error: standard output is for the answer."""

    can_ask = True

    def ask(self, question: Question, default: str | None) -> str:
        """Ask until there is an answer or a default for none. Raise UsageError at the input's end."""
        shown = f" [{default}]" if default else ""
        while True:
            answer = self._read(f"{question.text}{shown}: ", secret=question.secret).strip()
            if answer or default is not None:
                return answer or default or ""

    def refuse(self, error: ScimsBackupError) -> None:
        """Show why an answer is refused."""
        self._write(error.message, "bold red", error.cure)

    def _read(self, prompt: str, *, secret: bool) -> str:
        if secret:
            return getpass.getpass(prompt, stream=sys.stderr)
        print(prompt, end="", file=sys.stderr, flush=True)  # noqa: T201
        line = sys.stdin.readline()
        if not line:
            raise UsageError(
                "the input ended before all questions were answered", "run it again, nothing was written"
            )
        return line


class Nobody(_Notes):
    """With --yes: every question has the answer of its option, or its default."""

    can_ask = False

    def ask(self, question: Question, default: str | None) -> str:
        """Return the default. Raise UsageError if there is none."""
        if default is None:
            raise UsageError(f"{question.option} is missing", f"give it: {question.text}")
        return default

    def refuse(self, error: ScimsBackupError) -> None:
        """Raise the error: there is nobody who can answer again."""
        raise error
