"""The variables that `sam local` gives functions: where they are not those of AWS, we override them."""

import json
import subprocess

import pytest

from localcloud.places import sam
from localcloud.sam_local import OF_ALL, OVERRIDES
from tests.template.checks.environments import environment
from tests.template.support.loading import ROOT, source, transformed
from tests.template.support.stacks import (
    NEEDED,
    REDIS,
    RESTORER,
    THEIR_PASSWORD,
    VARIANTS,
    WRITER,
    stack_of,
)

GIVEN = {
    **VARIANTS["plain"],
    **REDIS,
    "VaultKind": "restic",
    "RestoreSecretArn": RESTORER,
    "S3Endpoint": "http://172.17.0.1:4566",
    "CopyRoleArn": WRITER,
    "CopyCatalogBucket": "their-catalog",
    "CopyVaultBucket": "their-vault",
    "CopyVaultSecretArn": THEIR_PASSWORD,
    "Labels": "of=production",
    "ApplicationRole": "scims_app",
}
"""Such that each function and each variable is there."""

_ALONE = {"AWS_EC2_METADATA_DISABLED": "true", "SAM_CLI_TELEMETRY": "0"}


@pytest.fixture(scope="module")
def on_aws():
    stack = stack_of(transformed(source()), "sam-local", GIVEN)
    functions = [one.id for one in stack.of("AWS::Lambda::Function")]
    return {function: environment(stack, function) for function in functions}


@pytest.fixture(scope="module")
def under_sam():
    asked = subprocess.run(
        [sam().with_name("python"), ROOT / "tests/template/support/sam_variables.py",
         ROOT / "template.yaml", json.dumps({**NEEDED, **GIVEN})],
        env={"PATH": "/usr/bin:/bin", "HOME": "/home/somebody", **_ALONE},
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    return json.loads(asked.stdout)


def _overridden(function):
    overrides = json.loads(OVERRIDES.read_text())
    return {*overrides[OF_ALL], *overrides.get(function, {})}


def test_what_sam_local_gets_wrong_is_overridden_and_nothing_is_blank(on_aws, under_sam):
    assert under_sam.keys() == on_aws.keys()
    wrong = [
        f"{function} {name}: {found!r} is not {on_aws[function].get(name, '')!r}"
        for function, variables in under_sam.items()
        for name, found in variables.items()
        if not name.startswith("AWS_") and name not in _overridden(function)
        and found != on_aws[function].get(name, "")
    ]  # fmt: skip
    assert wrong == []


def test_the_endpoints_are_declared_so_that_they_can_be_set(under_sam):
    declared = {name for name in json.loads(OVERRIDES.read_text())[OF_ALL] if name.startswith("AWS_")}
    assert "AWS_ENDPOINT_URL" in declared
    assert all(variables.keys() >= declared for variables in under_sam.values())


def test_no_override_is_for_a_variable_that_is_none(under_sam):
    overrides = json.loads(OVERRIDES.read_text())
    functions = overrides.keys() - {OF_ALL}
    assert functions <= under_sam.keys()
    assert [
        (name, variable)
        for name in functions
        for variable in overrides[name]
        if variable not in under_sam[name]
    ] == []
