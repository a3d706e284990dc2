"""The engines that there are; one is loaded when it is asked for. `bootstrap` alone imports this."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scims_backup.domain.engine_names import POSTGRESQL, Formats
from scims_backup.domain.manifest import Manifest
from scims_backup.ports.engines import AnyEngine

DEFAULT = POSTGRESQL
"""The engine of documents and addresses that name none."""


def _postgresql() -> AnyEngine:
    from scims_backup.engines.postgresql.engine import PostgresqlEngine  # noqa: PLC0415  loaded when asked for

    return PostgresqlEngine()


class Registry:
    """The engines, each under its name; implements ports.Engines.

    loaders: by the engine's name, what makes it.
    """

    def __init__(self, loaders: Mapping[str, Callable[[], AnyEngine]]) -> None:
        self._loaders = dict(loaders)
        self._loaded: dict[str, AnyEngine] = {}

    def of(self, manifest: Manifest) -> AnyEngine:
        """Return the engine that made a backup. Raise UnknownEngineError if this program does not have it."""
        manifest.refuse_unknown_engine(self.formats())
        return self._named(manifest.made_by.engine)

    def of_address(self, url: str) -> AnyEngine:
        """Return the engine of a URL's scheme, the default one for what no engine knows."""
        scheme = url.partition(":")[0].lower()
        return next((one for one in self.all() if scheme in one.schemes), self._named(DEFAULT))

    def all(self) -> list[AnyEngine]:
        """Return every engine, the default one first."""
        return [self._named(name) for name in self._loaders]

    def formats(self) -> Formats:
        """Return the format of each engine's archives, by the engine's name."""
        return {engine.name: engine.format for engine in self.all()}

    def with_engine(self, engine: AnyEngine) -> Registry:
        """Return these engines and one more."""
        return Registry({**self._loaders, engine.name: lambda: engine})

    def _named(self, name: str) -> AnyEngine:
        if name not in self._loaded:
            self._loaded[name] = self._loaders[name]()
        return self._loaded[name]


ENGINES = Registry({DEFAULT: _postgresql})
