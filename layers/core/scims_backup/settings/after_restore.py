"""Choosing the operator's SQL that runs on a restored database: a file or a text, never from a catalog."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scims_backup.domain.after_restore import AfterRestore
from scims_backup.domain.errors import UsageError
from scims_backup.domain.problems import Problems
from scims_backup.ports.settings_keys import Written

AFTER_RESTORE_SQL = "SCIMS_AFTER_RESTORE_SQL"


@dataclass(frozen=True)
class AfterRestoreChoice:
    """Where the SQL is: in a file, or here as text; nowhere if there is neither."""

    file: Path | None = None
    text: str = ""

    @classmethod
    def of(cls, file: Written | None, text: Written | None) -> AfterRestoreChoice:
        """Choose a file, but if only the text stands outside of the settings document."""
        text_wins = file is not None and file.document and text is not None and not text.document
        if file is not None and not text_wins:
            return cls(Path(file.value))
        return cls(text=text.value if text is not None else "")

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
