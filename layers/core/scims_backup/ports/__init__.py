"""The few Protocols that the use cases need; each comment is the contract that tests/contract proves."""

from scims_backup.ports.alerts import EventBus, Notifier, Pinger, Subscription, Subscriptions
from scims_backup.ports.catalogs import Catalog
from scims_backup.ports.engines import Address, AnyEngine, Engine, Engines, EngineSettings, Examination
from scims_backup.ports.progress import Progress
from scims_backup.ports.proofs import CompletedByArchive, Measure, Proof
from scims_backup.ports.provable import Checks, Probe, ProvableDatabase
from scims_backup.ports.restores import (
    Building,
    Chosen,
    ChosenBuilding,
    KeyBuilding,
    LiveDatabase,
    RestoresKeys,
    RestoresParts,
    RestoresTables,
    Surveyed,
    Swapped,
    Swaps,
    Target,
)
from scims_backup.ports.sandboxes import ChecksRoom, MeasuresRoom, Sandbox, Sandboxes
from scims_backup.ports.servers import SandboxServers
from scims_backup.ports.sources import DelayedSource, Estimate, ProofTask, Snapshot, Source
from scims_backup.ports.tasks import RestoreTasks, TaskOrder, Tasks
from scims_backup.ports.vaults import ArchiveWriter, Locks, Stored, StoredArchive, Usage, Vault
from scims_backup.ports.versioned_places import VersionedPlace

__all__ = [
    "Address",
    "AnyEngine",
    "ArchiveWriter",
    "Building",
    "Catalog",
    "Checks",
    "ChecksRoom",
    "Chosen",
    "ChosenBuilding",
    "CompletedByArchive",
    "DelayedSource",
    "Engine",
    "EngineSettings",
    "Engines",
    "Estimate",
    "EventBus",
    "Examination",
    "KeyBuilding",
    "LiveDatabase",
    "Locks",
    "Measure",
    "MeasuresRoom",
    "Notifier",
    "Pinger",
    "Probe",
    "Progress",
    "Proof",
    "ProofTask",
    "ProvableDatabase",
    "RestoreTasks",
    "RestoresKeys",
    "RestoresParts",
    "RestoresTables",
    "Sandbox",
    "SandboxServers",
    "Sandboxes",
    "Snapshot",
    "Source",
    "Stored",
    "StoredArchive",
    "Subscription",
    "Subscriptions",
    "Surveyed",
    "Swapped",
    "Swaps",
    "Target",
    "TaskOrder",
    "Tasks",
    "Usage",
    "Vault",
    "VersionedPlace",
]
