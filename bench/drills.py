"""Backups under clients that write without pause, each drilled: how many pass."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from demo.scims import create_scims
from demo.server import ThrowawayServer
from demo.writers import Writers

_SCIMS = Path(sys.executable).with_name("scims-backup")
_CLIENTS = 4
_USERS = 4_000
_PASSWORD = "only for measuring"  # noqa: S105


def measure_drills(rounds: int) -> None:
    """Take so many backups of a database that four clients write to, drill each, and count the passed."""
    passed = 0
    with tempfile.TemporaryDirectory(prefix="scims-bench-") as work:
        Path(work).chmod(0o711)  # the server's user must reach its own directory
        with ThrowawayServer(Path(work) / "server") as server:
            create_scims(server, "scims", _USERS)
            with Writers(server, "scims", _USERS, _CLIENTS) as writers:
                for number in range(1, rounds + 1):
                    before = writers.committed
                    _run(server, work, "backup")
                    during = writers.committed - before
                    report = _run(server, work, "drill")
                    passed += report["verdict"] == "passed"
                    print(
                        f"{number:3}: {report['verdict']}; {during:,} writes while it was taken", flush=True
                    )
                    for finding in report["findings"]:
                        print(f"     {finding}", flush=True)
    print(f"{passed} drills of {rounds} passed")


def _run(server: ThrowawayServer, work: str, command: str) -> dict[str, Any]:
    environment = {
        **os.environ,
        "RESTIC_PASSWORD": _PASSWORD,
        "SCIMS_SOURCE": "bench",
        "SCIMS_SOURCE_URL": f"postgresql://scims_backup@/scims?host={server.home}",
        "SCIMS_CATALOG": f"file://{work}/catalog",
        "SCIMS_VAULT": f"restic:{work}/vault",
    }
    done = subprocess.run(
        [_SCIMS, command, "--quiet", "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    document: dict[str, Any] = json.loads(done.stdout)
    if "error" in document:
        raise SystemExit(f"{command} failed: {document['error']}")
    return document
