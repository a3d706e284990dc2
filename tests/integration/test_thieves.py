"""A thief with each role destroys all he can, on a real S3 server; `recover` brings every backup back."""

import re

import pytest

from scims_backup.domain.level import Level
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Verdict
from tests.support.databases import Database
from tests.support.pages import ROOT
from tests.support.scims import load_scims
from tests.support.stack_on_s3 import VAULTS, StackOnS3
from tests.support.stolen_roles import steal
from tests.template.support.operators import OPERATOR

SECURITY = (ROOT / "docs" / "security.md").read_text()
ROLES = ("DumpRole", "PruneRole", "DrillTaskRole", "RestoreRole")


@pytest.fixture(scope="module", params=list(VAULTS))
def stack(request, seaweedfs, server, tmp_path_factory):
    """Give a stack with two backups, of which one is proven."""
    name = f"thieves_{request.param}"
    server.create_database(name)
    load_scims(Database(server, name), users=20)
    home = tmp_path_factory.mktemp(name)
    made = StackOnS3(request.param, f"thieves-{request.param}", seaweedfs, Database(server, name), home)
    with made.application(seaweedfs) as application:
        for _ in range(2):
            application.take_backup().run(Level.FULL)
        application.run_drill(application.chosen()).run(application.chosen(), Questions())
    yield made
    server.drop_database(name)


@pytest.mark.parametrize("role", ROLES)
def test_what_a_thief_has_destroyed_comes_back_and_every_backup_is_whole(stack, role):
    before, versions, moment = stack.current(), stack.versions(), stack.end_of_second()
    thief = steal(stack, role)
    assert versions <= stack.versions(), "a version from before is lost"
    wrecked = stack.current()
    harmed = {stack.family(key) for key in before | wrecked if before.get(key) != wrecked.get(key)}
    assert thief.done
    assert thief.refused
    assert harmed <= _documented(role, stack.kind)
    with stack.as_role(OPERATOR) as door, stack.application(door) as application:
        recover = application.recover()
        plan = recover.plan(moment)
        recover.run(plan, plan.digest)
        assert _lasting(stack, stack.current(), before) == _lasting(stack, before, before)
        assert _verdict_after_all_are_verified(application, stack.source) is Verdict.PASSED


def _documented(role, kind):
    """What docs/security.md says that a thief with a role can harm."""
    ((catalog, vaults),) = re.findall(rf"^\| {role} \|([^|]*)\|([^|]*)\|", SECURITY, re.MULTILINE)
    of_kind = [part for part in vaults.split(";") if ("plain" in part) == (kind == "plain")]
    return set(re.findall(r"`([^`]+)`", " ".join([catalog, *of_kind])))


def _lasting(stack, state, before):
    """What is to be as it was: all but locks, what was added to the logs, and others' registrations.

    The template gives the catalog to one stack alone, whose dump may touch all of `vaults`.
    """
    return {
        key: etag
        for key, etag in state.items()
        if stack.family(key) != "locks"
        and (key in before or stack.family(key) not in {"events", "history", "holds"})
        and (stack.source in key[1] or stack.family(key) != "vaults")
    }


def _verdict_after_all_are_verified(application, source):
    listed = application.list_backups().run(source)
    assert len(listed) == 2
    for one in listed:
        application.verify_backup().run(one.manifest)
    return application.run_drill(application.chosen()).run(application.chosen(), Questions()).report.verdict
