"""What is stored, for each source and in all, and whether that is more than it may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scims_backup.domain.alert.texts import size
from scims_backup.domain.conditions import Cause
from scims_backup.domain.events import Kind, Severity
from scims_backup.ports import Catalog, Usage, Vault
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.alerts.record_recovery import record_recovery
from scims_backup.usecases.stored.manifests import names_of


@dataclass(frozen=True)
class SourceStorage:
    """What one source's archives take.

    quota: bytes that they may take; None for no limit.
    """

    source: str
    backups: int
    usage: Usage
    quota: int | None

    @property
    def is_over_quota(self) -> bool:
        """Whether they take more than they may."""
        return self.quota is not None and self.usage.source_bytes > self.quota


@dataclass(frozen=True)
class Storage:
    """What all sources take.

    quota: bytes that all places together may take; None for no limit.
    unmeasured: sources that cannot be measured, and why.
    """

    sources: tuple[SourceStorage, ...]
    quota: int | None
    unmeasured: Mapping[str, str] = field(default_factory=dict)

    @property
    def problems(self) -> list[str]:
        """What could not be measured; the bytes are without it."""
        whole = [f"{source} cannot be measured: {why}" for source, why in self.unmeasured.items()]
        parts = [one for usage in self.places.values() for one in usage.unmeasured]
        return [*whole, *parts]

    @property
    def places(self) -> dict[str, Usage]:
        """Each place with its usage, once, however many sources share it."""
        return {one.usage.place: one.usage for one in self.sources}

    @property
    def bytes(self) -> int:
        """What all places take, older versions and unfinished uploads included."""
        return sum(usage.place_bytes for usage in self.places.values())

    @property
    def is_over_quota(self) -> bool:
        """Whether they take more than they may."""
        return self.quota is not None and self.bytes > self.quota


def measure(source: str, catalog: Catalog, vault: Vault, quota: int | None) -> SourceStorage:
    """Measure one source. Raise VaultError or CatalogError if that cannot be read."""
    backups = len(names_of(catalog, source))
    return SourceStorage(source, backups, vault.usage(), quota)


def record_quota(usage: Usage, quota: int, events: EventLog) -> str | None:
    """Record that a source takes more than it may, if it does, and return it in words."""
    if usage.source_bytes > quota:
        of_usage = {name: value for name, value in vars(usage).items() if name != "unlisted"}
        facts = {**of_usage, "unmeasured": list(usage.unmeasured), "quota_bytes": quota}
        events.record(Kind.STORAGE_QUOTA_EXCEEDED, Severity.WARNING, facts)
        return (
            f"the archives of {events.source} take {size(usage.source_bytes)}, quota "
            f"{size(quota)}{_beside(usage)}: keep fewer (the retention policy), free the space of removed "
            "ones (reclaim), or raise the quota"
        )
    said = f"the archives take {size(usage.source_bytes)}, quota {size(quota)}"
    record_recovery(events, Cause.QUOTA_EXCEEDED, said)
    return None


def _beside(usage: Usage) -> str:
    """Say what is paid for beside: it goes by itself, and no quota is held against it."""
    if not usage.noncurrent_bytes:
        return ""
    return f" (plus {size(usage.noncurrent_bytes)} of older versions and unfinished uploads)"
