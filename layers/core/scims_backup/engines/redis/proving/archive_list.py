"""Finds in an archive what its proof needs: the key list behind the RDB, and names of keys in the RDB."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from scims_backup.domain.errors import RestoreFailedError
from scims_backup.engines.redis.proving.kept_list import KeptList
from scims_backup.engines.redis.rdb.rdb_error import RdbError
from scims_backup.engines.redis.rdb.reader import RdbReader
from scims_backup.engines.redis.rules.kinds import Kind
from scims_backup.engines.redis.rules.proof import Archive, InArchive, KeyList
from scims_backup.engines.redis.rules.records import hashed, identified

_ANOTHER = "compare with another backup, and take a new one"


@contextmanager
def read_archive(archive: Archive, key_list: KeyList) -> Iterator[InArchive]:
    """Keep the key list of an archive; see rules.proof.ReadArchive."""
    kept = KeptList()
    for chunk in _after_rdb(archive()):
        kept.write(chunk)

    def names(wanted: Collection[bytes]) -> Mapping[bytes, bytes]:
        return names_in_archive(archive, bytes.fromhex(key_list.salt), wanted)

    yield InArchive(kept.records(key_list), names)


def _after_rdb(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what follows the RDB."""
    reader = RdbReader()
    with _condemning():
        for chunk in chunks:
            reader.feed(chunk)
            if reader.ended:
                break
        reader.finish()
    yield reader.rest
    yield from chunks


def names_in_archive(archive: Archive, salt: bytes, wanted: Collection[bytes]) -> Mapping[bytes, bytes]:
    """Return names of keys by what identifies them in records. Raise RestoreFailedError if it has no RDB."""
    found: dict[bytes, bytes] = {}

    def on_key(database: int, _kind: Kind, name: bytes, _expiry: int | None) -> None:
        key = identified(database, hashed(name, salt))
        if key in wanted:
            found[key] = name

    reader = RdbReader(on_key=on_key)
    with _condemning():
        for chunk in archive():
            reader.feed(chunk)
            if reader.ended:
                break
        reader.finish()
    return found


@contextmanager
def _condemning() -> Iterator[None]:
    try:
        yield
    except RdbError as error:
        raise RestoreFailedError(f"the archive is damaged: {error}", _ANOTHER) from error
