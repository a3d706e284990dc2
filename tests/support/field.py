"""Inputs that failed in the field, tried as their finders did: backup, drill and restore."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.cli import Cli, Ended
from tests.support.databases import Database, deployment_of


@dataclass(frozen=True)
class Tried:
    """A backup of a database, which can be drilled, compared and restored."""

    database: Database
    cli: Cli
    backup: Ended

    def drill(self, **environment: str) -> Any:
        """Drill it, and return the report."""
        return self.cli.run("drill", "--json", **environment).document

    def compare(self) -> Any:
        """Hold the source against it, and return the report."""
        return self.cli.run("compare", "--target-url", self.database.url, "--json").document

    def restore(self) -> Any:
        """Restore it beside the source, and return the report or the error."""
        return self.cli.run("restore", "--json").document

    def drop_restored(self, document: Any) -> None:
        """Drop what a restore made."""
        if "database" in document:
            self.database.server.drop_database(document["database"])


def tried(database: Database, directory: Path, **environment: str) -> Tried:
    """Back a database up by the command line."""
    deployment = {**deployment_of(database, directory, source="field"), **environment}
    cli = Cli(deployment)
    return Tried(database, cli, cli.run("backup", "--json"))
