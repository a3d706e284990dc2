"""Where mails say that the logs are: log groups that the template makes, or the command's own output."""

import pytest

from scims_backup.domain.alert.logs import logs_of
from scims_backup.domain.events import Kind
from tests.template.support.loading import source
from tests.template.support.stacks import STACK, stacks

GROUPS = {
    group.properties["LogGroupName"]
    for stack in stacks(source())
    for group in stack.of("AWS::Logs::LogGroup")
}


@pytest.mark.parametrize("kind", Kind)
def test_every_log_group_that_a_mail_names_is_in_the_template(kind):
    assert set(logs_of(kind, STACK)) <= GROUPS


@pytest.mark.parametrize("kind", Kind)
def test_without_a_stack_the_logs_are_the_output_of_the_command(kind):
    (place,) = logs_of(kind, "")
    assert "standard error" in place
    assert "journalctl" in place
