"""Where the local cloud listens: only who asks for it lets containers reach it."""

import pytest

from localcloud import listening
from localcloud.errors import LocalCloudError


@pytest.fixture(autouse=True)
def docker(tmp_path, monkeypatch):
    """Put a script in place of docker, and nothing else on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    listening._bridge.cache_clear()

    def plays(*lines):
        program = tmp_path / "docker"
        program.write_text("\n".join(["#!/bin/sh", *lines]))
        program.chmod(0o755)

    yield plays
    listening._bridge.cache_clear()


@pytest.mark.parametrize("given", [None, ""])
def test_unasked_it_is_loopback_and_docker_is_not_needed(monkeypatch, given):
    monkeypatch.delenv(listening.VARIABLE, raising=False)
    if given is not None:
        monkeypatch.setenv(listening.VARIABLE, given)
    assert listening.address() == "127.0.0.1"


def test_asked_it_is_the_address_of_docker_s_bridge(monkeypatch, docker):
    monkeypatch.setenv(listening.VARIABLE, "yes")
    docker('[ "$1 $2 $3" = "network inspect bridge" ] && echo 172.18.0.1')
    assert listening.address() == "172.18.0.1"


def test_without_docker_it_says_so(monkeypatch):
    monkeypatch.setenv(listening.VARIABLE, "yes")
    with pytest.raises(LocalCloudError, match="is set, but there is no docker: install it"):
        listening.address()


def test_where_docker_does_not_run_its_words_are_told(monkeypatch, docker):
    monkeypatch.setenv(listening.VARIABLE, "yes")
    docker("echo 'Cannot connect to the Docker daemon.' >&2", "exit 1")
    with pytest.raises(
        LocalCloudError, match=r"Docker says: Cannot connect to the Docker daemon\.; start it"
    ):
        listening.address()
