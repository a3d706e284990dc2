"""The project's own stack on this cloud: its schedules fired, its catalog read, its mails counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from localcloud.alarms import Alarms
from localcloud.cloud import CACHE, LocalCloud
from localcloud.mailboxes import Mail
from localcloud.processes import running_program

TEMPLATE = Path(__file__).parents[1] / "template.yaml"
SOURCE, REDIS = "scims-db", "scims-redis"
_DEAD_MAN = "no-backup"
"""The alarm that rings where there is no backup: whenever CloudWatch looks, not when we do."""
_RECOVERED = ": recovered: "


def _not_long_ago() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


@dataclass
class Deployment:
    """One stack. seen: how many of its mails were looked at; begun: when schedules are fired first."""

    cloud: LocalCloud
    name: str
    outputs: dict[str, str]
    seen: int = 0
    begun: datetime = field(default_factory=_not_long_ago)
    times: Iterator[int] = field(default_factory=count)

    @classmethod
    def of(cls, cloud: LocalCloud, name: str, **parameters: str) -> Deployment:
        """Deploy template.yaml."""
        network = cloud.network
        given = {
            "VpcId": network.vpc,
            "DrillSubnetIds": ",".join(network.subnets),
            "AlertEmail": "operator@example.org",
            "SourceSecretArn": cloud.source_secret,
            "S3Endpoint": cloud.url,
            "ApplicationRole": "scims_app",
            **parameters,
        }
        deployment = cls(cloud, name, cloud.deploy(TEMPLATE, name, given))
        cloud.settle()
        deployment.new_mails()
        return deployment

    @classmethod
    def with_redis(cls, cloud: LocalCloud, name: str, **parameters: str) -> Deployment:
        """Deploy template.yaml for both sources."""
        redis = {"RedisSecretArn": cloud.redis_secret, "RedisServer": cloud.redis.server}
        return cls.of(cloud, name, **redis, **parameters)

    @classmethod
    def with_cache(cls, cloud: LocalCloud, name: str, **parameters: str) -> Deployment:
        """Deploy template.yaml for the database, and for a cache of ElastiCache."""
        cache = {"RedisElastiCache": CACHE, "RedisServer": cloud.redis.server}
        return cls.of(cloud, name, **cache, **parameters)

    # --- what happens -----------------------------------------------------------------------------

    def next_time(self) -> datetime:
        """A time that no schedule was fired for yet, not long ago."""
        return self.begun + timedelta(seconds=next(self.times))

    def fire(self, schedule: str, at: datetime | None = None, times: int = 1) -> str:
        """Fire a schedule, wait until all that follows is over, and return the stamp of its time."""
        moment = at or self.next_time()
        self.cloud.schedules.fire(f"{self.name}-{schedule}", at=moment, times=times)
        self.cloud.settle()
        return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"

    def tick(self, hours: float) -> None:
        """Let it be so many hours later, and look."""
        self.fire("tick", datetime.now(UTC) + timedelta(hours=hours))

    def call(self, function: str, event: object) -> dict[str, Any]:
        """Call a function by hand, and return its outcome."""
        answer = self.cloud.client("lambda").invoke(
            FunctionName=f"{self.name}-{function}", Payload=json.dumps(event).encode()
        )
        self.cloud.settle()
        outcome: dict[str, Any] = json.loads(answer["Payload"].read())
        return outcome

    def alarms(self, hours: float = 0) -> dict[str, str]:
        """Let it be so many hours later, and look at the alarms; their states, by their names."""
        states = Alarms(self.cloud.client("cloudwatch"), f"{self.name}-").look(
            datetime.now(UTC) + timedelta(hours=hours)
        )
        self.cloud.settle()
        return states

    # --- what is there ----------------------------------------------------------------------------

    def keys(self, prefix: str) -> list[str]:
        """The keys of the catalog that begin so."""
        pages = self.cloud.client("s3").get_paginator("list_objects_v2")
        listed = pages.paginate(Bucket=self.outputs["CatalogBucket"], Prefix=prefix)
        return [found["Key"] for page in listed for found in page.get("Contents", [])]

    def document(self, key: str) -> dict[str, Any]:
        """A document of the catalog."""
        got = self.cloud.client("s3").get_object(Bucket=self.outputs["CatalogBucket"], Key=key)
        document: dict[str, Any] = json.loads(got["Body"].read())
        return document

    def plant_loss(self) -> str:
        """Take a backup whose archive lacks a row that was proven to be there, and return its stamp."""
        s3, bucket = self.cloud.client("s3"), self.outputs["CatalogBucket"]
        whole = self.document(f"manifests/{SOURCE}/{self.fire('dump')}.json")["proof"]
        proof = s3.get_object(Bucket=bucket, Key=whole["key"])["Body"].read()
        with self.cloud.source.connect() as connection:
            connection.execute("DELETE FROM item_stocks WHERE id = (SELECT min(id) FROM item_stocks)")
        poorer = self.fire("dump")
        key = f"manifests/{SOURCE}/{poorer}.json"
        manifest = self.document(key)
        manifest["proof"]["sha256"] = whole["sha256"]
        s3.put_object(Bucket=bucket, Key=manifest["proof"]["key"], Body=proof)
        s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(manifest).encode())
        self.cloud.settle()
        return poorer

    def verdicts(self, drill: str, source: str = SOURCE) -> list[str]:
        """The verdicts of a drill: there should be one."""
        names = (
            key.rpartition("/")[2] for key in self.keys(f"drills/{source}/") if f"/{drill}/verdict." in key
        )
        return [name.split(".")[1] for name in names]

    def report(self, drill: str, source: str = SOURCE) -> dict[str, Any]:
        """The report of a drill."""
        (key,) = [key for key in self.keys(f"drills/{source}/") if key.endswith(f"/{drill}/report.json")]
        return self.document(key)

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The events of a kind, oldest first."""
        return [self.document(key) for key in self.keys("events/") if f"-{kind}-" in key]

    def backups(self, source: str = SOURCE) -> list[str]:
        """The stamps of the backups that there are."""
        return [key.rpartition("/")[2].removesuffix(".json") for key in self.keys(f"manifests/{source}/")]

    def new_mails(self) -> list[Mail]:
        """The mails since the last look that call somebody: no recoveries, none of the alarm from outside."""
        mails = self.cloud.mails(self.outputs["TopicArn"])
        fresh, self.seen = mails[self.seen :], len(mails)
        return [mail for mail in fresh if not any(one in mail.subject for one in (_DEAD_MAN, _RECOVERED))]

    def forget_conditions(self) -> None:
        """Let nothing be wrong any more, as far as mails know: whatever fails next is mailed at once."""
        self.cloud.settle()
        for key in self.keys("conditions/"):
            self.cloud.client("s3").delete_object(Bucket=self.outputs["CatalogBucket"], Key=key)

    def task_log(self, task: str) -> list[str]:
        """What the tasks of a kind logged, by lines. task: `drill`, `restore` or `copy`."""
        return self.cloud.log(f"/scims-backup/{self.name}/{task}")

    def left_running(self) -> list[str]:
        """Whatever of drills still runs."""
        return [*self.cloud.fargate.running(), *self._sandboxes()]

    def _sandboxes(self) -> list[str]:
        """The servers of drills: every one but the sources', wherever a task sees its data directory."""
        servers = set(running_program("postgres", "-D")) - set(
            running_program("postgres", f"{self.cloud.home}/source/data")
        )
        redis = set(running_program(self.cloud.redis.program.name)) - {self.cloud.redis.process}
        return [
            *(f"postgres {number}" for number in sorted(servers)),
            *(f"redis {number}" for number in sorted(redis)),
        ]

    def secrets(self) -> list[str]:
        """Every password that there is."""
        manager = self.cloud.client("secretsmanager")
        cloud = self.cloud
        databases = [
            cloud.source_secret,
            cloud.restore_secret,
            cloud.redis_secret,
            cloud.redis_restore_secret,
        ]
        vaults = [self.outputs["VaultPasswordArn"], self.outputs["VaultEscrowArn"]]
        texts = [manager.get_secret_value(SecretId=name)["SecretString"] for name in databases + vaults]
        return [*(json.loads(text)["password"] for text in texts[: len(databases)]), *texts[len(databases) :]]
