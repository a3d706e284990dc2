"""A year of nights of three shapes of source: noise, growth, weekends, holidays, releases and jobs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from scims_backup.domain.events import Kind
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult

FIRST = datetime(2026, 1, 1, 2, tzinfo=UTC)
NIGHTS = 365
_HOLIDAYS = {date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 5, 25)} | {
    date(2026, 12, day) for day in range(24, 32)
}
_RELEASED_EVERY = 14
_IMPORTED_EVERY = 90
_BUSY_SERVER = 0.03
"""The part of the nights in which something else keeps the server busy."""

Nights = list[RunRecord]


@dataclass(frozen=True)
class Shape:
    """One kind of source.

    tables: what each holds at first; it grows by `growth` on each working day.
    queues: what comes and goes; weekly, monthly: what is filled day by day, and emptied by a job.
    expiring: keys that go by themselves.
    row: bytes of one in the archive. new: the part of an archive that a vault has not seen yet.
    seconds: of a run, for a million rows, beside its start.
    """

    name: str
    tables: Mapping[str, int]
    growth: float
    row: int
    new: float
    seconds: float
    noise: float
    queues: Mapping[str, int]
    weekly: str = ""
    monthly: str = ""
    expiring: Mapping[str, int] | None = None


def _many(count: int, most: int) -> dict[str, int]:
    return {f"public.t{number:02}": max(3, int(most / (number + 1) ** 1.7)) for number in range(count)}


SHAPES = (
    Shape(
        "small", _many(15, 90_000), 0.001, 400, 0.05, 20, 0.25, {"public.outbox": 4}, monthly="public.bills"
    ),
    Shape(
        "large",
        _many(60, 40_000_000),
        0.003,
        300,
        0.02,
        25,
        0.15,
        {"public.jobs": 20_000, "public.mails": 900},
        weekly="public.staging",
        monthly="public.month",
    ),
    Shape(
        "redis",
        {f"database 0, {name}:…, type hash": size for name, size in _many(8, 400_000).items()},
        0.002,
        90,
        0.4,
        8,
        0.2,
        {"database 0, celery:…, type list": 3000},
        expiring={"database 0, session:…, type string": 250_000, "database 1, type string": 60_000},
    ),
)


def year(shape: Shape, seed: int) -> Nights:
    """Return the records of a year's backups; the same for the same seed."""
    chance = random.Random(f"{shape.name} {seed}")  # noqa: S311  no secret
    return list(_Source(shape, chance).nights())


class _Source:
    def __init__(self, shape: Shape, chance: random.Random) -> None:
        self.shape = shape
        self.chance = chance
        self.tables = dict(shape.tables)
        self.jobs = {name: 0 for name in (shape.weekly, shape.monthly) if name}

    def nights(self) -> Iterator[RunRecord]:
        for number in range(NIGHTS):
            yield self._night(number, FIRST + timedelta(days=number))

    def _night(self, number: int, at: datetime) -> RunRecord:
        """What the day before a night did, and the backup of it."""
        day = at.date() - timedelta(days=1)
        busy = 0.15 if day.weekday() > 4 or day in _HOLIDAYS else 1.0
        released = number % _RELEASED_EVERY == _RELEASED_EVERY - 1
        self._grow(busy)
        if released:
            self._release(number)
        if number % _IMPORTED_EVERY == _IMPORTED_EVERY // 2:
            self._import()
        self._run_jobs(day, busy)
        expiring = {
            name: self._noisy(size * (0.3 + 0.7 * busy), 0.3) for name, size in self._expiring.items()
        }
        queues = {name: self._noisy(size * busy, 0.7) for name, size in self.shape.queues.items()}
        counts = {**self.tables, **self.jobs, **queues, **expiring}
        return self._backup(at, counts, expiring, busy, released=released)

    def _grow(self, busy: float) -> None:
        for name in self.shape.tables:
            rows = self.tables[name]
            change = rows * self.shape.growth * busy * self.chance.uniform(0.2, 2)
            self.tables[name] = max(0, rows + int(change) + (self.chance.random() < 0.3 * busy))

    def _release(self, number: int) -> None:
        """A release adds a table, loads some rows, and now and then drops a table that is nearly empty."""
        self.tables[f"new{number}"] = self.chance.randint(0, 3)
        name = self.chance.choice(list(self.shape.tables))
        self.tables[name] = int(self.tables[name] * self.chance.uniform(0.9, 1.15))
        self.tables.pop(f"new{number - 6 * _RELEASED_EVERY}", None)

    def _import(self) -> None:
        """Somebody loads a good part of a table at once."""
        name = self.chance.choice(list(self.shape.tables))
        self.tables[name] = int(self.tables[name] * self.chance.uniform(1.1, 1.4))

    def _run_jobs(self, day: date, busy: float) -> None:
        daily = int(sum(self.shape.tables.values()) * 0.004 * (0.1 + busy))
        for name in self.jobs:
            emptied = day.day == 1 if name == self.shape.monthly else day.weekday() == 6
            self.jobs[name] = 0 if emptied else self.jobs[name] + daily

    def _backup(
        self,
        at: datetime,
        counts: Mapping[str, int],
        expiring: Mapping[str, int],
        busy: float,
        *,
        released: bool,
    ) -> RunRecord:
        total = sum(counts.values())
        size = self._noisy(500_000 + total * self.shape.row, 0.01)
        new = min(1.0, self.shape.new * (0.5 + busy / 2) * (4 if released else 1))
        weekly = 1.6 if at.weekday() == 6 else 1
        seconds = self._noisy(1000 * (4 + self.shape.seconds * total / 1e6 * weekly), self.shape.noise) / 1000
        seconds *= self.chance.uniform(1.2, 2.5) if self.chance.random() < _BUSY_SERVER else 1
        return RunRecord(
            RunKind.BACKUP,
            self.shape.name,
            f"{self.shape.name}-{at:%Y%m%dT%H%M%SZ}",
            at,
            at + timedelta(seconds=seconds),
            RunResult.COMPLETED,
            seconds={"backup": seconds},
            bytes=size,
            stored_bytes=self._noisy(size * new, 0.15),
            counts=dict(counts),
            expiring=dict(expiring),
            in_all=total,
        )

    @property
    def _expiring(self) -> Mapping[str, int]:
        return self.shape.expiring or {}

    def _noisy(self, middle: float, spread: float) -> int:
        return int(middle * self.chance.lognormvariate(0, spread))


