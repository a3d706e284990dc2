"""LocalStack: S3 with events and keys, as those who test AWS know it; it takes any credentials."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.programs import cache_directory
from tests.support.s3.process import S3ServerError, free_ports, running
from tests.support.s3.server import S3Server

_LOCK = Path(__file__).parents[2] / "localstack.lock"


@contextmanager
def localstack_server(services: str = "s3,kms") -> Iterator[S3Server]:
    """Run LocalStack with some of its services, loaded when they are first asked."""
    (port,) = free_ports(1)
    server = S3Server("localstack", f"http://127.0.0.1:{port}", access_key="test")
    command = [str(_python()), "-m", "localstack.runtime.main"]
    with running(lambda _home: command, _environment(port, services), server.answers):
        yield server


def _python() -> Path:
    """Python of the virtual environment that scripts/lib/localstack.sh made for this lock file."""
    version = hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:12]
    directory = cache_directory().with_name("localstack") / version
    if not (directory / ".installed").exists():
        raise S3ServerError(f"no LocalStack in {directory}: run `make setup-tests`")
    return directory / "bin/python"


def _environment(port: int, services: str) -> dict[str, str]:
    return {
        "SERVICES": services,
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "GATEWAY_SERVER": "hypercorn",  # the default one listens on every address
        "LOCALSTACK_VOLUME_DIR": ".",
        "OVERRIDE_IN_DOCKER": "0",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DNS_ADDRESS": "0",
        "S3_SKIP_KMS_KEY_VALIDATION": "0",
    }
