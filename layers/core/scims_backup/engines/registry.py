"""The engines that there are; one is loaded when it is asked for. `bootstrap` alone imports this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from scims_backup.domain.errors import UnknownEngineError
from scims_backup.domain.manifest import Manifest
from scims_backup.ports.engines import AnyEngine

DEFAULT = "postgresql"
"""The engine of documents and addresses that name none."""


def _postgresql() -> AnyEngine:
    from scims_backup.engines.postgresql.engine import PostgresqlEngine  # noqa: PLC0415  loaded when asked for

    return PostgresqlEngine()


class Registry:
    """Engines by name; implements ports.Engines.

    loaders: by the engine's name, what makes it.
    """

    def __init__(self, loaders: Mapping[str, Callable[[], AnyEngine]]) -> None:
        self._loaders = dict(loaders)
        self._loaded: dict[str, AnyEngine] = {}

    def named(self, name: str) -> AnyEngine:
        """Return an engine. Raise UnknownEngineError if there is none of that name."""
        if name not in self._loaders:
            raise UnknownEngineError(f"engine {name!r} is not known to this version", "upgrade scims-backup")
        if name not in self._loaded:
            self._loaded[name] = self._loaders[name]()
        return self._loaded[name]

    def of(self, manifest: Manifest) -> AnyEngine:
        """Return the engine that made a backup. Raise UnknownEngineError if this program does not have it."""
        return self.named(getattr(manifest, "engine", DEFAULT))

    def of_address(self, url: str) -> AnyEngine:
        """Return the engine of a URL's scheme, the default one for what no engine knows."""
        scheme = urlsplit(url).scheme
        return next((one for one in self.all() if scheme in one.schemes), self.named(DEFAULT))

    def all(self) -> list[AnyEngine]:
        """Return every engine, the default one first."""
        return [self.named(name) for name in self._loaders]

    def with_engine(self, engine: AnyEngine) -> Registry:
        """Return these engines and one more."""
        return Registry({**self._loaders, engine.name: lambda: engine})


ENGINES = Registry({DEFAULT: _postgresql})
