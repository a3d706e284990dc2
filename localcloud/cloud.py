"""The whole: LocalStack, ECS, Scheduler, SCIMS' database and Redis; up in a context, gone after it."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from localcloud import containers
from localcloud.calls import Calls, read_calls
from localcloud.clients import Clients, environment
from localcloud.deployed_policies import read_policies, read_world
from localcloud.elasticache.api import ElastiCacheApi
from localcloud.elasticache.records import Cache, Records
from localcloud.errors import LocalCloudError
from localcloud.fargate.fargate import Fargate
from localcloud.fargate.process import Machine
from localcloud.fargate.server import EcsServer
from localcloud.iam.policies import Policies
from localcloud.iam.world import World
from localcloud.kept import end_kept, start_kept
from localcloud.localstack import LocalStack
from localcloud.mailboxes import Mail, Mailboxes
from localcloud.network import Network, default_network
from localcloud.places import ROOT, TEMPORARY, free_ports, package_python, runtime_python
from localcloud.query_server import QueryServer
from localcloud.rds.api import RdsApi
from localcloud.rds.records import Instances
from localcloud.redis_source import RedisSource
from localcloud.rights import Rights
from localcloud.scheduler import Schedules
from localcloud.source import Source
from localcloud.stacks import IMAGE, Stacks

_SYSTEM = "/usr/local/bin:/usr/bin:/bin"
_QUIET_GLANCES = 3
_GLANCE_SECONDS = 0.05
_USERS = 2000
CACHE = "scims-sessions"
"""A cache of ElastiCache, whose data are those of the Redis beside the database."""


class LocalCloud:
    """AWS on this machine.

    image: the folder that plays the image's code. users: of the source; nine rows for each. home: where all
    of it lies, a folder that is there and empty, and is removed at the end.
    """

    def __init__(self, image: Path = ROOT, users: int = _USERS, home: Path | None = None) -> None:
        self._exits = ExitStack()
        self.home = home or Path(tempfile.mkdtemp(prefix="localcloud-", dir=TEMPORARY))
        self.home.chmod(0o711)  # the database's user must pass
        self._localstack = LocalStack(self.home / "localstack")
        self.rights = Rights(self.home / "requests.jsonl")
        (port,) = free_ports(1)
        self._ecs = EcsServer(port, self.rights.journal)
        (port,) = free_ports(1)
        self.elasticache = Records(self._export)
        self._caches = QueryServer(port, "elasticache", ElastiCacheApi(self.elasticache), self.rights.journal)
        self.source = Source(self.home / "source", users)
        self.instances = Instances(self.home / "rds", self.source.programs)
        self.rds = RdsApi(self.instances, self.source.programs.version)
        (port,) = free_ports(1)
        self._servers = QueryServer(port, "rds", self.rds, self.rights.journal)
        self._beside = {
            "ecs": self._ecs.url,
            "elasticache": self._caches.url,
            "rds": self._servers.url,
        }
        self._clients = Clients(self._localstack.url, self._beside)
        self.redis = RedisSource(self.home / "redis", users)
        variables = {} if containers.image() else self._image_variables()
        self._machine = Machine(image, package_python(), variables, containers.image())
        self.fargate = Fargate(
            self._clients, self._machine, self.home / "tasks", self.environment(), self.rights
        )
        self.source_secret = self.restore_secret = self.redis_secret = self.redis_restore_secret = ""

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def url(self) -> str:
        """LocalStack's endpoint."""
        return self._localstack.url

    @property
    def stacks(self) -> Stacks:
        """Deploy and delete stacks, and look at them."""
        return Stacks(self._clients)

    @property
    def schedules(self) -> Schedules:
        """Fire schedules."""
        return Schedules(self._clients)

    @property
    def network(self) -> Network:
        """Ids of a VPC, subnets and a security group."""
        return default_network(self._clients)

    def policies(self) -> Policies:
        """All policies that there are, which nothing here enforces."""
        return read_policies(self._clients)

    def world(self) -> World:
        """What calls do not say of the things that they are about."""
        return read_world(self._clients)

    def client(self, service: str) -> Any:
        """A boto3 client of a service."""
        return self._clients.client(service)

    def environment(self) -> dict[str, str]:
        """What other programs need in their environment to use this cloud."""
        return environment(self.url, self._beside)

    def deploy(self, template: Path, stack: str, parameters: Mapping[str, str]) -> dict[str, str]:
        """Deploy a SAM template, watch its topics, and return its outputs."""
        outputs = self.stacks.deploy(template, stack, parameters)
        for topic in self.stacks.topics(stack):
            self._mailboxes.watch(topic)
        return outputs

    def mails(self, topic: str) -> list[Mail]:
        """What was published to a topic of a deployed stack, so far."""
        return self._mailboxes.mails(topic)

    def function_calls(self) -> dict[str, Calls]:
        """The invocations so far, by the function's name."""
        return read_calls(self.home / "calls.jsonl")

    def function_log(self, function: str) -> list[str]:
        """What a function logged, by lines."""
        return self.log(f"/aws/lambda/{function}")

    def log(self, group: str) -> list[str]:
        """The lines of a log group."""
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"].rstrip("\n") for page in pages for event in page["events"]]

    def advance_rds(self) -> None:
        """Let instances that are being made be there, and say so as RDS does."""
        for name in self.instances.advance():
            detail = {"SourceIdentifier": name, "EventCategories": ["creation"], "SourceType": "DB_INSTANCE"}
            entry = {"Source": "aws.rds", "DetailType": "RDS DB Instance Event", "Detail": json.dumps(detail)}
            self.client("events").put_events(Entries=[entry])
        self.settle()

    def settle(self, seconds: float = 120) -> None:
        """Wait until nothing is under way: no event, invocation, pending retry, message or task.

        Raise LocalCloudError with what is, if that takes longer.
        """
        last, quiet, ever = time.monotonic() + seconds, 0, -1
        while quiet < _QUIET_GLANCES:
            running, activity = self.fargate.running(), self._localstack.ask("/_localcloud/activity")
            busy = {kind: count for kind, count in activity.items() if count and kind != "ever"}
            is_quiet = not running and not busy and activity["ever"] == ever
            quiet, ever = (quiet + 1 if is_quiet else 0), activity["ever"]
            if time.monotonic() > last:
                raise LocalCloudError(f"not quiet after {seconds} s: {busy}, tasks {running}")
            time.sleep(_GLANCE_SECONDS)

    def _start(self) -> None:
        # last of all goes the folder, also if we are killed
        keeper = start_kept(["sleep", "infinity"], {"PATH": _SYSTEM}, cwd=Path("/"), folder=self.home)
        self._exits.callback(end_kept, keeper)
        self._exits.enter_context(containers.kept())
        self._exits.callback(self._localstack.stop)
        self._localstack.start(self._for_executor())
        self._exits.callback(self.source.stop)
        self.source.start()
        self._exits.callback(self.redis.stop)
        self.redis.start()
        self._ecs.start(self.fargate)
        self._exits.callback(self._ecs.stop)
        self._exits.callback(self.fargate.close)
        self._caches.start()
        self._exits.callback(self._caches.stop)
        self._exits.callback(self.instances.clear)
        self._servers.start()
        self._exits.callback(self._servers.stop)
        self.source.fill()
        self.redis.fill()
        self.elasticache.add(Cache(CACHE, lambda: [self.redis.saved()]))
        self._localstack.await_ready()
        self._mailboxes = Mailboxes(self._clients)
        self.source_secret = self._secret("scims-db", self.source.secret())
        self.restore_secret = self._secret("scims-db-administrator", self.source.administrator())
        self.redis_secret = self._secret("scims-redis", self.redis.secret())
        self.redis_restore_secret = self._secret("scims-redis-administrator", self.redis.administrator())

    def _export(self, bucket: str, key: str, rdb: bytes) -> None:
        """Put what ElastiCache exports."""
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=rdb)

    def _secret(self, name: str, text: str) -> str:
        return str(self.client("secretsmanager").create_secret(Name=name, SecretString=text)["ARN"])

    def _stop(self) -> None:
        self._exits.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def _image_variables(self) -> dict[str, str]:
        """Its PostgreSQL and its Redis are the sources': those that this machine has besides may be older."""
        programs = str(self.source.programs.directory)
        path = os.pathsep.join([programs, str(package_python().parent), _SYSTEM])
        major = self.source.programs.version.split(".")[0]
        return {
            "PATH": path,
            "SCIMS_POSTGRESQL_BIN": programs,
            "SCIMS_IMAGE_POSTGRESQL_MAJOR": major,
            "SCIMS_REDIS_BIN": str(self.redis.program.parent),
            "SCIMS_IMAGE_REDIS_SERVER": self.redis.server,
            "LANG": "C.UTF-8",
        }

    def _for_executor(self) -> dict[str, str]:
        machine = self._machine
        image = {"code": str(machine.code), "python": str(machine.python), "variables": machine.variables}
        return {
            "AWS_ENDPOINT_URL_ECS": self._ecs.url,
            "AWS_ENDPOINT_URL_ELASTICACHE": self._caches.url,
            "AWS_ENDPOINT_URL_RDS": self._servers.url,
            "LOCAL_LAMBDA_PYTHON": str(runtime_python()),
            "LOCAL_LAMBDA_IMAGES": json.dumps({IMAGE: image}),
            "LOCAL_LAMBDA_CALLS": str(self.home / "calls.jsonl"),
            "LOCAL_CLOUD_REQUESTS": str(self.rights.journal),
            **containers.passed_on(),
        }
