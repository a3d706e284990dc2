"""A process that stores into a vault, or reads from it, and tells how much memory it took; it may be killed.

python -m tests.support.s3.child BUCKET PREFIX CATALOG [store MIB | hang MIB | read REF]

hang: it stores, and waits once all parts so far are sent.
"""

import os
import signal
import sys
from concurrent.futures import wait
from pathlib import Path

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.adapters.s3.client import new_client
from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.vaults.s3 import S3Vault
from scims_backup.domain.backup import BackupId


def main(bucket: str, prefix: str, catalog: str, verb: str, what: str) -> None:
    """Do one thing and print about it."""
    vault = S3Vault(new_client(), S3Place(bucket, prefix), "scims-db", FolderCatalog(Path(catalog)))
    if verb == "read":
        with vault.read(what) as chunks:
            print(sum(map(len, chunks)))  # noqa: T201
    else:
        _store(vault, int(what), hang=verb == "hang")
    print(_peak_bytes())  # noqa: T201


def _peak_bytes() -> int:
    """Not getrusage, which begins with the peak of the process that started this one."""
    status = Path("/proc/self/status").read_text().splitlines()
    (line,) = [line for line in status if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def _store(vault: S3Vault, mib: int, *, hang: bool) -> None:
    with vault.store(BackupId("scims-db", "20261122T020000Z")) as writer:
        for _ in range(mib):
            writer.write(os.urandom(1 << 20))
        if hang:
            wait(writer._upload._sending._under_way)
            print("waiting", flush=True)  # noqa: T201
            signal.pause()
        print(writer.commit().ref)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