def _on(change: Callable[[RunRecord, RunRecord], RunRecord]) -> Callable[[Nights, int], Nights]:
    """A fault that lasts from one night on. change: a night, given the last good one."""

    def faulty(nights: Nights, first: int) -> Nights:
        good = nights[first - 1]
        return [*nights[:first], *(change(night, good) for night in nights[first:])]

    return faulty


def _bytes_times(factor: float) -> Callable[[RunRecord, RunRecord], RunRecord]:
    return lambda night, _: replace(night, bytes=int((night.bytes or 0) * factor))


def _with_counts(night: RunRecord, counts: Mapping[str, int]) -> RunRecord:
    expiring = {name: rows for name, rows in night.expiring.items() if name in counts}
    return replace(night, counts=counts, expiring=expiring, in_all=sum(counts.values()))


def _third(night: RunRecord) -> str:
    """A table in the midst: neither the largest nor a small one."""
    return min(name for name in night.counts if "t02" in name)


def _table_times(factor: float) -> Callable[[RunRecord, RunRecord], RunRecord]:
    return lambda night, _: _with_counts(
        night, {**night.counts, _third(night): int(night.counts[_third(night)] * factor)}
    )


def _gone(night: RunRecord, _: RunRecord) -> RunRecord:
    return _with_counts(night, {name: rows for name, rows in night.counts.items() if name != _third(night)})


def _empty(night: RunRecord, _: RunRecord) -> RunRecord:
    return replace(_with_counts(night, {}), bytes=2_000)


def _flooded(night: RunRecord, _: RunRecord) -> RunRecord:
    return _with_counts(night, {**night.counts, "flood": 10 * sum(night.counts.values())})


def _slow(night: RunRecord, _: RunRecord) -> RunRecord:
    return replace(night, seconds={"backup": 10 * night.seconds["backup"]})


def _frozen(night: RunRecord, good: RunRecord) -> RunRecord:
    return replace(night, counts=good.counts, expiring=good.expiring, in_all=good.in_all)


def _all_new(night: RunRecord, _: RunRecord) -> RunRecord:
    return replace(night, stored_bytes=night.bytes)


FAULTS: Mapping[str, tuple[Callable[[Nights, int], Nights], Sequence[Kind]]] = {
    "size halved": (_on(_bytes_times(0.5)), (Kind.BACKUP_SIZE_ANOMALY,)),
    "size doubled": (_on(_bytes_times(2)), (Kind.BACKUP_SIZE_ANOMALY,)),
    "empty dump": (_on(_empty), (Kind.BACKUP_SIZE_ANOMALY, Kind.ROWS_LOST)),
    "a table emptied": (_on(_table_times(0)), (Kind.ROWS_LOST,)),
    "a table at 40 %": (_on(_table_times(0.4)), (Kind.ROWS_LOST,)),
    "a table gone": (_on(_gone), (Kind.ROWS_LOST,)),
    "a new table ten times all others": (_on(_flooded), (Kind.ROW_COUNT_ANOMALY,)),
    "duration tenfold": (_on(_slow), (Kind.BACKUP_SLOW,)),
    "rows frozen for a week": (_on(_frozen), (Kind.ROWS_FROZEN,)),
    "deduplication gone": (_on(_all_new), (Kind.STORED_SIZE_ANOMALY,)),
}
"""Each fault, and what must be found of it."""
