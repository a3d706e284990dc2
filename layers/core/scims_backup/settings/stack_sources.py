"""The sources that the functions of one stack back up, from their environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scims_backup.domain.backup import checked_source_name
from scims_backup.domain.errors import UsageError
from scims_backup.domain.problems import nearest
from scims_backup.ports.settings_keys import Keys, Written, key
from scims_backup.settings.variables import SOURCE, read_source, read_variables


def _names(written: Written) -> tuple[str, ...]:
    return tuple(checked_source_name(name.strip()) for name in written.text().split(",") if name.strip())


@dataclass(frozen=True, kw_only=True)
class StackSources(Keys):
    """The variables that name the sources of a stack."""

    source: str = key(
        read_source,
        "name of the source that an event without a name is about",
        default="",
        variable="SCIMS_SOURCE",
        missing=SOURCE,
    )
    sources: tuple[str, ...] = key(
        _names,
        "names of all sources, with commas; by default that of SCIMS_SOURCE",
        default=(),
        variable="SCIMS_SOURCES",
    )

    @property
    def every(self) -> tuple[str, ...]:
        """The names of all sources."""
        return self.sources or (self.source,)

    def named(self, name: str | None) -> str:
        """Return the source that an event names, or the one that is meant without a name.

        Raise UsageError if the stack does not back it up.
        """
        if name is None:
            return self.source
        if name not in self.every:
            raise UsageError(f"source {name!r} is not backed up by this stack", nearest(name, self.every))
        return name


def stack_sources_in(environment: Mapping[str, str]) -> StackSources:
    """Read the sources. Raise UsageError with everything that is missing or wrong."""
    return read_variables(StackSources, environment)
