"""What stands outside of the settings document and wins over it: options, then variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from scims_backup.domain.problems import Problems
from scims_backup.ports.settings_keys import Key, Keys, Written, key, keys_of
from scims_backup.settings.flags import Flags

Table = TypeVar("Table")


@dataclass(frozen=True, kw_only=True)
class StartKeys(Keys):
    """Keys that say where to begin: by an option or a variable alone."""

    config: Written | None = key(
        Written.unread,
        "the settings document, as a file",
        name="",
        option="--config FILE",
        variable="SCIMS_CONFIG",
    )
    document: Written | None = key(
        Written.unread,
        "the settings document as text, for environments without files",
        name="",
        variable="SCIMS_SETTINGS",
    )
    source: Written | None = key(
        Written.unread,
        "name of the source; by default the only one of the settings document",
        name="",
        title="the source's name",
        option="--source NAME",
        variable="SCIMS_SOURCE",
    )
    target: Written | None = key(
        Written.unread,
        "the database that `compare` checks, or the live one that `restore` works alongside",
        name="",
        option="--target-url URL",
    )


@dataclass(frozen=True, kw_only=True)
class MachineKeys(Keys):
    """Keys of the machine that runs the command, and of the stack: by an option or a variable alone."""

    sandbox_dir: Path | None = key(
        Written.file,
        "directory for sandboxes; by default the system's temporary directory",
        name="",
        variable="SCIMS_SANDBOX_DIR",
    )
    stack: str | None = key(
        Written.text,
        "the AWS stack that `doctor` also checks, and whose schedules `status` shows",
        name="",
        option="--stack NAME",
        variable="SCIMS_STACK",
    )
    escrow_by: str = key(
        Written.text,
        "the function that adds the escrow password; by default `backup` adds it",
        default="",
        name="",
        variable="SCIMS_ESCROW_BY",
    )


@dataclass(frozen=True)
class Outside:
    """The options that were typed, and the environment; what is wrong there goes to problems."""

    flags: Flags
    environment: Mapping[str, str]
    problems: Problems

    def over(self, table: Table) -> Table:
        """Return a table of keys with what options and variables set in place of what it has."""
        set_here = ((key, self._written(key)) for key in keys_of(type(table)))
        values: dict[str, Any] = {
            key.field: self.problems.attempt(partial(key.read, written), key.default)
            for key, written in set_here
            if written is not None
        }
        return replace(table, **values)  # type: ignore[type-var]  # keys_of has seen that it is a dataclass

    def _written(self, key: Key) -> Written | None:
        typed = getattr(self.flags, key.flag.removeprefix("--").replace("-", "_")) if key.option else None
        for place, text in ((key.flag, typed), (key.variable, self.environment.get(key.variable))):
            if text is not None and key.is_set(text):
                return Written(text, place, self.problems)
        return None
