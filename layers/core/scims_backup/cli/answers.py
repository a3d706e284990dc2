"""Results written for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from scims_backup.domain.drill_history import Drill
from scims_backup.domain.holds import Hold
from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.verdict import Finding, NotChecked, Report, Verdict
from scims_backup.runtime.progress import text
from scims_backup.usecases.backups.claims import Repeated, Repetition
from scims_backup.usecases.backups.copy_backup import Copied
from scims_backup.usecases.reports.list_backups import ListedBackup, ShownBackup

_STYLES = {Verdict.PASSED: "bold green", Verdict.FAILED: "bold red", Verdict.INCONCLUSIVE: "bold yellow"}
_ONE_LINE = 60
"""Characters of a difference above which its two sides get lines of their own."""
_PRESENT, _MISSING, _ROWS = "present", "missing", " rows"
"""How the domain's findings say these."""
_WIDE = 100
"""Columns from which a list has room for everything."""


def verdict_word(verdict: Verdict | None) -> Text:
    """A verdict in its colour."""
    return Text("not drilled", "dim") if verdict is None else Text(verdict, _STYLES[verdict])


def write_backup(console: Console, manifest: Manifest) -> None:
    """Tell of a backup just taken."""
    took = text.duration((manifest.finished - manifest.started).total_seconds())
    console.print(Text.assemble("backup ", (str(manifest.backup), "bold"), " is complete"))
    _facts(
        console,
        {
            "archive": text.size(manifest.archive.bytes),
            "stored": f"{text.size(manifest.archive.stored_bytes)} new in the vault",
            "vault": manifest.archive.vault_ref,
            "proof": f"{manifest.proof.level}, {manifest.proof.key}",
            "took": took,
        },
    )
    _warnings(console, manifest.warnings)


def write_repeated(console: Console, repeated: Repeated) -> None:
    """Tell that a scheduled run had nothing to do."""
    said = {
        Repetition.DONE: "already done",
        Repetition.RUNNING: "already being taken by another run",
        Repetition.ORDERED: "ordered, and not delivered yet: run this again",
    }
    console.print(Text.assemble("backup ", (str(repeated.backup), "bold"), f" is {said[repeated.why]}"))


def write_list(console: Console, source: str, listed: Sequence[ListedBackup]) -> None:
    """Tell which backups there are."""
    if not listed:
        console.print(Text(f"source {source} has no backup yet"))
        return
    columns = _columns(console.width >= _WIDE)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name, (right, _) in columns.items():
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    for one in listed:
        table.add_row(*(cell(one) for _, cell in columns.values()))
    console.print(table)
    for one in listed:
        _holds(console, one.holds, f"{one.backup} is ")
        if one.problem:
            console.print(Text(f"{one.backup}: {text.printable(one.problem)}", "red"))


def _columns(wide: bool) -> dict[str, tuple[bool, Callable[[ListedBackup], Text]]]:
    """Name of each column → whether it is right-aligned, and its cell."""
    columns: dict[str, tuple[bool, Callable[[ListedBackup], Text]]] = {
        "BACKUP": (False, lambda one: Text(str(one.backup))),
        "SIZE": (True, lambda one: _of(one, lambda manifest: text.size(manifest.archive.bytes))),
        "VERDICT": (False, _verdict_of),
    }
    if not wide:
        return columns
    return {
        **columns,
        "STORED": (True, lambda one: _of(one, lambda manifest: text.size(manifest.archive.stored_bytes))),
        "PROOF": (False, lambda one: _of(one, lambda manifest: manifest.proof.level)),
        "FINISHED": (False, lambda one: _of(one, lambda manifest: text.moment(manifest.finished))),
    }


def _verdict_of(one: ListedBackup) -> Text:
    """The verdict, with its limit: what was only counted was not proven in full."""
    counted = one.manifest is not None and one.manifest.proof.level == Level.COUNTS
    word = verdict_word(one.verdict)
    return Text.assemble(word, (" (counts)", "dim")) if counted and one.verdict else word


def _of(one: ListedBackup, written: Callable[[Manifest], str]) -> Text:
    return Text("?", "red") if one.manifest is None else Text(written(one.manifest))


