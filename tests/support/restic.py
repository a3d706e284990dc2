"""A restic repository for tests, looked at by restic alone, and harmed on purpose."""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.adapters.vaults.restic import ResticVault
from tests.support.restic_keys import lay_repository

SOURCE = "scims-db"


def no_sleep(_seconds: float) -> None:
    """Do not wait."""


class ResticPlayground:
    """A folder for a repository and a catalog; programs in `bin` go before those of PATH."""

    def __init__(self, folder: Path) -> None:
        self.repository = folder / "repository"
        self.bin = folder / "bin"
        self.bin.mkdir(exist_ok=True)
        self.catalog = FolderCatalog(folder / "catalog")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RESTIC_")},
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "RESTIC_PASSWORD": "correct horse",
        }

    def lay(self) -> Self:
        """Have an empty repository, which opens fast."""
        lay_repository(self.repository, self.environment["RESTIC_PASSWORD"])
        return self

    def vault(self, source: str = SOURCE, **options: Any) -> ResticVault:
        """Another vault object for this place."""
        chosen = {"environment": self.environment, "repository": str(self.repository), **options}
        chosen = {"sleep": no_sleep, "clock": lambda: datetime.now(UTC), **chosen}
        return ResticVault(source=source, catalog=self.catalog, **chosen)

    def restic(self, *arguments: str) -> bytes:
        """Run restic alone, as an operator would."""
        environment = {**self.environment, "RESTIC_REPOSITORY": str(self.repository)}
        return subprocess.run(
            ["restic", "--no-cache", *arguments], env=environment, check=True, stdout=subprocess.PIPE
        ).stdout

    def snapshots(self) -> list[dict[str, Any]]:
        """All snapshots, as restic tells them."""
        listed: list[dict[str, Any]] | None = json.loads(self.restic("snapshots", "--json", "--no-lock"))
        return listed or []

    def locks(self) -> list[str]:
        """The lock files."""
        return [path.name for path in (self.repository / "locks").iterdir()]

    def data_bytes(self) -> int:
        """The size of all packs."""
        return sum(path.stat().st_size for path in self._packs())

    def remove(self) -> None:
        """Lose the repository."""
        shutil.rmtree(self.repository)

    def forget_markers(self) -> None:
        """Let the catalog forget who initialised what."""
        for key in list(self.catalog.keys("vaults/")):
            self.catalog.delete(key)

    def flip_byte(self) -> None:
        """Change one byte in the middle of the largest pack."""
        path = max(self._packs(), key=lambda pack: pack.stat().st_size)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        self._replace(path, bytes(data))

    def cut(self) -> None:
        """Cut the largest pack short."""
        path = max(self._packs(), key=lambda pack: pack.stat().st_size)
        self._replace(path, path.read_bytes()[:100_000])

    def program(self, name: str, script: str) -> Path:
        """Put a program before those of PATH."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def _packs(self) -> list[Path]:
        return [path for path in (self.repository / "data").rglob("*") if path.is_file()]

    def _replace(self, path: Path, data: bytes) -> None:
        path.chmod(0o600)
        path.write_bytes(data)
