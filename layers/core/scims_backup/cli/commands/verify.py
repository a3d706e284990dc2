"""`scims-backup verify`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.options import Backup
from scims_backup.cli.request import Request
from scims_backup.cli.writing import write_facts
from scims_backup.domain.manifest import Manifest
from scims_backup.runtime.progress import text
from scims_backup.settings.flags import Flags, Needs

if TYPE_CHECKING:
    from scims_backup.cli.session import Session


def verify(*, selector: Backup = "newest") -> Request:
    """Read the options of `verify`."""
    return Request(_run, Needs(vault=True), Flags(selector=selector), reported_as="verify")


def _run(session: Session) -> Answer:
    with session.application() as application:
        manifest = application.chosen()
        application.verify_backup().run(manifest)
    return Answer(_result(manifest), partial(_write, manifest=manifest))


def _result(manifest: Manifest) -> dict[str, Any]:
    return {
        "id": str(manifest.backup),
        "bytes": manifest.archive.bytes,
        "sha256": manifest.archive.sha256,
        "verified": True,
    }


def _write(console: Console, manifest: Manifest) -> None:
    console.print(Text.assemble(("intact", "bold green"), "  ", str(manifest.backup)))
    write_facts(console, {"read": text.size(manifest.archive.bytes), "sha256": manifest.archive.sha256})
