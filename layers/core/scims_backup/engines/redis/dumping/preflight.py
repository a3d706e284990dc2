"""Looking at a server before it is asked for its RDB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import redis

from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.connect.client import client_of
from scims_backup.engines.redis.connect.redis_errors import errors_as_source
from scims_backup.engines.redis.connect.server_facts import ServerFacts
from scims_backup.engines.redis.rules.concerns import SETTINGS, Concern, Kernel, Observed, Weight, concerns
from scims_backup.engines.redis.sandbox.memory import available_in

_HERE = ("127.0.0.1", "::1", "localhost")
_SERVERS = ("redis-server", "valkey-server")


def looked_at(address: RedisAddress, facts: ServerFacts) -> Iterator[Concern]:
    """Yield what there is to say of a server and the way to it. Raise SourceError if it does not answer."""
    with client_of(address, database=0, decode=True) as client, errors_as_source(f"checking {address}"):
        config = _config(client)
    kernel = kernel_of(address, facts)
    yield from concerns(Observed(facts.info, config, kernel, facts.modules))
    yield from _unverified(address)


def kernel_of(address: RedisAddress, facts: ServerFacts, root: Path = Path("/proc")) -> Kernel | None:
    """Return the memory settings of the server's kernel if it is seen to be a process of this machine."""
    if not address.socket and address.host not in _HERE:
        return None
    try:
        # a tunnel or a container ends here as well, and then there is no such process
        command = (root / str(facts.info.get("process_id", 0)) / "cmdline").read_text(errors="replace")
        overcommit = int((root / "sys/vm/overcommit_memory").read_text())
        available = available_in((root / "meminfo").read_text())
    except (OSError, ValueError):
        return None
    if available is None or not any(name in command for name in _SERVERS):
        return None
    return Kernel(overcommit, available)


def _config(client: redis.Redis) -> dict[str, str] | None:
    try:
        # one by one: Redis 6.2 takes one name at a time
        return {str(name): str(value) for one in SETTINGS for name, value in client.config_get(one).items()}
    except redis.ResponseError:  # forbidden, or CONFIG is disabled
        return None


def _unverified(address: RedisAddress) -> Iterator[Concern]:
    weak = [option for option, value in address.options.items() if value in ("none", "false")]
    if weak:
        yield Concern(
            "tls",
            Weight.PROBLEM,
            f"TLS is not verified ({', '.join(weak)}): another server could answer and get the password",
            "Remove the option from the URL, and name the authority in ssl_ca_certs",
        )
