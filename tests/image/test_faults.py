"""What only a container can meet: to be stopped, too little memory, a full disk, a network that is gone."""

import json
import re

import pytest

from localcloud.deployment import SOURCE, Deployment
from localcloud.processes import running_program
from tests.e2e.test_faults import only_mail, waiting_dump
from tests.support.cut_network import way_to

_STOPPED = 143


@pytest.mark.parametrize("phase", ["start", "restore: about", "prove: about"])
def test_a_task_that_is_stopped_ends_its_sandbox_and_says_so(stack: Deployment, phase):
    stack.cloud.fargate.next_task(stopped=phase)
    drill = stack.fire("drill")
    (container,) = stack.cloud.fargate.tasks()[-1]["containers"]
    assert container["exitCode"] == _STOPPED
    assert stack.verdicts(drill) == ["inconclusive"]
    assert only_mail(stack).subject.startswith(f"[WARNING] {SOURCE}: drill inconclusive")


def test_a_task_without_enough_memory_is_inconclusive_and_says_so(stack: Deployment):
    stack.cloud.fargate.next_task(memory=90)
    drill = stack.fire("drill")
    assert stack.verdicts(drill) == ["inconclusive"]
    assert "OutOfMemoryError" in only_mail(stack).message


def test_a_task_whose_disk_is_full_is_inconclusive_and_says_so(stack: Deployment):
    stack.cloud.fargate.next_task(disk=40)
    drill = stack.fire("drill")
    assert stack.verdicts(drill) == ["inconclusive"]
    assert re.search("make room|DrillStorage: at least", only_mail(stack).message)


def test_a_task_whose_docker_daemon_is_gone_is_inconclusive_and_says_so(stack: Deployment, monkeypatch):
    with monkeypatch.context() as gone:
        gone.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
        drill = stack.fire("drill")
    assert stack.verdicts(drill) == ["inconclusive"]
    assert "docker daemon" in only_mail(stack).message.lower()


def test_a_dump_whose_network_is_cut_fails_leaves_nothing_and_the_next_one_succeeds(stack: Deployment):
    before = stack.backups()
    cloud = stack.cloud
    whole = cloud.source.secret()
    with way_to(cloud.source.port) as way:
        keep_secret(stack, json.dumps({**json.loads(whole), "port": way.port}))
        with waiting_dump(stack):
            way.cut()
            cloud.settle()
    keep_secret(stack, whole)
    assert stack.backups() == before
    assert running_program("pg_dump") == running_program("restic") == []
    assert only_mail(stack).subject.startswith(f"[ERROR] {SOURCE}: backup failed")
    assert stack.fire("dump") in stack.backups()
    assert stack.new_mails() == []


def keep_secret(stack, text):
    """Let the dump be given another secret of its source."""
    manager = stack.cloud.client("secretsmanager")
    manager.put_secret_value(SecretId=stack.cloud.source_secret, SecretString=text)
