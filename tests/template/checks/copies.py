"""Second copies: nothing of them where none are made; else what the function and the task are and may do."""

from __future__ import annotations

from collections.abc import Iterator

from tests.template.checks.contract import copies
from tests.template.checks.environments import catalog, environment
from tests.template.checks.like_the_drill import unlike_the_drill
from tests.template.checks.own_tasks import beyond_its_own_task
from tests.template.checks.roles import COPIERS, known_roles
from tests.template.support.loading import REGION, Template
from tests.template.support.policies import may
from tests.template.support.stacks import STACK, WRITER, Stack, stacks

_GROUP = f"/scims-backup/{STACK}/copy"


def check_there_are_copies_where_somebody_may_write_them(source: Template) -> list[str]:
    """All of it with the writer's ARN, nothing without."""
    problems = []
    for stack in stacks(source):
        found = {name for name in stack.resources if name.startswith("Copy")}
        if bool(found) != copies(stack):
            problems.append(f"{stack.variant}: of copies there are {sorted(found)}")
    return problems


def check_the_copying_function_has_the_dumps_size(source: Template) -> list[str]:
    """The same image, memory and disk; and it is outside the VPC, whose S3 endpoint leads nowhere else."""
    problems = []
    for stack in filter(copies, stacks(source)):
        dump, copy = stack.properties("DumpFunction"), stack.properties("CopyFunction")
        problems += [
            f"{stack.variant}: {name} of copy is {copy.get(name)}"
            for name in ("Code", "MemorySize", "EphemeralStorage", "Architectures")
            if dump.get(name) != copy.get(name)
        ]
        if "VpcConfig" in copy:
            problems.append(f"{stack.variant}: copy is in the VPC")
    return problems


def check_the_copying_task_is_what_was_promised(source: Template) -> list[str]:
    """The command line's copy; as closed as the drill's, but for the way out of the region."""
    return [problem for stack in filter(copies, stacks(source)) for problem in _unlike_promised(stack)]


def _unlike_promised(stack: Stack) -> Iterator[str]:
    own = {
        "EntryPoint": ["python3", "-m", "scims_backup.cli.main", "copy", "--json"],
        "LogConfiguration": {
            "LogDriver": "awslogs",
            "Options": {
                "awslogs-group": _GROUP,
                "awslogs-region": REGION,
                "awslogs-stream-prefix": "copy",
            },
        },
    }
    yield from unlike_the_drill(stack, "CopyTaskDefinition", "copy", own)
    logs = stack.properties("CopyTaskLogs")
    if logs.get("LogGroupName") != _GROUP or not logs.get("RetentionInDays"):
        yield f"{stack.variant}: the log group of the task is not there, or keeps logs for ever"


def check_the_copying_task_is_told_what_it_needs(source: Template) -> list[str]:
    """Its variables to the letter, but for the settings document."""
    problems = []
    for stack in filter(copies, stacks(source)):
        found = environment(stack, "CopyTaskDefinition")
        found.pop("SCIMS_SETTINGS", None)
        expected = {
            "SCIMS_SOURCE": "scims-db",
            "SCIMS_CATALOG": f"s3://{catalog(stack)}",
            "SCIMS_LOG": "json",
            "HOME": "/tmp",
            "RESTIC_CACHE_DIR": "/tmp/restic-cache",
        }
        if found != expected:
            problems.append(f"{stack.variant}: the task that copies is told {found}")
    return problems


def check_the_copying_task_lets_nobody_in(source: Template) -> list[str]:
    """Out by HTTPS, in nothing."""
    return [
        f"{stack.variant}: the task that copies has {group}"
        for stack in filter(copies, stacks(source))
        for group in [stack.properties("CopySecurityGroup")]
        if "SecurityGroupIngress" in group
        or [(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]]
        != [("tcp", 443, 443)]
    ]


def check_copiers_become_the_writer_alone(source: Template) -> list[str]:
    """Function and task may be the one role elsewhere; nobody else may be any."""
    return [
        f"{stack.variant}: {who} may become {role}, or may not"
        for stack in stacks(source)
        for who, known in known_roles(stack)
        for role in (WRITER, WRITER.replace("WriterRole", "PruneRole"))
        if may(known, "sts:AssumeRole", role) != (who in COPIERS and role == WRITER)
    ]


def check_the_copying_function_runs_its_own_task_alone(source: Template) -> list[str]:
    """RunTask of its family in our cluster, tag only while running one, hand over its two roles; no more."""
    return [*beyond_its_own_task(filter(copies, stacks(source)), "copy", ("ecs:ListTasks", "*"))]
