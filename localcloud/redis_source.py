"""A SCIMS Redis to back up: a server whose users have passwords, and its secrets."""

import hashlib
import json
import secrets
import subprocess
from pathlib import Path

from redis import Redis

from localcloud.kept import end_kept, start_kept
from localcloud.listening import address
from localcloud.places import free_ports, redis_server
from localcloud.redis_process import await_redis, populate, version_of

REDIS_ROLE = "scims_backup"
_ADMINISTRATOR = "scims_admin"
RIGHTS = "+ping +info +replconf +psync +client|setname +config|get +time +multi"
"""What docs/redis.md grants, and no more."""
_SYSTEM = "/usr/local/bin:/usr/bin:/bin"
_CONFIGURATION = """\
bind {address}
protected-mode no
port {port}
dir {home}
save ""
repl-diskless-sync-delay 0
user default off
user {role} on #{role_hash} resetkeys resetchannels -@all {rights}
user {administrator} on #{administrator_hash} allkeys allchannels allcommands
"""


class RedisSource:
    """A server of Redis with what SCIMS keeps there.

    home: a folder to make.
    users: of SCIMS; two keys for each.
    """

    def __init__(self, home: Path, users: int) -> None:
        self.program = redis_server()
        (self.port,) = free_ports(1)
        self._home, self._users = home, users
        self.password, self._administrator_password = secrets.token_urlsafe(12), secrets.token_urlsafe(12)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def server(self) -> str:
        """The image of which the program would be, as the template's RedisServer says it."""
        flavour, version = version_of(self.program)
        major = version.partition(".")[0]
        return f"redis:{major}" if flavour == "Redis" else f"valkey/valkey:{major}"

    @property
    def process(self) -> int:
        """The id of the server's process."""
        with self.connect() as client:
            return int(client.info("server")["process_id"])

    def start(self) -> None:
        """Start it. Raise LocalCloudError if it does not come up."""
        self._home.mkdir(mode=0o700)
        configuration = self._home / "redis.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                address=address(),
                port=self.port,
                home=self._home,
                role=REDIS_ROLE,
                rights=RIGHTS,
                role_hash=_hash(self.password),
                administrator=_ADMINISTRATOR,
                administrator_hash=_hash(self._administrator_password),
            )
        )
        with (self._home / "log").open("wb") as log:
            self._process = start_kept(
                [str(self.program), str(configuration)], {"PATH": _SYSTEM}, cwd=self._home, output=log
            )
        await_redis(self._process, self.connect, self._home / "log")

    def fill(self) -> None:
        """Put in what SCIMS keeps there."""
        with self.connect() as client:
            populate(client, self._users)

    def connect(self, database: int = 0) -> Redis:
        """Connect as the administrator."""
        return Redis(
            host=address(),
            port=self.port,
            username=_ADMINISTRATOR,
            password=self._administrator_password,
            db=database,
        )

    def saved(self) -> bytes:
        """Return the RDB of this moment."""
        with self.connect() as client:
            client.save()
        return (self._home / "dump.rdb").read_bytes()

    def secret(self) -> str:
        """The backup user's secret, with the server's address."""
        return self._secret(REDIS_ROLE, self.password)

    def administrator(self) -> str:
        """The administrator's secret."""
        return self._secret(_ADMINISTRATOR, self._administrator_password)

    def stop(self) -> None:
        """End it; nothing is kept."""
        if self._process is not None:
            end_kept(self._process)
            self._process = None

    def _secret(self, user: str, password: str) -> str:
        return json.dumps({"url": f"redis://{user}@{address()}:{self.port}", "password": password})


def _hash(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
