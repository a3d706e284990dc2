"""The repository itself: whether it is there, who may initialise it, and which sources lie in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from scims_backup.adapters.vaults.known_backups import KnownBackups
from scims_backup.adapters.vaults.restic.program import Program
from scims_backup.adapters.vaults.restic.restic_errors import redacted
from scims_backup.domain import keys
from scims_backup.domain.errors import CatalogError, VaultError, VaultGoneError
from scims_backup.ports import Catalog
from scims_backup.ports.leases import Lease

_TRIES = 60
_TRY_SECONDS = 1.0

INITIALISING = timedelta(minutes=10)
"""Who initialises is done, or gone, after this; it gives up far earlier (ANSWER_SECONDS)."""


class Repository:
    """A restic repository that one or several sources use, and the catalog's knowledge of it.

    Racing `restic init` leave a repository unreadable, so initialising needs two markers: the source's,
    which holds however its address is written, and the address's, which holds among several sources.
    """

    def __init__(
        self,
        program: Program,
        location: str,
        source: str,
        catalog: Catalog,
        token: str,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._program = program
        self._sleep = sleep
        self._known = KnownBackups(catalog, source, _address(location, program.is_local))
        self._markers = [
            Lease(catalog, keys.vault_marker(name), token, clock, INITIALISING)
            for name in (source, self._known.place)
        ]

    def ensure(self) -> None:
        """Remove stale locks; initialise the repository if it is missing and that is allowed.

        Raise VaultGoneError if it is missing though the catalog knows backups in it.
        """
        if not self._answers():
            try:
                self._initialise_or_wait()
            except BaseException as error:
                self._release(error)
                raise
        self._known.register()

    def _answers(self) -> bool:
        # One command for both questions: opening the repository takes most of its time.
        try:
            self._program.unlock()
        except VaultGoneError:
            return False
        return True

    def _initialise_or_wait(self) -> None:
        for _ in range(_TRIES):
            self._known.refuse_to_begin_anew(
                self._program, "restore it: is its disk mounted, is its address correct?"
            )
            held = all(marker.take() for marker in self._markers)
            if self._answers():
                return
            if held:
                self._initialise()
                return
            self._sleep(_TRY_SECONDS)
        waited = f"{_TRIES * _TRY_SECONDS:.0f} s"
        names = " or ".join(marker.key for marker in self._markers)
        raise VaultError(
            f"{self._program} does not exist, and the run that started to initialise it has not finished "
            f"within {waited}",
            f"try again in 10 minutes, or, if no other backup is starting, remove {names} from the catalog",
        )

    def _initialise(self) -> None:
        self._program.answer("cannot initialise", "init", "--repository-version", "2")
        if not self._answers():
            raise VaultError(
                f"{self._program} is missing although it was initialised", "check its storage location"
            )

    def _release(self, error: BaseException) -> None:
        for marker in self._markers:
            try:
                marker.release()
            except CatalogError as unreleased:
                error.add_note(f"the marker {marker.key} stays for 10 minutes: {unreleased}")


def _address(location: str, is_local: bool) -> str:
    if is_local:
        return str(Path(location.removeprefix("local:")).resolve())
    return redacted(location).rstrip("/")
