"""What a function's process is made of: its program, its folder and its environment."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud import containers

_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class Image:
    """Where a function's code lies, the Python that runs it, and the variables it sets.

    container: the image that it runs in, with all of that, where it is no process of this machine.
    """

    code: Path
    python: str
    variables: Mapping[str, str] = field(default_factory=lambda: {"PATH": _PATH})
    container: str | None = None

    @classmethod
    def of(cls, config: Any) -> "Image":
        """Find it for LocalStack's configuration of a function version.

        LOCAL_LAMBDA_IMAGES is JSON: {image uri: {"code": folder, "python": program, "variables": {}}}.
        """
        if config.code:
            return cls(config.code.get_unzipped_code_location(), os.environ["LOCAL_LAMBDA_PYTHON"])
        known = json.loads(os.environ.get("LOCAL_LAMBDA_IMAGES", "{}"))
        uri = config.image.image_uri
        if uri not in known:
            raise LookupError(f"no folder for image {uri}: LOCAL_LAMBDA_IMAGES has {sorted(known)}")
        return cls(
            Path(known[uri]["code"]), known[uri]["python"], known[uri]["variables"], containers.image()
        )


def handler_of(config: Any) -> str:
    """The handler's dotted name; an image's is its command."""
    return str(config.image_config.command[0] if config.image else config.handler)


def environment_of(image: Image, from_localstack: Mapping[str, object], api: str) -> dict[str, str]:
    """The environment of a function's process, which speaks to the runtime API at that address."""
    return {
        **image.variables,
        "PATH": f"/opt/bin:{image.variables['PATH']}",
        "LANG": "C.UTF-8",
        "HOME": "/tmp",  # noqa: S108  the container's own
        "TMPDIR": "/tmp",  # noqa: S108
        "LD_LIBRARY_PATH": "/opt/lib",
        "PYTHONPATH": "/opt/python",
        **_of_function(from_localstack, api),
        "LAMBDA_TASK_ROOT": str(image.code),
    }


def environment_of_container(from_localstack: Mapping[str, object], api: str) -> dict[str, str]:
    """The environment of a function's container: the image brings the rest, also where its code lies."""
    return {**_of_function(from_localstack, api), "LAMBDA_TASK_ROOT": "/var/task"}


def _of_function(from_localstack: Mapping[str, object], api: str) -> dict[str, str]:
    endpoints = {name: value for name, value in os.environ.items() if name.startswith("AWS_ENDPOINT_URL_")}
    given = {name: str(value) for name, value in from_localstack.items()}
    return {**given, **endpoints, "AWS_LAMBDA_RUNTIME_API": api}
