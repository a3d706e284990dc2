"""Settings, with each address checked by the engine that its scheme names, and the keys of that engine."""

from __future__ import annotations

from collections.abc import Mapping

from scims_backup.domain.errors import UsageError
from scims_backup.engines.registry import ENGINES, Registry
from scims_backup.ports.engines import HasKeys
from scims_backup.ports.settings_keys import Keys, KeysOf, NoKeys
from scims_backup.settings import resolution
from scims_backup.settings.model import Flags, Needs, Settings


def resolve(
    flags: Flags, environment: Mapping[str, str], needs: Needs, engines: Registry = ENGINES
) -> Settings:
    """Return what a command needs. Raise UsageError that reports everything missing or wrong at once."""
    return resolution.resolve(flags, environment, needs, *_of_engines(engines))


def resolve_each(
    flags: Flags, environment: Mapping[str, str], needs: Needs, engines: Registry = ENGINES
) -> dict[str, Settings | UsageError]:
    """Return what a command needs of each source, or what is wrong with that; see settings.resolution."""
    return resolution.resolve_each(flags, environment, needs, *_of_engines(engines))


def _of_engines(engines: Registry) -> tuple[resolution.CheckAddress, KeysOf]:
    def check_address(url: str) -> None:
        engines.of_address(url).check_address(url)

    def engine_keys(url: str) -> type[Keys]:
        engine = engines.of_address(url)
        return engine.keys if isinstance(engine, HasKeys) else NoKeys

    return check_address, engine_keys
