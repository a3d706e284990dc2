"""Clients of the local cloud, made by localstack-client."""

import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.config import Config
from localstack_client.session import Session  # type: ignore[import-untyped]

REGION = "us-east-1"
ACCOUNT = "000000000000"
KEY = "test"
_CONFIG = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"})


class Clients:
    """Gives boto3 clients of LocalStack, and of what stands beside it; threads may share it.

    beside: endpoints by service.
    """

    def __init__(self, url: str, beside: Mapping[str, str]) -> None:
        self._localstack = _session(url)
        self._beside = {service: _session(endpoint) for service, endpoint in beside.items()}
        self._made: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """The client of a service, made when it is first asked for."""
        with self._lock:  # boto3 makes one at a time
            if service not in self._made:
                session = self._beside.get(service, self._localstack)
                self._made[service] = session.client(service, config=_CONFIG)
            return self._made[service]


def _session(url: str) -> Session:
    return Session(
        aws_access_key_id=KEY,
        aws_secret_access_key=KEY,
        region_name=REGION,
        localstack_host=urlsplit(url).netloc,
    )


def environment(url: str, beside: Mapping[str, str]) -> dict[str, str]:
    """What a program must find in its environment to reach this cloud, and no other."""
    return {
        "AWS_ENDPOINT_URL": url,
        **{f"AWS_ENDPOINT_URL_{service.upper()}": endpoint for service, endpoint in beside.items()},
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
