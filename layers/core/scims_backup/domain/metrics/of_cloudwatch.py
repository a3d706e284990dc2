"""CloudWatch's gauges of a source, from the same values as the others; ages, as they are written hourly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from scims_backup.domain.metrics.gauges import Gauge
from scims_backup.domain.metrics.of_functions import Metric
from scims_backup.domain.metrics.samples import Sample

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_AGES = {Metric.BACKUP_AGE: (Gauge.LAST_SUCCESS, _HOUR), Metric.PROOF_AGE: (Gauge.PROOF_DUE_SINCE, _DAY)}
_SCALED = {Metric.RECOVERY_TIME: (Gauge.RESTORE_SECONDS, 1 / _MINUTE), Metric.SUCCESS: (Gauge.SUCCESS, 100)}


def for_cloudwatch(samples: Iterable[Sample], at: datetime) -> Mapping[Metric, float]:
    """Return the gauges of one source, with ages as of a moment, in the units of the stack's parameters.

    What is not known is left out: its alarm treats what is missing as bad.
    """
    values = {sample.gauge: sample.value for sample in samples}
    return {
        **{
            metric: (at.timestamp() - values[gauge]) / unit
            for metric, (gauge, unit) in _AGES.items()
            if gauge in values
        },
        **{metric: values[gauge] * factor for metric, (gauge, factor) in _SCALED.items() if gauge in values},
    }
