"""Settings, with each address checked by the engine that its scheme names."""

from __future__ import annotations

from collections.abc import Mapping

from scims_backup.engines.registry import ENGINES, Registry
from scims_backup.settings import resolution
from scims_backup.settings.model import Flags, Needs, Settings


def resolve(
    flags: Flags, environment: Mapping[str, str], needs: Needs, engines: Registry = ENGINES
) -> Settings:
    """Return what a command needs. Raise UsageError that reports everything missing or wrong at once."""

    def check_address(url: str) -> None:
        engines.of_address(url).check_address(url)

    return resolution.resolve(flags, environment, needs, check_address)
