"""Whose fault it is that a restore failed: that of the server that it went to, or the backup's."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scims_backup.adapters.postgres.failures import scrubbed
from scims_backup.domain.errors import (
    OperationFailedError,
    RestoreFailedError,
    SandboxError,
    TargetError,
)


@dataclass(frozen=True)
class Receiver:
    """What a restore went to, for messages.

    fault: the error of what it lacks; name: what it is called; machine: where that is to be installed;
    room, larger, again: what to do where it has no space, no memory, or the connection was lost;
    rights: where the role is not allowed something, empty if it may do everything.
    """

    fault: type[OperationFailedError]
    name: str
    machine: str
    room: str
    larger: str
    again: str
    rights: str = ""


SANDBOX = Receiver(
    SandboxError,
    "the sandbox",
    "the machine that drills",
    "give the sandbox's directory more room, or choose another one by SCIMS_SANDBOX_DIR",
    "drill on a larger machine, or when it has less to do",
    "drill again",
)
TARGET = Receiver(
    TargetError,
    "the target server",
    "the target server's machine",
    "make room on the target server's disk, then restore again",
    "give the target server more memory, connections or locks, or restore when it has less to do",
    "restore again",
)

# pattern in the first error → what to do
_RECEIVER = {
    r"extension \".*\" is not available|could not open extension control file|has no installation script"
    r"|could not (access|load) (file|library)": (
        "install that extension or library for PostgreSQL {major} on {machine}"
    ),
    r"invalid locale name|invalid LC_|could not create locale|collation \".*\" (for .* )?does not exist"
    r"|ICU is not supported|could not open collator|unrecognized locale|locale .* is not"
    r"|encoding .* does not match locale|invalid value for parameter \"lc_": (
        "install that locale on {machine} (locale-gen), or programs of PostgreSQL {major}"
        " with ICU (the distribution's packages have it)"
    ),
    r"not supported (by|in) this build|unsupported XML feature|unsupported LZ4|lz4 is not supported": (
        "use programs of PostgreSQL {major} that are built with that feature (the distribution's are)"
    ),
    r"No space left on device|Disk quota exceeded|could not (extend|write to) file": ("{room}"),
    r"out of (shared )?memory|could not resize shared memory|Cannot allocate memory|could not fork"
    r"|Too many open files|too many clients|connection slots": ("{larger}"),
    r"deadlock detected|canceling statement due to lock timeout": "{again}: others held these tables",
    r"server closed the connection|terminating connection|connection to server .* failed"
    r"|could not connect to server|could not (send|receive) data|no connection to the server"
    r"|SSL (SYSCALL )?error|the database system is (starting up|shutting down|in recovery)": (
        "{again}; what the restore connects to must be reachable from here"
    ),
    r"tablespace \".*\" does not exist": "move the source's database to the default tablespace",
}
_RIGHTS = r"must be (superuser|(a )?member|owner|able to)|permission denied"
_BACKUP = {
    r"violates foreign key constraint": (
        "the source holds rows without the row they refer to, e.g. written with session_replication_role ="
        " replica: complete or remove these rows there, then take a new backup"
    ),
    r"could not create unique index": (
        "the source holds duplicate keys, so its index is damaged, e.g. by a change of collation: remove the"
        " duplicates there, REINDEX, then take a new backup"
    ),
    r"violates check constraint|contains null values|violates not-null": (
        "the source holds rows that its own constraint refuses: correct them there, then take a new backup"
    ),
    r"(function|relation|type|operator|schema) .* does not exist": (
        "a function relies on the search_path, which is empty in a restore: give it SET search_path, or"
        " qualify the names in its body, then take a new backup"
    ),
    r"role \".*\" does not exist": "the role is not in the proof: take a new backup",
    r"input file|magic string|end of file|block (ID|type)|header|TOC|corrupt|inflate|decompress"
    r"|invalid byte|invalid input|extra data after|missing data for": (
        "the archive is cut short or damaged: verify the backup, and take a new one"
    ),
}
_OTHERWISE = "correct that object in the source, then take a new backup"
_ERROR = re.compile(r"^pg_restore: (error|fatal): (?P<text>.+)", re.MULTILINE)
_QUERY = re.compile(r"^could not execute query: ERROR:\s+")
_NAME = r"(?:\"(?:[^\"]|\"\")+\"|[a-z_][\w$]*)"
# a command's text may hold a password or a row, its beginning only what it is about
_COMMAND = re.compile(rf"^Command was: (?P<what>(?:[A-Z]+ )+{_NAME}(?:\.{_NAME})*)", re.MULTILINE)


def refusal(errors: str, code: int, major: int, receiver: Receiver = SANDBOX) -> OperationFailedError:
    """The domain error for a failed pg_restore; its first error decides.

    errors: what it wrote; code: its exit code, negative for the signal that ended it; major: of the server;
    receiver: what it went to.
    """
    text = _first_error(errors)
    if code < 0:
        return receiver.fault(f"pg_restore was ended by signal {-code}", receiver.larger)
    if receiver.rights and re.search(_RIGHTS, text):
        return receiver.fault(f"{receiver.name} refuses the role: {text}", receiver.rights)
    for pattern, cure in _RECEIVER.items():
        if re.search(pattern, text):
            message = f"{receiver.name} cannot take the archive: {text}"
            return receiver.fault(message, cure.format(major=major, **vars(receiver)))
    cures = (cure for pattern, cure in _BACKUP.items() if re.search(pattern, text))
    return RestoreFailedError(f"the archive cannot be restored: {text}", next(cures, _OTHERWISE))


def _first_error(errors: str) -> str:
    """The first error and the object it is about, without row values."""
    kept = scrubbed(errors)
    error, command = _ERROR.search(kept), _COMMAND.search(errors)
    text = _QUERY.sub("", error["text"]) if error else " ".join(kept.split()) or "pg_restore gave no reason"
    return f"{command['what']}: {text}" if command else text
