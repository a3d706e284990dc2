"""restic's words as domain errors; the texts are those of restic 0.14 and 0.18."""

import pytest

from scims_backup.adapters.vaults.restic.restic_errors import failure, redacted
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

OPEN = "Fatal: unable to open config file:"
ASK = "Is there a repository at the following location?\n/srv/repo\n"
PACK = "7d/7db2b120ddda21adcb90dbcccbb81cd4e3e7aa4cb3b77c8214b9023372897b58"
TEXTS = [
    (1, f"{OPEN} stat /srv/repo/config: no such file or directory\n{ASK}", VaultGoneError),
    (1, f"{OPEN} Stat: The specified key does not exist.\n{ASK}", VaultGoneError),
    (10, f"Fatal: repository does not exist: unable to open config file: stat …\n{ASK}", VaultGoneError),
    (1, "Fatal: wrong password or no key found", VaultAccessError),
    (12, "Fatal: wrong password or no key found", VaultAccessError),
    (1, f"{OPEN} stat /srv/repo/config: permission denied\n{ASK}", VaultAccessError),
    (1, f"{OPEN} Stat: Access Denied.\n{ASK}", VaultAccessError),
    (1, f"{OPEN} unexpected HTTP response (401): 401 Unauthorized", VaultAccessError),
    (1, "unable to create lock in backend: open /srv/repo/locks/1: read-only file system", VaultAccessError),
    (1, "Resolving password failed: Fatal: /nofile does not exist", VaultAccessError),
    (1, f'{OPEN} Head "http://u:***@h/x": dial tcp: connection refused\n{ASK}', VaultUnreachableError),
    (1, f"{OPEN} dial tcp: lookup h: no such host\n{ASK}", VaultUnreachableError),
    (1, "unable to create lock in backend: repository is already locked by PID 7 on vm", VaultLockedError),
    (11, "unable to create lock in backend: repository is already locked by PID 7 on vm", VaultLockedError),
    (1, "Fatal: unable to save snapshot: write /srv/repo/data/1: no space left on device", VaultFullError),
    (1, "unable to create lock in backend: mkdir /srv: disk quota exceeded", VaultFullError),
    (2, "something else entirely", VaultError),
    (-9, "", VaultError),
]
READING = [
    (1, 'invalid id "00": no matching ID found for prefix "00"', ArchiveMissingError),
    (1, "Fatal: failed to find snapshot: no matching ID found for prefix", ArchiveMissingError),
    (1, "cannot dump file: ciphertext verification failed", ArchiveDamagedError),
    (1, "Load(<data/7db2b120dd>, 99, 0) failed: unexpected EOF", ArchiveDamagedError),
    (1, f"open /srv/repo/data/{PACK}: no such file or directory", ArchiveDamagedError),
    (1, "Fatal: wrong password or no key found", VaultAccessError),
]


@pytest.mark.parametrize(("code", "text", "kind"), TEXTS)
def test_a_failure_is_told_by_its_code_or_its_text(code, text, kind):
    error = failure("cannot list the archives in X", code, text)
    assert type(error) is kind
    assert error.message.startswith("cannot list the archives in X: ")
    assert error.cure or kind is VaultError


@pytest.mark.parametrize(("code", "text", "kind"), READING)
def test_a_failure_to_read_tells_missing_from_damaged(code, text, kind):
    assert type(failure("cannot read", code, text, reading=True)) is kind


def test_a_repository_whose_path_has_data_in_it_is_not_taken_for_damaged():
    text = "Fatal: something about /data/ab/restic that nobody knows"
    assert type(failure("cannot read", 1, text, reading=True)) is VaultError


def test_a_signal_and_silence_are_said():
    killed = failure("cannot store", -9, "")
    assert "killed by signal 9: it gave no reason" in killed.message
    assert "memory" in killed.cure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rest:https://user:p@ss@host:8000/a@b/", "rest:https://***@host:8000/a@b/"),
        ("Head 'http://u:pw@h/x' of rest:http://u:pw@h/x", "Head 'http://***@h/x' of rest:http://***@h/x"),
        ("s3:https://s3.amazonaws.com/bucket", "s3:https://s3.amazonaws.com/bucket"),
        ("sftp:user@host:/srv", "sftp:user@host:/srv"),
    ],
)
def test_user_and_password_of_an_address_are_replaced(text, expected):
    assert redacted(text) == expected


def test_a_password_in_restics_own_words_is_replaced():
    assert "hunter2" not in str(failure("cannot", 1, "Head http://user:hunter2@h/x: connection refused"))
