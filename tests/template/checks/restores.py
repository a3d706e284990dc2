"""Restores: nothing of them where nobody restores; else what the function and the task are."""

from __future__ import annotations

from collections.abc import Iterator

from tests.template.checks.contract import restores
from tests.template.checks.environments import catalog, environment
from tests.template.checks.like_the_drill import unlike_the_drill
from tests.template.checks.own_tasks import OURS, TASK, beyond_its_own_task, family
from tests.template.checks.roles import known_roles
from tests.template.support.loading import REGION, Template
from tests.template.support.policies import may
from tests.template.support.stacks import STACK, Stack, stacks

_GROUP = f"/scims-backup/{STACK}/restore"
_OUTPUTS = {"RestoreCommand"}


def check_there_are_restores_where_somebody_may_restore(source: Template) -> list[str]:
    """All of it with the secret's ARN, nothing without."""
    problems = []
    for stack in stacks(source):
        found = {name for name in stack.resources if name.startswith("Restore")}
        told = {name for name in stack.outputs if name.startswith("Restore")}
        if told != (_OUTPUTS if restores(stack) else set()) or bool(found) != restores(stack):
            problems.append(f"{stack.variant}: of restores there are {sorted(found | told)}")
        if not restores(stack):
            about = [one.id for one in stack.resources.values() if "restore" in str(one.properties).lower()]
            problems += [f"{stack.variant}: {name} speaks of restores" for name in about]
    return problems


def check_the_restoring_function_has_the_dumps_size(source: Template) -> list[str]:
    """The same image, memory and disk: it reads what that wrote."""
    problems = []
    for stack in filter(restores, stacks(source)):
        dump, restore = stack.properties("DumpFunction"), stack.properties("RestoreFunction")
        problems += [
            f"{stack.variant}: {name} of restore is {restore.get(name)}"
            for name in ("Code", "MemorySize", "EphemeralStorage", "Architectures")
            if dump.get(name) != restore.get(name)
        ]
    return problems


def check_the_restoring_task_is_what_was_promised(source: Template) -> list[str]:
    """The command line's restore, which without other words only looks; as closed as the drill's."""
    return [problem for stack in filter(restores, stacks(source)) for problem in _unlike_promised(stack)]


def _unlike_promised(stack: Stack) -> Iterator[str]:
    own = {
        "EntryPoint": ["python3", "-m", "scims_backup.cli.main", "restore", "--json"],
        "Command": ["--dry-run"],
    }
    yield from unlike_the_drill(stack, "RestoreTaskDefinition", "restore", own)


def check_the_restoring_task_is_told_what_it_needs(source: Template) -> list[str]:
    """Its variables to the letter, but for the settings document."""
    problems = []
    for stack in filter(restores, stacks(source)):
        found = environment(stack, "RestoreTaskDefinition")
        found.pop("SCIMS_SETTINGS", None)
        expected = {
            "SCIMS_SOURCE": "scims-db",
            "SCIMS_CATALOG": f"s3://{catalog(stack)}",
            "SCIMS_LOG": "json",
            "HOME": "/tmp",
            "RESTIC_CACHE_DIR": "/tmp/restic-cache",
            "SCIMS_POSTGRESQL_MAJOR": "15",
        }
        if found != expected:
            problems.append(f"{stack.variant}: the task that restores is told {found}")
    return problems


def check_the_restoring_tasks_log_is_kept(source: Template) -> list[str]:
    """In a group of its own, with a retention."""
    problems = []
    for stack in filter(restores, stacks(source)):
        containers = stack.properties("RestoreTaskDefinition").get("ContainerDefinitions", [{}])
        options = {"awslogs-group": _GROUP, "awslogs-region": REGION, "awslogs-stream-prefix": "restore"}
        if containers[0].get("LogConfiguration") != {"LogDriver": "awslogs", "Options": options}:
            problems.append(f"{stack.variant}: the task logs to {containers[0].get('LogConfiguration')}")
        logs = stack.properties("RestoreTaskLogs")
        if logs.get("LogGroupName") != _GROUP or not logs.get("RetentionInDays"):
            problems.append(f"{stack.variant}: the log group is not there, or keeps logs for ever")
    return problems


def check_the_command_that_restores_can_be_copied(source: Template) -> list[str]:
    """It names cluster, task and network as they are; where that is not known, it says so."""
    problems = []
    for stack in filter(restores, stacks(source)):
        inside = stack.parameters["DatabaseSubnetIds"] != [""]
        subnets = stack.parameters["DatabaseSubnetIds" if inside else "DrillSubnetIds"]
        groups = stack.parameters["DatabaseSecurityGroupIds"] if inside else ["SECURITY-GROUP"]
        network = f"subnets=[{','.join(subnets)}],securityGroups=[{','.join(groups)}],assignPublicIp=DISABLED"
        expected = (
            f"aws ecs run-task --region {REGION} --cluster {STACK}-drills --launch-type FARGATE"
            f" --task-definition {STACK}-restore"
            f" --network-configuration 'awsvpcConfiguration={{{network}}}'"
            """ --overrides '{"containerOverrides": [{"name": "restore", "command": ["--dry-run"]}]}'"""
        )
        if stack.outputs.get("RestoreCommand") != expected:
            problems.append(f"{stack.variant}: the command is {stack.outputs.get('RestoreCommand')}")
    return problems


def check_the_restoring_function_runs_its_own_task_alone(source: Template) -> list[str]:
    """RunTask of its family in our cluster, tag only while running one, hand over its two roles; no more.

    And nobody else runs one: who may do that may replace the live database.
    """
    beyond = beyond_its_own_task(filter(restores, stacks(source)), "restore", ("ecs:DescribeTasks", TASK))
    others = (
        f"{stack.variant}: {who} may run a task that restores"
        for stack in stacks(source)
        for who, known in known_roles(stack)
        if who != "restore" and may(known, "ecs:RunTask", family("restore"), OURS)
    )
    return [*beyond, *others]
