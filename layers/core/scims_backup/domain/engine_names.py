"""Which engine made a backup, as its documents say; those from before they said it are PostgreSQL's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from scims_backup.domain.documents import decoded, json_object, refuse_newer
from scims_backup.domain.errors import UnknownEngineError

POSTGRESQL = "postgresql"
CUSTOM = "custom"
"""The format that pg_dump calls so."""
Formats = Mapping[str, str]
"""The format of each engine's archives, by the name of the engine."""
OF_OLD_DOCUMENTS: Formats = MappingProxyType({POSTGRESQL: CUSTOM})
"""That of the engine of documents from before they named one."""

_OF_POSTGRESQL, _OF_OTHERS = 1, 2


@dataclass(frozen=True)
class MadeBy:
    """The engine that made a backup, and the format of its archive."""

    engine: str = POSTGRESQL
    format: str = CUSTOM

    @property
    def version(self) -> int:
        """The newest version of such manifests and proofs that this program knows, and the one it writes.

        Programs from before there were engines know version 1 alone: they call all others newer, and leave
        them alone.
        """
        return _OF_POSTGRESQL if self.engine == POSTGRESQL else _OF_OTHERS

    def unknown(self, what: str, formats: Formats = OF_OLD_DOCUMENTS) -> str:
        """Say why this program cannot work on what was made so; nothing if it can.

        what: e.g. `backup scims-db-20261122T020000Z`.
        formats: of the engines that this program has.
        """
        if self.engine not in formats:
            return f"{what} was made by engine {self.engine!r}, which this version does not have"
        if self.format != formats[self.engine]:
            return f"{what} has format {self.format!r} of {self.engine}, which this version does not have"
        return ""

    def refuse_unknown(self, what: str, formats: Formats = OF_OLD_DOCUMENTS) -> None:
        """Raise UnknownEngineError if this program cannot work on what was made so; as for `unknown`."""
        why = self.unknown(what, formats)
        if why:
            raise UnknownEngineError(why, "use a newer scims-backup")


def parsed_with_engine(data: bytes, name: str) -> tuple[dict[str, Any], MadeBy]:
    """Parse a manifest or a proof. Raise DocumentError if it is damaged, or of a newer version.

    name: where it was read, for the message.
    """
    document = json_object(data, name)
    refuse_newer(document, name, _OF_OTHERS)  # a newer one may say its engine otherwise
    made_by = decoded(MadeBy, document, name)
    refuse_newer(document, name, made_by.version)
    return document, made_by
