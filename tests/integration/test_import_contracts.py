"""import-linter holds what its contracts claim: each forbidden import, put into a copy, is reported."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FORBIDDEN = [
    ("engines/postgresql/engine.py", "scims_backup.usecases.backups.take_backup"),
    ("engines/postgresql/doctor.py", "scims_backup.adapters.catalogs.s3"),
    ("engines/postgresql/settings.py", "scims_backup.engines.registry"),
    ("engines/postgresql/rules/image.py", "scims_backup.engines.postgresql.settings"),
    ("engines/postgresql/rules/names.py", "sqlite3"),
    ("bootstrap/components.py", "scims_backup.engines.postgresql"),
    ("fargate.py", "scims_backup.engines.postgresql.engine"),
    ("cli/main.py", "scims_backup.engines.registry"),
    ("usecases/backups/claims.py", "scims_backup.adapters.catalogs.folder"),
    ("adapters/catalogs/naming.py", "scims_backup.adapters.vaults.restic.vault"),
    ("domain/moments.py", "pathlib"),
]


def _module(file):
    return ".".join(["scims_backup", *Path(file).with_suffix("").parts])


def _unmeasured(**more):
    """Return the environment of a process whose coverage is not taken: it would count the copy as ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")} | more


def test_every_forbidden_import_is_reported(tmp_path):
    package = tmp_path / "scims_backup"
    shutil.copytree(
        ROOT / "layers" / "core" / "scims_backup", package, ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, imported in FORBIDDEN:
        with (package / file).open("a") as module:
            module.write(f"\nimport {imported}\n")
    ended = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=tmp_path,
        env=_unmeasured(PYTHONPATH=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    said = " ".join(ended.stdout.split())
    reported = [
        (file, imported) for file, imported in FORBIDDEN if f"{_module(file)} -> {imported} (l." in said
    ]
    assert reported == FORBIDDEN, said
    assert not re.search(r"\bKEPT\b", said), said
