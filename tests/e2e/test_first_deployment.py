"""A first deployment that fails, and the second that works; and a stack that is deleted, and made again."""

from __future__ import annotations

import pytest

from localcloud.deployment import Deployment
from localcloud.errors import LocalCloudError


@pytest.fixture
def kept(cloud):
    """What there is of kinds that stay when a stack goes: buckets, secrets and keys."""

    def kept():
        keys = cloud.client("kms").list_keys()["Keys"]
        states = [cloud.client("kms").describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in keys]
        return {
            *(bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]),
            *(one["ARN"] for one in cloud.client("secretsmanager").list_secrets()["SecretList"]),
            *(state["Arn"] for state in states if state["Enabled"]),
        }

    return kept


def test_a_stack_that_could_not_be_made_leaves_nothing_and_the_next_one_of_that_name_works(cloud, kept):
    first = Deployment.of(cloud, "again")
    stamp, there = first.fire("dump"), first.outputs
    before = kept()
    assert cloud.rights.missing(cloud.policies(), cloud.world()) == [], "judged while its roles are there"
    cloud.stacks.delete("again")
    assert kept() == before, "what holds backups does not go with its stack"

    # the bucket of the vault is named, and its password is forgotten: the creation ends half-way
    with pytest.raises(LocalCloudError, match="Set VaultPasswordArn to the secret of that vault"):
        Deployment.of(cloud, "again", VaultBucketName=there["VaultBucket"])
    assert kept() == before
    cloud.stacks.delete("again")  # AWS updates no stack that could not be made

    names = {name: there[name] for name in ("VaultPasswordArn", "VaultEscrowArn")}
    places = {"CatalogBucketName": there["CatalogBucket"], "VaultBucketName": there["VaultBucket"]}
    second = Deployment.of(cloud, "again", **names, **places)
    later = second.fire("dump")  # with the password of then, or it would have failed
    assert second.backups() == [stamp, later]
