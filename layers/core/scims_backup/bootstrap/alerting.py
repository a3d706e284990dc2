"""The use cases of the alert function, on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, cast

from scims_backup.adapters.aws.client import new_client
from scims_backup.adapters.catalogs.s3 import S3Catalog
from scims_backup.adapters.notifiers.event_bus import DefaultEventBus
from scims_backup.adapters.notifiers.sns import SnsTopic
from scims_backup.adapters.s3.client import new_client as new_s3_client
from scims_backup.bootstrap.clock_and_ids import clock, new_id
from scims_backup.bootstrap.event_log import event_log
from scims_backup.ports import Progress
from scims_backup.settings.alerting import alerting_in
from scims_backup.usecases.alerts.live_alerts import LiveAlerts
from scims_backup.usecases.alerts.raise_alert import RaiseAlert, WatchSubscriptions
from scims_backup.usecases.alerts.unsent_alerts import unsent_alerts

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient


class Alerting:
    """The use cases, ready to run on what the environment names. Raise UsageError if it does not."""

    def __init__(self, environment: Mapping[str, str], progress: Progress) -> None:
        self.settings = alerting_in(environment)
        self._progress = progress

    def raise_alert(self) -> RaiseAlert:
        """Ready to raise alerts."""
        return RaiseAlert(self._catalog, self.live_alerts, self._bus)

    def unsent(self) -> list[str]:
        """The keys of events of which somebody should have been told, and was not; the earliest first."""
        return sorted(unsent_alerts(self._catalog, clock()))

    def watch_subscriptions(self) -> WatchSubscriptions:
        """Ready to check the subscriptions."""
        events = event_log(self.settings.source, self._catalog, self._progress)
        return WatchSubscriptions(self._topic, events, clock)

    @cached_property
    def live_alerts(self) -> LiveAlerts:
        """Ready to send what has become due."""
        return LiveAlerts(self._catalog, self._topic, clock, new_id, self.settings.stack)

    @cached_property
    def _catalog(self) -> S3Catalog:
        return S3Catalog(new_s3_client(), self.settings.catalog)

    @cached_property
    def _bus(self) -> DefaultEventBus:
        return DefaultEventBus(cast("EventBridgeClient", new_client("events")))

    @cached_property
    def _topic(self) -> SnsTopic:
        return SnsTopic(cast("SNSClient", new_client("sns")), self.settings.topic)
