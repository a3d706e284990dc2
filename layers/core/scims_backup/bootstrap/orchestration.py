"""The use cases of the function that orchestrates drills; it needs nothing but boto3."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, cast

from scims_backup.adapters.aws.client import new_client
from scims_backup.adapters.catalogs.s3 import S3Catalog
from scims_backup.adapters.s3.client import new_client as new_s3_client
from scims_backup.adapters.tasks.ecs import EcsTasks, TaskPlace
from scims_backup.bootstrap.clock_and_ids import clock, new_id
from scims_backup.bootstrap.event_log import event_log
from scims_backup.bootstrap.sandbox_servers import sandbox_servers
from scims_backup.domain.errors import ScimsBackupError
from scims_backup.domain.metrics.of_cloudwatch import for_cloudwatch
from scims_backup.domain.metrics.of_functions import Metric
from scims_backup.domain.metrics.samples import samples_of
from scims_backup.domain.second_copy import COPY_AGE
from scims_backup.domain.status import Watched
from scims_backup.engines.registry import ENGINES
from scims_backup.ports import Catalog, Progress, SandboxServers
from scims_backup.settings.orchestration import Orchestration, orchestration_in
from scims_backup.settings.sandbox_servers import SandboxKind
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.alerts.watch_objectives import WatchObjectives
from scims_backup.usecases.backups.orchestrate_dumps import OrchestrateDumps
from scims_backup.usecases.drills.drill_servers import DrillServers
from scims_backup.usecases.drills.orchestrate_drills import OrchestrateDrills
from scims_backup.usecases.drills.reap_sandboxes import ReapSandboxes
from scims_backup.usecases.reports.read_status import ReadStatus

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_logs import CloudWatchLogsClient


class Orchestrator:
    """The drills and the objectives of the sources that the environment names."""

    def __init__(self, environment: Mapping[str, str], progress: Progress) -> None:
        self.settings: Orchestration = orchestration_in(environment)
        self._progress = progress

    def drills(self, source: str) -> OrchestrateDrills:
        """Ready to ask for drills of a source and to go on with them."""
        return OrchestrateDrills(
            source=source,
            catalog=self._catalog,
            tasks=self._tasks(),
            events=self._events(source),
            clock=clock,
            new_id=new_id,
            progress=self._progress,
            patience=self.settings.patience,
            formats=ENGINES.formats(),
            servers=self._servers_of(source),
        )

    def dumps(self, source: str) -> OrchestrateDumps:
        """Ready to go on with the dumps of a source that run as tasks."""
        return OrchestrateDumps(
            source=source,
            catalog=self._catalog,
            tasks=self._dump_tasks(),
            events=self._events(source),
            clock=clock,
            new_id=new_id,
            progress=self._progress,
        )

    def reaper(self) -> ReapSandboxes | None:
        """Ready to delete what drills have left in RDS; None if they have nothing there."""
        if self.settings.sandbox_kind is not SandboxKind.RDS:
            return None
        return ReapSandboxes(self._servers, self._events(self.settings.source), self._progress)

    def objectives(self, source: str) -> WatchObjectives:
        """Ready to look whether a backup or a drill of a source is overdue.

        What drills run after a restore, and second copies, are those of the stack's first source alone.
        """
        settings, is_first = self.settings, source == self.settings.source
        return WatchObjectives(
            source,
            self._catalog,
            self._events(source),
            settings.backup_age,
            settings.proof_age,
            settings.after_restore.sha256 if is_first else None,
            settings.copies if is_first else None,
            settings.copy_age or COPY_AGE,
        )

    def gauges(self, now: datetime) -> Mapping[str, Mapping[Metric, float]]:
        """Return CloudWatch's gauges of each source; a source that cannot be read is noted, and missing."""
        gauges = dict[str, Mapping[Metric, float]]()
        for source in self.settings.every:
            try:
                status = ReadStatus(self._catalog, Watched(source), ENGINES.formats()).run(now)
            except ScimsBackupError as error:
                self._progress.note(f"{source} cannot be read: {error}")
            else:
                gauges[source] = for_cloudwatch(samples_of(status), now)
        return gauges

    def _tasks(self) -> EcsTasks:
        settings = self.settings
        place = TaskPlace(
            cluster=settings.cluster,
            task_definition=settings.task_definition,
            container=settings.container,
            subnets=settings.subnets,
            security_groups=settings.security_groups,
            assign_public_ip=settings.assign_public_ip,
            log_group=settings.log_group,
            log_prefix=settings.log_prefix,
        )
        return _tasks_at(place)

    def _dump_tasks(self) -> EcsTasks:
        settings = self.settings
        place = TaskPlace(
            cluster=settings.cluster,
            task_definition=settings.dump_task_definition,
            container=settings.dump_container,
            subnets=settings.dump_subnets,
            security_groups=settings.dump_security_groups,
            assign_public_ip=settings.dump_assign_public_ip,
            log_group=settings.dump_log_group,
            log_prefix=settings.dump_container,
        )
        return _tasks_at(place)

    def _servers_of(self, source: str) -> DrillServers | None:
        """Those of the stack's first source alone: RDS has no server of Redis."""
        if self.settings.sandbox_kind is not SandboxKind.RDS or source != self.settings.source:
            return None
        return DrillServers(self.settings.rds_stack, self._servers, self._catalog, self._progress)

    @cached_property
    def _servers(self) -> SandboxServers:
        return sandbox_servers(self.settings)

    def _events(self, source: str) -> EventLog:
        return event_log(source, self._catalog, self._progress)

    @cached_property
    def _catalog(self) -> Catalog:
        return S3Catalog(new_s3_client(), self.settings.catalog)


def _tasks_at(place: TaskPlace) -> EcsTasks:
    return EcsTasks(
        place,
        cast("ECSClient", new_client("ecs")),
        lambda: cast("CloudWatchLogsClient", new_client("logs")),
    )
