"""Deploying a SAM template as a CloudFormation stack, and removing it."""

import hashlib
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from localcloud.artefacts import function_zip, layer_zip
from localcloud.clients import ACCOUNT, REGION, Clients
from localcloud.errors import LocalCloudError
from localcloud.templates import as_text, derived, difference, read_template

IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/scims-backup:local"
_BUCKET = "localcloud-artefacts"
_TOPIC = re.compile(r"arn:aws:sns:[^:]+:\d+:[^:]+")  # a subscription's ARN has one part more
_GLANCE_SECONDS = 0.1
_DEPLOY_SECONDS = 180
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


class Stacks:
    """The stacks of one cloud."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._formation = clients.client("cloudformation")

    def deploy(self, template: Path, stack: str, parameters: Mapping[str, str]) -> dict[str, str]:
        """Create or update a stack, and return its outputs.

        Raise LocalCloudError with the reasons if it fails.
        """
        text = as_text(self._derived(read_template(template), template))
        kind = "UPDATE" if self._exists(stack) else "CREATE"
        change = self._formation.create_change_set(
            StackName=stack,
            ChangeSetName=f"local-{time.time_ns()}",
            ChangeSetType=kind,
            TemplateURL=self._address_of(text),  # as an argument a template may have 51,200 bytes only
            Capabilities=_CAPABILITIES,
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        )["Id"]
        if not self._has_changes(stack, change):
            return self.outputs(stack)
        self._formation.execute_change_set(ChangeSetName=change)
        self._await_status(self._identity(stack), f"{kind}_COMPLETE")
        return self.outputs(stack)

    def difference(self, template: Path) -> str:
        """Say in which lines the deployed copy differs from the template."""
        original = read_template(template)
        return difference(original, self._derived(original, template))

    def outputs(self, stack: str) -> dict[str, str]:
        """The outputs of a stack."""
        (found,) = self._formation.describe_stacks(StackName=stack)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def resources(self, stack: str) -> dict[str, str]:
        """The physical ids of a stack's resources, by logical id."""
        pages = self._formation.get_paginator("list_stack_resources").paginate(StackName=stack)
        found = (resource for page in pages for resource in page["StackResourceSummaries"])
        return {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in found}

    def topics(self, stack: str) -> list[str]:
        """The ARNs of a stack's SNS topics."""
        return [arn for arn in self.resources(stack).values() if _TOPIC.fullmatch(arn)]

    def delete(self, stack: str) -> None:
        """Remove a stack. Raise LocalCloudError if something of it stays that should go."""
        identity = self._identity(stack)  # by its name a stack that is gone is not found
        self._formation.delete_stack(StackName=stack)
        self._await_status(identity, "DELETE_COMPLETE")

    def _derived(self, template: Mapping[str, Any], path: Path) -> dict[str, Any]:
        root = path.resolve().parent

        def put(kind: str, folder: str) -> str:
            make = layer_zip if kind == "layer" else function_zip
            return self._put(make((root / folder).resolve()))

        return derived(template, IMAGE, put)

    def _address_of(self, template: str) -> str:
        place = self._put(template.encode(), "yaml").removeprefix("s3://")
        return f"{self._clients.client('s3').meta.endpoint_url}/{place}"

    def _put(self, content: bytes, kind: str = "zip") -> str:
        key = f"{hashlib.sha256(content).hexdigest()}.{kind}"
        s3 = self._clients.client("s3")
        s3.create_bucket(Bucket=_BUCKET)
        s3.put_object(Bucket=_BUCKET, Key=key, Body=content)
        return f"s3://{_BUCKET}/{key}"

    def _exists(self, stack: str) -> bool:
        try:
            return bool(self._status(stack))
        except ClientError:
            return False

    def _status(self, stack: str) -> str:
        (found,) = self._formation.describe_stacks(StackName=stack)["Stacks"]
        return str(found["StackStatus"])

    def _has_changes(self, stack: str, change: str) -> bool:
        """Wait for a change set, and say whether there is anything to change."""
        last = time.monotonic() + _DEPLOY_SECONDS
        while time.monotonic() < last:
            found = self._formation.describe_change_set(ChangeSetName=change, StackName=stack)
            if found["Status"] == "CREATE_COMPLETE":
                return True
            if found["Status"] == "FAILED":
                reason = found.get("StatusReason", "")
                if "didn't contain changes" in reason:
                    return False
                raise LocalCloudError(f"change set for {stack}: {reason}")
            time.sleep(_GLANCE_SECONDS)
        raise LocalCloudError(f"change set for {stack}: not ready after {_DEPLOY_SECONDS} s")

    def _identity(self, stack: str) -> str:
        (found,) = self._formation.describe_stacks(StackName=stack)["Stacks"]
        return str(found["StackId"])

    def _await_status(self, identity: str, wanted: str) -> None:
        last, status = time.monotonic() + _DEPLOY_SECONDS, ""
        while time.monotonic() < last:
            status = self._status(identity)
            if status == wanted:
                return
            if "FAILED" in status or ("ROLLBACK" in status and not status.endswith("IN_PROGRESS")):
                break
            time.sleep(_GLANCE_SECONDS)
        raise LocalCloudError(f"stack {identity}: {status}: {self._reasons(identity)}")

    def _reasons(self, stack: str) -> list[str]:
        events = self._formation.describe_stack_events(StackName=stack)["StackEvents"]
        failed = (event for event in events if "FAILED" in event["ResourceStatus"])
        return [f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason', '')}" for e in failed]
