"""moto: S3 in memory; it takes any credentials."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from localcloud.places import free_ports
from tests.support.s3.process import running
from tests.support.s3.server import S3Server


@contextmanager
def moto_server() -> Iterator[S3Server]:
    """Run moto in a process of its own: pytest forks, and forbids sockets in places."""
    (port,) = free_ports(1)
    server = S3Server("moto", f"http://127.0.0.1:{port}")
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    with running(lambda _home: command, {}, server.answers):
        yield server
