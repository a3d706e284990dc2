"""Reports of drills, comparisons and restores, as JSON values and for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from scims_backup.cli.exits import Exit
from scims_backup.cli.writing import verdict_word, write_paragraph
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.verdict import Finding, NotChecked, Report, Verdict
from scims_backup.domain.verdict_words import difference
from scims_backup.runtime.progress import text

_ONE_LINE = 60
"""Characters of a difference above which its two sides get lines of their own."""

_EXITS = {
    Verdict.PASSED: Exit.DONE,
    Verdict.FAILED: Exit.DRILL_FAILED,
    Verdict.INCONCLUSIVE: Exit.INCONCLUSIVE,
}


def report_result(manifest: Manifest, report: Report, drill: str | None) -> dict[str, Any]:
    """The result of `drill` and `compare`. drill: its name, None for a comparison."""
    return {"id": str(manifest.backup), "drill": drill, **report.to_document()}


def exit_of_verdict(verdict: Verdict) -> Exit:
    """The exit code of a drill or comparison that ended with this verdict."""
    return _EXITS[verdict]


def write_report(console: Console, title: str, report: Report) -> None:
    """Write what a drill, comparison or restore found. title: what was examined."""
    console.print(Text.assemble(verdict_word(report.verdict), "  ", text.printable(title)))
    write_report_body(console, report)


def write_report_body(console: Console, report: Report) -> None:
    """Write a report without its verdict."""
    if report.reason:
        write_paragraph(console, "Why it is inconclusive", [Text(text.printable(report.reason))])
    count = len(report.findings)
    write_paragraph(console, f"{count} difference{'s' * (count != 1)}", list(map(_finding, report.findings)))
    write_paragraph(console, "Not checked", list(map(_not_checked, report.not_checked)))
    if report.compared:
        console.print(Text(f"compared: {_compared(report.compared)}", "dim"))
    if report.seconds:
        phases = [f"{name} {text.duration(seconds)}" for name, seconds in report.seconds.items()]
        phases.append(f"total {text.duration(sum(report.seconds.values()))}")
        console.print(Text("  ".join(phases), "dim"))


def _compared(counts: Mapping[str, int]) -> str:
    """What was compared, e.g. `7 tables, 270,435 rows, 178 objects`, without the zeros."""
    return ", ".join(
        f"{text.number(count)} {_singular(sort) if count == 1 else sort.replace('_', ' ')}"
        for sort, count in counts.items()
        if count
    )


def _singular(sort: str) -> str:
    return sort.replace("_", " ").removesuffix("s")


def _finding(finding: Finding) -> Text:
    expected, found = text.printable(finding.expected), text.printable(finding.found)
    name = (text.printable(finding.object), "bold")
    if len(expected) + len(found) > _ONE_LINE or "\n" in expected + found:
        sides = (("\n  expected  ", "dim"), expected, ("\n  found     ", "dim"), found)
        return Text.assemble(name, f": {finding.kind}", *sides)
    return Text.assemble(name, f": {difference(expected, found)}", (f"  {finding.kind}", "dim"))


def _not_checked(one: NotChecked) -> Text:
    return Text(f"{text.printable(one.object)}: {text.printable(one.reason)}")
