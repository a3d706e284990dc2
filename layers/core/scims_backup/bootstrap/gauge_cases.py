"""The gauges of every source, ready to be read, and to be sent to a collector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.resolve_settings import resolve_each
from scims_backup.bootstrap.status_cases import StatusCases
from scims_backup.domain.errors import ToolMissingError, UsageError
from scims_backup.ports import Usage
from scims_backup.settings.flags import Needs
from scims_backup.settings.model import Settings
from scims_backup.usecases.reports.gauges import Gauges, Measure, gauges_of


@dataclass(frozen=True)
class GaugeCases(StatusCases):
    """The gauges of the sources of a settings document, or of a catalog."""

    def gauges(self, *, with_storage: bool) -> Gauges:
        """Return the gauges as of now. with_storage: measure what the vaults store.

        Raise UsageError if the document is wrong, or the settings of every source.
        """
        statuses, _ = self.read()
        wrong = [one for one in statuses.broken.values() if isinstance(one, UsageError)]
        if wrong and not statuses.sources and len(wrong) == len(statuses.broken):
            raise wrong[0]
        return gauges_of(statuses, self._measures() if with_storage else {})

    def send(self, gauges: Gauges, address: str) -> None:
        """Send all values to a collector of OpenTelemetry.

        Raise ToolMissingError if its SDK is not installed, OperationFailedError if they were not taken.
        """
        try:
            from scims_backup.adapters.metrics.otlp import send_metrics  # noqa: PLC0415  an extra, and slow
        except ModuleNotFoundError as error:
            raise ToolMissingError(
                f"metrics cannot be sent to {address}: the SDK of OpenTelemetry is not installed",
                "install it: pip install 'scims-backup[otlp]'",
            ) from error
        send_metrics(address, gauges.samples, gauges.at)

    def _measures(self) -> Mapping[str, Measure]:
        each = resolve_each(self.flags, self.environment, Needs(vault_if_named=True), self.engines)
        return {
            name: partial(self._usage, one)
            for name, one in each.items()
            if isinstance(one, UsageError) or one.vault
        }

    def _usage(self, settings: Settings | UsageError) -> Usage:
        if isinstance(settings, UsageError):
            raise settings
        application = Application(
            settings, self.environment, self.progress, self.redactor, engines=self.engines
        )
        return application.vault.usage()
