"""The page's shell, its stack with a second copy besides, and the table of all answers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from localcloud.clients import Clients
from localcloud.places import sam
from tests.sam_local.page import BUILD, DEPLOY, START, STOP
from tests.sam_local.shell import Shell, docker
from tests.support.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

ASKED = "SCIMS_TEST_SAM_LOCAL"
STACK = "scims-backup"
_EXTERNAL_ID = "a-word-of-both-sides"
_MADE_BY_SAM = ("dumpfunction", "samcli/lambda-python")
_COPIES = " ".join(
    [
        ".venv/bin/python -m localcloud deploy copy-account.yaml copies",
        f"CopierAccountId=000000000000 CopierStackName={STACK} ExternalId={_EXTERNAL_ID}",
        "AlertEmail=operator@example.org PlainVaultWithoutKey=accept",
    ]
)
_ROWS = pytest.StashKey[list[tuple[str, str, str, float]]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip everything that is not asked for."""
    if not os.environ.get(ASKED):
        for item in items:
            item.add_marker(pytest.mark.skip(reason="needs containers: make sam-local"))


@dataclass(frozen=True)
class Stack:
    """The page's stack. catalog, vault and password: its outputs."""

    shell: Shell
    catalog: str
    vault: str
    password: str

    def client(self, service: str) -> Any:
        """A boto3 client of the local cloud."""
        return Clients(self.shell.variables["AWS_ENDPOINT_URL"], {}).client(service)

    def has(self, key: str) -> bool:
        """Say whether the catalog has an object."""
        return "Contents" in self.client("s3").list_objects_v2(Bucket=self.catalog, Prefix=key)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack that the page deploys, with its functions built; Docker has then what it had before."""
    before, home = _images(), tmp_path_factory.mktemp("cloud") / "home"
    quiet = {"SAM_CLI_TELEMETRY": "0", "PATH": f"{sam().parent}:{os.environ['PATH']}"}
    shell = Shell({**os.environ, **quiet, "LOCALCLOUD_HOME": f"/tmp/{home.parent.name}-{os.getpid()}"})
    shell.run(START)
    try:
        yield _deployed(shell)
    finally:
        shell.run(STOP)
        if made := sorted(_images() - before):
            docker("image", "rm", "--force", *made)


@pytest.fixture
def in_table(request: pytest.FixtureRequest) -> Any:
    """Have a row in the table: function, event, answer, seconds."""
    return request.config.stash.setdefault(_ROWS, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table."""
    for function, event, answer, seconds in config.stash.get(_ROWS, []):
        terminalreporter.write_line(f"{function:25} {event:27} {seconds:5.1f} s  {answer[:150]}")


def _deployed(shell: Shell) -> Stack:
    there = _outputs(shell.run(_COPIES))
    copying = f"CopyRoleArn={there['WriterRoleArn']} CopyExternalId={_EXTERNAL_ID} CopyWhich=newest"
    buckets = f"CopyCatalogBucket={there['CatalogBucket']} CopyVaultBucket={there['VaultBucket']}"
    outputs = _outputs(shell.run(f"{DEPLOY.rstrip()} {copying} {buckets}"))
    stack = Stack(shell, outputs["CatalogBucket"], outputs["VaultBucket"], outputs["VaultPasswordArn"])
    s3 = stack.client("s3")
    # LocalStack's CloudFormation drops the template's own
    kept = {"NoncurrentVersionExpiration": {"NoncurrentDays": 30}, "Filter": {"Prefix": ""}}
    rules = {"Rules": [{"ID": "old-versions", "Status": "Enabled", **kept}]}
    for bucket in (there["CatalogBucket"], there["VaultBucket"]):
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=rules)
    # else the stack's own functions would do what ours are to do
    s3.put_bucket_notification_configuration(Bucket=stack.catalog, NotificationConfiguration={})
    for document in sorted((ROOT / "events").glob("*.document.json")):
        event = json.loads((ROOT / "events" / document.name.replace(".document", "")).read_text())
        s3.put_object(Bucket=stack.catalog, Key=event["detail"]["object"]["key"], Body=document.read_bytes())
    shell.run(BUILD)
    return stack


def _outputs(printed: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in printed.splitlines() if ": " in line)


def _images() -> set[str]:
    named = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").splitlines()
    return {name for name in named if name.startswith(_MADE_BY_SAM)}


def event_path(name: str) -> Path:
    """A golden event's file, for a command that runs in the project."""
    return Path("events") / f"{name}.json"
