"""The history of two weeks before the first backup of a source: the same in every night."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scims_backup.domain.backup import stamp_of
from scims_backup.ports import Catalog
from scims_backup.usecases.stored.history import read_history, record_run
from tests.fakes import RecordedProgress

_DAY = timedelta(days=1)


def put_earlier_nights(catalog: Catalog, source: str) -> None:
    """Let the history know fourteen nights like that of the only backup of a source."""
    now = datetime.now(UTC)
    (night,) = read_history(catalog, source, now - _DAY, now).records
    for back in range(1, 15):
        began = night.began - back * _DAY
        stamp = stamp_of(began)
        earlier = replace(night, backup=f"{source}-{stamp}", began=began, ended=began)
        record_run(catalog, earlier, stamp, RecordedProgress())
