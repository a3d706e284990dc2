"""What RunTask refuses, in AWS's words, that moto takes; and the network, which moto does not know."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from localcloud.fargate.server import refusal

_STARTED_BY = re.compile(r"[A-Za-z0-9_/-]{0,128}")
_TOKEN = re.compile(r"[!-~]{1,64}")


def check_request(request: Mapping[str, Any], definition: Any, ec2: Any) -> None:
    """Raise the API's error if a value is out of bounds, or names what is not there.

    definition: moto's task definition. ec2: a client of LocalStack.
    """
    if any(container.get("secrets") for container in definition.container_definitions):
        raise _invalid("Secrets in container definitions are not played here: read them in the program")
    containers = [container["name"] for container in definition.container_definitions]
    if not _STARTED_BY.fullmatch(request.get("startedBy", "")):
        raise _invalid("Invalid startedBy: up to 128 letters, numbers, hyphens, slashes and underscores")
    if not _TOKEN.fullmatch(request.get("clientToken", "x")):
        raise _invalid("Invalid clientToken: up to 64 characters, 33 to 126 of ASCII")
    for override in request.get("overrides", {}).get("containerOverrides", []):
        if override["name"] not in containers:
            raise _invalid(
                f"Override for container named {override['name']} is not a container in the TaskDefinition."
            )
    _check_network(request.get("networkConfiguration", {}).get("awsvpcConfiguration", {}), ec2)


def in_own_network(request: Mapping[str, Any], plainly: Callable[..., list[Any]], moto_ec2: Any) -> list[Any]:
    """Let moto make the tasks' records in a network of its own, and put the asked one into them."""
    asked = request["networkConfiguration"]
    subnet = next(iter(moto_ec2.describe_subnets()))
    own = {"awsvpcConfiguration": {"subnets": [subnet.id], "securityGroups": []}}
    records = plainly(networkConfiguration=own)
    for record in records:
        record.network_configuration = asked
        for detail in record.attachments[0]["details"]:
            if detail["name"] == "subnetId":
                detail["value"] = asked["awsvpcConfiguration"]["subnets"][0]
    return records


def _check_network(network: Mapping[str, Any], ec2: Any) -> None:
    try:
        ec2.describe_subnets(SubnetIds=network.get("subnets", []))
        ec2.describe_security_groups(GroupIds=network.get("securityGroups", []))
    except ClientError as error:
        raise _invalid(
            f"Error retrieving network information: {error.response['Error']['Message']}"
        ) from None


def _invalid(message: str) -> Exception:
    return refusal("InvalidParameterException", message)
