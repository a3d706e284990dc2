"""The values of all gauges, from what is known of a source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from scims_backup.domain.metrics.gauges import Gauge
from scims_backup.domain.metrics.nights import last_nights
from scims_backup.domain.run_record import RunRecord, RunResult
from scims_backup.domain.status import SourceStatus, Standing, judged, worst
from scims_backup.domain.verdict import Verdict

_STANDINGS = {Standing.FINE: 0, Standing.WARNING: 1, Standing.CRITICAL: 2}


@dataclass(frozen=True)
class Sample:
    """One value of one gauge of one source.

    label: of the gauge's second dimension; empty if it has none.
    """

    gauge: Gauge
    source: str
    value: float
    label: str = ""

    @property
    def labels(self) -> dict[str, str]:
        """The values of its dimensions, by their names."""
        return dict(zip(self.gauge.value.dimensions, (self.source, self.label), strict=False))


def unreadable(source: str) -> tuple[Sample, ...]:
    """All that can be said of a source whose catalog cannot be read."""
    return (Sample(Gauge.READABLE, source, 0.0),)


def samples_of(status: SourceStatus) -> tuple[Sample, ...]:
    """Derive every value that is known; a gauge whose value is not known has no sample."""
    return tuple(
        Sample(gauge, status.source, float(value), label)
        for gauge, value, label in _all(status)
        if value is not None
    )


_Value = tuple[Gauge, float | None, str]


def _all(status: SourceStatus) -> Iterator[_Value]:
    yield Gauge.READABLE, 1, ""
    yield Gauge.STANDING, _STANDINGS[worst(judged(status))], ""
    yield from _moments(status)
    yield from _nights(status)
    yield from _newest(status)
    yield from _drill(status)
    yield from _storage(status)
    yield from _objectives(status)
    acknowledged = sum(alert.acknowledged for alert in status.alerts)
    yield Gauge.OPEN_ALERTS, len(status.alerts) - acknowledged, ""
    yield Gauge.ACKNOWLEDGED_ALERTS, acknowledged, ""


def _moments(status: SourceStatus) -> Iterator[_Value]:
    seen = {
        Gauge.LAST_SUCCESS: status.newest,
        Gauge.LAST_PROOF: status.proven,
        Gauge.PROOF_DUE_SINCE: status.proven,
        Gauge.LAST_COPY: status.copied,
    }
    moments = {gauge: backup.taken for gauge, backup in seen.items() if backup is not None}
    if status.copied is not None:
        moments[Gauge.COPY_DUE_SINCE] = status.copied.taken
    if status.proofs_since is not None:
        moments.setdefault(Gauge.PROOF_DUE_SINCE, status.proofs_since)
        if status.copies:
            moments.setdefault(Gauge.COPY_DUE_SINCE, status.proofs_since)
    runs = {
        Gauge.LAST_FAILURE: status.last_failure,
        Gauge.LAST_DRILL: status.last_drill,
        Gauge.LAST_RESTORE: status.last_restore,
    }
    moments |= {gauge: run.ended for gauge, run in runs.items() if run is not None}
    for gauge, moment in moments.items():
        yield gauge, moment.timestamp(), ""
    for run_to_come in status.next_runs:
        yield Gauge.NEXT_RUN, run_to_come.at.timestamp(), run_to_come.what


def _nights(status: SourceStatus) -> Iterator[_Value]:
    nights = last_nights(status)
    if nights is not None:
        yield Gauge.SUCCESS, nights.success, ""
        yield Gauge.NIGHTS_COMPLETED, nights.completed, ""
        yield Gauge.NIGHTS_FAILED, nights.failed, ""
        yield Gauge.NIGHTS_MISSING, nights.missing, ""


def _newest(status: SourceStatus) -> Iterator[_Value]:
    yield Gauge.ARCHIVE_BYTES, status.archive_bytes, ""
    yield Gauge.ARCHIVE_STORED_BYTES, status.stored_bytes, ""
    yield Gauge.IN_ALL, status.in_all, status.unit
    run = next((run for run in reversed(status.nights) if run.result is RunResult.COMPLETED), None)
    if run is None:
        return
    seconds = (run.ended - run.began).total_seconds()
    yield Gauge.BACKUP_SECONDS, seconds, ""
    yield from _phases(Gauge.BACKUP_PHASE, run)
    if run.bytes is not None and seconds > 0:
        yield Gauge.THROUGHPUT, run.bytes / seconds, ""


def _drill(status: SourceStatus) -> Iterator[_Value]:
    drill = status.last_drill
    if drill is not None:
        for verdict in Verdict:
            yield Gauge.VERDICT, drill.result.value == verdict.value, verdict
        yield Gauge.FINDINGS, drill.findings, ""
        yield from _phases(Gauge.DRILL_PHASE, drill)
    if status.restore_time is not None:
        yield Gauge.RESTORE_SECONDS, status.restore_time.total_seconds(), ""


def _phases(gauge: Gauge, run: RunRecord) -> Iterator[_Value]:
    for phase, seconds in run.seconds.items():
        yield gauge, seconds, phase


def _storage(status: SourceStatus) -> Iterator[_Value]:
    yield Gauge.STORED_BYTES, status.stored_in_all, ""
    yield Gauge.QUOTA_BYTES, status.promised.quota, ""
    if status.quota_day is not None:
        yield Gauge.QUOTA_DAY, datetime.combine(status.quota_day, time(), UTC).timestamp(), ""


def _objectives(status: SourceStatus) -> Iterator[_Value]:
    promised = status.promised
    objectives: dict[Gauge, timedelta | None] = {
        Gauge.BACKUP_AGE_OBJECTIVE: promised.backup_age,
        Gauge.PROOF_AGE_OBJECTIVE: promised.proof_age,
        Gauge.COPY_AGE_OBJECTIVE: promised.copy_age if status.copies else None,
        Gauge.RESTORE_OBJECTIVE: promised.restore_time,
    }
    for gauge, span in objectives.items():
        yield gauge, None if span is None else span.total_seconds(), ""
