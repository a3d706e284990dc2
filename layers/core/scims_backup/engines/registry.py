"""The engines that there are; one is loaded when it is asked for. `bootstrap` alone imports this."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scims_backup.domain.engine_names import CUSTOM, POSTGRESQL, Formats
from scims_backup.domain.errors import UsageError
from scims_backup.domain.manifest import Manifest
from scims_backup.ports.engines import AnyEngine

DEFAULT = POSTGRESQL
"""The engine of documents and addresses that name none."""


@dataclass(frozen=True)
class Entry:
    """What is known of an engine before it is loaded; the engine says the same.

    format: of its archives.
    schemes: of the URLs of its sources.
    """

    format: str
    schemes: Sequence[str]
    load: Callable[[], AnyEngine]


def _postgresql() -> AnyEngine:
    from scims_backup.engines.postgresql.engine import PostgresqlEngine  # noqa: PLC0415  loaded when asked for

    return PostgresqlEngine()


def _redis() -> AnyEngine:
    from scims_backup.engines.redis.engine import RedisEngine  # noqa: PLC0415  loaded when asked for

    return RedisEngine()


class Registry:
    """Engines by name; implements ports.Engines."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = dict(entries)
        self._loaded: dict[str, AnyEngine] = {}

    def of(self, manifest: Manifest) -> AnyEngine:
        """Return the engine that made a backup. Raise UnknownEngineError if this program does not have it."""
        manifest.refuse_unknown_engine(self.formats())
        return self._named(manifest.made_by.engine)

    def of_address(self, url: str) -> AnyEngine:
        """Return the engine of a URL's scheme, the default one for what no engine knows."""
        scheme = url.partition(":")[0].lower()
        return self._named(
            next((name for name, entry in self._entries.items() if scheme in entry.schemes), DEFAULT)
        )

    def of_source(self, engine: str | None, url: str) -> AnyEngine:
        """Return a source's engine: as the settings name it, else by its URL. Raise UsageError."""
        if engine is None:
            return self.of_address(url)
        if engine not in self._entries:
            raise UsageError(f"engine {engine!r} is unknown", f"use one of: {', '.join(self._entries)}")
        return self._named(engine)

    def all(self) -> list[AnyEngine]:
        """Load every engine, and return them, the default one first."""
        return [self._named(name) for name in self._entries]

    def formats(self) -> Formats:
        """Return the format of each engine's archives, by the engine's name."""
        return {name: entry.format for name, entry in self._entries.items()}

    def with_engine(self, engine: AnyEngine) -> Registry:
        """Return these engines and one more."""
        entry = Entry(engine.format, engine.schemes, lambda: engine)
        return Registry({**self._entries, engine.name: entry})

    def _named(self, name: str) -> AnyEngine:
        if name not in self._loaded:
            self._loaded[name] = self._entries[name].load()
        return self._loaded[name]


ENGINES = Registry(
    {
        DEFAULT: Entry(CUSTOM, ("postgresql", "postgres"), _postgresql),
        "redis": Entry("rdb", ("redis", "rediss", "unix", "elasticache"), _redis),
    }
)
