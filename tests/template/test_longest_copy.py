"""How long a copy lives by the settings of the stack that copies, and by those of the other side."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.runtime.logs import Redactor
from scims_backup.settings.model import Flags, Needs
from tests.fakes import RecordedProgress
from tests.mortal import Life
from tests.template.checks.environments import environment
from tests.template.support.loading import REGION, ROOT, source, transformed
from tests.template.support.stacks import stack_of, stacks
from tests.unit.usecases.copying import BACKUP, Sides

COPYING = {stack.variant: stack for stack in stacks(source()) if "CopyFunction" in stack.resources}
THERE = stack_of(
    transformed(source(ROOT / "copy-account.yaml")),
    "there",
    {"CopierAccountId": "210987654321", "ExternalId": "word", "PlainVaultWithoutKey": "accept"},
)


def _settings(text, **needs):
    return resolve(Flags(), {"SCIMS_SETTINGS": text, "SCIMS_SOURCE": "scims-db"}, Needs(**needs))


def _of_copies(variant):
    text = environment(COPYING[variant], "CopyTaskDefinition")["SCIMS_SETTINGS"]
    return _settings(text, vault=True, copy=True)


@pytest.fixture
def prune_there():
    """The settings of the other side's prune."""
    variables = THERE.properties("PruneFunction")["Environment"]["Variables"]
    return _settings(variables["SCIMS_SETTINGS"], vault=True)


class _Slow(Life):
    """Lets the archive take a while."""

    def __init__(self, sides, takes):
        super().__init__()
        self._sides, self._takes = sides, takes

    def moment(self, name):
        if name.startswith("after read "):
            self._sides.now += self._takes


@pytest.mark.parametrize("hours", [2, 23])
@pytest.mark.parametrize("variant", COPYING)
def test_a_copy_that_takes_hours_ends_by_the_stack_s_own_settings(variant, hours):
    sides = Sides()
    sides.add()
    longest = _of_copies(variant).longest_copy
    sides.copying(_Slow(sides, timedelta(hours=hours)), longest=longest).run(BACKUP)
    assert sides.listed_there() == [BACKUP]


def test_the_application_grants_a_copy_that_time(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    settings = _of_copies("existing")
    application = Application(settings, {}, RecordedProgress(), Redactor())
    assert application.copy_backup().longest == settings.longest_copy == timedelta(hours=24)


@pytest.mark.parametrize("variant", COPYING)
def test_the_other_side_takes_no_copy_for_dead_that_still_may_end(variant, prune_there):
    assert prune_there.longest_run >= _of_copies(variant).longest_copy
