"""The keys that say what a restored database is asked, and what brings back what no archive holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scims_backup.domain.errors import UsageError
from scims_backup.domain.expectations import Expectation
from scims_backup.domain.problems import Problems
from scims_backup.ports.settings_keys import Keys, Written, key
from scims_backup.settings.after_restore import AFTER_RESTORE_SQL
from scims_backup.settings.expectations import expectations_in, read_expectations


def _read(written: Written) -> Path | tuple[Expectation, ...]:
    if isinstance(written.value, str):
        return written.path_of(written.value)
    return expectations_in(written.value, str(written))


def _always(_: str) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class RestoredKeys(Keys):
    """What is done with a restored database before and after it is proven.

    expectations: themselves, or the file that is read by commands that need it
    after_restore, after_restore_sql: the path and the text, read by commands that need them
    """

    application_role: str | None = key(
        Written.text, "role of the application; a drill checks that it can log in"
    )
    expectations: Path | tuple[Expectation, ...] = key(
        _read,
        "[expectations](#expectations) in SQL: a file, or the list itself",
        default=(),
        option="--expect FILE",
    )
    probe: str | None = key(
        Written.text,
        "the application's own [check](#the-probe); an empty option or variable turns it off",
        option="--probe COMMAND",
        variable="SCIMS_PROBE",
        is_set=_always,
    )
    after_restore: Written | None = key(
        Written.unread_file,
        "file of SQL that `drill` and `restore` [run](#after_restore) before the proof",
        option="--after-restore FILE",
        variable="SCIMS_AFTER_RESTORE",
    )
    after_restore_sql: Written | None = key(
        Written.unread,
        "the same SQL as text",
        variable=AFTER_RESTORE_SQL,
        is_set=str.strip,
    )

    def conflicts(self, table: Written) -> Iterator[UsageError]:
        """Yield that the SQL for restored databases is given twice."""
        given = table.table()
        if isinstance(given.get("after_restore"), str) and "after_restore_sql" in given:
            yield UsageError(
                f"{table.at('after_restore')} is set, and after_restore_sql too", "keep one of them"
            )

    def read_expectations(self, problems: Problems) -> tuple[Expectation, ...]:
        """Return the expectations; a file that cannot be read goes to problems."""
        found = self.expectations
        return problems.attempt(lambda: read_expectations(found), ()) if isinstance(found, Path) else found
