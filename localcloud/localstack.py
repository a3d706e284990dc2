"""LocalStack, with our plugins, on a port of its own."""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud.errors import LocalCloudError
from localcloud.kept import end_kept, start_kept
from localcloud.listening import LOOPBACK, address
from localcloud.places import ROOT, free_ports, localstack_python

_READY_SECONDS = 120
_ENTRY_POINTS = """\
[localstack.lambda.runtime_executor]
local = localcloud.plugins.executor:LocalProcessesPlugin
[localstack.cloudformation.resource_providers]
AWS::CloudFormation::CustomResource = localcloud.plugins.custom_resources:CustomResourcePlugin
AWS::ECS::Cluster = localcloud.plugins.ecs_resources:ClusterPlugin
AWS::ECS::TaskDefinition = localcloud.plugins.ecs_resources:TaskDefinitionPlugin
[localstack.hooks.on_infra_start]
localcloud_activity = localcloud.plugins.activity:watch_activity
localcloud_mends = localcloud.plugins.mends:mend
localcloud_requests = localcloud.plugins.requests:journal_requests
"""


class LocalStack:
    """A LocalStack that keeps all that it writes in one folder."""

    def __init__(self, home: Path) -> None:
        (self.port,) = free_ports(1)
        self.url = f"http://{address()}:{self.port}"
        self.home = home
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What it said so far."""
        return self.home / "localstack.log"

    def start(self, extra: Mapping[str, str]) -> None:
        """Start it; await_ready tells when it answers. extra: environment beside its own."""
        self.home.mkdir()
        (self.home / "tmp").mkdir()
        environment = {**_environment(self.home, self.port), **extra}
        with self.log.open("wb") as log:
            self._process = start_kept(
                [str(localstack_python()), "-m", "localstack.runtime.main"],
                environment,
                cwd=self.home,
                output=log,
            )

    def await_ready(self) -> None:
        """Wait until it answers. Raise LocalCloudError with its last words if it does not."""
        last = time.monotonic() + _READY_SECONDS
        while not self._is_ready():
            if time.monotonic() > last or (self._process and self._process.poll() is not None):
                words = self.log.read_text(errors="replace")[-3000:]
                raise LocalCloudError(f"LocalStack did not come up: {words}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it and everything that it started."""
        if self._process is not None:
            end_kept(self._process)
            self._process = None

    def ask(self, path: str) -> Any:
        """Return what one of LocalStack's own pages answers, e.g. /_localstack/health."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:  # noqa: S310  our own
            return json.load(answer)

    def _is_ready(self) -> bool:
        try:
            self.ask("/_localcloud/activity")
        except OSError:
            return False
        return True


def settings(volume: Path, port: int) -> dict[str, str]:
    """What any LocalStack needs in its environment to keep to itself: no Docker, no address but ours."""
    return {
        "LOCALSTACK_VOLUME_DIR": str(volume),
        "GATEWAY_LISTEN": ",".join(f"{one}:{port}" for one in sorted({LOOPBACK, address()})),
        "GATEWAY_SERVER": "hypercorn",  # the default one listens on every address
        "OVERRIDE_IN_DOCKER": "0",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DNS_ADDRESS": "0",
        "S3_SKIP_KMS_KEY_VALIDATION": "0",
    }


def _environment(home: Path, port: int) -> dict[str, str]:
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "PYTHONPATH": os.pathsep.join([str(_entry_points(home)), str(ROOT)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        **settings(home / "volume", port),
        "LAMBDA_RUNTIME_EXECUTOR": "local",
        "LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT": "120",
        "LAMBDA_RETRY_BASE_DELAY": "0",
        "CFN_PER_RESOURCE_TIMEOUT": "120",
    }


def _entry_points(home: Path) -> Path:
    """Make what tells LocalStack of our plugins as if they were installed beside it; return its folder."""
    place = home / "plugins/localcloud-0.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text("Metadata-Version: 2.1\nName: localcloud\nVersion: 0\n")
    (place / "entry_points.txt").write_text(_ENTRY_POINTS)
    return place.parent
