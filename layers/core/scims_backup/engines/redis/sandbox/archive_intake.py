"""An archive on its way into a sandbox's server: first the RDB, then the key list that the proof needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scims_backup.domain.errors import RestoreFailedError, SandboxError
from scims_backup.engines.redis.proving.kept_list import KeptList
from scims_backup.engines.redis.rdb.frame import Frame
from scims_backup.engines.redis.rdb.rdb_error import RdbError
from scims_backup.engines.redis.rdb.reader import RdbReader
from scims_backup.engines.redis.rdb.shifting import SHIFT_MS
from scims_backup.engines.redis.rules.proof import AtHand, KeyList
from scims_backup.engines.redis.sandbox.loading import Loading
from scims_backup.engines.redis.sandbox.server import RunningServer

_ANOTHER = "restore another backup, and take a new one"


class ArchiveIntake:
    """Takes an archive's bytes, and loads its RDB with every expiry shifted, so that no key is hidden.

    key_list: what the proof says of the list at the archive's end; None if it has none.
    """

    def __init__(self, server: RunningServer, loading: Loading, key_list: KeyList | None) -> None:
        self._server, self._loading, self._expected = server, loading, key_list
        self._reader = RdbReader(SHIFT_MS)
        self._list: KeptList | None = None

    def write(self, chunk: bytes) -> None:
        """Take the next bytes. Raise as `finish`."""
        if self._list is not None:
            self._list.write(chunk)
            return
        with _condemning():
            passed_on = self._reader.feed(chunk)
        self._loading.write(passed_on)
        if self._reader.ended:
            self._list = KeptList()
            self._list.write(self._reader.rest)

    def finish(self) -> Frame:
        """The archive is over: wait until its keys are loaded, all of them.

        Raise RestoreFailedError if it cannot be restored, SandboxError if that is the sandbox's fault.
        """
        with _condemning():
            frame = self._reader.finish()
        self._loading.finish()
        loaded = self._server.keys()
        if loaded != frame.totals:
            raise RestoreFailedError(
                f"the RDB has {sum(frame.totals.values())} keys, of which {sum(loaded.values())} were loaded",
                _ANOTHER,
            )
        return frame

    @property
    def at_hand(self) -> AtHand | None:
        """What opens the key list's records; None if the archive has none."""
        if self._expected is None or self._list is None:
            return None
        return self._list.records(self._expected)


@contextmanager
def _condemning() -> Iterator[None]:
    """Turn what is wrong with the RDB into a RestoreFailedError, and what is not known here into another."""
    try:
        yield
    except RdbError as error:
        if error.is_unknown:  # no fault of the archive
            raise SandboxError(str(error), "update scims-backup") from error
        raise RestoreFailedError(f"the archive cannot be restored: {error}", _ANOTHER) from error
