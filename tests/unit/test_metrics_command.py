"""`scims-backup metrics`: standard output for Prometheus, a file for node_exporter, JSON for scripts."""

import sys
import tomllib
from datetime import datetime
from unittest import mock

import pytest

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.bootstrap.gauge_cases import GaugeCases
from scims_backup.cli.exits import Exit
from scims_backup.domain import keys
from scims_backup.domain.errors import OperationFailedError
from scims_backup.domain.events import Kind
from tests.fakes import a_manifest, put_backup
from tests.support.cli import Cli
from tests.support.cli_schemas import check

STAMP = "20261122T020000Z"
TAKEN = 1795312800.0


@pytest.fixture
def document(tmp_path):
    """A settings document of two sources, of which one has a backup."""
    put_backup(FolderCatalog(tmp_path / "catalog"), a_manifest(STAMP))
    path = tmp_path / "scims.toml"
    path.write_text(
        f'catalog = "file://{tmp_path}/catalog"\n'
        '[sources.scims-db]\nobjectives = { rto_minutes = 30 }\nquota = "1GB"\n[sources.other]\n'
    )
    return path


@pytest.fixture
def cli(document):
    return Cli({"SCIMS_CONFIG": str(document), "OTEL_EXPORTER_OTLP_ENDPOINT": ""})


def test_standard_output_is_prometheus_text_of_every_source(cli):
    ended = cli.run("metrics")
    lines = ended.out.splitlines()
    assert (ended.code, ended.err) == (Exit.DONE, "")
    assert f'scims_backup_last_success_timestamp_seconds{{source="scims-db"}} {TAKEN}' in lines
    assert 'scims_backup_source_readable{source="other"} 1.0' in lines
    assert 'scims_backup_restore_objective_seconds{source="scims-db"} 1800.0' in lines
    assert 'scims_backup_quota_bytes{source="scims-db"} 1000000000.0' in lines


def test_one_source_can_be_named(cli):
    assert "scims-db" not in cli.run("metrics", "--source", "other").out


def test_json_is_as_documented(cli):
    ended = cli.run("metrics", "--json")
    check("metrics", ended.document)
    stored = [one for one in ended.document["samples"] if one["metric"] == "scims_backup_stored_bytes"]
    assert stored == [
        {
            "metric": "scims_backup_stored_bytes",
            "unit": "bytes",
            "labels": {"source": "scims-db"},
            "value": 207_000_000.0,
        }
    ]


def test_a_textfile_has_what_standard_output_would_have(cli, tmp_path):
    path = tmp_path / "scims.prom"
    ended = cli.run("metrics", "--textfile", str(path))
    assert ended.code == Exit.DONE
    values = [line for line in path.read_text().splitlines() if "{" in line]
    assert ended.out == f"{len(values)} values of 2 sources are in {path}\n"
    assert f"{TAKEN}\n" in path.read_text()


def test_a_textfile_that_node_exporter_would_not_read_is_refused(cli, tmp_path):
    ended = cli.run("metrics", "--textfile", str(tmp_path / "scims.txt"))
    assert (ended.code, list(tmp_path.glob("*.txt"))) == (Exit.WRONG_USAGE, [])
    assert "does not end with .prom" in ended.err


def test_wrong_settings_of_one_source_hide_no_other(cli, document, tmp_path):
    document.write_text(document.read_text() + '[sources.broken]\nurl = "mysql://x@y/z"\n')
    path = tmp_path / "scims.prom"
    ended = cli.run("metrics", "--textfile", str(path))
    assert ended.code == Exit.FAILED
    assert "problem  broken cannot be read: the " in ended.out
    assert 'last_success_timestamp_seconds{source="scims-db"}' in path.read_text()
    assert 'source_readable{source="broken"} 0.0' in path.read_text()
    assert "broken cannot be read" in cli.run("metrics").err


def test_wrong_settings_of_the_only_source_are_wrong_usage(cli):
    assert cli.run("metrics", "--source", "nobody").code == Exit.WRONG_USAGE


@pytest.mark.parametrize("options", [(), ("--otlp", "localhost:4318")])
def test_a_collector_without_a_scheme_is_refused_before_anything_is_read(cli, options):
    ended = cli.run("metrics", *options, OTEL_EXPORTER_OTLP_ENDPOINT="collector:4318")
    assert ended.code == Exit.WRONG_USAGE
    assert ("--otlp" if options else "OTEL_EXPORTER_OTLP_ENDPOINT") in ended.err


def test_a_wrong_collector_stops_no_other_command(cli):
    assert cli.run("list", "--source", "other", OTEL_EXPORTER_OTLP_ENDPOINT="collector").code == Exit.DONE


@pytest.mark.parametrize("sources", [1, 50])
def test_the_settings_document_is_read_equally_often_for_any_number_of_sources(
    cli, document, monkeypatch, sources
):
    document.write_text(document.read_text() + "".join(f"[sources.s{n}]\n" for n in range(sources)))
    loads = mock.Mock(wraps=tomllib.loads)
    monkeypatch.setattr(tomllib, "loads", loads)
    assert cli.run("metrics", "--json").document["problems"] == []
    assert loads.call_count == 3  # sources, catalog, vaults


def test_a_vault_that_cannot_be_measured_is_a_problem_that_no_storage_avoids(cli, document):
    document.write_text(
        document.read_text().replace("[sources.other]", '[sources.other]\nvault = "restic:/x"')
    )
    ended = cli.run("metrics", "--json")
    assert ended.code == Exit.FAILED
    assert ended.document["problems"][0].startswith("other cannot be measured: ")
    assert cli.run("metrics", "--json", "--no-storage").document["problems"] == []


def test_a_catalog_alone_is_enough(cli, tmp_path):
    ended = cli.run("metrics", SCIMS_CONFIG="", SCIMS_CATALOG=f"file://{tmp_path}/catalog")
    assert f'scims_backup_last_success_timestamp_seconds{{source="scims-db"}} {TAKEN}' in ended.out


def test_a_collector_that_is_away_is_a_failure_and_the_file_is_there(cli, tmp_path, monkeypatch):
    def away(_cases, _gauges, address):
        raise OperationFailedError(f"the collector at {address} did not take the metrics")

    monkeypatch.setattr(GaugeCases, "send", away)
    path = tmp_path / "scims.prom"
    ended = cli.run("metrics", "--textfile", str(path), "--otlp", "http://127.0.0.1:1")
    assert (ended.code, path.exists()) == (Exit.FAILED, True)
    assert "127.0.0.1:1 did not take the metrics" in ended.err


def test_without_the_sdk_a_collector_is_refused_with_the_command_that_installs_it(cli, monkeypatch):
    monkeypatch.setitem(sys.modules, "scims_backup.adapters.metrics.otlp", None)
    ended = cli.run("metrics", "--otlp", "http://127.0.0.1:1")
    assert ended.code == Exit.FAILED
    assert "pip install 'scims-backup[otlp]'" in ended.err


def test_a_damaged_event_is_a_problem_and_the_values_are_there(cli, tmp_path):
    catalog = FolderCatalog(tmp_path / "catalog")
    now = datetime.fromisoformat(cli.run("metrics", "--json").document["at"])
    catalog.put_new(keys.event(now, Kind.BACKUP_FAILED, "7f"), b"{")
    ended = cli.run("metrics", "--json")
    assert (ended.code, len(ended.document["problems"])) == (Exit.FAILED, 1)
    assert len(ended.document["samples"]) > 10
