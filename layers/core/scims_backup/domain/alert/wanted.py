"""Which events a receiver wants to be notified of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from scims_backup.domain.events import Event, Kind, Severity


@dataclass(frozen=True)
class Wanted:
    """A filter of events. Each part that is empty lets all of them through."""

    severities: Collection[Severity] = ()
    sources: Collection[str] = ()
    kinds: Collection[Kind] = ()

    def takes(self, event: Event) -> bool:
        """Say whether the receiver wants this event."""
        return (
            _takes(self.severities, event.severity)
            and _takes(self.sources, event.source)
            and _takes(self.kinds, event.kind)
        )


def _takes(wanted: Collection[str], one: str) -> bool:
    return not wanted or one in wanted
