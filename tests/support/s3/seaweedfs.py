"""seaweedfs: a real S3 server on disk, which checks credentials, signatures and checksums."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localcloud.places import free_ports
from tests.support.s3.process import running
from tests.support.s3.server import S3Server

# weed counts free disk in volumes, and every bucket takes one: a small disk would end a long run of tests
_VOLUMES = 10_000
_PARTS = ("master", "volume", "filer", "admin", "s3")


@contextmanager
def seaweedfs_server(**keys: str) -> Iterator[S3Server]:
    """Run `weed mini` on loopback ports, telling nobody of it. keys: access_key and secret_key of its own."""
    ports = free_ports(2 * len(_PARTS))
    server = S3Server("seaweedfs", f"http://127.0.0.1:{ports[-1]}", **keys)
    credentials = {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}
    with running(lambda home: _command(home, ports), credentials, server.answers):
        yield server


def _command(home: Path, ports: list[int]) -> list[str]:
    grpc, http = ports[: len(_PARTS)], ports[len(_PARTS) :]
    flags = [f"-{part}.port={port}" for part, port in zip(_PARTS, http, strict=True)]
    flags += [f"-{part}.port.grpc={port}" for part, port in zip(_PARTS, grpc, strict=True)]
    flags += [f"-{part}.localSocket={home / part}.sock" for part in ("filer", "s3")]
    weed = Path(sys.executable).with_name("weed")
    return [
        str(weed), "mini", f"-dir={home}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", *flags,
        "-master.telemetry=false", "-admin.ui=false", "-webdav=false", f"-volume.max={_VOLUMES}",
        "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.autoCreateBucket=false",
    ]  # fmt: skip
