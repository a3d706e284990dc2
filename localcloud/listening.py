"""Where the cloud listens: on loopback alone, or on request where containers of Docker's bridge reach it."""

import os
import subprocess
from functools import cache

from localcloud.errors import LocalCloudError

VARIABLE = "LOCALCLOUD_FROM_CONTAINERS"
LOOPBACK = "127.0.0.1"
_GATEWAY = "{{(index .IPAM.Config 0).Gateway}}"


def address() -> str:
    """Return loopback, or the address of Docker's bridge if LOCALCLOUD_FROM_CONTAINERS is set.

    Raise LocalCloudError if it is set, and no Docker daemon answers.
    """
    return _bridge() if from_containers() else LOOPBACK


def from_containers() -> bool:
    """Say whether containers of Docker's own network are to reach the cloud."""
    return bool(os.environ.get(VARIABLE))


@cache
def _bridge() -> str:
    command = ["docker", "network", "inspect", "bridge", "--format", _GATEWAY]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise LocalCloudError(
            f"{VARIABLE} is set, but there is no docker: install it, or unset that"
        ) from None
    if asked.returncode != 0:
        raise LocalCloudError(
            f"{VARIABLE} is set, but Docker says: {asked.stderr.strip()}; start it, or unset that"
        )
    return asked.stdout.strip()
