"""Reading restic's locks: one that vanishes meanwhile is none, one that cannot be read is an error."""

import json
import os
import socket
from typing import Any, cast

import pytest

from scims_backup.adapters.vaults.restic.locks import listed
from scims_backup.domain.errors import VaultError

NAME = "ab" * 32
LOCK = {"time": "2026-11-22T02:00:00.123456789+01:00", "hostname": "elsewhere", "pid": 7}


class Restic:
    """A restic whose answers are given, in order; an exception is raised."""

    def __init__(self, *answers):
        self._answers = list(answers)

    def answer(self, _doing, *arguments):
        assert "--no-lock" in arguments
        given = self._answers.pop(0)
        if isinstance(given, Exception):
            raise given
        return given


def _listed(*answers):
    return listed(cast("Any", Restic(*answers)))


def _one(**facts):
    (lock,) = _listed(NAME.encode(), json.dumps(LOCK | facts).encode())
    return lock


def test_a_lock_is_named_by_process_and_machine():
    lock = _one()
    assert (lock.holder, lock.is_dead) == ("PID 7 on elsewhere", False)
    assert lock.renewed.isoformat() == "2026-11-22T02:00:00.123456+01:00"


def test_of_another_machine_s_process_nobody_knows_whether_it_is_gone(monkeypatch):
    monkeypatch.setattr(os, "kill", _raise(ProcessLookupError()))
    assert not _one().is_dead
    assert _one(hostname=socket.gethostname()).is_dead


def test_another_user_s_process_is_there(monkeypatch):
    monkeypatch.setattr(os, "kill", _raise(PermissionError()))
    assert not _one(hostname=socket.gethostname()).is_dead


def _raise(error):
    def kill(_pid, number):
        assert number == 0
        raise error

    return kill


def test_a_lock_that_is_gone_once_it_is_read_is_none():
    assert _listed(NAME.encode(), VaultError("not found"), b"") == []


def test_a_lock_that_cannot_be_read_is_an_error():
    with pytest.raises(VaultError, match="refused"):
        _listed(NAME.encode(), VaultError("refused"), NAME.encode())


def test_no_lock_is_none():
    assert _listed(b"") == []
