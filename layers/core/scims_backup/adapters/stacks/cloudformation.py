"""What became of a stack's schedules, functions and topics after it was deployed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, S3Error, code_of, described, failure_of
from scims_backup.adapters.stacks.network import Ec2Network
from scims_backup.domain.errors import OperationFailedError
from scims_backup.domain.health import NotCheckedError, Observed, fine, not_checked, problem
from scims_backup.domain.network import judged

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

SCHEDULE, FUNCTION, TOPIC = "AWS::Scheduler::Schedule", "AWS::Lambda::Function", "AWS::SNS::Topic"
_GONE = "ResourceNotFoundException"
_NO_STACK = "ValidationError"
_WORKING = ("Active", "Inactive")
"""States of a function that runs when it is invoked; Lambda lets one rest that nobody invoked for weeks."""
_REDEPLOY = "deploy the stack again (docs/deploy.md)"


@dataclass(frozen=True)
class Stack:
    """One stack.

    client: makes a client of a service, by boto3's name of it.
    """

    name: str
    client: Callable[[str], BaseClient]

    def look(self) -> Iterator[Observed]:
        """Look whether the stack is there. Raise OperationFailedError if it is not."""
        yield fine(f"is there; resources: {len(self._resources)}")

    def schedules(self) -> Iterator[Observed]:
        """Look whether each schedule is there and enabled."""
        scheduler = cast("EventBridgeSchedulerClient", self.client("scheduler"))
        for name in self.named(SCHEDULE):
            ask = partial(scheduler.get_schedule, Name=name)
            yield self._judged(name, ask, "scheduler:GetSchedule", _schedule)

    def functions(self) -> Iterator[Observed]:
        """Look whether each function is there and can be invoked."""
        functions = cast("LambdaClient", self.client("lambda"))
        for name in self.named(FUNCTION):
            ask = partial(functions.get_function_configuration, FunctionName=name)
            yield self._judged(name, ask, "lambda:GetFunctionConfiguration", _function)

    def network(self) -> Iterator[Observed]:
        """Look whether functions and tasks reach AWS; nothing is seen of a stack that has no network."""
        try:
            given = self._parameters()
            if "VpcId" in given:
                yield from judged(Ec2Network(self.client("ec2"), given).read())
        except ERRORS as error:
            if _is_no_stack(error):  # `look` says it
                return
            asked = "cloudformation:DescribeStacks and ec2:Describe* on the network"
            raise self._failure(error, f"{asked} of stack {self.name}") from None

    def _parameters(self) -> dict[str, str]:
        formation = cast("CloudFormationClient", self.client("cloudformation"))
        (stack,) = formation.describe_stacks(StackName=self.name)["Stacks"]
        return {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}

    def named(self, kind: str) -> list[str]:
        """Return the names of what the stack has of a kind. Raise OperationFailedError if there is none."""
        found = [name for name, its_kind in self._resources if its_kind == kind]
        if not found:
            raise OperationFailedError(f"stack {self.name} has no {kind}", _REDEPLOY)
        return found

    @cached_property
    def _resources(self) -> list[tuple[str, str]]:
        return self.listed()

    def listed(self) -> list[tuple[str, str]]:
        """Return name and type of all that the stack has. Raise OperationFailedError if it is missing."""
        formation = cast("CloudFormationClient", self.client("cloudformation"))
        pages = formation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        try:
            listed = [one for page in pages for one in page["StackResourceSummaries"]]
        except ERRORS as error:
            raise self._failure(error, f"cloudformation:ListStackResources on stack {self.name}") from None
        # what could not be created has no name of its service's
        return [
            (one.get("PhysicalResourceId") or one["LogicalResourceId"], one["ResourceType"]) for one in listed
        ]

    def _judged(
        self,
        name: str,
        ask: Callable[[], Mapping[str, Any]],
        right: str,
        judge: Callable[[str, Mapping[str, Any]], Observed],
    ) -> Observed:
        """Judge what a service reports about a resource; a refusal for one hides no other."""
        try:
            return judge(name, ask())
        except ERRORS as error:
            if code_of(error) == _GONE:
                return problem("is gone", _REDEPLOY, name)
            failure = self._failure(error, f"{right} on {name}")
        if isinstance(failure, NotCheckedError):
            return not_checked(failure.reason, failure.cure, name)
        return problem(failure.message, failure.cure, name)

    def _failure(self, error: S3Error, right: str) -> NotCheckedError | OperationFailedError:
        failure = failure_of(error)
        if failure is Failure.REFUSED:
            return NotCheckedError(f"AWS refuses this request: {described(error)}", f"allow {right}")
        if isinstance(error, ClientError) and failure is Failure.OTHER:
            return OperationFailedError(
                f"cannot read stack {self.name}: {described(error)}",
                "check the stack's name, the region and the account (AWS_*)",
            )
        return NotCheckedError(f"AWS does not answer: {described(error)}", "check the network and AWS_*")


def _is_no_stack(error: S3Error) -> bool:
    return code_of(error) == _NO_STACK


def _schedule(name: str, found: Mapping[str, Any]) -> Observed:
    state = found.get("State", "")
    if state == "ENABLED":
        return fine(f"enabled: {found.get('ScheduleExpression')}", name)
    return problem(
        f"is {state}: whatever it triggered no longer runs",
        f"enable it: aws scheduler update-schedule --name {name} --state ENABLED, with all other values "
        f"from `aws scheduler get-schedule --name {name}`; or {_REDEPLOY}",
        name,
    )


def _function(name: str, found: Mapping[str, Any]) -> Observed:
    state = found.get("State", "Active")
    if state in _WORKING:
        return fine("can be invoked", name)
    return problem(f"is {state}: {found.get('StateReason', 'no reason given')}", _REDEPLOY, name)
