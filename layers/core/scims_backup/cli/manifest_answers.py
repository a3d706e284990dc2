"""What `backup`, `list`, `show`, `hold` and `unhold` say of a backup and its holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from scims_backup.domain.holds import Hold
from scims_backup.domain.manifest import Manifest
from scims_backup.runtime.progress import text


def manifest_result(manifest: Manifest) -> dict[str, Any]:
    """What a manifest says of its backup, as a JSON value."""
    return {
        "id": str(manifest.backup),
        "source": manifest.backup.source,
        "started": manifest.started.isoformat(),
        "finished": manifest.finished.isoformat(),
        "bytes": manifest.archive.bytes,
        "stored_bytes": manifest.archive.stored_bytes,
        "sha256": manifest.archive.sha256,
        "vault_ref": manifest.archive.vault_ref,
        "proof": manifest.proof.key,
        "level": manifest.proof.level,
        "warnings": list(manifest.warnings),
        "labels": dict(manifest.labels),
    }


def hold_result(hold: Hold) -> dict[str, str]:
    """One hold as a JSON value."""
    return {"holder": hold.holder, "until": hold.until.isoformat()}


def write_holds(console: Console, holds: Sequence[Hold], whose: str = "") -> None:
    """Write who holds a backup, and until when. whose: the words before it."""
    for hold in holds:
        held = f"held by {text.printable(hold.holder)} until {text.moment(hold.until)}"
        console.print(Text(f"{whose}{held}", "cyan"))
