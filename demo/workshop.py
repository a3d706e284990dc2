"""The folder of the demo: what scims-backup is told, where it keeps things, and what it kept."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

_SETTINGS = """\
catalog = "file://{directory}/catalog"

[sources.scims-db]
url = "postgresql://scims_backup@/scims"
vault = "restic:{directory}/vault"
application_role = "scims_app"
expectations = "expectations.yaml"

[sources.scims-redis]
url = "unix://{directory}/redis/redis.sock"
vault = "restic:{directory}/vault"
"""
_EXPECTATIONS = """\
- name: nothing is promised twice
  query: SELECT count(*) FROM public.item_stocks WHERE reserved > quantity
  expected: 0
- name: somebody can log in
  query: SELECT count(*) FROM public.users WHERE active
  condition: '>= 1'
- name: the newest craft is younger than the first organization
  query: SELECT max(created_at) > (SELECT min(created_at) FROM public.organizations) FROM public.crafts
  expected: true
"""


@dataclass(frozen=True)
class Workshop:
    """One directory with everything in it."""

    directory: Path

    @classmethod
    def prepare(cls, directory: Path) -> "Workshop":
        """Write settings, expectations and a password into an empty directory."""
        workshop = cls(directory)
        directory.chmod(0o711)  # the server's user must get to what is its own inside
        workshop.settings.write_text(_SETTINGS.format(directory=directory))
        (directory / "expectations.yaml").write_text(_EXPECTATIONS)
        workshop.password_file.touch(mode=0o600)
        workshop.password_file.write_text(f"{secrets.token_urlsafe(24)}\n")
        return workshop

    @property
    def settings(self) -> Path:
        """The settings document."""
        return self.directory / "scims.toml"

    @property
    def password_file(self) -> Path:
        """The vault's password."""
        return self.directory / "vault-password"

    @property
    def faults(self) -> Path:
        """The SQL that plants faults."""
        return self.directory / "faults.sql"

    @property
    def sockets(self) -> Path:
        """Where the server's socket is, and its data."""
        return self.directory / "server"

    @property
    def redis(self) -> Path:
        """Where the Redis is."""
        return self.directory / "redis"

    @property
    def variables(self) -> dict[str, str]:
        """What the commands find in their environment."""
        return {
            "SCIMS_CONFIG": str(self.settings),
            "SCIMS_SOURCE": "scims-db",
            "RESTIC_REPOSITORY": str(self.directory / "vault"),
            "RESTIC_PASSWORD_FILE": str(self.password_file),
            "RESTIC_CACHE_DIR": str(self.directory / "cache"),
            "PGHOST": str(self.sockets),
            "PGUSER": "postgres",
        }

    def proof(self, key: str) -> dict[str, Any]:
        """Read a proof from the catalog, as any program can (docs/manifest-format.md)."""
        data = (self.directory / "catalog" / key).read_bytes()
        document: dict[str, Any] = json.loads(zstandard.decompress(data))
        return document
