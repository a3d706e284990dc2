"""What a process is shown in place of this machine's folders."""

from pathlib import Path

import pytest

from localcloud import containment
from localcloud.containment import Container

CONTAINER = Container({"/opt": Path("/tmp/home/opt"), "/tmp": Path("/tmp/home/tmp")}, Path("/tmp/clone"))
ENVIRONMENT = {
    "PATH": "/opt/bin:/usr/bin",
    "PYTHONPATH": "/opt/python",
    "HOME": "/tmp",
    "CACHE": "/tmp/cache",
    "OPTIONS": "/options:/tmpfs",
    "URL": "http://127.0.0.1:4566",
}


@pytest.fixture(params=[True, False])
def mounts(request, monkeypatch):
    monkeypatch.setattr(containment, "can_mount", lambda: request.param)
    return request.param


def test_paths_in_the_environment_mean_the_shown_folders(mounts):
    found = CONTAINER.environment(ENVIRONMENT)
    if mounts:
        assert found == ENVIRONMENT
    else:
        assert found == {
            "PATH": "/tmp/home/opt/bin:/usr/bin",
            "PYTHONPATH": "/tmp/home/opt/python",
            "HOME": "/tmp/home/tmp",
            "CACHE": "/tmp/home/tmp/cache",
            "OPTIONS": "/options:/tmpfs",
            "URL": "http://127.0.0.1:4566",
        }


def test_where_mounts_are_impossible_the_command_stays_as_it_is(mounts):
    command = CONTAINER.command(["python3", "-m", "x"])
    assert command[-3:] == ["python3", "-m", "x"]
    assert (command[0] == "unshare") is mounts


def test_tmp_is_mounted_last_and_hides_nothing_that_is_needed(monkeypatch):
    monkeypatch.setattr(containment, "can_mount", lambda: True)
    command = CONTAINER.command(["true"])
    mounted = command[command.index("sh") + 1 : command.index("--", 5)]
    assert mounted == [
        *("/tmp/clone", "/tmp/home/tmp/clone"),
        *("/tmp/home/opt", "/opt"),
        *("/tmp/home/tmp", "/tmp"),
    ]
