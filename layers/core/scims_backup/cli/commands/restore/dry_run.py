"""`restore --dry-run`: what a restore would meet on the target."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.exits import Exit
from scims_backup.domain.manifest import Manifest
from scims_backup.ports import Surveyed
from scims_backup.runtime.progress import text
from scims_backup.usecases.restores.restore_backup import RestoreBackup, RestoreRequest

_WORDS = {True: ("ok", "green"), False: ("NO", "bold red"), None: ("unknown", "yellow")}


def survey(restoring: RestoreBackup, manifest: Manifest, request: RestoreRequest) -> Answer:
    """Check the target, and change nothing."""
    surveyed = restoring.survey(manifest, request)
    code = Exit.FAILED if any(one.suffices is False for one in surveyed) else Exit.DONE
    return Answer(_result(manifest, surveyed), partial(_write, manifest=manifest, surveyed=surveyed), code)


def _result(manifest: Manifest, surveyed: Sequence[Surveyed]) -> dict[str, Any]:
    return {"id": str(manifest.backup), "survey": [vars(one) for one in surveyed]}


def _write(console: Console, manifest: Manifest, surveyed: Sequence[Surveyed]) -> None:
    console.print(Text(f"dry run of restoring {manifest.backup}: nothing was done"))
    for one in surveyed:
        word, style = _WORDS[one.suffices]
        console.print(Text.assemble((f"  {word:<9}", style), f"{one.what}: {text.printable(one.found)}"))
