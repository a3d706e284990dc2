"""docs/runbook.md's section on a stolen role, typed as it stands after two thieves did their worst."""

import json
import os
import re
import subprocess

import boto3
import pytest

from scims_backup.domain.level import Level
from tests.support.cli import PROGRAM
from tests.support.pages import ROOT, sections
from tests.support.scims import load_scims
from tests.support.stack_on_s3 import StackOnS3
from tests.support.stolen_roles import steal
from tests.template.support.operators import OPERATOR

CLOSE, LOOK, RECOVER, VERIFY, OPEN = sections(ROOT / "docs" / "runbook.md", "sh")["Ransom, or a stolen role"]
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
}


@pytest.fixture
def aws(moto):
    """Give boto3's clients of an account with a stack of two roles: S3 is another server's."""

    def client(service):
        return boto3.client(
            service,
            endpoint_url=moto.url,
            region_name=moto.region,
            aws_access_key_id=moto.access_key,
            aws_secret_access_key=moto.secret_key,
        )

    stacks = client("cloudformation")
    template = json.dumps({"Resources": {"DumpRole": ROLE, "PruneRole": ROLE}})
    stacks.create_stack(StackName="ransomed", TemplateBody=template, Capabilities=["CAPABILITY_IAM"])
    yield client
    stacks.delete_stack(StackName="ransomed")


def _types(block, stack, door, moto, before):
    """Run one block in a shell that minds every exit code, as the operator."""
    endpoints = {f"AWS_ENDPOINT_URL_{service}": moto.url for service in ("IAM", "CLOUDFORMATION")}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=stack.home,
        env={
            **stack.environment(door),
            **endpoints,
            "PATH": f"{PROGRAM.parent}:{stack.database.server.programs}:{os.environ['PATH']}",
            "HOME": str(stack.home),
            "STACK": "ransomed",
            "BEFORE": f"{before:%Y-%m-%dT%H:%M:%SZ}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def _policies(aws):
    """The names of the stack's roles' own policies."""
    resources = aws("cloudformation").list_stack_resources(StackName="ransomed")["StackResourceSummaries"]
    ask = aws("iam").list_role_policies
    return [ask(RoleName=one["PhysicalResourceId"])["PolicyNames"] for one in resources]


def test_after_thieves_with_dumps_and_prunes_roles_the_section_brings_every_backup_back(
    seaweedfs, moto, aws, database, tmp_path
):
    load_scims(database, users=20)
    stack = StackOnS3("restic", "ransomed", seaweedfs, database, tmp_path)
    with stack.application(seaweedfs) as application:
        taken = [str(application.take_backup().run(Level.FULL).backup) for _ in range(2)]
    before = stack.end_of_second()
    for role in ("PruneRole", "DumpRole"):
        steal(stack, role)
    with stack.as_role(OPERATOR) as door:

        def types(block):
            return _types(block, stack, door, moto, before)

        types(CLOSE)
        assert _policies(aws) == [["closed"], ["closed"]]
        looked = types(LOOK)
        assert all(re.search(rf"^comes back +{backup}$", looked, re.MULTILINE) for backup in taken)
        assert "nothing was changed" in looked
        assert "everything is as it was" in types(RECOVER)
        verified = types(VERIFY)
        assert [verified.count(f"intact  {backup}") for backup in taken] == [1, 1]
        assert re.search(rf"^passed  drill .* of {taken[-1]}$", verified, re.MULTILINE)
        types(OPEN)
        assert _policies(aws) == [[], []]
