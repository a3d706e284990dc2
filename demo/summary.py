"""What the demo has shown, on one screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from demo.redis_story import RedisFacts
from scims_backup.runtime.progress import text

_NEXT = (
    ("make test", "every test, on PostgreSQL 14 to 18"),
    (".venv/bin/scims-backup --help", "the commands"),
    ("less README.md", "a backup of your own database, in five steps; of your Redis, in three"),
)


@dataclass(frozen=True)
class Facts:
    """What the story has brought. shown: the answer of `show --json`; proof: the catalog's document."""

    written: int
    shown: Mapping[str, Any]
    proof: Mapping[str, Any]
    findings: list[dict[str, Any]]
    redis: RedisFacts
    seconds: float


def write_summary(console: Console, facts: Facts) -> None:
    """Print the summary."""
    found = _found([*facts.findings, *facts.redis.findings])
    parts = Group(_proven(facts), Text(), _of_redis(facts.redis), Text(), found, Text(), _next())
    title = Text(f" What you have seen in {text.duration(facts.seconds)} ", "bold")
    console.print(Panel(parts, title=title, border_style="green", box=box.ROUNDED, padding=(1, 2)))


def _proven(facts: Facts) -> Table:
    shown, tables = facts.shown, facts.proof["tables"]
    seconds = shown["report"]["seconds"]
    took = datetime.fromisoformat(shown["finished"]) - datetime.fromisoformat(shown["started"])
    rows = sum(table["rows"] for table in tables.values())
    return _grid(
        {
            "backed up": f"{rows:,} rows of {len(tables)} tables at one snapshot,"
            f" {facts.written:,} transactions by others meanwhile",
            "archive": f"{text.size(shown['bytes'])}, {text.size(shown['stored_bytes'])} in the vault,"
            f" in {text.duration(took.total_seconds())}",
            "proof": f"{len(tables)} digests of rows, {_objects(facts.proof):,} objects of the schema,"
            f" {len(facts.proof['sequences'])} sequences",
            "drill": f"{shown['verdict']} in {text.duration(sum(seconds.values()))}:"
            f" {', '.join(f'{name} {text.duration(value)}' for name, value in seconds.items())}",
        },
        "green",
    )


def _of_redis(facts: RedisFacts) -> Table:
    shown = facts.shown
    seconds = shown["report"]["seconds"]
    return _grid(
        {
            "backed up": f"{shown['report']['compared']['keys']:,} keys, {facts.written:,} writes by others"
            " meanwhile",
            "archive": f"{text.size(shown['bytes'])}, {text.size(shown['stored_bytes'])} in the vault",
            "drill": f"{shown['verdict']} in {text.duration(sum(seconds.values()))}:"
            f" {', '.join(f'{name} {text.duration(value)}' for name, value in seconds.items())}",
        },
        "green",
        title="Redis",
    )


def _objects(proof: Mapping[str, Any]) -> int:
    return sum(len(objects) for objects in proof["schema"].values())


def _found(findings: list[dict[str, Any]]) -> Table:
    return _grid(
        {finding["object"]: _difference(finding) for finding in findings},
        "red",
        title="The faults planted in a copy, each found and named",
    )


def _difference(finding: Mapping[str, Any]) -> str:
    if finding["kind"] == "content-differs":
        return "the expected number of rows, but different content"
    if finding["kind"] == "value-changed":
        return "another value"
    if finding["kind"] == "key-lost":
        return "missing"
    return f"{finding['expected']} expected, {finding['found']} found"


def _next() -> Table:
    return _grid(dict(_NEXT), "bold", title="Next")


def _grid(rows: Mapping[str, str], style: str, title: str = "What was proven") -> Table:
    grid = Table(
        box=None,
        show_header=False,
        padding=(0, 2, 0, 0),
        title=Text(title, "underline"),
        title_justify="left",
    )
    grid.add_column(style=style, no_wrap=True)
    grid.add_column(overflow="fold")
    for name, fact in rows.items():
        grid.add_row(Text(name), Text(fact))
    return grid
