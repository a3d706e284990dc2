"""The first bytes of an RDB, and what other files begin with."""

from __future__ import annotations

from typing import Final

from scims_backup.engines.redis.rdb.layout import MAGIC_BYTES, NEWEST_VERSIONS, OLDEST_VERSION
from scims_backup.engines.redis.rdb.rdb_error import RdbError, Reason
from scims_backup.engines.redis.rdb.window import Steps, Window

_OTHERS: Final = {
    b"*": "an append-only file (AOF) of commands: take the server's RDB (dump.rdb)",
    b"file ": "the manifest of an append-only file (AOF): take the server's RDB (dump.rdb)",
    b"\x1f\x8b": "a gzip file: unpack it first",
    b"\x28\xb5\x2f\xfd": "a zstd file: unpack it first",
    b"PK\x03\x04": "a zip archive: unpack it first",
    b"PGDMP": "an archive of PostgreSQL",
    b"<": "HTML or XML, as an error page is",
    b"-": "a server's error, not its data",
}


def header(window: Window) -> Steps[tuple[bytes, int]]:
    """Read magic and version. Raise RdbError if it is no RDB, or none of a version that is known."""
    start = yield from window.exactly(MAGIC_BYTES)
    refuse_other(start)
    magic = next(magic for magic in NEWEST_VERSIONS if start.startswith(magic))
    version = int(start[len(magic) :])
    newest = NEWEST_VERSIONS[magic]
    if not OLDEST_VERSION <= version <= newest:
        cure = "update scims-backup" if version > newest else "save it with a newer server"
        raise RdbError(
            Reason.VERSION_UNKNOWN,
            f"RDB version {version} of {magic.decode()}, but {OLDEST_VERSION} to {newest} are known: {cure}",
        )
    return magic, version


def refuse_other(start: bytes) -> None:
    """Raise RdbError if no RDB begins with these bytes, 9 at most."""
    if not start:
        raise RdbError(Reason.NOT_AN_RDB, "this is not an RDB: it is empty")
    if any(_may_be(start, magic) for magic in NEWEST_VERSIONS):
        return
    what = next((what for other, what in _OTHERS.items() if start.startswith(other)), None)
    text = f"it is {what}" if what else "it begins with neither REDIS nor VALKEY and a version"
    raise RdbError(Reason.NOT_AN_RDB, f"this is not an RDB: {text}")


def _may_be(start: bytes, magic: bytes) -> bool:
    version = start[len(magic) :]
    return start[: len(magic)] == magic[: len(start)] and (not version or version.isdigit())
