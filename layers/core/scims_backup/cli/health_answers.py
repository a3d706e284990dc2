"""What `doctor` found, for people and as the JSON value that docs/cli.md describes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from scims_backup.domain.health import Examined, State
from scims_backup.runtime.progress.text import printable

_WORDS = {
    State.FINE: ("ok", "green"),
    State.PROBLEM: ("PROBLEM", "bold red"),
    State.NOT_CHECKED: ("not checked", "yellow"),
}
_WORD_WIDTH = max(len(word) for word, _ in _WORDS.values())
_CURE_INDENT = 4


def write_examined(console: Console, examined: Sequence[Examined]) -> None:
    """Tell each check in one line, with the cure below it, and how many ended how."""
    width = max((len(one.check) for one in examined), default=0)
    for one in examined:
        word, style = _WORDS[one.state]
        head = (f"{word:<{_WORD_WIDTH}}", style), f"  {one.check:<{width}}  "
        console.print(Text.assemble(*head, (printable(one.what), "bold"), f": {printable(one.message)}"))
        if one.cure:
            console.print(Padding(Text(printable(one.cure), "dim"), (0, 0, 0, _CURE_INDENT), expand=False))
    counts = _counts(examined)
    problems = f"{counts[State.PROBLEM]} problem{'s' * (counts[State.PROBLEM] != 1)}"
    console.print(Text(f"{problems}, {counts[State.FINE]} fine, {counts[State.NOT_CHECKED]} not checked"))


def doctor_result(examined: Sequence[Examined]) -> dict[str, Any]:
    """The result of `doctor`."""
    counts = _counts(examined)
    return {
        "checks": [vars(one) for one in examined],
        "problems": counts[State.PROBLEM],
        "fine": counts[State.FINE],
        "not_checked": counts[State.NOT_CHECKED],
    }


def _counts(examined: Sequence[Examined]) -> Mapping[State, int]:
    return Counter(one.state for one in examined)
