"""What the story is played with."""

from dataclasses import dataclass

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from demo.server import ThrowawayServer
from demo.shell import Shell
from demo.workshop import Workshop


@dataclass
class Stage:
    """Everything the story is played with. users: how many the database is filled with."""

    console: Console
    workshop: Workshop
    server: ThrowawayServer
    shell: Shell
    users: int

    def chapter(self, title: str, text: str) -> None:
        """Begin a part of the story."""
        self.console.print()
        self.console.print(Rule(Text(title, "bold cyan"), align="left", style="cyan"))
        self.console.print(Text(text))

    def show(self, text: str) -> None:
        """Show a file's text."""
        self.console.print(Padding(Text(f"\n{text.rstrip()}\n", "blue"), (0, 0, 0, 2), expand=False))

    def aside(self, text: str) -> None:
        """Say something below what a command printed."""
        self.console.print(Text(text, "dim italic"))
