"""Custom resources in stacks: their function is asked, and answers where AWS has it answer."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from localstack.services.cloudformation.resource_provider import (  # type: ignore[import-not-found]
    CloudFormationResourceProviderPlugin,
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
)

_BUCKET = "localcloud-custom-resources"


class CustomResourceProvider(ResourceProvider):  # type: ignore[misc]
    """Every type that begins with Custom."""

    TYPE = "AWS::CloudFormation::CustomResource"
    SCHEMA = {"typeName": TYPE, "primaryIdentifier": ["/properties/PhysicalResourceId"]}  # noqa: RUF012

    def create(self, request: Any) -> Any:
        """Ask for a new one."""
        return _asked(request, "Create", {})

    def update(self, request: Any) -> Any:
        """Ask for a change."""
        before = dict(request.previous_state)
        return _asked(request, "Update", _known(before), OldResourceProperties=before)

    def delete(self, request: Any) -> Any:
        """Ask for its removal."""
        return _asked(request, "Delete", _known(request.desired_state))


class CustomResourcePlugin(CloudFormationResourceProviderPlugin):  # type: ignore[misc]
    """Makes custom resources known to LocalStack."""

    name = CustomResourceProvider.TYPE

    def load(self) -> None:
        """Say what provides it."""
        self.factory = CustomResourceProvider


def _asked(request: Any, kind: str, known: Mapping[str, str], **more: Any) -> Any:
    """Ask the function, and read its answer: it is awaited, so that the answer is there or never will be."""
    properties = dict(request.desired_state)
    s3, key = request.aws_client_factory.s3, f"{uuid4()}.json"
    s3.create_bucket(Bucket=_BUCKET)
    question = {
        "RequestType": kind,
        "ServiceToken": properties["ServiceToken"],
        "ResponseURL": s3.generate_presigned_url("put_object", {"Bucket": _BUCKET, "Key": key}),
        "StackId": request.stack_id,
        "RequestId": request.request_token,
        "LogicalResourceId": request.logical_resource_id,
        "ResourceType": request.resource_type,
        "ResourceProperties": properties,
        **known,
        **more,
    }
    lambda_ = request.aws_client_factory.lambda_
    lambda_.get_waiter("function_active_v2").wait(FunctionName=properties["ServiceToken"])
    lambda_.invoke(FunctionName=properties["ServiceToken"], Payload=json.dumps(question).encode())
    answer = json.loads(s3.get_object(Bucket=_BUCKET, Key=key)["Body"].read())
    if answer["Status"] != "SUCCESS":
        return ProgressEvent(
            status=OperationStatus.FAILED, resource_model=properties, message=answer["Reason"]
        )
    model = {**properties, **answer.get("Data", {}), "PhysicalResourceId": answer["PhysicalResourceId"]}
    return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=model)


def _known(state: Mapping[str, Any]) -> dict[str, str]:
    return {"PhysicalResourceId": state["PhysicalResourceId"]} if "PhysicalResourceId" in state else {}
