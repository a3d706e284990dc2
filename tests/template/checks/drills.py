"""The drill's task: what runs, on what, and whom it may speak to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.template.checks.environments import catalog, environment
from tests.template.support.loading import REGION, Template
from tests.template.support.stacks import STACK, Stack, stacks

GROUP = f"/scims-backup/{STACK}/drill"


def check_the_task_is_what_was_promised(source: Template) -> list[str]:
    """Family, container, entry point, image, a root that nobody writes to, no rights, /tmp, time to end."""
    return [problem for stack in stacks(source) for problem in _unlike_promised(stack)]


def _unlike_promised(stack: Stack) -> Iterator[str]:
    task = stack.properties("DrillTaskDefinition")
    container: dict[str, Any] = next(iter(task.get("ContainerDefinitions", [])), {})
    expected = {
        "Name": "drill",
        "Image": "TaskImage.Uri",
        "EntryPoint": ["python3", "-m", "scims_backup.fargate"],
        "ReadonlyRootFilesystem": True,
        "StopTimeout": 120,
        "LinuxParameters": {"InitProcessEnabled": True, "Capabilities": {"Drop": ["ALL"]}},
        "User": "postgres",
        "MountPoints": [{"SourceVolume": "tmp", "ContainerPath": "/tmp", "ReadOnly": False}],
    }
    for name, value in expected.items():
        if container.get(name) != value:
            yield f"{stack.variant}: {name} of the container is {container.get(name)}"
    on = (
        task.get("Family"),
        task.get("RequiresCompatibilities"),
        task.get("NetworkMode"),
        task.get("Volumes"),
    )
    if on != (f"{STACK}-drill", ["FARGATE"], "awsvpc", [{"Name": "tmp"}]):
        yield f"{stack.variant}: the task is {on}"
    if (task.get("Cpu"), task.get("Memory"), task.get("EphemeralStorage")) != (
        "2048",
        "8192",
        {"SizeInGiB": "50"},
    ):
        yield f"{stack.variant}: the task has another size than the parameters say"
    if stack.properties("DrillCluster").get("ClusterName") != f"{STACK}-drills":
        yield f"{stack.variant}: there is no cluster {STACK}-drills"


def check_no_task_has_rights_on_its_machine(source: Template) -> list[str]:
    """Whatever runs as a task is not root, has no capability, and writes to its own mount alone."""
    return [
        f"{stack.variant}: {task.id} {problem}"
        for stack in stacks(source)
        for task in stack.of("AWS::ECS::TaskDefinition")
        for container in task.properties.get("ContainerDefinitions", [])
        for problem in _privileged(container)
    ]


def _privileged(container: dict[str, Any]) -> Iterator[str]:
    if str(container.get("User", "root")).partition(":")[0] in ("root", "0", ""):
        yield "runs as root"
    if container.get("LinuxParameters", {}).get("Capabilities") != {"Drop": ["ALL"]}:
        yield "has capabilities"
    if container.get("Privileged") or container.get("ReadonlyRootFilesystem") is not True:
        yield "may change the image's files"
    written = [mount["ContainerPath"] for mount in container.get("MountPoints", []) if not mount["ReadOnly"]]
    if written != ["/tmp"]:
        yield f"writes to {written}"


def check_the_task_is_told_what_it_needs(source: Template) -> list[str]:
    """Its variables to the letter, but for the settings document."""
    problems = []
    for stack in stacks(source):
        found = environment(stack, "DrillTaskDefinition")
        found.pop("SCIMS_SETTINGS", None)
        expected = {
            "SCIMS_SOURCE": "scims-db",
            "SCIMS_CATALOG": f"s3://{catalog(stack)}",
            "HOME": "/tmp",
            "RESTIC_CACHE_DIR": "/tmp/restic-cache",
            "SCIMS_POSTGRESQL_MAJOR": "15",
        }
        if found != expected:
            problems.append(f"{stack.variant}: the task is told {found}")
    return problems


def check_the_tasks_log_is_kept_where_it_is_looked_for(source: Template) -> list[str]:
    """The orchestrator quotes its last lines."""
    problems = []
    for stack in stacks(source):
        containers = stack.properties("DrillTaskDefinition").get("ContainerDefinitions", [{}])
        expected = {
            "LogDriver": "awslogs",
            "Options": {"awslogs-group": GROUP, "awslogs-region": REGION, "awslogs-stream-prefix": "drill"},
        }
        if containers[0].get("LogConfiguration") != expected:
            problems.append(f"{stack.variant}: the task logs to {containers[0].get('LogConfiguration')}")
        logs = stack.properties("DrillLogs")
        if logs.get("LogGroupName") != GROUP or not logs.get("RetentionInDays"):
            problems.append(f"{stack.variant}: the task's log group is not there, or keeps logs for ever")
    return problems


def check_a_new_image_reaches_the_task(source: Template) -> list[str]:
    """SAM publishes a version for each image; the version is what makes CloudFormation look again."""
    problems = []
    for stack in stacks(source):
        versions = [version.id for version in stack.of("AWS::Lambda::Version")]
        asked = stack.properties("TaskImage")
        if len(versions) != 1 or asked.get("FunctionVersion") != versions[0]:
            problems.append(f"{stack.variant}: the image is that of {asked.get('FunctionVersion')}")
        function = stack.properties("TaskImageFunction").get("FunctionName")
        if not str(asked.get("ServiceToken")).endswith(f":function:{function}"):
            problems.append(f"{stack.variant}: nobody looks the image up")
    return problems


def check_nothing_gets_into_the_task(source: Template) -> list[str]:
    """No way in; out by HTTPS, and where there are endpoints for all, to those alone."""
    problems = []
    for stack in stacks(source):
        group = stack.properties("DrillSecurityGroup")
        into = [
            rule.id
            for rule in stack.of("AWS::EC2::SecurityGroupIngress")
            if rule.properties["GroupId"] == "DrillSecurityGroup.GroupId"
        ]
        if group.get("SecurityGroupIngress") or into:
            problems.append(f"{stack.variant}: there is a way into the task")
        out = [_where_to(rule) for rule in group.get("SecurityGroupEgress", [])]
        closed = ["pl-6ea54007", "EndpointSecurityGroup.GroupId"]
        allowed = {"closed": closed, "existing": [*closed, "sg-9"]}.get(stack.variant, ["0.0.0.0/0"])
        if out != [("tcp", 443, where) for where in allowed]:
            problems.append(f"{stack.variant}: the ways out are {out}")
    return problems


def _where_to(rule: dict[str, Any]) -> tuple[str, int | None, str]:
    where = ("CidrIp", "DestinationPrefixListId", "DestinationSecurityGroupId")
    port = rule.get("FromPort") if rule.get("FromPort") == rule.get("ToPort") else None
    return rule["IpProtocol"], port, next(str(rule[key]) for key in where if key in rule)


def check_endpoints_are_made_when_asked_for(source: Template) -> list[str]:
    """As many as each variant asks for; each lets the task and the dump in, by HTTPS."""
    problems = []
    for stack in stacks(source):
        found = {
            one.properties["ServiceName"].split(f"{REGION}.")[1] for one in stack.of("AWS::EC2::VPCEndpoint")
        }
        secrets = {"s3", "secretsmanager"}
        asked = {"closed": {*secrets, "ecr.api", "ecr.dkr", "logs"}, "existing": secrets}
        if found != asked.get(stack.variant, set()):
            problems.append(f"{stack.variant}: there are endpoints for {sorted(found)}")
        let_in = {
            rule.properties["SourceSecurityGroupId"]
            for rule in stack.of("AWS::EC2::SecurityGroupIngress")
            if (rule.properties["FromPort"], rule.properties["ToPort"]) == (443, 443)
        }
        tasks = {"DrillSecurityGroup.GroupId", "CopySecurityGroup.GroupId"}
        expected = {"closed": {*tasks, "sg-1"}, "existing": {*tasks, "DumpSecurityGroup.GroupId"}}
        if let_in != expected.get(stack.variant, set()):
            problems.append(f"{stack.variant}: into the endpoints come {sorted(let_in)}")
    return problems
