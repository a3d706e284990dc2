"""How containers are started in the local cloud: as Lambda starts a function, and as a task is defined."""

import pytest

from localcloud import containers
from localcloud.containers import limits
from localcloud.fargate.container import options_of
from localcloud.plugins.images import environment_of_container
from tests.template.support.loading import source

TASKS = ("DrillTaskDefinition", "RestoreTaskDefinition", "CopyTaskDefinition")


def _definition(name):
    (container,) = source()["Resources"][name]["Properties"]["ContainerDefinitions"]
    linux = container["LinuxParameters"]
    return {
        "memory": 4096,
        "cpu": 1024,
        "disk": None,
        "user": container["User"],
        "readonlyRootFilesystem": container["ReadonlyRootFilesystem"],
        "linuxParameters": {
            "initProcessEnabled": linux["InitProcessEnabled"],
            "capabilities": {"drop": linux["Capabilities"]["Drop"]},
        },
    }


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_started_as_the_template_defines_it(name):
    assert options_of(_definition(name)) == [
        *("--memory", "4096m", "--memory-swap", "4096m", "--cpus", "1.0"),
        *("--shm-size", "64m", "--user", "postgres", "--read-only", "--init", "--cap-drop", "ALL"),
    ]


def test_a_task_that_is_to_have_little_room_gets_a_disk_of_that_size():
    assert options_of(_definition(TASKS[0]) | {"disk": 40})[-2:] == ["--tmpfs", "/tmp:mode=1777,size=40m"]


def test_more_processors_than_this_machine_has_are_those_it_has(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert limits(processors=4)[-1] == "2"


def test_a_container_brings_its_own_variables_and_is_given_only_those_of_the_function(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_ECS", "http://127.0.0.1:1")
    found = environment_of_container(
        {"SCIMS_SOURCE": "scims-db", "AWS_LAMBDA_FUNCTION_TIMEOUT": 900}, "127.0.0.1:2"
    )
    assert found == {
        "SCIMS_SOURCE": "scims-db",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "900",
        "AWS_ENDPOINT_URL_ECS": "http://127.0.0.1:1",
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:2",
        "LAMBDA_TASK_ROOT": "/var/task",
    }


def test_there_are_no_containers_where_no_image_is_named(monkeypatch):
    monkeypatch.delenv(containers.VARIABLE, raising=False)
    assert containers.image() is None
    assert containers.running() == []
