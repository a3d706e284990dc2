"""One image, one repository for it, and not every image that ever was."""

import json
import tomllib

import pytest

from tests.template.support.loading import ROOT, read, source

REPOSITORIES = read(ROOT / "image-repository.yaml")


@pytest.fixture
def repository():
    (made,) = REPOSITORIES["Resources"].values()
    assert made["Type"] == "AWS::ECR::Repository"
    return made["Properties"]


def test_the_newest_images_are_kept_and_no_other(repository):
    (rule,) = json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    assert rule["action"] == {"type": "expire"}
    assert rule["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 50}


def test_lambda_may_fetch_and_nobody_else(repository):
    (statement,) = repository["RepositoryPolicyText"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert statement["Action"] == ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    assert "Condition" not in statement, "one that Lambda does not meet ends the first deployment"


def test_its_address_is_told():
    assert REPOSITORIES["Outputs"]["Uri"]["Value"] == {"Fn::GetAtt": ["ImageRepository", "RepositoryUri"]}


def test_no_environment_makes_a_repository_for_each_function():
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    deploying = [config[stage]["deploy"]["parameters"] for stage in ("dev", "prod")]
    assert not any("resolve_image_repos" in one or "image_repositories" in one for one in deploying)


def test_all_image_functions_and_tasks_run_the_same_image():
    resources = source()["Resources"]
    built = {
        name: one["Metadata"]
        for name, one in resources.items()
        if one.get("Properties", {}).get("PackageType") == "Image"
    }
    functions = ("DumpFunction", "EnrolFunction", "PruneFunction", "RestoreFunction", "CopyFunction")
    assert built == dict.fromkeys(functions, built["DumpFunction"])
    tasks = [one for one in resources.values() if one["Type"] == "AWS::ECS::TaskDefinition"]
    images = [one["Image"] for task in tasks for one in task["Properties"]["ContainerDefinitions"]]
    assert all(image == {"Fn::GetAtt": ["TaskImage", "Uri"]} for image in images)
