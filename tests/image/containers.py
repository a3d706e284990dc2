"""Containers of the image that is tested."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

IMAGE = os.environ.get("LOCALCLOUD_IMAGE", "")
AS_A_TASK = ("--user", "postgres", "--read-only", "--cap-drop", "ALL")
AS_LAMBDA = (
    *("--user", "993:990", "--read-only", "--ipc", "none", "--cap-drop", "ALL"),
    *("--security-opt", "no-new-privileges", "--tmpfs", "/tmp:mode=1777,size=512m"),
)


def docker(*words: str) -> str:
    """What the client answers."""
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout


def inspected() -> dict[str, Any]:
    """What Docker knows of the image."""
    (found,) = json.loads(docker("image", "inspect", IMAGE))
    return dict(found)


def run(script: str, *options: str) -> str:
    """What a shell script prints in a container, which is gone then."""
    return docker("run", "--rm", *options, "--entrypoint", "sh", IMAGE, "-ec", script)
