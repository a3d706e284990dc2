"""Drills on RDS in a stack: each has a server of its own, and nothing is left of it, whatever happens."""

import pytest

from localcloud.deployment import Deployment

MADE, GONE = "CreateDBInstance", "DeleteDBInstance"


@pytest.fixture(scope="module")
def drilled(cloud) -> Deployment:
    """A stack whose drills are on RDS, with one backup."""
    rds = {"SandboxKind": "rds", "RdsSandboxSubnetIds": ",".join(cloud.network.subnets)}
    stack = Deployment.of(cloud, "managed", VaultKind="s3", PlainVaultWithoutKey="accept", **rds)
    stack.fire("dump")
    return stack


@pytest.fixture
def stack(drilled):
    drilled.forget_conditions()
    drilled.new_mails()
    drilled.cloud.rds.asked.clear()
    yield drilled
    drilled.cloud.rds.refusals.clear()
    drilled.cloud.instances.hangs = False
    assert left(drilled) == ([], [])


def left(stack):
    """Return what there is of drills in RDS and Secrets Manager."""
    listed = stack.cloud.client("secretsmanager").list_secrets()["SecretList"]
    secrets = [one["Name"] for one in listed if one["Name"].startswith("scims-drill-")]
    return list(stack.cloud.instances.there), secrets


def changes(stack):
    """Return the calls to RDS's API that changed something."""
    return [action for action in stack.cloud.rds.asked if not action.startswith("Describe")]


def test_a_drill_makes_a_server_proves_there_and_deletes_it(stack):
    drill = stack.fire("drill")
    assert stack.verdicts(drill) == []
    stack.cloud.advance_rds()
    assert stack.verdicts(drill) == ["passed"], stack.report(drill)
    assert changes(stack) == [MADE, GONE]
    assert left(stack) == ([], [])
    assert stack.new_mails() == []


def test_no_capacity_is_tried_again_and_in_the_end_one_mail(stack):
    stack.cloud.rds.refusals[MADE] = ("InsufficientDBInstanceCapacity", "no room for this class")
    drill = stack.fire("drill")
    for hours in (1, 2, 3, 4):
        stack.tick(hours)
    assert stack.verdicts(drill) == ["inconclusive"]
    (mail,) = stack.new_mails()
    assert "inconclusive" in mail.subject


def test_a_password_that_rds_refuses_ends_the_drill_at_once(stack):
    stack.cloud.rds.refusals[MADE] = ("InvalidParameterValue", "MasterUserPassword is not a valid password")
    drill = stack.fire("drill")
    assert stack.verdicts(drill) == ["inconclusive"]
    assert left(stack) == ([], [])
    (mail,) = stack.new_mails()
    assert "MasterUserPassword" in mail.message


def test_a_minute_without_rds_costs_no_drill(stack):
    stack.cloud.rds.refusals[MADE] = ("RequestTimeout", "no answer")
    drill = stack.fire("drill")
    stack.cloud.rds.refusals.clear()
    stack.tick(1)
    stack.cloud.advance_rds()
    assert stack.verdicts(drill) == ["passed"]
    assert stack.new_mails() == []
    assert left(stack) == ([], [])


def test_a_server_that_never_comes_is_left_alone_until_the_deadline(stack):
    stack.cloud.instances.hangs = True
    drill = stack.fire("drill")
    stack.tick(1)
    assert len(left(stack)[0]) == 1
    stack.tick(9)
    assert stack.verdicts(drill) == ["inconclusive"]
    assert left(stack) == ([], [])
    assert len(stack.new_mails()) == 1


def test_a_server_that_cannot_be_deleted_is_one_mail_and_the_reaper_takes_it_later(stack):
    stack.cloud.rds.refusals[GONE] = ("AccessDenied", "an organization's policy forbids it")
    drill = stack.fire("drill")
    stack.cloud.advance_rds()
    assert stack.verdicts(drill) == ["passed"]
    for _ in range(2):
        stack.tick(9)
    (mail,) = stack.new_mails()
    assert "not removed" in mail.subject
    assert len(left(stack)[0]) == 1
    stack.cloud.rds.refusals.clear()
    stack.tick(9)
    assert left(stack) == ([], [])


def test_a_planted_loss_is_found_and_is_one_mail(stack):
    stack.plant_loss()
    stack.new_mails()
    drill = stack.fire("drill")
    stack.cloud.advance_rds()
    assert stack.verdicts(drill) == ["failed"]
    (mail,) = stack.new_mails()
    assert "item_stocks" in mail.subject
    assert left(stack) == ([], [])


def test_every_request_that_was_made_is_allowed_to_who_made_it(drilled):
    cloud = drilled.cloud
    assert cloud.rights.missing(cloud.policies(), cloud.world()) == []


def test_the_orchestrator_made_every_request_that_it_may_make_for_servers(drilled):
    cloud = drilled.cloud
    (name, asked), *others = (
        (name, requests)
        for name, requests in cloud.rights.requests(cloud.world()).items()
        if name.startswith("managed-DrillOrchestrateRole")
    )
    statements = [one for one in cloud.policies().roles[name] if ".rds-sandbox." in one.where]
    assert {one.action for one in asked if one.action.startswith(("rds:", "secretsmanager:"))} == {
        action for statement in statements for action in statement.actions
    }
    assert others == []
