"""What a test knows of an S3 server, and how it speaks to it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class S3Server:
    """A server that runs; url has no path and no slash at its end."""

    name: str
    url: str
    access_key: str = "testaccesskey"
    secret_key: str = field(default="testsecretkey/with+signs", repr=False)
    region: str = "us-east-1"

    def client(self) -> S3Client:
        """Return a client of the tests' own, which looks at what the product did."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=self.region,
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
        )

    def environment(self) -> dict[str, str]:
        """Return what a program must find in its environment to reach this server, and no other."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def new_bucket(
        self,
        *,
        versioned: bool = False,
        object_lock: bool = False,
        undelete_days: int = 0,
        locked_days: int = 0,
    ) -> str:
        """Make a bucket and return its name; object lock brings versions with it.

        undelete_days: after which older versions expire, 0 for never; locked_days: for how long each new
        object is locked by default, 0 for not at all.
        """
        name = f"test-{uuid.uuid4().hex[:16]}"
        client = self.client()
        client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=object_lock)
        if versioned:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        if undelete_days:
            self.expire(name, undelete_days)
        if locked_days:
            retention = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": locked_days}}
            client.put_object_lock_configuration(
                Bucket=name,
                ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": retention},  # type: ignore[typeddict-item]
            )
        return name

    def expire(self, bucket: str, days: int) -> None:
        """Let older versions expire, and marks that hide nothing any more, as template.yaml's buckets do."""
        rule = {"ID": "old-versions", "Status": "Enabled", "Filter": {"Prefix": ""}}
        expiring = {
            "NoncurrentVersionExpiration": {"NoncurrentDays": days},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
        }
        self.client().put_bucket_lifecycle_configuration(
            Bucket=bucket,
            LifecycleConfiguration={"Rules": [{**rule, **expiring}]},  # type: ignore[list-item]
        )

    def answers(self) -> bool:
        """Say whether the server is up, and knows our credentials."""
        try:
            self.client().list_buckets()
        except (BotoCoreError, ClientError):
            return False
        return True
