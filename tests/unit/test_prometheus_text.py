"""Prometheus' text format, and the file for node_exporter."""

import os

import pytest

from scims_backup.adapters.metrics.prometheus import text_of, write_textfile
from scims_backup.domain.errors import OperationFailedError
from scims_backup.domain.metrics.gauges import Gauge
from scims_backup.domain.metrics.samples import Sample, samples_of
from tests.support.statuses import AT, whole_status


def test_each_gauge_has_one_head_and_its_samples_below():
    samples = [Sample(Gauge.READABLE, "one", 1.0), Sample(Gauge.NEXT_RUN, "one", 5.0, "backup")]
    assert text_of([*samples, Sample(Gauge.READABLE, "two", 0.0)], AT).splitlines()[3:] == [
        "# HELP scims_backup_source_readable whether the source's catalog could be read",
        "# TYPE scims_backup_source_readable gauge",
        'scims_backup_source_readable{source="one"} 1.0',
        'scims_backup_source_readable{source="two"} 0.0',
        "# HELP scims_backup_next_run_timestamp_seconds when a run is scheduled next",
        "# TYPE scims_backup_next_run_timestamp_seconds gauge",
        'scims_backup_next_run_timestamp_seconds{source="one",run="backup"} 5.0',
    ]


def test_the_files_own_time_is_there_even_without_a_source():
    assert text_of([], AT).splitlines()[-1] == f"scims_backup_written_timestamp_seconds {AT.timestamp()}"


def test_moments_keep_every_second():
    text = text_of(samples_of(whole_status()), AT)
    assert f'last_drill_timestamp_seconds{{source="scims-db"}} {AT.timestamp() - 8 * 3600}' in text
    assert "e+" not in text


@pytest.mark.parametrize(
    ("label", "written"), [('a"b', r"a\"b"), ("a\\b", r"a\\b"), ("a\nb", r"a\nb"), ("ä", "ä")]
)
def test_a_label_is_escaped(label, written):
    assert f'run="{written}"' in text_of([Sample(Gauge.NEXT_RUN, "one", 1.0, label)], AT)


def test_a_file_is_replaced_as_a_whole_and_everybody_may_read_it(tmp_path):
    path = tmp_path / "scims.prom"
    path.write_text("old")
    before = path.stat().st_ino
    write_textfile(path, "new\n")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new\n", 0o644)
    assert path.stat().st_ino != before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_replaced_stays_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "scims.prom"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", _disk_full)
    with pytest.raises(OperationFailedError, match="No space left"):
        write_textfile(path, "new")
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old", [path])


def _disk_full(_descriptor):
    raise OSError(28, "No space left on device")


def test_a_directory_that_is_not_there_is_named(tmp_path):
    with pytest.raises(OperationFailedError, match=r"cannot write metrics to .*nowhere"):
        write_textfile(tmp_path / "nowhere" / "scims.prom", "new")
