"""The catalogue of commands against their modules, their options and docs/cli.md."""

import re
from pathlib import Path

import pytest

from scims_backup import cli
from scims_backup.cli import main
from scims_backup.cli.catalogue import commands
from scims_backup.cli.command_line import command_line
from scims_backup.cli.exits import Exit
from tests.support.cli_schemas import DOCUMENT

FOLDER = Path(cli.__file__).parent
ENTRIES = {entry.name: entry for entry in commands}
PAGE = DOCUMENT.read_text()
SUMMARY_LENGTH = 100


def _options(name):
    """The options that a command takes, as its help lists them."""
    command = command_line().commands[name]
    parameters = command.make_context(name, ["--help"], resilient_parsing=True).command.params
    return {option for parameter in parameters for option in parameter.opts if option.startswith("--")}


def _documented(name):
    """The options in the rows of docs/cli.md's table of commands."""
    rows = re.findall(rf"^\| `{name}\b([^`]*)`", PAGE, re.MULTILINE)
    return set(re.findall(r"--[a-z-]+", " ".join(rows)))


def test_every_module_of_a_command_is_in_the_catalogue():
    modules = {path.stem for path in (FOLDER / "commands").iterdir() if not path.stem.startswith("__")}
    assert modules == set(ENTRIES)


@pytest.mark.parametrize("name", ENTRIES)
def test_a_command_is_the_function_of_its_name_in_the_module_of_its_name(name):
    command = ENTRIES[name].load()
    assert command.__name__.rstrip("_") == name
    assert command.__module__.removeprefix("scims_backup.cli.commands.").partition(".")[0] == name


@pytest.mark.parametrize("name", ENTRIES)
def test_a_summary_is_one_sentence_that_fits_a_line(name):
    summary = ENTRIES[name].summary
    assert re.fullmatch(r"[A-Z][^.]+\.", summary)
    assert len(summary) <= SUMMARY_LENGTH


def test_docs_list_the_commands_in_the_order_of_the_help():
    named = re.findall(r"^\| `([a-z]+)\b", PAGE.partition("## Options")[0], re.MULTILINE)
    assert list(dict.fromkeys(named)) == list(ENTRIES)


@pytest.mark.parametrize("name", ENTRIES)
def test_every_option_is_in_the_docs(name):
    assert _options(name) <= set(re.findall(r"--[a-z][a-z-]*", PAGE))


@pytest.mark.parametrize("name", ENTRIES)
def test_the_docs_table_of_commands_names_only_options_that_there_are(name):
    assert _documented(name) <= _options(name)


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_no_module_of_the_command_line_is_longer_than_250_lines(path):
    assert len(path.read_text().splitlines()) <= 250


def test_main_takes_arguments_and_ends_with_the_exit_code(capsys):
    with pytest.raises(SystemExit) as ended:
        main.main(arguments=["no-such-command", "--json"])
    assert ended.value.code == Exit.WRONG_USAGE
    assert "No such command" in capsys.readouterr().out


def test_main_without_arguments_takes_those_that_were_typed(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["scims-backup", "--version"])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert (ended.value.code, capsys.readouterr().out.startswith("scims-backup ")) == (0, True)