def write_shown(console: Console, shown: ShownBackup) -> None:
    """Tell everything about one backup."""
    manifest = shown.manifest
    console.print(Text.assemble((str(manifest.backup), "bold"), "  ", verdict_word(shown.verdict)))
    _facts(
        console,
        {
            "started": text.moment(manifest.started),
            "finished": text.moment(manifest.finished),
            "archive": f"{text.size(manifest.archive.bytes)}, sha256 {manifest.archive.sha256}",
            "stored": f"{text.size(manifest.archive.stored_bytes)} new in the vault",
            "vault": manifest.archive.vault_ref,
            "proof": f"{manifest.proof.level}, {manifest.proof.key}",
            "server": _pairs(manifest.server),
            "tools": _pairs(manifest.tools),
            **({"labels": _pairs(manifest.labels)} if manifest.labels else {}),
        },
    )
    _holds(console, shown.holds)
    _warnings(console, manifest.warnings)
    _drills(console, shown.drills)
    if shown.report is not None:
        _report_body(console, shown.report)


def write_verified(console: Console, manifest: Manifest) -> None:
    """Tell that an archive is whole."""
    console.print(Text.assemble(("whole", "bold green"), "  ", str(manifest.backup)))
    _facts(console, {"read": text.size(manifest.archive.bytes), "sha256": manifest.archive.sha256})


def write_copied(console: Console, copied: Copied, catalog: str) -> None:
    """Tell of a copy. catalog: where its manifest is."""
    archive = copied.manifest.archive
    what = "copied already" if copied.already else "copied"
    console.print(Text.assemble((what, "bold green"), "  ", str(copied.manifest.backup)))
    _facts(
        console,
        {
            "to": catalog,
            "vault": archive.vault_ref,
            "archive": f"{text.size(archive.bytes)}, sha256 {archive.sha256}",
            "stored": f"{text.size(archive.stored_bytes)} new in the vault there",
        },
    )


def write_report(console: Console, title: str, report: Report) -> None:
    """Tell what a drill or a comparison found. title: what was looked at."""
    console.print(Text.assemble(verdict_word(report.verdict), "  ", text.printable(title)))
    _report_body(console, report)


def _report_body(console: Console, report: Report) -> None:
    if report.reason:
        _paragraph(console, "Why it is inconclusive", [Text(text.printable(report.reason))])
    count = len(report.findings)
    _paragraph(console, f"{count} difference{'s' * (count != 1)}", [_finding(one) for one in report.findings])
    _paragraph(console, "Not looked at", [_not_checked(one) for one in report.not_checked])
    if report.compared:
        console.print(Text(f"compared: {_compared(report.compared)}", "dim"))
    if report.seconds:
        phases = [f"{name} {text.duration(seconds)}" for name, seconds in report.seconds.items()]
        phases.append(f"in all {text.duration(sum(report.seconds.values()))}")
        console.print(Text("  ".join(phases), "dim"))


def _compared(counts: Mapping[str, int]) -> str:
    """What was looked at, e.g. `7 tables, 270,435 rows, 178 objects`; what there was none of is left out."""
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
    return Text.assemble(name, f": {_difference(expected, found)}", (f"  {finding.kind}", "dim"))


def _difference(expected: str, found: str) -> str:
    """One sentence, e.g. `41 rows expected, 40 found` or `missing`."""
    if found == _MISSING:
        return _MISSING if expected == _PRESENT else f"{expected} expected, missing"
    if expected == _MISSING:
        return "not expected" if found == _PRESENT else f"{found} found, not expected"
    if expected.endswith(_ROWS):
        found = found.removesuffix(_ROWS)
    return f"{expected} expected, {found} found"


def _not_checked(one: NotChecked) -> Text:
    return Text(f"{text.printable(one.object)}: {text.printable(one.reason)}")


def _paragraph(console: Console, title: str, items: Sequence[Text]) -> None:
    if not items:
        return
    console.print(Text(title, "underline"))
    for item in items:
        console.print(Padding(item, (0, 0, 0, 2), expand=False))


def _facts(console: Console, facts: Mapping[str, str]) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, fact in facts.items():
        grid.add_row(f"  {name}", Text(text.printable(fact)))
    console.print(grid)


def _drills(console: Console, drills: Sequence[Drill]) -> None:
    lines = [Text.assemble(f"{one.name}  ", _ending(one.verdict)) for one in drills]
    _paragraph(console, "Drills", lines)


def _ending(verdict: Verdict | None) -> Text:
    return Text("not ended", "dim") if verdict is None else verdict_word(verdict)


def _holds(console: Console, holds: Sequence[Hold], whose: str = "") -> None:
    for hold in holds:
        held = f"held by {text.printable(hold.holder)} until {text.moment(hold.until)}"
        console.print(Text(f"{whose}{held}", "cyan"))


def _warnings(console: Console, warnings: Sequence[str]) -> None:
    for warning in warnings:
        console.print(Text(f"warning: {text.printable(warning)}", "yellow"))


def _pairs(facts: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {fact}" for name, fact in facts.items())
