"""The status of every source of the settings, ready to be read again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from scims_backup.adapters.catalogs.counted import CountedCatalog
from scims_backup.adapters.s3.place import S3Place
from scims_backup.bootstrap.clock_and_ids import clock
from scims_backup.bootstrap.components import catalog_at, s3_client
from scims_backup.bootstrap.engines import OfEngine
from scims_backup.bootstrap.resolve_settings import resolve_each
from scims_backup.bootstrap.secrets import Secrets
from scims_backup.bootstrap.watching import watched
from scims_backup.domain.errors import CatalogError, OperationFailedError, UsageError
from scims_backup.domain.health import NotCheckedError
from scims_backup.domain.schedules import Schedule, next_runs
from scims_backup.domain.status import SourceStatus, Watched
from scims_backup.engines.registry import Registry
from scims_backup.ports import Progress
from scims_backup.runtime.logs import Redactor
from scims_backup.settings.flags import Flags, Needs
from scims_backup.settings.model import Settings
from scims_backup.settings.resolution import place_of_catalog
from scims_backup.usecases.reports.read_statuses import ReadStatuses, Statuses
from scims_backup.usecases.reports.summaries import Summaries


@dataclass(frozen=True)
class StatusCases:
    """The statuses of the sources of a settings document, or of a catalog."""

    flags: Flags
    environment: Mapping[str, str]
    engines: Registry
    progress: Progress
    redactor: Redactor

    def read(self) -> tuple[Statuses, int]:
        """Return the statuses as of now, and how many requests they took. Raise UsageError.

        A catalog that cannot be read is what is wrong with each source in it.
        """
        before = self._catalog.requests
        right = [self._watched(one) for one in self._settings.values() if isinstance(one, Settings)]
        wrong = {name: one for name, one in self._settings.items() if isinstance(one, UsageError)}
        summaries = Summaries(self._catalog, self.progress, self.engines.formats())
        now = clock()
        try:
            found = ReadStatuses(summaries, right if self._settings else None).run(now)
        except CatalogError as error:
            names = [one.source for one in right] or [str(self._place)]
            found = Statuses(now, (), dict.fromkeys(names, error))
        problems = (*self._missing(), *found.problems)
        sources = tuple(self._with_next_runs(one) for one in found.sources)
        broken = {**wrong, **found.broken}
        whole = replace(found, sources=sources, broken=broken, problems=problems)
        return whole, self._catalog.requests - before

    def _with_next_runs(self, status: SourceStatus) -> SourceStatus:
        return replace(status, next_runs=next_runs(self._schedules, status.source, status.at))

    @cached_property
    def _schedules(self) -> Sequence[Schedule]:
        """Those of the stack, if one is named; whoever may not read them sees by when runs are due."""
        named = {one.stack for one in self._settings.values() if isinstance(one, Settings) and one.stack}
        if not named:
            return ()
        from scims_backup.adapters.aws.client import new_client  # noqa: PLC0415  loads boto3
        from scims_backup.adapters.stacks.cloudformation import Stack  # noqa: PLC0415
        from scims_backup.adapters.stacks.schedules import schedules_of  # noqa: PLC0415

        try:
            return [one for stack in named for one in schedules_of(Stack(stack, new_client))]
        except (NotCheckedError, OperationFailedError) as error:
            self.progress.note(f"the schedules cannot be read: {error}")
            return ()

    def _missing(self) -> Iterator[str]:
        """Before the first backup there is no folder; afterwards its absence must not look like that."""
        if isinstance(self._place, Path) and not self._place.is_dir():
            yield f"there is no catalog at {self._place} yet: is its disk mounted?"

    def _watched(self, settings: Settings) -> Watched:
        engine = self.engines.of_source(settings.engine, settings.url)
        secrets = Secrets(self.environment, self.redactor)
        of_engine = OfEngine(engine, settings, self.environment, secrets)
        return watched(settings, of_engine.after_restore.sha256)

    @cached_property
    def _catalog(self) -> CountedCatalog:
        return CountedCatalog(catalog_at(self._place, s3_client))

    @cached_property
    def _place(self) -> Path | S3Place:
        return place_of_catalog(self.flags, self.environment)

    @cached_property
    def _settings(self) -> Mapping[str, Settings | UsageError]:
        return resolve_each(self.flags, self.environment, Needs(after_restore=True), self.engines)
