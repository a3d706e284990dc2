"""The program at Redis, which kills itself at a moment; see tests/support/killed.py."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any

from scims_backup.cli.main import run as run_program
from tests.mortal import Life, killed_at

_REDIS = "scims_backup.engines.redis"
WATCHED = {
    "scims_backup.adapters.catalogs.folder.FolderCatalog": ("put_new", "delete"),
    "scims_backup.adapters.vaults.restic.vault.ResticVault": ("store", "read"),
    f"{_REDIS}.sandbox.server.RunningServer": ("start", "promote", "stop"),
    f"{_REDIS}.sandbox.loading.Loading": ("write", "finish"),
    f"{_REDIS}.targets.claims.Claim": ("take",),
    f"{_REDIS}.targets.building.RedisBuilding": ("keep",),
    f"{_REDIS}.targets.target.RedisTarget": ("swap",),
}
"""What has a moment before and one after it."""


def _watched(function: Callable[..., Any], name: str, life: Life) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        what = f"{name} {_folder(arguments)}".strip()
        life.moment(f"before {what}")
        result = function(*arguments, **options)
        life.moment(f"after {what}")
        return result

    return call


def _folder(arguments: tuple[Any, ...]) -> str:
    """Return the folder of a key of the catalog."""
    key = arguments[1] if len(arguments) > 1 else ""
    return key.partition("/")[0] if isinstance(key, str) else ""


def _watch(life: Life) -> None:
    for place, names in WATCHED.items():
        module, _, kind = place.rpartition(".")
        owner = getattr(importlib.import_module(module), kind)
        for name in names:
            setattr(owner, name, _watched(getattr(owner, name), f"{kind} {name}", life))


def run(place: dict[str, Any], moment: int | None) -> list[str]:
    """Run a command of the program, and die at a moment; without one, return all that there are.

    place: `arguments` of the program, and its `environment`.
    """
    life = Life(killed_at(moment))
    _watch(life)
    os.environ.update(place["environment"])
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as errors:  # ours answers the tests
        code = run_program(place["arguments"], dict(os.environ), None)
    assert code == 0, errors.getvalue()
    return life.moments
