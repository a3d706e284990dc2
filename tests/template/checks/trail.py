"""CloudTrail's record of who read and wrote the objects of catalog and vault, where it was asked for."""

from __future__ import annotations

from collections.abc import Iterator

from tests.template.checks.environments import catalog, vault
from tests.template.checks.storage import bucket_policy
from tests.template.support.loading import REGION, Template
from tests.template.support.policies import holds
from tests.template.support.stacks import ACCOUNT, STACK, Stack, stacks

_PARTS = {"Trail", "TrailBucket", "TrailBucketPolicy"}
_TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{STACK}-access"
_BUCKET = f"arn:aws:s3:::{STACK}-trailbucket"


def check_access_is_recorded_where_it_was_asked_for(source: Template) -> list[str]:
    """Each object of both buckets, writes alone or reads too, into a bucket that lets this one trail in."""
    return [problem for stack in stacks(source) for problem in _unrecorded(stack)]


def _unrecorded(stack: Stack) -> Iterator[str]:
    asked = stack.parameters["AccessTrail"]
    there = _PARTS & set(stack.resources)
    if there != (set() if asked == "none" else _PARTS) or ("TrailBucket" in stack.outputs) != bool(there):
        yield f"{stack.variant}: of the trail there are {sorted(there)}"
    if "Trail" not in there:
        return
    trail = stack.properties("Trail")
    fields = {
        "eventCategory": {"Equals": ["Data"]},
        "resources.type": {"Equals": ["AWS::S3::Object"]},
        "resources.ARN": {"StartsWith": [f"arn:aws:s3:::{name}/" for name in (catalog(stack), vault(stack))]},
        **({"readOnly": {"Equals": ["false"]}} if asked == "write" else {}),
    }
    selectors = trail.get("AdvancedEventSelectors", [{"FieldSelectors": []}])
    found = {one.pop("Field"): one for one in map(dict, selectors[0]["FieldSelectors"])}
    if found != fields:
        yield f"{stack.variant}: the trail records {found}"
    if (trail.get("TrailName"), trail.get("IsLogging"), trail.get("EnableLogFileValidation")) != (
        f"{STACK}-access",
        True,
        True,
    ):
        yield f"{stack.variant}: the trail is switched off, has another name, or can be changed unseen"
    if stack.resources["Trail"].raw.get("DependsOn") != "TrailBucketPolicy":
        yield f"{stack.variant}: the trail is made before it may write"
    yield from _kept_out(stack)


def _kept_out(stack: Stack) -> Iterator[str]:
    written = f"{_BUCKET}/AWSLogs/{ACCOUNT}/*"
    told = {"aws:SourceArn": _TRAIL, "s3:x-amz-acl": "bucket-owner-full-control"}
    for action, resource in (("s3:GetBucketAcl", _BUCKET), ("s3:PutObject", written)):
        matching = [
            statement
            for statement in bucket_policy(stack, "TrailBucket")
            if (statement["Effect"], statement["Action"]) == ("Allow", action)
            and (statement["Principal"], statement["Resource"])
            == ({"Service": "cloudtrail.amazonaws.com"}, resource)
        ]
        if not any(holds(one["Condition"], told) for one in matching):
            yield f"{stack.variant}: CloudTrail may not {action}"
        if any(holds(one["Condition"], {**told, "aws:SourceArn": _TRAIL + "s"}) for one in matching):
            yield f"{stack.variant}: any trail may {action}"
