"""The escrow password: a second one that opens the repository, for the day on which the first is lost."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scims_backup.adapters.vaults.restic.program import Program
from scims_backup.domain import keys
from scims_backup.domain.errors import UsageError, VaultAccessError, VaultError
from scims_backup.ports import Catalog

_USER = "scims-backup-escrow"
"""How `restic key list` shows it."""
_WITHOUT = "backups continue if escrow_secret is removed from the settings"


@dataclass(frozen=True)
class EscrowPassword:
    """Where the second password is.

    name: for messages, e.g. `aws:NAME`
    read: returns it
    elsewhere: how to have it added, where it is not ours to read; empty where it is
    """

    name: str
    read: Callable[[], str]
    elsewhere: str = ""


@dataclass(frozen=True)
class EscrowSeen:
    """What was seen of it.

    marker: the catalog's key of the note that it was added
    opens: the vault
    """

    marker: str
    marked: bool
    opens: bool


class Escrow:
    """Sees to it, once for each repository and secret, that the escrow password opens the vault."""

    def __init__(self, program: Program, source: str, catalog: Catalog, password: EscrowPassword) -> None:
        self._program = program
        self._source = source
        self._catalog = catalog
        self._password = password

    def ensure(self) -> bool:
        """Add the password to the repository unless that is done; only then is it read. Say whether it was.

        The marker in the catalog names the repository by its own id: a new one has no second
        password yet. Raise UsageError if restic would take the password for another one, VaultError if
        it cannot be added, or if that is for somebody else to do.
        """
        marker = self._marker()
        if marker in self._catalog.keys(marker):
            return False
        if self._password.elsewhere:
            raise VaultError(
                f"{self._program} does not have the escrow password from {self._password.name} yet",
                f"{self._password.elsewhere}; {_WITHOUT}",
            )
        password = self._checked(self._password.read())
        try:
            self._added(password)
        except VaultError as error:
            raise type(error)(error.message, "; ".join(filter(None, (error.cure, _WITHOUT)))) from None
        note = {"version": 1, "source": self._source, "secret": self._password.name}
        self._catalog.put_new(marker, json.dumps(note).encode() + b"\n")
        return True

    def look(self) -> EscrowSeen:
        """See whether it was added, by the catalog's word and by a try. Raise VaultError or UsageError."""
        marker = self._marker()
        marked = marker in self._catalog.keys(marker)
        return EscrowSeen(marker, marked, self._opens(self._checked(self._password.read())))

    def _marker(self) -> str:
        said = self._program.answer("cannot read the configuration", "cat", "config", "--no-lock")
        what = f"{json.loads(said)['id']}\n{self._password.name}"
        return keys.vault_marker(f"{self._source}~escrow-{hashlib.sha256(what.encode()).hexdigest()[:16]}")

    def _checked(self, password: str) -> str:
        if password and password == password.strip():
            return password
        # restic 0.14 would cut it, and take what is left even if that is nothing
        raise UsageError(
            f"the escrow password in {self._password.name} is empty, or starts or ends with white space",
            "store another one there",
        )

    def _added(self, password: str) -> None:
        """Add it, unless it opens the repository already: a run that died may have added it."""
        if self._opens(password):
            return
        with tempfile.TemporaryDirectory(prefix="scims-backup-") as folder:
            file = Path(folder) / "password"
            file.touch(mode=0o600)
            file.write_text(password, encoding="utf-8")
            self._program.unlocked(lambda: self._add(file))
        if not self._opens(password):
            raise VaultError(
                f"the escrow password in {self._password.name} was added, yet does not open {self._program}",
                "store another one there",
            )

    def _add(self, file: Path) -> None:
        # A file that is whole before restic starts: of an input that breaks off 0.14 makes an empty password
        self._program.answer(
            f"cannot add the escrow password of {self._password.name}",
            *("key", "add", "--user", _USER, "--host", self._source, "--new-password-file", str(file)),
        )

    def _opens(self, password: str) -> bool:
        try:
            self._program.opened_by(password).answer("cannot open", "cat", "config", "--no-lock")
        except VaultAccessError:
            return False
        return True
