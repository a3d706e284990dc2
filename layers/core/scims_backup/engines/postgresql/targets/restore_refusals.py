"""Whose fault it is that a restore failed: that of the server that it went to, or the backup's."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from scims_backup.domain.errors import (
    OperationFailedError,
    RestoreFailedError,
    SandboxError,
    TargetError,
)
from scims_backup.engines.postgresql.connect.postgres_errors import scrubbed
from scims_backup.engines.postgresql.targets.refusal_table import CONDEMNING, LACKING, RIGHTS, Seen


@dataclass(frozen=True)
class Receiver:
    """What a restore went to, for messages.

    fault: the error of what it lacks
    name: what it is called
    machine: where to install that
    room, larger, again: what to do where it has no space, no memory, or the connection was lost
    rights: where the role is not allowed something, empty if it may do everything
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
    "make room in the sandbox directory, or set SCIMS_SANDBOX_DIR to another one",
    "drill on a larger machine, or when this one is less busy",
    "drill again",
)
TARGET = Receiver(
    TargetError,
    "the target server",
    "the target server's machine",
    "make room on the target server's disk, then restore again",
    "give the target server more memory, connections or locks, or restore when it is less busy",
    "restore again",
)

OF_RDS = (
    "only a superuser may restore that, and RDS has none for its customers: change it in the source, or "
    "drill with SandboxKind=fargate"
)
MANAGED = Receiver(
    SandboxError,
    "the sandbox in RDS",
    "RDS, if it has that; else drill with SandboxKind=fargate",
    "the instance was given three times the archive: drill with SandboxKind=fargate, or enlarge it by hand",
    "choose a larger RdsSandboxClass",
    "drill again",
)

StateOf = Callable[[str], str | None]
"""Finds the SQLSTATE with which the server logged a message; pg_restore prints none."""

_ERROR = re.compile(r"^pg_restore: (error|fatal): (?P<text>.+)", re.MULTILINE)
_OF_QUERY = re.compile(r"^could not execute query: (\w+:\s+)?")
_OF_COPY = re.compile(r"^COPY failed for table \"(?P<table>.*?)\": (\w+:\s+)?")
_NAME = r"(?:\"(?:[^\"]|\"\")+\"|[a-z_][\w$]*)"
# a command's text may hold a password or a row, its beginning only what it is about
_COMMAND = re.compile(rf"^Command was:\s+(?P<what>(?:[A-Z]+ )+{_NAME}(?:\.{_NAME})*)", re.MULTILINE)
_IN_FUNCTION = re.compile(r"^CONTEXT:\s+(PL/\w+|SQL) function ", re.MULTILINE)


def refusal(
    errors: str, code: int, major: int, receiver: Receiver = SANDBOX, state_of: StateOf = lambda _: None
) -> OperationFailedError:
    """The domain error for a failed pg_restore; its first error decides.

    errors: what it wrote.
    code: its exit code, negative for the signal that ended it.
    major: of the server.
    receiver: what it restored to.
    state_of: finds a message's SQLSTATE.
    """
    if code < 0:
        return receiver.fault(f"pg_restore was ended by signal {-code}", receiver.larger)
    seen, told = _seen(errors, state_of)
    if receiver.rights and RIGHTS.knows(seen):
        return receiver.fault(f"{receiver.name} refuses the role: {told}", receiver.rights)
    for row in LACKING:
        if row.knows(seen):
            cure = row.cure.format(major=major, **vars(receiver))
            return receiver.fault(f"{receiver.name} cannot take the archive: {told}", cure)
    cures = (row.cure for row in CONDEMNING if row.knows(seen))
    return RestoreFailedError(f"the archive cannot be restored: {told}", next(cures, ""))


def _seen(errors: str, state_of: StateOf) -> tuple[Seen, str]:
    """The first error, and how it is told: with the object that it is about, without row values."""
    kept = scrubbed(errors)
    error, command = _ERROR.search(kept), _COMMAND.search(errors)
    text = error["text"] if error else " ".join(kept.split()) or "pg_restore gave no reason"
    of_copy = _OF_COPY.match(text)
    of_program = of_copy or _OF_QUERY.match(text)
    primary = text[of_program.end() :] if of_program else text
    told = f'COPY failed for table "{of_copy["table"]}": {primary}' if of_copy else primary
    what = "COPY" if of_copy else command["what"] if command else ""
    seen = Seen(
        text=primary,
        state=state_of(primary),
        command=what,
        in_function=_IN_FUNCTION.search(errors) is not None,
        own=of_program is None,
    )
    return seen, f"{what}: {told}" if command and not of_copy else told
