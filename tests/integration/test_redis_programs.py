"""Server programs are found where the settings say, and asked for what they are."""

import pytest

from scims_backup.domain.errors import ToolMissingError
from scims_backup.engines.redis.programs import find_server


@pytest.fixture
def server_that_says(tmp_path):
    """A folder with a program that answers `--version`."""

    def made(name, text, code=0):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho '{text}'\nexit {code}\n")
        program.chmod(0o755)
        return tmp_path

    return made


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
@pytest.mark.parametrize(
    ("said", "flavour"),
    [("Redis server v=99.0.1 sha=0", "redis"), ("Valkey server v=99.0.1 sha=0", "valkey")],
)
def test_a_program_in_the_chosen_folder_is_what_it_says_whatever_its_name_is(
    server_that_says, name, said, flavour
):
    folder = server_that_says(name, said)
    found = find_server(flavour, "99.0.0", folder)
    assert (found.path, found.flavour, found.version, found.warning) == (folder / name, flavour, "99.0.1", "")


@pytest.mark.parametrize(("said", "code"), [("Redis server v=99.0.1", 1), ("something else", 0)])
def test_a_program_that_does_not_run_or_is_no_server_is_not_taken(server_that_says, said, code):
    folder = server_that_says("redis-server", said, code)
    with pytest.raises(ToolMissingError) as missing:
        find_server("redis", "99.0.0", folder)
    assert str(folder) in missing.value.message
    assert "Redis 99.0.0" in missing.value.message
    assert "SCIMS_REDIS_BIN" in missing.value.cure
