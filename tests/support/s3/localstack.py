"""LocalStack: S3 with events and keys, as those who test AWS know it; it takes any credentials."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localcloud.localstack import settings
from localcloud.places import free_ports, localstack_python
from tests.support.s3.process import running
from tests.support.s3.server import S3Server


@contextmanager
def localstack_server(services: str = "s3,kms,cloudformation,scheduler,sns") -> Iterator[S3Server]:
    """Run LocalStack with some of its services, loaded when they are first asked."""
    (port,) = free_ports(1)
    server = S3Server("localstack", f"http://127.0.0.1:{port}", access_key="test")
    command = [str(localstack_python()), "-m", "localstack.runtime.main"]
    with running(lambda _home: command, {**settings(Path(), port), "SERVICES": services}, server.answers):
        yield server
