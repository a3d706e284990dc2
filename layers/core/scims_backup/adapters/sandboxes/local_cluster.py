"""Sandboxes on this machine: a fresh cluster in a temporary directory."""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from scims_backup.adapters.postgres.address import Address
from scims_backup.adapters.postgres.client_programs import ClientPrograms
from scims_backup.adapters.sandboxes import preparation, restoring
from scims_backup.adapters.sandboxes.accounts import Account
from scims_backup.adapters.sandboxes.cluster import Cluster
from scims_backup.adapters.sandboxes.places import Place, held, leftovers
from scims_backup.adapters.uninterrupted import uninterrupted
from scims_backup.domain.errors import SandboxError, ToolMissingError
from scims_backup.domain.proof import Proof
from scims_backup.ports import Progress, ProvableDatabase, Sandbox

_NAMES_TRIED = 10


@dataclass(frozen=True)
class LocalSandboxes:
    """Where local sandboxes come from; implements ports.Sandboxes.

    database: how a restored database is proven. root: the directory to work in, None for the system's own.
    programs: the directory of PostgreSQL's programs that the settings name.
    """

    database: Callable[[Address], ProvableDatabase]
    root: Path | None = None
    programs: Path | None = None

    @contextmanager
    def open(self) -> Iterator[Sandbox]:
        """Open a sandbox, after removing what a killed run left behind. Raise SandboxError if that fails."""
        root = Path(self.root or tempfile.gettempdir()).absolute()
        for place in leftovers(root):
            with held(place) as left_behind:
                if left_behind:
                    place.dismantle()
        with _place_below(root) as place:
            sandbox = LocalSandbox(place, self.database, self.programs)
            try:
                yield sandbox
            finally:
                uninterrupted(sandbox.close)


class LocalSandbox:
    """One fresh cluster of the source's major; implements ports.Sandbox."""

    def __init__(
        self, place: Place, database: Callable[[Address], ProvableDatabase], programs: Path | None
    ) -> None:
        self._place = place
        self._database = database
        self._programs = programs
        self._cluster: Cluster | None = None
        self._like: Proof | None = None

    def spool(self) -> Path:
        """Return the path, inside the sandbox, where the archive is to be fetched to."""
        return self._place.archive

    def start(self, like: Proof) -> None:
        """Start a server with the source's bootstrap role, roles and encoding. Raise SandboxError."""
        try:
            programs = ClientPrograms.find_server(like.server.major, self._programs)
        except ToolMissingError as error:
            raise SandboxError(error.message, error.cure) from error
        self._like = like
        self._cluster = Cluster(self._place, programs, Account.unprivileged(), like.server)
        self._cluster.initialise()
        self._cluster.start()
        preparation.prepare(self._cluster, like)

    def restore(self, progress: Progress) -> ProvableDatabase:
        """Restore the spooled archive. Raise RestoreFailedError, or SandboxError if it is to blame."""
        if self._cluster is None or self._like is None:
            raise SandboxError("the sandbox was not started", "start it before restoring")
        restoring.restore(self._cluster, self._place.archive, progress)
        preparation.apply_role_settings(self._cluster, self._like)
        return self._database(self._cluster.address(self._like.server.database))

    def close(self) -> None:
        """Stop the server, if one was started."""
        if self._cluster is not None:
            self._cluster.stop()


@contextmanager
def _place_below(root: Path) -> Iterator[Place]:
    """Make a directory that is ours alone; it is removed when the context ends."""
    for _ in range(_NAMES_TRIED):
        place = Place.choose(root)
        # a signal may come at any instruction, also before the context's own way out is armed
        atexit.register(place.dismantle)
        with ExitStack() as way_out:
            way_out.callback(atexit.unregister, place.dismantle)
            way_out.callback(uninterrupted, place.dismantle)
            _make(place)
            # another run may take the new directory for a leftover before it is locked
            if way_out.enter_context(held(place)):
                yield place
                return
    raise SandboxError(
        f"no directory of its own could be made in {root}", "choose another one by SCIMS_SANDBOX_DIR"
    )


def _make(place: Place) -> None:
    try:
        place.directory.mkdir(mode=0o700)
        place.directory.chmod(0o711)  # the server's user must reach what is its own inside
    except OSError as error:
        raise SandboxError(
            f"no sandbox can be made at {place.directory}: {error.strerror}",
            "choose another one by SCIMS_SANDBOX_DIR",
        ) from error
