"""`scims-backup show`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.manifest_answers import hold_result, manifest_result, write_holds
from scims_backup.cli.options import Backup
from scims_backup.cli.report_answers import write_report_body
from scims_backup.cli.request import Request
from scims_backup.cli.writing import verdict_word, write_facts, write_paragraph, write_warnings
from scims_backup.runtime.progress import text
from scims_backup.settings.flags import Flags

if TYPE_CHECKING:
    from scims_backup.cli.session import Session
    from scims_backup.usecases.reports.list_backups import ShownBackup


def show(*, selector: Backup = "newest") -> Request:
    """Read the options of `show`."""
    return Request(_run, flags=Flags(selector=selector))


def _run(session: Session) -> Answer:
    with session.application() as application:
        shown = application.list_backups().show(application.chosen())
    return Answer(_result(shown), partial(_write, shown=shown))


def _result(shown: ShownBackup) -> dict[str, Any]:
    """What `list` says, the rest of the manifest, and the drills."""
    return {
        **manifest_result(shown.manifest),
        "server": dict(shown.manifest.server),
        "tools": dict(shown.manifest.tools),
        "verdict": shown.verdict,
        "holds": [hold_result(hold) for hold in shown.holds],
        "drills": [vars(drill) for drill in shown.drills],
        "report": None if shown.report is None else shown.report.to_document(),
    }


def _write(console: Console, shown: ShownBackup) -> None:
    manifest = shown.manifest
    console.print(Text.assemble((str(manifest.backup), "bold"), "  ", verdict_word(shown.verdict)))
    write_facts(
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
    write_holds(console, shown.holds)
    write_warnings(console, manifest.warnings)
    drills = [Text.assemble(f"{one.name}  ", verdict_word(one.verdict, "not ended")) for one in shown.drills]
    write_paragraph(console, "Drills", drills)
    if shown.report is not None:
        write_report_body(console, shown.report)


def _pairs(facts: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {fact}" for name, fact in facts.items())
