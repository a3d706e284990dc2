"""The dump's task: the function's code and rights, as closed as the drill's, and what starts it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.template.checks.environments import catalog, environment
from tests.template.checks.like_the_drill import unlike_the_drill
from tests.template.support.loading import REGION, Template
from tests.template.support.stacks import STACK, Stack, stacks

_GROUP = f"/scims-backup/{STACK}/dump"


def check_the_dumping_task_is_what_was_promised(source: Template) -> list[str]:
    """The function's program; as closed as the drill's, and its log where the orchestrator looks for it."""
    return [problem for stack in stacks(source) for problem in _unlike_promised(stack)]


def _unlike_promised(stack: Stack) -> Iterator[str]:
    options = {"awslogs-group": _GROUP, "awslogs-region": REGION, "awslogs-stream-prefix": "dump"}
    own = {
        "EntryPoint": ["python3", "-m", "scims_backup.fargate", "dump"],
        "LogConfiguration": {"LogDriver": "awslogs", "Options": options},
    }
    yield from unlike_the_drill(stack, "DumpTaskDefinition", "dump", own)
    logs = stack.properties("DumpTaskLogs")
    if logs.get("LogGroupName") != _GROUP or not logs.get("RetentionInDays"):
        yield f"{stack.variant}: the log group of the task is not there, or keeps logs for ever"


def check_the_dumping_task_is_told_what_the_function_is(source: Template) -> list[str]:
    """Its variables to the letter, settings document and labels included."""
    problems = []
    for stack in stacks(source):
        function = environment(stack, "DumpFunction")
        of_lambda = {name for name in function if name.startswith("POWERTOOLS_")}
        expected = {name: value for name, value in function.items() if name not in of_lambda}
        expected["SCIMS_CATALOG"] = f"s3://{catalog(stack)}"
        if environment(stack, "DumpTaskDefinition") != expected:
            problems.append(f"{stack.variant}: the task is told {environment(stack, 'DumpTaskDefinition')}")
    return problems


def check_the_dumping_task_lets_nobody_in(source: Template) -> list[str]:
    """With the database in no VPC, its group lets out by TCP, and in nothing; else there is no such group."""
    problems = []
    for stack in stacks(source):
        inside = stack.parameters["DatabaseSubnetIds"] != [""]
        if inside != ("DumpSecurityGroup" not in stack.resources):
            problems.append(f"{stack.variant}: there is a group for the dump's task, or there is none")
        group = stack.properties("DumpSecurityGroup")
        out = [rule["IpProtocol"] for rule in group.get("SecurityGroupEgress", [])]
        if "SecurityGroupIngress" in group or out != ([] if inside else ["tcp"]):
            problems.append(f"{stack.variant}: the dump's task has {group}")
    return problems
