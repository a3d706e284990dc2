"""Shows a command as it would be typed, runs it, and insists on its exit code."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.text import Text

_FOREIGN = ("SCIMS_", "RESTIC_", "PG")
_PROGRAMS = "SCIMS_POSTGRESQL_BIN"
"""Chooses the story's own server, too."""


class StoryError(Exception):
    """A step did not do what the story says."""


class Shell:
    """Runs commands in one directory, with the environment that the reader was shown.

    programs: directories that are looked in before PATH.
    """

    def __init__(
        self, console: Console, directory: Path, variables: Mapping[str, str], programs: Sequence[Path]
    ) -> None:
        self._console, self._directory = console, directory
        ours = {
            key: value
            for key, value in os.environ.items()
            if key == _PROGRAMS or not key.startswith(_FOREIGN)
        }
        path = os.pathsep.join([*map(str, programs), os.environ.get("PATH", os.defpath)])
        self._environment = {**ours, **variables, "PATH": path}

    def run(self, *command: str, expect: int = 0, into: str | None = None) -> None:
        """Show a command, run it with its output on our own. Raise StoryError if it exits otherwise.

        into: the file that its standard output goes to.
        """
        self.show(command, f" > {shlex.quote(into)}" if into else "")
        if into is None:
            self._ran(command, expect, None)
        else:
            with (self._directory / into).open("wb") as file:
                self._ran(command, expect, file)

    def output(self, *command: str, expect: int = 0) -> str:
        """Run a command without a word and return what it printed. Raise StoryError as `run`."""
        return self._ran(command, expect, subprocess.PIPE).decode()

    def answer(self, *command: str, expect: int = 0) -> Any:  # noqa: ANN401  whatever the command's JSON is
        """Run a command with --json, without a word, and return its answer. Raise StoryError as `run`."""
        return json.loads(self.output(*command, "--quiet", "--json", expect=expect))

    def show_variables(self, variables: Mapping[str, str]) -> None:
        """Show what the commands find in their environment."""
        self._console.print()
        for name, value in variables.items():
            typed = ("$ ", "green"), ("export ", "bold"), (f"{name}={shlex.quote(value)}", "bold")
            self._console.print(Text.assemble(*typed), soft_wrap=True)

    def show(self, command: Sequence[str], rest: str = "") -> None:
        """Show a command as it would be typed."""
        typed = " ".join(_typed(word) for word in command) + rest
        self._console.print(Text.assemble(("\n$ ", "green"), (typed, "bold")), soft_wrap=True)

    def _ran(self, command: Sequence[str], expect: int, stdout: int | IO[bytes] | None) -> bytes:
        sys.stdout.flush()
        with subprocess.Popen(
            command, cwd=self._directory, env=self._environment, stdin=subprocess.DEVNULL, stdout=stdout
        ) as process:
            try:
                printed, _ = process.communicate()
            except BaseException:
                process.terminate()  # it clears up itself: give it the time
                process.wait()
                raise
        if process.returncode != expect:
            raise StoryError(f"`{shlex.join(command)}` exited with {process.returncode} instead of {expect}")
        return printed or b""


def _typed(word: str) -> str:
    """A word as one types it: in double quotes where that reads better."""
    quoted = shlex.quote(word)
    return f'"{word}"' if quoted != word and not set(word) & set('"$`\\!') else quoted
