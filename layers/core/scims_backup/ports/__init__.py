"""The few Protocols that the use cases need; each comment is the contract that tests/contract proves."""

from scims_backup.ports.alerts import EventBus, Notifier, Subscription, Subscriptions
from scims_backup.ports.catalogs import Catalog
from scims_backup.ports.proving import Checks, Probe, ProvableDatabase
from scims_backup.ports.recovering import VersionedPlace
from scims_backup.ports.restores import Building, LiveDatabase, Surveyed, Swapped, TableBuilding, Target
from scims_backup.ports.sandboxes import Sandbox, Sandboxes
from scims_backup.ports.sources import Estimate, ProofTask, Snapshot, Source
from scims_backup.ports.tasks import TaskOrder, Tasks
from scims_backup.ports.vaults import ArchiveWriter, Locks, Stored, StoredArchive, Usage, Vault
from scims_backup.ports.watching import Progress

__all__ = [
    "ArchiveWriter",
    "Building",
    "Catalog",
    "Checks",
    "Estimate",
    "EventBus",
    "LiveDatabase",
    "Locks",
    "Notifier",
    "Probe",
    "Progress",
    "ProofTask",
    "ProvableDatabase",
    "Sandbox",
    "Sandboxes",
    "Snapshot",
    "Source",
    "Stored",
    "StoredArchive",
    "Subscription",
    "Subscriptions",
    "Surveyed",
    "Swapped",
    "TableBuilding",
    "Target",
    "TaskOrder",
    "Tasks",
    "Usage",
    "Vault",
    "VersionedPlace",
]
