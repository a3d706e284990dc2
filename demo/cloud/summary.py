"""What the demo of the stack has shown, on one screen."""

from collections.abc import Mapping

from rich import box
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from scims_backup.runtime.progress import text

_NOT_REAL = (
    "Not real here: Fargate and Scheduler are simulated, IAM is not enforced (the tests check the roles "
    "against the requests made), and mails are read from a queue."
)
_NEXT = (
    ("make e2e", "these failures and worse ones, as tests"),
    ("make demo-cli", "a backup and its drill in detail, without AWS"),
    ("less docs/deploy.md", "how to deploy the stack on AWS"),
)
_RED = frozenset({"a lost row", "a lost key", "a revoked right", "a crash"})


def write_summary(console: Console, facts: Mapping[str, str], seconds: float) -> None:
    """Print the summary."""
    parts = Group(_grid(facts), Text(), Text(_NOT_REAL, "italic"), Text(), _grid(dict(_NEXT), "bold"))
    title = Text(f" What you have seen in {text.duration(seconds)} ", "bold")
    console.print()
    console.print(Panel(parts, title=title, border_style="green", box=box.ROUNDED, padding=(1, 2)))


def _grid(rows: Mapping[str, str], style: str | None = None) -> Table:
    grid = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, fact in rows.items():
        grid.add_row(Text(name, style or ("red" if name in _RED else "green")), Text(fact))
    return grid
