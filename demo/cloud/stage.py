"""What the story of the stack is played with."""

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from demo.shell import Shell, StoryError
from localcloud.cloud import LocalCloud
from localcloud.deployment import SOURCE, Deployment


@dataclass
class Stage:
    """The cloud, the stack in it, and where the story is told. facts: for the summary."""

    console: Console
    cloud: LocalCloud
    stack: Deployment
    facts: dict[str, str] = field(default_factory=dict)

    def chapter(self, title: str, text: str) -> None:
        """Begin a part of the story."""
        self.console.print()
        self.console.print(Rule(Text(title, "bold cyan"), align="left", style="cyan"))
        self.console.print(Text(text))

    def lines(self, lines: Iterable[str], style: str = "blue") -> None:
        """Show what the cloud holds, line by line."""
        self.console.print(Padding(Text("\n".join(lines), style), (1, 0, 1, 2), expand=False))

    def aside(self, text: str) -> None:
        """Say something in between."""
        self.console.print(Text(text, "dim italic"))

    def fire(self, schedule: str, at: datetime, times: int = 1) -> str:
        """Fire a schedule, show it, and return the stamp of its time."""
        twice = "" if times == 1 else f", delivered {times} times"
        self.console.print(
            Text.assemble(
                ("\n⏰ ", "green"),
                (f"{self.stack.name}-{schedule}", "bold"),
                (f"   as at {at:%a %Y-%m-%d %H:%M} UTC{twice}", "dim"),
            )
        )
        with self.console.status("until all is quiet …"):
            return self.stack.fire(schedule, at=at, times=times)

    def outcome(self, function: str) -> Mapping[str, Any]:
        """Show what a function returned last, and return it."""
        answer = self.cloud.function_calls()[f"{self.stack.name}-{function}"].ended[-1].answer
        self.console.print(
            Text.assemble(("   ↳ ", "green"), (function, "bold"), f" returned {_plain(answer)}")
        )
        if not isinstance(answer, dict):
            raise StoryError(f"{function} returned {answer}")
        return answer

    def catalog(self, *parts: str) -> None:
        """Show the keys of the catalog that have one of these in them."""
        self.lines(key for key in self.stack.keys("") if any(part in key for part in parts))

    def shell(self) -> Shell:
        """The command line, with the settings that the stack gives out."""
        variables = {**self.cloud.environment(), "SCIMS_SETTINGS": self.stack.outputs["Settings"]}
        ours = {"RESTIC_CACHE_DIR": str(self.cloud.home / "restic-cache")}
        programs = [Path(sys.executable).parent, self.cloud.source.programs.directory]
        return Shell(self.console, self.cloud.home, {**variables, **ours}, programs)

    def insist(self, is_so: bool, otherwise: str) -> None:
        """Raise StoryError if something is not as told."""
        if not is_so:
            raise StoryError(otherwise)


def nights(count: int) -> list[datetime]:
    """The last so many times that it was two in the night, UTC, oldest first."""
    now = datetime.now(UTC)
    last = now.replace(hour=2, minute=0, second=0, microsecond=0)
    last -= timedelta(days=1) if last > now else timedelta()
    return [last - timedelta(days=days) for days in reversed(range(count))]


def _plain(answer: object) -> str:
    if not isinstance(answer, dict):
        return str(answer)
    told = {name: value for name, value in answer.items() if value not in ([], "", None)}
    return ", ".join(f"{name}: {value}" for name, value in told.items())


def dumped(stamp: str) -> str:
    """The id of a backup of the demo's source."""
    return f"{SOURCE}-{stamp}"


def left(process_name: str) -> list[int]:
    """Processes of a name that run now and belong to this user."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            is_ours = process.stat().st_uid == os.getuid()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if is_ours and process_name in words:
            found.append(int(process.name))
    return found
