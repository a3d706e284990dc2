"""Where the escrow password is enrolled, nobody in the stack may read it any more."""

import pytest

from tests.template.support.loading import source, transformed
from tests.template.support.policies import may
from tests.template.support.stacks import stack_of


@pytest.fixture(scope="module")
def template():
    return transformed(source())


@pytest.mark.parametrize(("enrolled", "readers"), [("no", {"EnrolRole"}), ("yes", set())])
def test_the_escrow_is_read_by_the_enrolling_function_alone_and_by_nobody_afterwards(
    template, enrolled, readers
):
    stack = stack_of(template, "enrolled", {"EscrowEnrolled": enrolled})
    escrow = stack.outputs["VaultEscrowArn"]
    found = {
        role.id for role in stack.of("AWS::IAM::Role") if may(role, "secretsmanager:GetSecretValue", escrow)
    }
    assert found == readers


def test_nothing_of_the_enrolment_is_left_where_it_was_done(template):
    before = stack_of(template, "enrolling", {})
    after = stack_of(template, "enrolled", {"EscrowEnrolled": "yes"})
    gone = {name for name in before.resources if name not in after.resources}
    assert gone == {"EnrolFunction", "EnrolRole", "EnrolLogs", "EscrowEnrolment"}
    assert set(before.outputs) - set(after.outputs) == {"Enrolment"}


def test_the_dump_is_told_whom_to_ask_even_where_nobody_enrols_any_more(template):
    stack = stack_of(template, "enrolled", {"EscrowEnrolled": "yes"})
    assert stack.properties("DumpFunction")["Environment"]["Variables"]["SCIMS_ESCROW_BY"]
