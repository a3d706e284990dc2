"""ECS in stacks: LocalStack has resolved what a resource refers to, the ECS beside it gets the resource."""

from collections.abc import Mapping
from typing import Any

import boto3
from localstack.services.cloudformation.provider_utils import (  # type: ignore[import-not-found]
    generate_default_name,
)
from localstack.services.cloudformation.resource_provider import (  # type: ignore[import-not-found]
    CloudFormationResourceProviderPlugin,
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
)

from localcloud.plugins.api_parameters import parameters_for


class ClusterProvider(ResourceProvider):  # type: ignore[misc]
    """AWS::ECS::Cluster."""

    TYPE = "AWS::ECS::Cluster"
    SCHEMA = {  # noqa: RUF012  LocalStack's interface
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/ClusterName"],
        "createOnlyProperties": ["/properties/ClusterName"],
        "readOnlyProperties": ["/properties/Arn"],
    }

    def create(self, request: Any) -> Any:
        """Create the cluster."""
        model = dict(request.desired_state)
        if not model.get("ClusterName"):
            model["ClusterName"] = generate_default_name(request.stack_name, request.logical_resource_id)
        client = _ecs(request)
        made = client.create_cluster(**parameters_for(client, "CreateCluster", _as_the_api_names(model)))
        return _done({**model, "Arn": made["cluster"]["clusterArn"]})

    def update(self, request: Any) -> Any:
        """Change the cluster's settings."""
        client, model = _ecs(request), {**request.previous_state, **request.desired_state}
        wanted = {"Cluster": model["ClusterName"], **request.desired_state}
        client.update_cluster(
            **parameters_for(client, "UpdateCluster", _as_the_api_names(wanted), drop={"ClusterName", "Tags"})
        )
        return _done(model)

    def delete(self, request: Any) -> Any:
        """Delete the cluster."""
        _ecs(request).delete_cluster(cluster=request.desired_state["ClusterName"])
        return _done({})


class TaskDefinitionProvider(ResourceProvider):  # type: ignore[misc]
    """AWS::ECS::TaskDefinition."""

    TYPE = "AWS::ECS::TaskDefinition"
    SCHEMA = {  # noqa: RUF012
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/TaskDefinitionArn"],
        "readOnlyProperties": ["/properties/TaskDefinitionArn"],
    }

    def create(self, request: Any) -> Any:
        """Register the definition as a new revision of its family."""
        model = dict(request.desired_state)
        if not model.get("Family"):
            model["Family"] = generate_default_name(request.stack_name, request.logical_resource_id)
        client = _ecs(request)
        made = client.register_task_definition(**parameters_for(client, "RegisterTaskDefinition", model))
        return _done({**model, "TaskDefinitionArn": made["taskDefinition"]["taskDefinitionArn"]})

    def update(self, request: Any) -> Any:
        """Register a new revision and retire the one before, since none can be changed."""
        made = self.create(request)
        _ecs(request).deregister_task_definition(taskDefinition=request.previous_state["TaskDefinitionArn"])
        return made

    def delete(self, request: Any) -> Any:
        """Retire the revision."""
        _ecs(request).deregister_task_definition(taskDefinition=request.desired_state["TaskDefinitionArn"])
        return _done({})


class ClusterPlugin(CloudFormationResourceProviderPlugin):  # type: ignore[misc]
    """Makes clusters known to LocalStack."""

    name = ClusterProvider.TYPE

    def load(self) -> None:
        """Say what provides it."""
        self.factory = ClusterProvider


class TaskDefinitionPlugin(CloudFormationResourceProviderPlugin):  # type: ignore[misc]
    """Makes task definitions known to LocalStack."""

    name = TaskDefinitionProvider.TYPE

    def load(self) -> None:
        """Say what provides it."""
        self.factory = TaskDefinitionProvider


def _ecs(request: Any) -> Any:
    """A client of the ECS at AWS_ENDPOINT_URL_ECS."""
    return boto3.client(
        "ecs",
        region_name=request.region_name,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106
    )


def _as_the_api_names(cluster: Mapping[str, Any]) -> dict[str, Any]:
    """CloudFormation says ClusterSettings for what the API calls settings."""
    return {"Settings" if name == "ClusterSettings" else name: value for name, value in cluster.items()}


def _done(model: Mapping[str, Any]) -> Any:
    return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=dict(model))
