"""The error tree: every failure says what happened, to which thing, and what to do about it."""

from __future__ import annotations


class UnderstoodError(BaseException):
    """The root of whatever ended an operation and was understood.

    message: what happened, and to which thing.
    cure: what the reader can do about it; may be empty.
    recorded_as: the key of the event that records this failure; None until one does.
    """

    recorded_as: str | None = None

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message, cure)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message} ({self.cure})" if self.cure else self.message


def mark_recorded(error: BaseException, key: str) -> None:
    """Keep with an error which event records it, for programs and, in a traceback, for people.

    An unforeseen error is none of ours, and yet has a `recorded_as` from then on.
    """
    vars(error)["recorded_as"] = key
    error.add_note(f"recorded in the catalog as {key}")


def is_recorded(error: BaseException) -> bool:
    """Say whether an event records this failure already, so that nobody else has to."""
    return getattr(error, "recorded_as", None) is not None


class InterruptedOperationError(UnderstoodError):
    """A signal asked the operation to stop.

    Not an Exception: code that continues after an Exception, as logging does, must not continue after this.
    """


class TimeIsUpError(InterruptedOperationError):
    """The time that there is where the operation runs is over; there is just enough left to clean up."""


class ScimsBackupError(UnderstoodError, Exception):
    """The root of every failure that was understood."""


class UsageError(ScimsBackupError):
    """The command or the settings are wrong; nothing was tried."""


class NothingToWorkOnError(ScimsBackupError):
    """There is no backup that the request could be about."""


class OperationFailedError(ScimsBackupError):
    """The operation was tried and did not succeed."""


class RemovalRefusedError(OperationFailedError):
    """A backup that was to be removed stays as it was: it is held, or the vault keeps it."""


class MuchAtOnceError(OperationFailedError):
    """Much would go at once, or other things than were confirmed; nothing was removed."""


class AlreadyRunningError(OperationFailedError):
    """Another process does the same now, and only one may."""


class ToolMissingError(OperationFailedError):
    """A program that the operation needs is not installed, or not in the version it needs."""


class SecretError(OperationFailedError):
    """A secret cannot be read from Secrets Manager, or does not hold what is wanted of it."""


# --- source ---------------------------------------------------------------------------------------


class SourceError(OperationFailedError):
    """Something about the source: reaching it, reading it, or what happened in it meanwhile."""


class SourceUnreachableError(SourceError):
    """No connection: unknown host, refused, no such database, or the server went away."""


class SourceAccessError(SourceError):
    """The server refuses the role: wrong password, missing right, row-level security."""


class SourceBusyError(SourceError):
    """A lock was not granted in time, or a standby cancelled the read to replay changes."""


class SourceChangedError(SourceError):
    """A table was rewritten or the schema changed while the dump ran; a new try may succeed."""


class SourcePooledError(SourceError):
    """A connection pooler answers that gives our settings to its other clients, or not to the server."""


class OtherServerError(SourceError):
    """Another server or database answers than the one that was made, so that nothing is proven."""


class OrderLostError(SourceError):
    """An archive that was ordered will never be delivered; the next run orders another."""


class DumpTooLongError(OperationFailedError):
    """A dump does not fit into the time that there is where it runs; nothing of it was kept."""


class DumpFailedError(SourceError):
    """The dump program failed for a reason that none of the other source errors describes."""


# --- vault ----------------------------------------------------------------------------------------


class VaultError(OperationFailedError):
    """Something about the vault."""


class VaultUnreachableError(VaultError):
    """The vault does not answer."""


class VaultAccessError(VaultError):
    """The vault refuses the password or the credentials."""


class VaultGoneError(VaultError):
    """The vault is not there although the catalog knows backups that lie in it."""


class VaultFullError(VaultError):
    """The vault has no space left."""


class VaultLockedError(VaultError):
    """Another process holds a lock in the vault that is not stale."""


class DeleteRefusedError(VaultError):
    """The vault keeps an archive that was to be removed: Object Lock, a missing right, another source's."""


class ArchiveMissingError(VaultError):
    """The vault answers, but this archive is not in it."""


class ArchiveDamagedError(VaultError):
    """The archive's bytes are not those that were stored."""


# --- catalog --------------------------------------------------------------------------------------


class CatalogError(OperationFailedError):
    """Something about the catalog."""


class CatalogUnreachableError(CatalogError):
    """The catalog does not answer, or refuses access."""


class KeyTakenError(CatalogError):
    """An object with other bytes is already stored under this key."""


class KeyMissingError(CatalogError):
    """No object is stored under this key."""


class DocumentError(CatalogError):
    """A manifest, proof or report is damaged, or of a version newer than this program knows."""


class UnknownEngineError(DocumentError):
    """A backup was made by an engine, or has a format, that this program does not have; it is not damaged."""


# --- recovery -------------------------------------------------------------------------------------


class RecoveryError(OperationFailedError):
    """A bucket cannot recover an object; what was recovered before stays."""


# --- alerts ---------------------------------------------------------------------------------------


class NotifierError(OperationFailedError):
    """The topic of the alerts, or the event bus, did not take what it was to pass on."""


# --- status page ----------------------------------------------------------------------------------


class PageError(OperationFailedError):
    """A page cannot be stored; the previous one is still there."""


# --- drill ----------------------------------------------------------------------------------------


class SandboxError(OperationFailedError):
    """The drill's own surroundings failed; this says nothing about the backup (inconclusive)."""


class TaskRefusedError(SandboxError):
    """Neither task nor server can be had for a drill as things are set up."""


class NoCapacityError(SandboxError):
    """Neither task nor server can be had for a drill now; later it may be."""


class TasksUnreachableError(SandboxError):
    """What runs the tasks of drills, or has their servers, does not answer."""


class RestoreFailedError(OperationFailedError):
    """The archive cannot be restored (verdict failed)."""


# --- restore --------------------------------------------------------------------------------------


class TargetError(OperationFailedError):
    """The server that is restored to does not take it; what was there before is as it was."""


class SwapRefusedError(OperationFailedError):
    """Databases were not renamed; each has the name that it had."""


class SwapUnknownError(OperationFailedError):
    """Databases were renamed, all of them or none: the server went away before it said which."""


# --- copy -----------------------------------------------------------------------------------------


class CopyTooSlowError(OperationFailedError):
    """A copy does not fit into the time that there is where it runs; nothing was copied."""
