"""`--all`: what is refused, what each source's run gets, and which exit code they have together."""

import inspect
import json
from functools import partial

import pytest

from scims_backup.cli.commands.backup import backup
from scims_backup.cli.commands.drill import drill
from scims_backup.cli.commands.prune import prune
from scims_backup.cli.exits import Exit, worst
from scims_backup.cli.options import with_common_options
from scims_backup.cli.source_runs import Lines
from scims_backup.domain.errors import UsageError
from scims_backup.domain.level import Level
from tests.support.cli import Cli

DOCUMENT = 'catalog = "file:///c"\n[sources.a]\nurl = "postgresql:///a"\n'


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], Exit.DONE),
        ([0, 0], Exit.DONE),
        ([0, 4], Exit.INCONCLUSIVE),
        ([4, 5], Exit.NOTHING_TO_WORK_ON),
        ([5, 2, 4], Exit.WRONG_USAGE),
        ([2, 1], Exit.FAILED),
        ([1, 3, 2], Exit.DRILL_FAILED),
        ([0, -9], Exit.FAILED),
        ([143, 4], Exit.FAILED),
    ],
)
def test_the_exit_code_is_the_worst(codes, expected):
    assert worst(codes) == expected


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (["backup", "--all", "--source", "a"], {}, "--all and --source cannot be combined"),
        (["backup", "--all", "--source-url", "postgresql:///a"], {}, "--all and --source-url cannot"),
        (["backup", "--all"], {"SCIMS_SOURCE_URL": "postgresql:///a"}, "--all and SCIMS_SOURCE_URL cannot"),
        (["drill", "--all", "--full"], {}, "--all and --full cannot be combined"),
        (["drill", "--all", "--target-url", "postgresql:///b"], {}, "--all and --target-url cannot"),
        (["drill", "--all", "a-20261122T020000Z"], {}, "the id of one backup"),
        (["prune", "--all", "--confirm", "abc"], {}, "--all and --confirm cannot be combined"),
        (["backup", "--at-once", "2"], {}, "--at-once needs --all"),
        (["backup", "--all", "--at-once", "9"], {}, "less than or equal to 8"),
        (["backup", "--all", "--at-once", "0"], {}, "greater than or equal to 1"),
        (["backup", "--all"], {"SCIMS_SETTINGS": ""}, "there is no settings document with sources"),
    ],
)
def test_what_is_about_one_source_is_refused_beside_all(arguments, environment, told):
    ended = Cli({"SCIMS_SETTINGS": DOCUMENT, **environment}).run(*arguments)
    assert (ended.code, ended.out) == (Exit.WRONG_USAGE, "")
    assert told in ended.err.replace("\n", " ")


def _typed_again(request):
    assert isinstance(request.run, partial)
    return request.run.keywords.get("typed")


@pytest.mark.parametrize(
    ("command", "given", "typed"),
    [
        (backup, {}, []),
        (backup, {"level": Level.COUNTS, "collect": True}, ["--level=counts", "--collect"]),
        (backup, {"label": ["a=1", "b=--all"]}, ["--label=a=1", "--label=b=--all"]),
        (drill, {"selector": "newest-proven", "probe": "-x; y"}, ["--probe=-x; y"]),
        (
            prune,
            {"dry_run": True, "now": "2026-11-22T02:00:00Z"},
            ["--dry-run", "--now=2026-11-22T02:00:00Z"],
        ),
    ],
)
def test_the_run_of_a_source_gets_the_options_that_were_typed(command, given, typed):
    with_common = with_common_options(command)
    names = inspect.signature(with_common).parameters
    defaults = {name: parameter.default for name, parameter in names.items()}
    request = with_common(**{**defaults, **given, "every_source": True})
    assert _typed_again(request) == typed


def test_the_same_command_without_all_is_as_before():
    names = inspect.signature(backup).parameters
    request = backup(**{name: parameter.default for name, parameter in names.items()})
    assert _typed_again(request) is None
    with pytest.raises(UsageError, match="--at-once needs --all"):
        backup(**{**{name: one.default for name, one in names.items()}, "at_once": 2})


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ('{"level": "INFO", "message": "dump"}', {"level": "INFO", "message": "dump", "source": "a"}),
        ("plain", {"message": "plain", "source": "a"}),
        ("3", {"message": "3", "source": "a"}),
    ],
)
def test_a_line_of_a_structured_log_says_its_source(capsys, line, entry):
    Lines(as_json=True).write("a", line)
    assert json.loads(capsys.readouterr().err) == entry
