"""pg_restore at work on a stream: definitions first, then data by several at once, then indexes.

An archive that came through a pipe does not know where in it a table begins, so that `pg_restore --jobs`
makes each job look for its tables one block after the other. Here each job is a pg_restore that reads all of
it from a pipe, and skips the others' tables as fast as memory gives them, while the archive is still coming.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scims_backup.adapters.postgres.client_programs import ClientPrograms
from scims_backup.adapters.postgres.post_data import passes
from scims_backup.adapters.postgres.restore_refusals import TARGET, refusal
from scims_backup.adapters.postgres.restore_session import restore_session
from scims_backup.adapters.postgres.targets.contents import Head, Sharing
from scims_backup.adapters.postgres.targets.failures import RIGHTS
from scims_backup.adapters.postgres.targets.server import TargetServer
from scims_backup.adapters.postgres.targets.spool import Spool
from scims_backup.adapters.processes import CHUNK_BYTES, Child
from scims_backup.domain.errors import TargetError, ToolMissingError
from scims_backup.ports import Progress

_LOOK_AGAIN_SECONDS = 0.25
_TABLE = re.compile(r'processing data for table "(?P<name>.+)"$')
_SESSION = {
    # what is restored is proven before it is used: a crash meanwhile costs a new restore, and nothing else
    "synchronous_commit": "off",
    "maintenance_work_mem": "256MB",
}
_ROOM = (
    "give the directory of temporary files (TMPDIR) room for the archive, or use --jobs 1, which needs none"
)


@dataclass(frozen=True)
class Tools:
    """What restoring takes. folder: for our files; superuser: whether the role is one."""

    server: TargetServer
    programs: ClientPrograms
    folder: Path
    superuser: bool

    @property
    def major(self) -> int:
        """The programs' major version, which is the server's."""
        return int(self.programs.version.split(".")[0])

    def environment(self) -> dict[str, str]:
        """The environment of PostgreSQL's programs."""
        # libpq prefers the address's own options to those of the environment, which is why it has none below
        given = self.server.address.parameters.get("options", "")
        session = restore_session(self.major, superuser=self.superuser, more=_SESSION)
        options = f"{given} {session}".strip()
        return {**self.programs.environment(), **self.server.address.environment(), "PGOPTIONS": options}

    def dsn(self, database: str) -> str:
        """Where one of the server's databases is, for a program's argument."""
        return self.server.at(database).with_parameters(options="").dsn()

    def restore(
        self,
        database: str,
        arguments: Sequence[str],
        *,
        fed: bool = False,
        told: Callable[[str], None] | None = None,
    ) -> Child:
        """Start pg_restore on one of the server's databases; told: gets each line that it says.

        Raise ToolMissingError if it does not start.
        """
        program = self.programs.program("pg_restore")
        to = f"--dbname={self.dsn(database)}"
        command = [program, "--exit-on-error", "--no-tablespaces", "--no-password", to, *arguments]
        try:
            return Child(command, self.environment(), fed=fed, told=told)
        except OSError as error:
            raise ToolMissingError(f"{program} cannot be started: {error.strerror}") from error

    def finish(self, child: Child) -> None:
        """Wait for pg_restore's end. Raise RestoreFailedError or TargetError if it failed."""
        code = child.wait()
        if code != 0:
            receiver = TARGET if self.superuser else replace(TARGET, rights=RIGHTS)
            raise refusal(child.errors(), code, self.major, receiver)


