"""Redis: time of a backup beside `redis-cli --rdb` alone, its memory, and drills under writing clients."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.memory import pss, tree
from bench.wall import print_table
from tests.support.redis_data import fill_large, fill_many
from tests.support.redis_servers import RunningRedis, running
from tests.support.redis_writers import writing

_SCIMS = Path(sys.executable).with_name("scims-backup")
_PASSWORD = "only for measuring"  # noqa: S105
_BARE = "redis-cli --rdb - >/dev/null"
_CLIENTS = 4
_EVERY_SECONDS = 0.05


@dataclass
class Peaks:
    """The greatest sums of PSS, in bytes.

    ours: of the program and what it starts, without the sandbox's server.
    sandbox: of the sandbox's server.
    """

    ours: int = 0
    sandbox: int = 0

    def look(self, root: int) -> None:
        """Look at a process and all that it started."""
        processes = list(tree(root))
        servers = [pid for pid in processes if _is_server(pid)]
        self.sandbox = max(self.sandbox, sum(map(pss, servers)))
        self.ours = max(self.ours, sum(pss(pid) for pid in processes if pid not in servers))


def measure_redis(keys: int, rounds: int) -> None:
    """Print seconds of the bare stream and of backups at both levels, alternating, and their memory."""
    with running() as server, server.client() as client, _deployment(server) as environment:
        fill_many(client, keys)
        print(f"{_facts(server)}; {rounds} rounds, alternating", flush=True)
        seconds: dict[str, list[float]] = {}
        for number in range(rounds + 1):
            for name, run in _measured(server, environment).items():
                begun = time.monotonic()
                run()
                if number > 0:  # the first round only warms the caches, and initialises the vault
                    seconds.setdefault(name, []).append(time.monotonic() - begun)
        print_table(seconds)
        _print_peaks(environment)


def measure_redis_memory(gigabytes: float) -> None:
    """Print the memory of a backup of a twentieth of a size, and of the size."""
    for size in (gigabytes / 20, gigabytes):
        with running() as server, server.client() as client, _deployment(server) as environment:
            fill_large(client, int(size * 1e9))
            print(_facts(server), flush=True)
            _print_peaks(environment)


def measure_redis_drills(keys: int, rounds: int) -> None:
    """Back up and drill a server to which clients write without pause, and count the passed drills."""
    passed = 0
    with running() as server, server.client() as client, _deployment(server) as environment:
        fill_many(client, keys)
        with writing(server, _CLIENTS):
            print(f"{_facts(server)}; {_CLIENTS} clients write, expire and delete", flush=True)
            for number in range(1, rounds + 1):
                before = _commands_of(server)
                _answer(environment, "backup")
                during = _commands_of(server) - before
                report = _answer(environment, "drill")
                passed += report["verdict"] == "passed"
                print(f"{number:3}: {report['verdict']}; {during:,} commands while it was taken", flush=True)
                for finding in report["findings"]:
                    print(f"     {finding}", flush=True)
    print(f"{passed} drills of {rounds} passed")


def _measured(server: RunningRedis, environment: Mapping[str, str]) -> Mapping[str, Callable[[], object]]:
    client = server.program.path.with_name(server.program.path.name.replace("-server", "-cli"))
    return {
        _BARE: lambda: subprocess.run(
            [client, "-s", str(server.socket), "--rdb", "-"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        ),
        "backup --level counts": lambda: _answer(environment, "backup", "--level", "counts"),
        "backup --level full": lambda: _answer(environment, "backup", "--level", "full"),
    }


@contextmanager
def _deployment(server: RunningRedis) -> Iterator[dict[str, str]]:
    """Give the environment of the program for backups of a server."""
    with tempfile.TemporaryDirectory(prefix="scims-bench-") as work:
        Path(work).chmod(0o711)  # the sandbox's user must reach its own directory
        yield {
            **os.environ,
            "RESTIC_PASSWORD": _PASSWORD,
            "SCIMS_SOURCE": "bench",
            "SCIMS_SOURCE_URL": server.socket_url,
            "SCIMS_CATALOG": f"file://{work}/catalog",
            "SCIMS_VAULT": f"restic:{work}/vault",
        }


def _print_peaks(environment: Mapping[str, str]) -> None:
    for command in (["backup", "--level", "counts"], ["backup", "--level", "full"], ["drill"]):
        peaks = Peaks()
        _answer(environment, *command, looks=peaks)
        print(
            f"{' '.join(command):24} highest sum of PSS: {peaks.ours / 1e6:5.0f} MB, "
            f"and the sandbox's server {peaks.sandbox / 1e6:5.0f} MB",
            flush=True,
        )


def _answer(environment: Mapping[str, str], *command: str, looks: Peaks | None = None) -> dict[str, Any]:
    process = subprocess.Popen(
        [_SCIMS, *command, "--quiet", "--json"], env=environment, stdout=subprocess.PIPE, text=True
    )
    if looks is not None:
        threading.Thread(target=_look_until_the_end, args=(process, looks), daemon=True).start()
    document: dict[str, Any] = json.loads(process.communicate()[0])
    if "error" in document:
        raise SystemExit(f"{command} failed: {document['error']}")
    return document


def _look_until_the_end(process: "subprocess.Popen[str]", peaks: Peaks) -> None:
    while process.poll() is None:
        peaks.look(process.pid)
        time.sleep(_EVERY_SECONDS)


def _is_server(pid: int) -> bool:
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False  # ended meanwhile
    return b"-server" in arguments


def _facts(server: RunningRedis) -> str:
    with server.client() as client:
        keys, memory = client.dbsize(), client.info("memory")["used_memory"]
    return f"{server.program}: {keys:,} keys, {memory / 1e6:,.0f} MB"


def _commands_of(server: RunningRedis) -> int:
    with server.client() as client:
        return int(client.info("stats")["total_commands_processed"])
