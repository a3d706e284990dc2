"""What the program loads before it works: a fresh interpreter for each command line."""

import json
import subprocess
import sys

import pytest

from scims_backup.cli.catalogue import commands

COMMANDS = [entry.name for entry in commands]
TYPED = {
    "--version": ["--version"],
    "--help": ["--help"],
    "nothing": [],
    **{name: [name, "--help"] for name in COMMANDS},
}
HEAVY = ("boto3", "botocore", "psycopg", "aws_lambda_powertools", "yaml")
_COMMANDS = "scims_backup.cli.commands."
_FORKS = """
import json, os, sys
from scims_backup.cli.main import run
loaded = {}
for name, arguments in json.loads(sys.argv[1]).items():
    read, write = os.pipe()
    if os.fork() == 0:
        os.close(read)
        sys.stdout = open(os.devnull, "w")
        code = run(arguments, {})
        with os.fdopen(write, "w") as told:
            json.dump({"code": code, "modules": sorted(sys.modules)}, told)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as told:
        loaded[name] = json.load(told)
    os.wait()
json.dump(loaded, sys.stdout)
"""


@pytest.fixture(scope="module")
def loaded():
    """Exit code and loaded modules by what was typed, each in a process of its own (forked: it is faster)."""
    ended = subprocess.run(
        [sys.executable, "-c", _FORKS, json.dumps(TYPED)], check=True, capture_output=True, text=True
    )
    return json.loads(ended.stdout)


@pytest.mark.parametrize("typed", TYPED)
def test_version_and_help_load_nothing_that_only_work_needs(loaded, typed):
    roots = {name.partition(".")[0] for name in loaded[typed]["modules"]}
    assert roots.isdisjoint(HEAVY)
    assert "scims_backup.bootstrap" not in loaded[typed]["modules"]
    assert loaded[typed]["code"] == (2 if typed == "nothing" else 0)


@pytest.mark.parametrize("typed", ["--version", "--help", "nothing"])
def test_no_command_and_no_setting_is_loaded_for_version_and_the_list_of_commands(loaded, typed):
    loading = [
        name for name in loaded[typed]["modules"] if name.startswith((_COMMANDS, "scims_backup.settings"))
    ]
    assert loading == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_loads_no_other_command(loaded, name):
    of_commands = {
        one.removeprefix(_COMMANDS).partition(".")[0] for one in loaded[name]["modules"] if _COMMANDS in one
    }
    assert of_commands == {name}
