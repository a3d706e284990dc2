"""Why a server did not load an RDB, as its log says it; keys, which a log may quote, are left out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scims_backup.domain.errors import OperationFailedError, RestoreFailedError, SandboxError
from scims_backup.engines.redis.programs import Program
from scims_backup.engines.redis.sandbox.memory import MORE_MEMORY

_SAME_RELEASE = (
    "install the source's own release on this machine, or set SCIMS_REDIS_BIN to the folder that has it"
)
_NO_SANDBOX = (
    "back up at level counts, which needs no sandbox, and test a restore by hand (docs/restore-redis.md)"
)
_OTHER_BACKUP = "drill an older backup, and take a new one"


@dataclass(frozen=True)
class _Lack:
    """What a sandbox has not, though another server may."""

    pattern: re.Pattern[str]
    message: str
    cure: str


_LACKS = (
    _Lack(
        re.compile(r"Can't handle RDB format version (?P<what>[1-9]\d*)"),
        "{title} does not read RDB version {what}",
        _SAME_RELEASE,
    ),
    _Lack(
        re.compile(r"no matching module(?: type)? '(?P<what>[\w.:-]{1,32})'"),
        "the archive holds data of the module {what}, which {title} in the sandbox does not have",
        _NO_SANDBOX,
    ),
    _Lack(
        re.compile(r"Can't handle foreign type or opcode (?P<what>\d+)"),
        "{title} does not read the type {what}, which another flavour wrote",
        _SAME_RELEASE,
    ),
    _Lack(
        re.compile(r"configured to handle more than (?P<what>\d+) databases"),
        "the archive has a database number beyond {what}",
        _NO_SANDBOX,
    ),
    _Lack(
        re.compile(r"(?:Out Of Memory|failed) allocating (?P<what>\d+) bytes"),
        "{title} in the sandbox could not allocate {what} bytes",
        MORE_MEMORY,
    ),
    _Lack(
        re.compile(r"Cannot allocate memory|background thread creation failed"),
        "{title} in the sandbox ran out of memory",
        MORE_MEMORY,
    ),
)
_INTERNAL = re.compile(
    r"reading offset (?P<offset>\d+), function at \w+\.c:\d+ -> "
    r"(?P<reason>[^':\"\n]*?)(?:\. Failure|[':\"\n])"
)
_DAMAGE = re.compile(
    r"Wrong RDB checksum|RDB CRC error|Wrong signature|Short read or OOM loading DB|Unknown RDB"
    r"|Unknown object type|Replication stream EOF marker is broken|Failed loading library[\w ]*"
    r"|Corrupt(?:ed)? \w+|\w+ corruption detected"
)
_LOADED = re.compile(
    r"^[\w: .]+ \* (?:MASTER|PRIMARY) <-> REPLICA sync: Finished with success$", re.MULTILINE
)
_NO_START = re.compile(
    r"(?:Bad directive|Can't chdir|Failed opening Unix socket|Permission denied|No space left"
    r"|cannot open shared|error while loading shared libraries)[^\n:'\"]*"
)


def refused(log: str, program: Program) -> OperationFailedError:
    """Return why a server that lives, or ended by itself, refused an RDB.

    It is a SandboxError if another server might take it, a RestoreFailedError if none would.
    """
    lacks = lacking(log, program)
    if lacks is not None:
        return lacks
    reason = _damage(log)
    if not reason:
        return SandboxError(f"{program.title} did not load the archive, and gave no reason", "drill again")
    text = f"{program.title} refused the archive: {reason}"
    if program.warning and "checksum" not in reason:
        return SandboxError(f"{text}; {program.warning}", _SAME_RELEASE)
    return RestoreFailedError(text, _OTHER_BACKUP)


def lacking(log: str, program: Program) -> SandboxError | None:
    """Return what the server has not that the RDB needs; None if its log does not say so."""
    for lack in _LACKS:
        found = lack.pattern.search(log)
        if found:
            return SandboxError(lack.message.format(title=program.title, **found.groupdict()), lack.cure)
    return None


def killed(program: Program, code: int | None) -> SandboxError:
    """Return what the death of a server means. code: its exit code, negative for a signal."""
    if code == -9:  # noqa: PLR2004  # SIGKILL
        return SandboxError(
            f"{program.title} in the sandbox was killed, as systems do when memory runs out", MORE_MEMORY
        )
    return SandboxError(f"{program.title} in the sandbox died (exit code {code})", "drill again")


def has_loaded(log: str) -> bool:
    """Say whether a replica has loaded all that its primary sent."""
    return _LOADED.search(log) is not None


def start_failure(log: str) -> str:
    """Return why a server did not start, as far as its log says it without quoting its configuration."""
    found = _NO_START.search(log)
    return found[0] if found else "it gave no reason"


def _damage(log: str) -> str:
    internal = _INTERNAL.search(log)
    if internal:
        return f"{internal['reason'].strip()} (at offset {internal['offset']})"
    found = _DAMAGE.search(log)
    return found[0] if found else ""
