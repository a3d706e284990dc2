"""What the catalog knows about a place that sources may share, so that none starts over on top of backups."""

from __future__ import annotations

import hashlib
import json

from scims_backup.domain import keys
from scims_backup.domain.errors import VaultGoneError
from scims_backup.ports import Catalog


class KnownBackups:
    """The backups that the catalog knows in one place: a source's own, and those of sources registered there.

    address: the place without secrets, written the same way by every source.
    """

    def __init__(self, catalog: Catalog, source: str, address: str) -> None:
        self._catalog = catalog
        self._source = source
        self.place = f"location-{hashlib.sha256(address.encode()).hexdigest()[:16]}"

    def register(self) -> None:
        """Note that this source's archives are here, so that no other source starts over on top of them."""
        note = {"version": 1, "source": self._source}
        self._catalog.put_new(self._registration(self._source), json.dumps(note).encode() + b"\n")

    def refuse_to_begin_anew(self, vault: object, cure: str) -> None:
        """Raise VaultGoneError if backups are known here.

        vault: its name.
        cure: how to restore it.
        """
        for source in sorted({self._source, *self._registered()}):
            known = sum(1 for _ in self._catalog.keys(keys.manifests(source)))
            trace = "" if known else self._trace(source)
            if known or trace:
                what = (
                    f"{known} backup(s) of {source} in it" if known else f"{trace}, so {source} had backups"
                )
                raise VaultGoneError(
                    f"{vault} is gone, though the catalog knows {what}",
                    f"{cure} To start over, use a new catalog",
                )

    def _trace(self, source: str) -> str:
        """Name the evidence of earlier backups: no role that can remove a manifest can remove all of it."""
        traces = (
            key for prefix in (keys.proofs(source), keys.drills(source)) for key in self._catalog.keys(prefix)
        )
        return next(traces, "")

    def _registered(self) -> list[str]:
        folder = self._registration("").removesuffix(".json")
        return [key.removeprefix(folder).removesuffix(".json") for key in self._catalog.keys(folder)]

    def _registration(self, source: str) -> str:
        return keys.vault_marker(f"{self.place}/{source}")
