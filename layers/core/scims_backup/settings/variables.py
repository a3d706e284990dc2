"""What the zip functions read from their environment; what is missing or wrong goes to problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scims_backup.adapters.s3.place import Place
from scims_backup.domain.backup import checked_source_name
from scims_backup.settings.places import s3_place
from scims_backup.settings.problems import Problems

_NOWHERE = Place("")


@dataclass(frozen=True)
class Variables:
    """The variables of a function."""

    environment: Mapping[str, str]
    problems: Problems

    def needed(self, name: str, what: str) -> str:
        """Return a variable, empty if it is not set. what: it is to be set to."""
        value = self.environment.get(name, "")
        if not value:
            self.problems.add(f"{name} is not set", f"set it to {what}")
        return value

    def source(self) -> str:
        """The source's name."""
        name = self.needed("SCIMS_SOURCE", "the source's name, e.g. scims-db")
        return self.problems.attempt(lambda: checked_source_name(name), "") if name else ""

    def catalog(self) -> Place:
        """Where the catalog is."""
        text = self.needed("SCIMS_CATALOG", "s3://BUCKET")
        if text and not text.startswith("s3://"):
            self.problems.add(
                f"SCIMS_CATALOG is {text!r}, which is not a place in S3", "set it to s3://BUCKET"
            )
            return _NOWHERE
        return self.problems.attempt(lambda: s3_place(text, "SCIMS_CATALOG"), _NOWHERE) if text else _NOWHERE
