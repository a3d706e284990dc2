"""The image under the runtime interface emulator that AWS gives out, which the SAM CLI has in its package."""

import json
import os
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from localcloud.clients import REGION
from localcloud.deployment import SOURCE, Deployment
from localcloud.places import free_ports, sam
from tests.e2e.waiting import until
from tests.image.containers import AS_LAMBDA, IMAGE, docker


@contextmanager
def emulated(stack, function):
    """A function in the emulator; yields how to invoke it with an event."""
    (rie,) = sam().parents[1].glob("lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-x86_64")
    configuration = stack.cloud.client("lambda").get_function_configuration(
        FunctionName=f"{stack.name}-{function}"
    )
    given = configuration["Environment"]["Variables"] | stack.cloud.environment() | {"AWS_REGION": REGION}
    invoked, runtime = free_ports(2)
    container = docker(
        *("run", "--detach", "--pull", "never", "--network", "host", *AS_LAMBDA),
        *(
            "--memory",
            f"{configuration['MemorySize']}m",
            "--volume",
            f"{rie}:/rie:ro",
            "--entrypoint",
            "/rie",
        ),
        *(word for name, value in given.items() for word in ("--env", f"{name}={value}")),
        *(IMAGE, "--runtime-interface-emulator-address", f"127.0.0.1:{invoked}"),
        *("--runtime-api-address", f"127.0.0.1:{runtime}"),
        *(
            "/opt/venv/bin/python",
            "-m",
            "awslambdaric",
            *configuration["ImageConfigResponse"]["ImageConfig"]["Command"],
        ),
    ).strip()
    url = f"http://127.0.0.1:{invoked}/2015-03-31/functions/function/invocations"

    def invoke(event):
        with urllib.request.urlopen(url, json.dumps(event).encode(), timeout=120) as answer:
            return json.load(answer)

    try:
        until(lambda: _listens(invoked))
        yield invoke
    finally:
        docker("rm", "--force", "--volumes", container)


def _listens(port):
    wanted = f":{port:04X} "
    return any(wanted in line and " 0A " in line for line in Path("/proc/net/tcp").read_text().splitlines())


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the image is for x86-64")
def test_a_night_in_the_emulator_is_taken_once(stack: Deployment):
    moment = stack.next_time()
    with emulated(stack, "dump") as invoke:
        first = invoke({"scheduled": f"{moment:%Y-%m-%dT%H:%M:%SZ}"})
        again = invoke({"scheduled": f"{moment:%Y-%m-%dT%H:%M:%SZ}"})
    assert first["outcome"] == "completed", first
    assert again["outcome"] == "already done", again
    stack.cloud.settle()
    assert stack.backups()[-1] == f"{moment:%Y%m%dT%H%M%SZ}"
    assert first["backup"] == f"{SOURCE}-{moment:%Y%m%dT%H%M%SZ}"
