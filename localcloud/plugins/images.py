"""What a function's process is made of: its program, its folder and its environment."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class Image:
    """Where a function's code lies, the Python that runs it, and the variables it sets."""

    code: Path
    python: str
    variables: Mapping[str, str] = field(default_factory=lambda: {"PATH": _PATH})

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
        return cls(Path(known[uri]["code"]), known[uri]["python"], known[uri]["variables"])


def handler_of(config: Any) -> str:
    """The handler's dotted name; an image's is its command."""
    return str(config.image_config.command[0] if config.image else config.handler)


def environment_of(image: Image, from_localstack: Mapping[str, object], api: str) -> dict[str, str]:
    """The environment of a function's process, which speaks to the runtime API at that address."""
    endpoints = {name: value for name, value in os.environ.items() if name.startswith("AWS_ENDPOINT_URL_")}
    return {
        **image.variables,
        "PATH": f"/opt/bin:{image.variables['PATH']}",
        "LANG": "C.UTF-8",
        "HOME": "/tmp",  # noqa: S108  the container's own
        "TMPDIR": "/tmp",  # noqa: S108
        "LD_LIBRARY_PATH": "/opt/lib",
        "PYTHONPATH": "/opt/python",
        **{name: str(value) for name, value in from_localstack.items()},
        **endpoints,
        "LAMBDA_TASK_ROOT": str(image.code),
        "AWS_LAMBDA_RUNTIME_API": api,
    }
