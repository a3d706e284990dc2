"""A drill's task whose disk is another user's says so, in the words that the orchestrator quotes."""

import json
from types import SimpleNamespace

import pytest

from scims_backup import fargate


@pytest.fixture
def _somebody_elses_disk(monkeypatch):
    def gettempdir():
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp', '/var/tmp']")

    monkeypatch.setattr(fargate, "tempfile", SimpleNamespace(gettempdir=gettempdir))
    for name in ("SCIMS_BACKUP", "SCIMS_DRILL"):
        monkeypatch.setenv(name, "scims-db-20261122T020000Z")


@pytest.mark.usefixtures("_somebody_elses_disk")
def test_a_task_that_may_write_nowhere_ends_with_the_cure_as_its_last_words(capfd):
    assert fargate.main() == 1
    last = json.loads(capfd.readouterr().err.splitlines()[-1])["message"]
    assert last.startswith("SandboxError: user ")
    assert "neither /tmp nor any other place is writable" in last
    assert "declares /tmp as a volume" in last
