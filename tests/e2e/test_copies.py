"""A second copy in AWS: one stack adds, the other keeps and prunes; what is too large runs as a task."""

import json
from pathlib import Path

import pytest

from localcloud.deployment import SOURCE, Deployment

ROOT = Path(__file__).parents[2]
EXTERNAL_ID = "a-word-of-both-sides"


@pytest.fixture(scope="module")
def there(cloud):
    """The outputs of the other side."""
    given = {
        "CopierAccountId": "000000000000",
        "CopierStackName": "copied",
        "ExternalId": EXTERNAL_ID,
        "AlertEmail": "operator@example.org",
        "PlainVaultWithoutKey": "accept",
        "DailyBackups": "1",
        "WeeklyBackups": "0",
        "MonthlyBackups": "0",
    }
    outputs = cloud.deploy(ROOT / "copy-account.yaml", "copies", given)
    # LocalStack's CloudFormation drops the template's own
    old_versions = {"ID": "old-versions", "Status": "Enabled", "Filter": {"Prefix": ""}}
    rule = {**old_versions, "NoncurrentVersionExpiration": {"NoncurrentDays": 30}}
    for bucket in (outputs["CatalogBucket"], outputs["VaultBucket"]):
        cloud.client("s3").put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration={"Rules": [rule]}
        )
    return outputs


@pytest.fixture(scope="module")
def here(cloud, there):
    """The stack that copies."""
    copying = {
        "CopyRoleArn": there["WriterRoleArn"],
        "CopyExternalId": EXTERNAL_ID,
        "CopyCatalogBucket": there["CatalogBucket"],
        "CopyVaultBucket": there["VaultBucket"],
        "CopyWhich": "newest",
    }
    return Deployment.of(cloud, "copied", **copying)


def copies(here, there):
    """The stamps of the backups on the other side, and how many archives are there."""
    listed = here.cloud.client("s3").list_objects_v2
    manifests = listed(Bucket=there["CatalogBucket"], Prefix=f"manifests/{SOURCE}/").get("Contents", [])
    archives = listed(Bucket=there["VaultBucket"], Prefix="archives/").get("Contents", [])
    stamps = [one["Key"].rpartition("/")[2].removesuffix(".json") for one in manifests]
    return stamps, len(archives)


def last_answer(here, function):
    return here.cloud.function_calls()[function].ended[-1].answer


def test_a_night_s_backup_is_copied_once_and_the_other_side_keeps_the_newest(here, there):
    first = here.fire("dump")
    here.fire("copy")
    assert last_answer(here, "copied-copy") == {"outcome": "completed", "backup": f"{SOURCE}-{first}"}
    assert copies(here, there) == ([first], 1)
    here.fire("copy")
    assert last_answer(here, "copied-copy")["outcome"] == "already done"
    assert [event["backup"] for event in here.events("CopyCompleted")] == [f"{SOURCE}-{first}"]

    second = here.fire("dump")
    here.fire("copy")
    assert copies(here, there) == ([first, second], 2)
    here.cloud.schedules.fire("copies-prune", at=here.next_time())
    here.cloud.settle()
    assert last_answer(here, "copies-prune")["outcome"] == "completed"
    assert copies(here, there) == ([second], 1)
    assert here.keys("holds/") == []
    assert here.new_mails() == []


def test_a_copy_that_is_too_large_for_a_function_runs_as_a_task(here, there):
    stamp = here.fire("dump")
    asked = here.call("copy", {"action": "task"})
    assert (asked["outcome"], asked["backup"]) == ("asked", f"{SOURCE}-{stamp}")
    task = here.cloud.fargate.tasks()[-1]
    assert task["containers"][0]["exitCode"] == 0, here.task_log("copy")
    assert stamp in copies(here, there)[0]
    assert here.call("copy", {"action": "task"})["outcome"] == "already done"
    assert here.new_mails() == []


def test_a_copy_that_fails_is_told_by_mail_and_so_is_one_that_is_overdue(here, there):
    stamp = here.fire("dump")
    key = f"manifests/{SOURCE}/{stamp}.json"
    another = here.document(key)
    another["archive"]["sha256"] = "0" * 64
    here.cloud.client("s3").put_object(
        Bucket=there["CatalogBucket"], Key=key, Body=json.dumps(another).encode()
    )
    here.fire("copy")
    assert last_answer(here, "copied-copy")["outcome"] == "failed"
    (mail,) = here.new_mails()
    assert f"[ERROR] {SOURCE}: copy failed" in mail.subject
    here.tick(hours=24 * 9 + 1)
    assert not any("copy overdue" in mail.subject for mail in here.new_mails()), "it has the same cause"
    here.fire("subscriptions")
    (mail,) = [one for one in here.new_mails() if "more about: copy failed" in one.subject]
    assert "copy overdue: none since" in mail.message


def test_all_that_the_copiers_and_the_other_side_asked_is_allowed_as_aws_judges_it(here):
    rights, world = here.cloud.rights, here.cloud.world()
    ours = ("copied-CopyRole-", "copied-CopyTaskRole-", "copies-WriterRole-", "copies-PruneRole-")
    asked = [role for role in rights.requests(world) if role.startswith(ours)]
    assert len(asked) == len(ours)
    missing = rights.missing(here.cloud.policies(), world)
    assert [one for one in missing if one.startswith(ours)] == []
