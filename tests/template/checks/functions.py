"""Functions: what they run, for how long, what becomes of their failures and of their logs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.template.checks.contract import BUS, promised
from tests.template.checks.waking import function_arn
from tests.template.support.loading import Template
from tests.template.support.stacks import STACK, Resource, Stack, stacks


def check_functions_are_what_was_promised(source: Template) -> list[str]:
    """Name, package, code and time-out."""
    return [problem for stack in stacks(source) for problem in _unlike_promised(stack)]


def _unlike_promised(stack: Stack) -> Iterator[str]:
    for logical_id, promise in promised(stack).items():
        function = stack.properties(logical_id)
        if function.get("FunctionName") != f"{STACK}-{promise.name}":
            yield f"{stack.variant}: {logical_id} is called {function.get('FunctionName')}"
        if (function.get("PackageType") == "Image") != promise.image:
            yield f"{stack.variant}: {logical_id} is packaged otherwise"
        code = function.get("ImageConfig", {}).get("Command", [function.get("Handler")])
        if code != [promise.code]:
            yield f"{stack.variant}: {logical_id} runs {code}"
        if function.get("Timeout") != promise.timeout:
            yield f"{stack.variant}: {logical_id} has {function.get('Timeout')} seconds"


def check_every_function_has_a_log_group_that_forgets(source: Template) -> list[str]:
    """A group of its own, named as Lambda would name it, with a retention."""
    return [problem for stack in stacks(source) for problem in _unlogged(stack)]


def _unlogged(stack: Stack) -> Iterator[str]:
    groups = {group.properties["LogGroupName"]: group.properties for group in stack.of("AWS::Logs::LogGroup")}
    for function in stack.of("AWS::Lambda::Function"):
        expected = f"/aws/lambda/{function.properties['FunctionName']}"
        if function.properties.get("LoggingConfig", {}).get("LogGroup") != expected:
            yield f"{stack.variant}: {function.id} does not log to {expected}"
        if not groups.get(expected, {}).get("RetentionInDays"):
            yield f"{stack.variant}: {expected} is not there, or keeps logs for ever"


def check_failures_are_retried_as_promised_and_told(source: Template) -> list[str]:
    """What each function's asynchronous calls do when they fail."""
    return [problem for stack in stacks(source) for problem in _untold(stack)]


def _untold(stack: Stack) -> Iterator[str]:
    configured = {
        config.properties["FunctionName"]: config.properties
        for config in stack.of("AWS::Lambda::EventInvokeConfig")
        if config.properties["Qualifier"] == "$LATEST"
    }
    for logical_id, promise in promised(stack).items():
        if promise.retries is None:
            continue
        config = configured.get(f"{STACK}-{promise.name}", {})
        if config.get("MaximumRetryAttempts") != promise.retries:
            yield f"{stack.variant}: {logical_id} is tried {config.get('MaximumRetryAttempts')} times more"
        if config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination") != BUS:
            yield f"{stack.variant}: failures of {logical_id} go nowhere"


def check_cloudformation_is_answered_before_it_gives_up(source: Template) -> list[str]:
    """A function of ours provides each resource, has time to answer, and ends before CloudFormation does."""
    return [problem for stack in stacks(source) for problem in _unanswered(stack)]


def _unanswered(stack: Stack) -> Iterator[str]:
    timeouts = {
        function_arn(function.properties["FunctionName"].removeprefix(f"{STACK}-")): function.properties
        for function in stack.of("AWS::Lambda::Function")
    }
    for resource in stack.resources.values():
        if not resource.type.startswith("Custom::"):
            continue
        function = timeouts.get(str(resource.properties.get("ServiceToken")), {})
        seconds, patience = function.get("Timeout", 0), int(resource.properties.get("ServiceTimeout", 3600))
        if not _LEAST_SECONDS <= seconds < patience <= _MOST_PATIENCE:
            yield f"{stack.variant}: {resource.id} has {patience} s, and who provides it {seconds} s"


_LEAST_SECONDS = 60
"""20 s of which are kept for the answer (handling/stack_resources.py)."""
_MOST_PATIENCE = 1000


def check_every_function_has_a_role_of_its_own(source: Template) -> list[str]:
    """No two functions, tasks or services share a role."""
    problems = []
    for stack in stacks(source):
        roles = [function.properties.get("Role") for function in stack.of("AWS::Lambda::Function")]
        for task in stack.of("AWS::ECS::TaskDefinition"):
            roles += [task.properties.get("TaskRoleArn"), task.properties.get("ExecutionRoleArn")]
        shared = [role for role, users in Counter(roles).items() if users > 1 or not role]
        problems += [f"{stack.variant}: {role} is of more than one, or none" for role in shared]
        managed = [role.id for role in stack.of("AWS::IAM::Role") if "ManagedPolicyArns" in role.properties]
        problems += [f"{stack.variant}: {role} has what AWS thinks it needs" for role in managed]
    return problems


_NAMES = ("FunctionName", "QueueName", "TopicName", "AlarmName", "ClusterName", "Family", "GroupName")
_NAMED = {"AWS::Events::Rule", "AWS::Scheduler::Schedule", "AWS::SecretsManager::Secret"}


def check_names_are_of_the_stack(source: Template) -> list[str]:
    """Two stacks in one account must not meet."""
    return [
        f"{stack.variant}: {resource.id} is called {name}"
        for stack in stacks(source)
        for resource in stack.resources.values()
        for name in _names(resource)
        if not name.startswith((f"{STACK}-", f"/aws/lambda/{STACK}-", f"/scims-backup/{STACK}/"))
    ]


def _names(resource: Resource) -> Iterator[str]:
    fields = [*_NAMES, "LogGroupName", *(["Name"] if resource.type in _NAMED else [])]
    return (str(resource.properties[field]) for field in fields if field in resource.properties)


def check_no_output_restates_a_name(source: Template) -> list[str]:
    """Whoever knows what the stack is called knows these names; an output is for what only AWS knows."""
    return [
        f"{stack.variant}: output {name} is the name of {resource.id}"
        for stack in stacks(source)
        for resource in stack.resources.values()
        for name, value in stack.outputs.items()
        if value in _names(resource)
    ]


def check_logs_and_the_tasks_disks_are_under_the_key_that_was_given(source: Template) -> list[str]:
    """Every log group, and the cluster's tasks; without one no property names a key."""
    problems = []
    for stack in stacks(source):
        key = stack.parameters["RuntimeKeyArn"] or None
        problems += [
            f"{stack.variant}: {group.id} is under {group.properties.get('KmsKeyId')}"
            for group in stack.of("AWS::Logs::LogGroup")
            if group.properties.get("KmsKeyId") != key
        ]
        for cluster in stack.of("AWS::ECS::Cluster"):
            disks = cluster.properties.get("Configuration", {}).get("ManagedStorageConfiguration", {})
            if disks.get("FargateEphemeralStorageKmsKeyId") != key:
                problems.append(f"{stack.variant}: the tasks' disks are under {disks}")
    return problems
