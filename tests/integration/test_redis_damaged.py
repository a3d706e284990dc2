"""Archives of Redis that are not, or never were, what the manifest says: `verify` and `drill` find it."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.adapters.vaults.restic import ResticVault
from scims_backup.domain.backup import BackupId
from tests.support.cli import Cli
from tests.support.rdb_writer import string
from tests.support.redis_data import fill
from tests.support.redis_deployments import redis_deployment
from tests.support.redis_roots import sandbox_root
from tests.support.redis_sandboxes import with_header
from tests.support.redis_servers import running
from tests.support.redis_streams import Alter, flipped, truncated
from tests.support.restic import no_sleep

AOF = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n" * 100

DEADLY = b"\x10\x01k\x07garbage"
MUCH = b"\x00\x01l" + string(bytes(16 << 20))
"""More than a socket's buffers take: it is seen that the server is dead."""


@dataclass(frozen=True)
class Kept:
    """A backup whose archive can be exchanged."""

    cli: Cli
    manifest: Path

    def exchange(self, alter: Alter, *, renew: bool) -> None:
        """Let the manifest name another archive, made of its own. renew: its size and checksum as well."""
        document = json.loads(self.manifest.read_text())
        archive, backup = document["archive"], BackupId.parse(document["id"])
        with self._vault.read(archive["ref"]) as chunks:
            data = alter(b"".join(chunks))
        with self._vault.store(backup) as writer:
            writer.write(data)
            archive["ref"] = writer.commit().ref
        if renew:
            archive.update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
        self.manifest.write_text(json.dumps(document))

    @property
    def _vault(self) -> ResticVault:
        environment = self.cli.environment
        catalog = FolderCatalog(Path(environment["SCIMS_CATALOG"].removeprefix("file://")))
        repository = environment["SCIMS_VAULT"].removeprefix("restic:")
        return ResticVault(
            repository, environment["SCIMS_SOURCE"], catalog, {**os.environ, **environment}, sleep=no_sleep
        )


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Take one backup; every test harms a copy of it."""
    directory = tmp_path_factory.mktemp("sound")
    with running() as server:
        fill(server)
        environment = redis_deployment(server, directory)
        ended = Cli(environment).run("backup", "--json")
        assert ended.code == 0, ended.err
    return environment, directory


@pytest.fixture
def kept(sound, tmp_path):
    environment, directory = sound
    for part in ("catalog", "restic"):
        shutil.copytree(directory / part, tmp_path / part)
    here = {"SCIMS_CATALOG": f"file://{tmp_path / 'catalog'}", "SCIMS_VAULT": f"restic:{tmp_path / 'restic'}"}
    (manifest,) = (tmp_path / "catalog").glob("manifests/*/*.json")
    with sandbox_root() as sandboxes:
        yield Kept(Cli({**environment, **here, "SCIMS_SANDBOX_DIR": str(sandboxes)}), manifest)


def always(data: bytes) -> Alter:
    return lambda _: data


DAMAGE = [
    *(pytest.param(flipped(at), id=f"flipped at {at}") for at in (0, 0.5, 1)),
    *(pytest.param(truncated(at), id=f"truncated at {at}") for at in (0.5, 0.9999)),
    pytest.param(always(AOF), id="an append-only file"),
    pytest.param(lambda rdb: with_header(rdb, DEADLY, MUCH), id="the sandbox's server dies of them"),
]


@pytest.mark.parametrize("alter", DAMAGE)
def test_bytes_that_are_not_the_manifests_are_damage_to_verify_and_drill(kept: Kept, alter: Alter) -> None:
    kept.exchange(alter, renew=False)
    verified = kept.cli.run("verify", "--json")
    assert (verified.code, verified.document["error"]["kind"]) == (1, "ArchiveDamagedError"), verified.out
    drill = kept.cli.run("drill", "--json")
    found = [one["kind"] for one in drill.document["findings"]]
    assert (drill.code, found) == (3, ["archive-damaged"]), drill.out


NOT_RESTORED = [
    *(pytest.param(flipped(at), 3, "", id=f"flipped at {at}") for at in (0.1, 1)),
    *(pytest.param(truncated(at), 3, "", id=f"truncated at {at}") for at in (0.5, 0.9999)),
    pytest.param(always(AOF), 3, "append-only file", id="an append-only file"),
    pytest.param(always(b"no RDB at all " * 100), 3, "neither REDIS nor VALKEY", id="text"),
    pytest.param(lambda rdb: b"REDIS9999" + rdb[9:], 4, "9999", id="of a newer version"),
]


@pytest.mark.parametrize(("alter", "code", "why"), NOT_RESTORED)
def test_an_archive_that_was_stored_wrong_is_found_by_the_drill(
    kept: Kept, alter: Callable[[bytes], bytes], code: int, why: str
) -> None:
    kept.exchange(alter, renew=True)
    assert kept.cli.run("verify", "--json").code == 0
    drill = kept.cli.run("drill", "--json")
    assert drill.code == code, drill.out
    assert why in json.dumps(drill.document)
