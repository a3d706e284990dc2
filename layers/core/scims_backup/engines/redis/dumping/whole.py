"""Whether all keys that the source wrote have arrived: counts that do not come from one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from scims_backup.domain.errors import DumpFailedError
from scims_backup.engines.redis.rdb.frame import Frame
from scims_backup.engines.redis.rdb.rdb_error import RdbError
from scims_backup.engines.redis.rules.proof import Keys

_AGAIN = "take the backup again; if it fails again, check the server's log and its memory"


@contextmanager
def damage_as_source(name: str) -> Iterator[None]:
    """Turn what is wrong with an RDB into an error of its source. name: where it comes from."""
    try:
        yield
    except RdbError as error:
        cure = "update scims-backup" if error.is_unknown else _AGAIN
        raise DumpFailedError(f"reading the RDB of {name}: {error}", cure) from error


def check_witnesses(frame: Frame, name: str) -> None:
    """Hold what the server said to have when it forked against what the RDB has.

    Raise DumpFailedError if they differ.
    """
    counted = frame.totals
    for database, (keys, expiring) in sorted(frame.resized.items()):
        found = counted.get(database, 0), frame.expiring.get(database, 0)
        if found != (keys, expiring):
            raise DumpFailedError(
                f"the RDB of {name} has {found[0]} keys of database {database}, {found[1]} of them with an "
                f"expiry; the server announced {keys} and {expiring}",
                _AGAIN,
            )


def check_loaded(frame: Frame, loaded: Mapping[int, int], name: str) -> None:
    """Raise DumpFailedError unless a server that loaded the RDB has each of its keys."""
    counted = frame.totals
    for database in sorted({*counted, *loaded}):
        here, there = counted.get(database, 0), loaded.get(database, 0)
        if here != there:
            raise DumpFailedError(
                f"the RDB of {name} has {here} keys of database {database}, of which a server loaded {there}",
                _AGAIN,
            )


def check_proven(frame: Frame, proven: Sequence[Keys], name: str) -> None:
    """Raise DumpFailedError unless the proof counted as many keys of each type as the RDB has."""
    by_kind: dict[tuple[int, str], int] = {}
    for one in proven:
        by_kind[one.database, one.kind] = by_kind.get((one.database, one.kind), 0) + one.keys
    for database, kinds in frame.keys.items():
        for kind, count in kinds.items():
            found = by_kind.pop((database, kind), 0)
            if found != count:
                raise DumpFailedError(
                    f"the RDB of {name} has {count} keys of type {kind} in database {database}, of which "
                    f"{found} were proven",
                    _AGAIN,
                )
    if by_kind:
        raise DumpFailedError(f"keys were proven that the RDB of {name} does not have", _AGAIN)
