"""restic's failures as domain errors, without the credentials that its texts can carry."""

from __future__ import annotations

import re

from scims_backup.domain.errors import (
    ArchiveDamagedError,
    ArchiveMissingError,
    VaultAccessError,
    VaultError,
    VaultFullError,
    VaultGoneError,
    VaultLockedError,
    VaultUnreachableError,
)

_USER_INFO = re.compile(r"://[^/\s]*@")
_NOISE = re.compile(r"^(\s*|Is there a repository at .*|signal \w+ received.*|.*successfully removed.*)$")
_MOST_LINES = 4

_EXIT_CODES: dict[int, type[VaultError]] = {
    10: VaultGoneError,
    11: VaultLockedError,
    12: VaultAccessError,
}
"""restic's own, since 0.17 (restic's manual, Scripting); older ones exit with 1, and the text shows why."""

_FULL = "no space left on device|quota exceeded|QuotaExceeded|StorageFull|Insufficient Storage|EDQUOT"
_LOCKED = "already locked|repository is locked"
_WRONG_PASSWORD = "wrong password|no key found|empty password|[Rr]esolving password failed"  # noqa: S105
_REFUSED = (
    "permission denied|[Aa]ccess ?[Dd]enied|read-only file system|operation not permitted|[Ff]orbidden"
    r"|\(40[13]\)|[Uu]nauthorized|InvalidAccessKeyId|SignatureDoesNotMatch|Access Key Id you provided"
)
_SILENT = (
    "connection re(fused|set)|no such host|no route to host|[Nn]etwork is unreachable|timeout|timed out"
    "|server misbehaving|dial tcp|ssh: |Host key verification|x509|certificate|HTTP response \\(5"
)
_DAMAGED = (
    "ciphertext verification failed|hash mismatch|hash does not match|does not match id|unexpected EOF"
    "|invalid data returned|wrong data returned|decrypt|ReadFull|zstd|magic number mismatch"
    "|not (found|contained) in (the )?(index|repository)|<data/|/data/[0-9a-f]{2}/[0-9a-f]{64}"
)
_NO_REPOSITORY = (
    "repository does not exist|unable to open config file.*(no such file|not exist|not found|NoSuchKey"
    "|NoSuchBucket|does not exist)"
)
_NO_ARCHIVE = "no matching ID|failed to find snapshot|failed to load snapshot|not found in snapshot"

_Texts = tuple[tuple[str, type[VaultError]], ...]
_TEXTS: _Texts = (
    (_FULL, VaultFullError),
    (_LOCKED, VaultLockedError),
    (_WRONG_PASSWORD, VaultAccessError),
    (_SILENT, VaultUnreachableError),
    (_NO_REPOSITORY, VaultGoneError),
    (_REFUSED, VaultAccessError),
)
"""What restic 0.14 to 0.18 and the systems below it write; the first that matches counts."""

_TEXTS_OF_READING: _Texts = (*_TEXTS, (_NO_ARCHIVE, ArchiveMissingError), (_DAMAGED, ArchiveDamagedError))

_CURES: dict[type[VaultError], str] = {
    VaultFullError: "free space, raise the quota, or thin out old backups",
    VaultLockedError: (
        "wait for the other restic to finish; the lock of a dead process is removed after 30 minutes"
    ),
    VaultAccessError: "check the password (RESTIC_PASSWORD, _FILE or _COMMAND), credentials and rights",
    VaultUnreachableError: "check the address, the network and the credentials of the repository",
    VaultGoneError: "check the repository's address; is its disk mounted?",
    ArchiveMissingError: "`restic snapshots` shows what the repository holds",
    ArchiveDamagedError: "take a new backup now; `restic check --read-data` shows what else is damaged",
}


_KILLED = "look for a lack of memory in the kernel's log, give restic more, and run this again"


def redacted(text: str) -> str:
    """Replace user and password inside addresses."""
    return _USER_INFO.sub("://***@", text)


def failure(doing: str, code: int, errors: str, *, reading: bool = False) -> VaultError:
    """Return the domain error for a restic that has failed.

    doing: what was tried, in which repository.
    code: exit code, negative for a signal.
    errors: its stderr.
    reading: whether an archive was being read, so that missing and damaged are about it.
    """
    text = redacted(errors)
    texts = _TEXTS_OF_READING if reading else _TEXTS
    kind = _EXIT_CODES.get(code) or _kind(text, texts)
    cure = _CURES.get(kind, _KILLED if code < 0 else "")
    return kind(f"{doing}: {_ended(code)}: {_summary(text)}", cure)


def _kind(text: str, texts: _Texts) -> type[VaultError]:
    for says, kind in texts:
        if re.search(says, text):
            return kind
    return VaultError


def _ended(code: int) -> str:
    return f"restic was killed by signal {-code}" if code < 0 else f"restic ended with exit code {code}"


def _summary(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if not _NOISE.match(line)]
    return " / ".join(lines[-_MOST_LINES:]) or "it gave no reason"
