"""No update of the stack replaces what it keeps: CloudFormation's own schemas say which properties would."""

import json

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from tests.template.support.loading import source

TEMPLATE = source()
KEPT = sorted(
    name
    for name, resource in TEMPLATE["Resources"].items()
    if resource.get("UpdateReplacePolicy") == "Retain"
)
BY_NAME = {"AWS::S3::BucketPolicy": {"Bucket"}, "AWS::SecretsManager::Secret": {"Name"}}
"""What may be fixed for ever: which bucket a policy is of, and a name made of the stack's alone."""
ONCE_REPLACING = {"AWS::S3::Bucket": {"ObjectLockEnabled"}}
"""Not in today's schemas any more, but in those of regions and of years before."""
WITH_LOCK_ALREADY = {"PlainVaultBucket"}


def replacing(kind):
    """The properties of a type whose change makes a new resource."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    places = [*schema.get("createOnlyProperties", ()), *schema.get("conditionalCreateOnlyProperties", ())]
    return {place.removeprefix("/properties/").partition("/")[0] for place in places}


def test_the_schemas_know_what_replaces_a_bucket():
    assert "BucketName" in replacing("AWS::S3::Bucket")


@pytest.mark.parametrize("name", KEPT)
def test_nothing_that_is_kept_has_a_property_whose_change_would_replace_it(name):
    resource = TEMPLATE["Resources"][name]
    kind = resource["Type"]
    properties = set(resource.get("Properties", {}))
    allowed = set(BY_NAME.get(kind, ()))
    assert properties & replacing(kind) <= allowed
    locks = ONCE_REPLACING.get(kind, set()) if name not in WITH_LOCK_ALREADY else set()
    assert not properties & locks


@pytest.mark.parametrize("name", KEPT)
def test_what_would_replace_it_depends_on_no_parameter_that_a_person_may_change(name):
    resource = TEMPLATE["Resources"][name]
    fixed = replacing(resource["Type"]) | ONCE_REPLACING.get(resource["Type"], set())
    said = json.dumps({key: value for key, value in resource["Properties"].items() if key in fixed})
    assert not [
        parameter
        for parameter in TEMPLATE["Parameters"]
        if f'"{parameter}"' in said or f"{{{parameter}}}" in said
    ]
