"""Lifecycles of buckets in stacks, which LocalStack 2026.3.0 drops: a delete would be for good."""

from collections.abc import Mapping
from typing import Any

from localstack.services.s3.resource_providers.aws_s3_bucket import (  # type: ignore[import-not-found]
    S3BucketProvider,
)


def keep_lifecycles() -> None:
    """Give each bucket that a stack makes the lifecycle that its template tells."""
    plain = S3BucketProvider.create

    def create(self: Any, request: Any) -> Any:
        made = plain(self, request)
        rules = request.desired_state.get("LifecycleConfiguration", {}).get("Rules", [])
        if rules:
            request.aws_client_factory.s3.put_bucket_lifecycle_configuration(
                Bucket=request.desired_state["BucketName"],
                LifecycleConfiguration={"Rules": [as_the_api_has_it(rule) for rule in rules]},
            )
        return made

    S3BucketProvider.create = create


def as_the_api_has_it(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return CloudFormation's form of a rule in S3's; numbers of parameters come as texts."""
    found: dict[str, Any] = {"ID": rule["Id"], "Status": rule["Status"], "Filter": {"Prefix": ""}}
    for name in ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration"):
        if name in rule:
            found[name] = {key: int(value) for key, value in rule[name].items()}
    if "ExpiredObjectDeleteMarker" in rule:
        marker = str(rule["ExpiredObjectDeleteMarker"]).lower() == "true"
        found["Expiration"] = {"ExpiredObjectDeleteMarker": marker}
    return found
