"""Choosing the operator's SQL that runs on a restored database: a file or a text, never from a catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scims_backup.domain.after_restore import AfterRestore
from scims_backup.domain.errors import UsageError
from scims_backup.settings.model import SourceSettings
from scims_backup.settings.problems import Problems

AS_FILE, AS_TEXT = "SCIMS_AFTER_RESTORE", "SCIMS_AFTER_RESTORE_SQL"


@dataclass(frozen=True)
class AfterRestoreChoice:
    """Where the SQL is: in a file, or here as text; nowhere if there is neither."""

    file: Path | None = None
    text: str = ""

    @classmethod
    def of(
        cls, flag: str | None, environment: Mapping[str, str], source: SourceSettings
    ) -> AfterRestoreChoice:
        """Choose the option's over the environment's over the document's."""
        if file := flag or environment.get(AS_FILE):
            return cls(Path(file))
        if text := environment.get(AS_TEXT, "").strip():
            return cls(text=text)
        return cls(source.after_restore_file, source.after_restore_sql or "")

    @property
    def is_there(self) -> bool:
        """Whether there is any."""
        return self.file is not None or bool(self.text.strip())

    def read(self, problems: Problems) -> AfterRestore:
        """Return the SQL; a file that cannot be read, or is empty, goes to problems."""
        file = self.file
        if file is None:
            return AfterRestore.of(self.text)
        return problems.attempt(lambda: _read(file), AfterRestore())


def _read(file: Path) -> AfterRestore:
    try:
        read = AfterRestore.of(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"after_restore {file} cannot be read: {reason}", "check the path") from None
    if not read.script:
        raise UsageError(
            f"after_restore {file} is empty", "write SQL into it, or remove after_restore from the settings"
        )
    return read
