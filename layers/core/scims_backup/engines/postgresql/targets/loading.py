"""pg_restore working on a stream: definitions first, then data by several jobs at once, then indexes.

An archive that came through a pipe does not know where in it a table begins, so that `pg_restore --jobs`
makes each job look for its tables one block after the other. Here each job is a pg_restore that reads all of
it from a pipe, and skips the others' tables as fast as memory gives them, while the archive is still coming.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scims_backup.adapters.processes.watched import CHUNK_BYTES, Child
from scims_backup.domain.errors import RestoreFailedError, TargetError
from scims_backup.engines.postgresql.connect.bytes_as_text import bytes_of
from scims_backup.engines.postgresql.proving.foreign_servers import without_foreign_refreshes
from scims_backup.engines.postgresql.targets.contents import Head, Sharing
from scims_backup.engines.postgresql.targets.jobs import SpooledJob, TableWatch
from scims_backup.engines.postgresql.targets.post_data import partition_depths, passes
from scims_backup.engines.postgresql.targets.properties import apply_custom_settings
from scims_backup.engines.postgresql.targets.spool import Spool
from scims_backup.engines.postgresql.targets.target_errors import targeting
from scims_backup.engines.postgresql.targets.tools import Tools
from scims_backup.ports import Progress

_LOOK_AGAIN_SECONDS = 0.25
_NOT_FILLED = "has not been populated"
"""What PostgreSQL says of a materialized view that is read too early."""
_ROOM = (
    "give the directory for temporary files (TMPDIR) enough space for the archive, or use --jobs 1, which "
    "needs none"
)


class Loading:
    """Restores an archive's definitions and data into a database, while the archive comes.

    name: of the database
    sharing: asked once the definitions are there
    spooled: keep the archive in a file, which several can read; else a single job is fed, and nothing is kept
    progress: receives how many more bytes were loaded, averaged over the jobs, and which tables
    rows: how many each has, by `schema.name`
    """

    def __init__(
        self,
        tools: Tools,
        name: str,
        sharing: Sharing,
        progress: Progress,
        rows: Mapping[str, int],
        *,
        spooled: bool,
    ) -> None:
        self.head = Head(tools.folder / "head", tools.programs)
        self._tools, self._name, self._sharing = tools, name, sharing
        self._spool = Spool(tools.folder / "archive") if spooled else None
        self._jobs: list[SpooledJob] = []
        self._progress, self._counted = progress, 0
        self._rows = rows
        self._watches: list[TableWatch] = []
        self._fed: Child | None = None

    def write(self, chunk: bytes) -> None:
        """Take the archive's next bytes. Raise RestoreFailedError or TargetError."""
        if self._spool is not None:
            _spool(self._spool, chunk)
        elif self._fed is not None:
            self._feed(self._fed, chunk)
        if not self.head.is_over and self.head.write(chunk):
            self._begin()
        for job in self._jobs:
            job.check()
        self._tell()

    def finish(self) -> None:
        """The archive is over: wait until all data are there. Raise as `write`."""
        if self._spool is not None:
            self._spool.end()
        if not self.head.is_over:
            self.head.close()
            self._begin()
        for job in self._jobs:
            while job.is_at_work(_LOOK_AGAIN_SECONDS):
                self._tell()
            job.finish()
        if self._spool is not None:
            self._tell_of(self._spool.length)  # a job that has all its tables leaves the rest unread
            self._spool.remove()  # indexes need the room
        if self._fed is not None:
            self._fed.end_input()
            self._tools.finish(self._fed)
        for watch in self._watches:
            watch.end()

    def build(self, jobs: int) -> None:
        """Build indexes and constraints. jobs: how many at once. Raise as `write`."""
        with self._tools.server.connected(self._name) as connection, targeting(f"checking {self._name}"):
            contents = without_foreign_refreshes(connection, self.head.contents())
            depths = partition_depths(connection)
        for one in passes(contents, depths):
            if one.again:
                self._refresh(one.entries, jobs)
            else:
                self._post_data(one.entries, jobs if one.at_once else 1)

    def _refresh(self, entries: Sequence[str], jobs: int) -> None:
        """Fill materialized views; what reads another through a function waits until that one is filled."""
        try:
            self._post_data(entries, jobs)
        except RestoreFailedError as error:
            if _NOT_FILLED not in error.message:
                raise
            self._refresh_one_by_one(entries)

    def _refresh_one_by_one(self, entries: Sequence[str]) -> None:
        waiting: list[str] = []
        for entry in entries:
            try:
                self._post_data([entry], 1)
            except RestoreFailedError as error:
                if _NOT_FILLED not in error.message or len(waiting) + 1 == len(entries):
                    raise
                waiting.append(entry)
        if waiting:
            self._refresh_one_by_one(waiting)

    def _post_data(self, entries: Sequence[str], jobs: int) -> None:
        arguments = ["--section=post-data", self._listed("post-data", entries), f"--jobs={jobs}"]
        # a materialized view holds what its owner may see; without this, a policy refuses to fill it
        arguments += ["--enable-row-security", str(self.head.path)]
        with self._tools.restore(self._name, arguments) as child:
            self._tools.finish(child)

    def clear(self) -> None:
        """Nobody needs the archive any more: what the vault keeps encrypted is not left lying about."""
        for file in self._tools.folder.iterdir():
            file.unlink()

    def stop(self) -> None:
        """End what is still running."""
        self.head.close()
        for job in self._jobs:
            job.kill()
        if self._spool is not None:
            self._spool.end()
        for job in self._jobs:
            job.stop()
        if self._fed is not None:
            self._fed.stop()

    def _begin(self) -> None:
        """Restore the definitions, then start to load, beginning with what came so far."""
        with self._tools.restore(self._name, ["--section=pre-data", str(self.head.path)]) as definitions:
            self._tools.finish(definitions)
        self._set_for_checks()
        shares = self._sharing(self.head.contents())
        if self._spool is not None:
            for number, share in enumerate(shares):
                self._jobs.append(SpooledJob(self._tools, self._started(number, share), self._spool))
            return
        self._fed = self._started(0, shares[0])
        with self.head.path.open("rb") as head:
            while chunk := head.read(CHUNK_BYTES):
                self._feed(self._fed, chunk)

    def _set_for_checks(self) -> None:
        """Let the checks of rows find the application's own settings."""
        disposable = self._tools.server.own is not None
        with self._tools.server.connected(self._name) as connection:
            apply_custom_settings(
                connection, self._tools.programs, self.head.path, self._name, disposable=disposable
            )

    def _started(self, number: int, share: Sequence[str]) -> Child:
        arguments = ["--section=data", "--verbose", self._listed(f"data-{number}", share)]
        watch = TableWatch(self._progress, self._rows)
        self._watches.append(watch)
        return self._tools.restore(self._name, arguments, fed=True, told=watch.line)

    def _listed(self, name: str, entries: Sequence[str]) -> str:
        """The option that restricts pg_restore to some entries."""
        chosen = self._tools.folder / f"{name}.list"
        chosen.write_bytes(bytes_of("\n".join(entries)))
        return f"--use-list={chosen}"

    def _tell(self) -> None:
        if self._jobs:
            self._tell_of(sum(job.loaded for job in self._jobs) // len(self._jobs))

    def _tell_of(self, loaded: int) -> None:
        self._progress.bytes(max(0, loaded - self._counted))
        self._counted = max(loaded, self._counted)

    def _feed(self, child: Child, chunk: bytes) -> None:
        try:
            child.feed(chunk)
            self._progress.bytes(len(chunk))
        except BrokenPipeError:  # it has failed, or all that it needs
            self._tools.finish(child)


def _spool(spool: Spool, chunk: bytes) -> None:
    try:
        spool.write(chunk)
    except OSError as error:
        raise TargetError(
            f"the archive cannot be stored while it is being restored: {error.strerror}", _ROOM
        ) from error
