"""The real `sam build` on a copy of the project, with a PATH of little more than docs/deploy.md names."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from localcloud.places import sam
from tests.template.support.loading import ROOT

LAMBDAS = 13
"""The minor version of Python that the zip functions run on."""
_OTHERS = (12, 11, 14)
_TOOLS = ("make", "sh", "cp", "find", "rm")
_COPIED = ("template.yaml", "samconfig.toml", "functions", "layers")
_NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.egg-info")


def other_python() -> Path | None:
    """Return a Python of another version than Lambda's, 3.12 if this machine has it; None if it has none."""
    return next((found for minor in _OTHERS for found in _pythons(minor) if _serves(found, minor)), None)


def _pythons(minor: int) -> Iterator[Path]:
    if named := shutil.which(f"python3.{minor}"):
        yield Path(named)
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    yield from sorted(versions.glob(f"3.{minor}.*/bin/python"))


def _serves(python: Path, minor: int) -> bool:
    """Say whether it is that version, and can make an environment with pip."""
    check = f"import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, {minor}))"
    return subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0


class Workshop:
    """A copy of what `sam build` reads, and where it builds. path: the programs that it finds."""

    def __init__(self, place: Path, python: Path) -> None:
        self.project, self._place = place / "project", place
        for name in _COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.project / name, ignore=_NOT_COPIED)
            else:
                self.project.mkdir(exist_ok=True)
                shutil.copy(ROOT / name, self.project)
        subprocess.run([python, "-m", "venv", place / "python"], check=True)
        self.path = f"{place / 'python/bin'}:{self._tools()}"

    def build(self, logical_id: str) -> Path:
        """Build one thing, and the layers of a function; return its folder. What was built before is gone."""
        folders = ["--cache-dir", self._place / "cache", "--build-dir", self._place / "built"]
        built = subprocess.run(
            [sam(), "build", logical_id, *folders],
            cwd=self.project,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert built.returncode == 0, built.stderr
        return self._place / "built" / logical_id

    def _environment(self) -> dict[str, str]:
        quiet = {"SAM_CLI_TELEMETRY": "0", "AWS_EC2_METADATA_DISABLED": "true"}
        return {**os.environ, **quiet, "AWS_DEFAULT_REGION": "us-east-1", "PATH": self.path}

    def _tools(self) -> Path:
        tools = self._place / "tools"
        tools.mkdir()
        for name in _TOOLS:
            program = shutil.which(name)
            assert program, f"{name} is not on this machine"
            (tools / name).symlink_to(program)
        return tools