class Loading:
    """Restores an archive's definitions and data into a database, while the archive comes.

    name: of the database; sharing: asked once the definitions are there; spooled: keep the archive in a file,
    which several can read; else a single job is fed, and nothing is kept; progress: told how many more bytes
    were loaded, on average of the jobs, and which tables; rows: how many each has, by `schema.name`.
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
        if self._fed is not None:
            self._fed.end_input()
            self._tools.finish(self._fed)
        for watch in self._watches:
            watch.end()

    def build(self, jobs: int) -> None:
        """Build indexes and constraints. jobs: how many at once. Raise as `write`."""
        for number, one in enumerate(passes(self.head.contents())):
            arguments = ["--section=post-data", self._listed(f"post-data-{number}", one.entries)]
            arguments += [f"--jobs={jobs if one.at_once else 1}", str(self.head.path)]
            with self._tools.restore(self._name, arguments) as child:
                self._tools.finish(child)

    def clear(self) -> None:
        """Nobody needs the archive any more: what the vault keeps encrypted is not left lying about."""
        for file in self._tools.folder.iterdir():
            file.unlink()

    def stop(self) -> None:
        """End what is still at work."""
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
        shares = self._sharing(self.head.contents())
        if self._spool is not None:
            for number, share in enumerate(shares):
                self._jobs.append(SpooledJob(self._tools, self._started(number, share), self._spool))
            return
        self._fed = self._started(0, shares[0])
        with self.head.path.open("rb") as head:
            while chunk := head.read(CHUNK_BYTES):
                self._feed(self._fed, chunk)

    def _started(self, number: int, share: Sequence[str]) -> Child:
        arguments = ["--section=data", "--verbose", self._listed(f"data-{number}", share)]
        watch = TableWatch(self._progress, self._rows)
        self._watches.append(watch)
        return self._tools.restore(self._name, arguments, fed=True, told=watch.line)

    def _listed(self, name: str, entries: Sequence[str]) -> str:
        """The option that restricts pg_restore to some entries."""
        chosen = self._tools.folder / f"{name}.list"
        chosen.write_text("\n".join(entries))
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


class TableWatch:
    """Tells of tables whose rows were loaded, as pg_restore --verbose goes from one to the next."""

    def __init__(self, progress: Progress, rows: Mapping[str, int]) -> None:
        self._progress, self._rows = progress, rows
        self._table: str | None = None

    def line(self, line: str) -> None:
        """Take a line that pg_restore says."""
        begun = _TABLE.search(line)
        if begun is not None:
            self.end()
            self._table = begun["name"]

    def end(self) -> None:
        """The table that was begun is over."""
        if self._table is not None:
            self._progress.rows(self._table, self._rows.get(self._table, 0))
            self._table = None


def _spool(spool: Spool, chunk: bytes) -> None:
    try:
        spool.write(chunk)
    except OSError as error:
        raise TargetError(
            f"the archive cannot be kept while it is restored: {error.strerror}", _ROOM
        ) from error


class SpooledJob:
    """One pg_restore, fed from the spool by a thread of its own."""

    def __init__(self, tools: Tools, child: Child, spool: Spool) -> None:
        self._tools, self._child, self._spool = tools, child, spool
        self.loaded = 0
        self._thread = threading.Thread(target=self._feed, name="feed-pg_restore", daemon=True)
        self._thread.start()

    def is_at_work(self, seconds: float) -> bool:
        """Whether it still reads, after waiting so long at most for its end."""
        self._thread.join(seconds)
        return self._thread.is_alive()

    def check(self) -> None:
        """Raise why it ended, if it has failed already; one that has all its tables ends early and well."""
        if not self._thread.is_alive():
            self._tools.finish(self._child)

    def finish(self) -> None:
        """Wait until it has read all it needs, and has ended."""
        self._thread.join()
        self._tools.finish(self._child)

    def kill(self) -> None:
        """End it at once; `stop` is still to be called."""
        self._child.kill()

    def stop(self) -> None:
        """Clear up after it; its thread ends first, which may still write."""
        self._thread.join()
        self._child.stop()

    def _feed(self) -> None:
        for chunk in self._spool.chunks():
            try:
                self._child.feed(chunk)
            except BrokenPipeError:
                break  # it has ended: how is for its exit code to say
            self.loaded += len(chunk)
        self._child.end_input()
