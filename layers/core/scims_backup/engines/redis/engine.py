"""Redis as an engine: where its parts are; what loads redis-py is loaded when it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from scims_backup.domain.checklist import Look
from scims_backup.domain.credentials import Credentials
from scims_backup.domain.errors import ScimsBackupError, UsageError
from scims_backup.domain.retention import Policy
from scims_backup.domain.words import Words
from scims_backup.engines.redis.connect.scrubbing import without_values
from scims_backup.engines.redis.connect.variables import variables_in
from scims_backup.engines.redis.exports.address import SCHEME as EXPORTED
from scims_backup.engines.redis.exports.address import ElastiCacheAddress
from scims_backup.engines.redis.rules.image import refuse_other_image
from scims_backup.engines.redis.rules.looks import LOOKS
from scims_backup.engines.redis.rules.proof import MADE_BY, Archive, InArchive, KeyList, RedisProof
from scims_backup.engines.redis.settings import RedisKeys
from scims_backup.ports import DelayedSource, EngineSettings, Examination, Source
from scims_backup.ports.settings_keys import Keys

if TYPE_CHECKING:
    from scims_backup.engines.redis.connect.address import RedisAddress
    from scims_backup.engines.redis.proving.provable import RedisDatabase
    from scims_backup.engines.redis.sandbox.local_sandboxes import RedisSandboxes
    from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
    from scims_backup.engines.redis.targets.target import RedisTarget


class RedisEngine:
    """Redis 6.2 to 8, Valkey 8 and 9, and ElastiCache; implements ports.Engine."""

    name = MADE_BY.engine
    title = "Redis"
    format = MADE_BY.format
    schemes: Sequence[str] = ("redis", "rediss", "unix", EXPORTED)
    words = Words("key", "database")
    retention: Policy | None = Policy(daily=7)
    looks: Sequence[Look] = LOOKS
    runs_after_restore = False
    keys: type[Keys] = RedisKeys

    def check_address(self, url: str) -> None:
        """Raise UsageError unless a URL is redis-py's or a cache's, without a secret in it."""
        self.address(url, None, {})

    def address(
        self, url: str, credentials: Credentials | None, environment: Mapping[str, str]
    ) -> RedisAddress | ElastiCacheAddress:
        """Return where a source is; AWS alone knows how to reach a cache that it exports."""
        from scims_backup.engines.redis.connect.log_in import address_of  # noqa: PLC0415  loads redis-py

        if _is_exported(url):
            return ElastiCacheAddress.parse(url)
        return address_of(url, credentials, environment)

    def administrator(
        self,
        url: str,
        credentials: Credentials,
        environment: Mapping[str, str],  # noqa: ARG002  none needed
    ) -> RedisAddress:
        """Return how to log in where is restored to."""
        from scims_backup.engines.redis.connect.log_in import administrator_of  # noqa: PLC0415  loads redis-py

        return administrator_of("" if _is_exported(url) else url, credentials)

    def keep_apart(self, environment: Mapping[str, str]) -> Sequence[str]:
        """Return the variables of redis-cli and redis-py."""
        return variables_in(environment)

    def without_values(self, text: str) -> str:
        """Return a message without the names and values that a server quotes in it."""
        return without_values(text)

    def check_image(self, environment: Mapping[str, str]) -> None:
        """Raise ToolMissingError in an image with another server than the stack asks for."""
        refuse_other_image(environment)

    def read_proof(self, data: bytes, name: str) -> RedisProof:
        """Read a proof back."""
        return replace(RedisProof.from_bytes(data, name), reads=_read_archive)

    def source(
        self, address: RedisAddress | ElastiCacheAddress, settings: EngineSettings
    ) -> Source[RedisProof] | DelayedSource[RedisProof]:
        """Return a server to back up, or a cache whose snapshots AWS exports."""
        from scims_backup.engines.redis.dumping.exported import exported_snapshot  # noqa: PLC0415  as above
        from scims_backup.engines.redis.dumping.source import RedisSource  # noqa: PLC0415  as above
        from scims_backup.engines.redis.exports.cache import Cache  # noqa: PLC0415  loads boto3
        from scims_backup.engines.redis.exports.source import ElastiCacheSource  # noqa: PLC0415  loads boto3

        sandboxing = _sandboxing(settings)
        if isinstance(address, ElastiCacheAddress):
            reading = partial(exported_snapshot, name=str(address), sandboxing=sandboxing)
            return ElastiCacheSource(Cache(address), reading)
        return RedisSource(address, sandboxing)

    def database(self, address: RedisAddress | ElastiCacheAddress, settings: EngineSettings) -> RedisDatabase:
        """Return a server to hold against a proof."""
        from scims_backup.engines.redis.connect.client import client_of  # noqa: PLC0415  as above
        from scims_backup.engines.redis.proving.provable import RedisDatabase  # noqa: PLC0415  as above

        at = _reachable(address)
        return RedisDatabase(
            lambda number: client_of(at, database=number),
            str(at),
            at.url(),
            show_names=settings.show_names,
            database=at.database,
        )

    def target(
        self,
        address: RedisAddress | ElastiCacheAddress,
        settings: EngineSettings,
        jobs: int | None,  # noqa: ARG002  one server copies by one connection
    ) -> RedisTarget:
        """Return a server to restore to."""
        from scims_backup.engines.redis.targets.target import RedisTarget  # noqa: PLC0415  as above

        return RedisTarget(_reachable(address), _sandboxing(settings))

    def sandboxes(self, settings: EngineSettings) -> RedisSandboxes:
        """Return disposable servers on this machine."""
        from scims_backup.engines.redis.sandbox.local_sandboxes import RedisSandboxes  # noqa: PLC0415  as above

        return RedisSandboxes(_sandboxing(settings))

    def examination(
        self,
        source: str,
        address: Callable[[], RedisAddress | ElastiCacheAddress],
        settings: EngineSettings,
        clock: Callable[[], datetime],
    ) -> Examination:
        """Return what `doctor` looks at."""
        from scims_backup.engines.redis.doctor import RedisExamination  # noqa: PLC0415  as above
        from scims_backup.engines.redis.exports.doctor import ElastiCacheExamination  # noqa: PLC0415  as above

        cache = _cache_of(address)
        if cache is not None:
            return ElastiCacheExamination(source, cache, _sandboxing(settings))
        return RedisExamination(source, lambda: _reachable(address()), _sandboxing(settings), clock)


def _is_exported(url: str) -> bool:
    return url.lower().startswith(f"{EXPORTED}:")


def _reachable(address: RedisAddress | ElastiCacheAddress) -> RedisAddress:
    """Return the address of a server that can be asked. Raise UsageError for a cache's snapshots."""
    if isinstance(address, ElastiCacheAddress):
        raise UsageError(
            f"{address} says where snapshots come from, not how the server is reached",
            "give --target-url rediss://HOST:6379, the endpoint of a server",
        )
    return address


def _cache_of(address: Callable[[], RedisAddress | ElastiCacheAddress]) -> ElastiCacheAddress | None:
    """Return a cache's address; None for any other, and for one that the first check will find missing."""
    try:
        found = address()
    except ScimsBackupError:
        return None
    return found if isinstance(found, ElastiCacheAddress) else None


def _read_archive(archive: Archive, key_list: KeyList) -> AbstractContextManager[InArchive]:
    from scims_backup.engines.redis.proving.archive_list import read_archive  # noqa: PLC0415  as above

    return read_archive(archive, key_list)


def _sandboxing(settings: EngineSettings) -> Sandboxing:
    from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing  # noqa: PLC0415  as above

    programs = settings.own.programs if isinstance(settings.own, RedisKeys) else None
    return Sandboxing(programs, settings.sandbox_dir, settings.environment)
