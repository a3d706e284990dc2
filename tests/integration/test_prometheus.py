"""Prometheus' own programs on our rules, dashboards and files: what they accept, and what they read."""

import json
import re
import shutil
import subprocess
import urllib.request
from contextlib import contextmanager

import pytest
import yaml

from scims_backup.adapters.metrics.prometheus import text_of, write_textfile
from scims_backup.domain.metrics.gauges import Gauge
from scims_backup.domain.metrics.samples import samples_of
from tests.support.pages import ROOT
from tests.support.statuses import AT, whole_status

FOLDER = ROOT / "dashboards"
LISTENING = re.compile(r'msg="Listening on" address=(?:127\.0\.0\.1|\[::1\]):(\d+)')


def _program(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"no {name} on this machine: make setup-tests")
    return found


def promtool(*arguments, text=None):
    return subprocess.run(
        [_program("promtool"), *map(str, arguments)], input=text, capture_output=True, text=True, check=False
    )


def test_prometheus_accepts_the_alert_rules():
    ended = promtool("check", "rules", FOLDER / "alerts.yml")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_every_rule_rings_when_it_should_and_only_then():
    ended = promtool("test", "rules", FOLDER / "tests" / "alerts.test.yml")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_prometheus_understands_every_expression_of_the_dashboard(tmp_path):
    panels = json.loads((FOLDER / "grafana.json").read_text())["panels"]
    expressions = [target["expr"].replace("$source", ".*") for panel in panels for target in panel["targets"]]
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(expressions)]
    path = tmp_path / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    ended = promtool("check", "rules", path)
    assert ended.returncode == 0, ended.stderr


def test_prometheus_finds_nothing_wrong_with_the_text():
    ended = promtool("check", "metrics", text=text_of(samples_of(whole_status()), AT))
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr


@contextmanager
def node_exporter(folder):
    """A node_exporter that reads a folder; give what it says to Prometheus."""
    listening = ("--web.listen-address=127.0.0.1:0", "--collector.disable-defaults")
    reading = ("--collector.textfile", f"--collector.textfile.directory={folder}")
    command = [_program("prometheus-node-exporter"), *listening, *reading]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()


def _address(process):
    for line in process.stderr:
        if found := LISTENING.search(line):
            return f"http://127.0.0.1:{found[1]}/metrics"
    raise AssertionError("node_exporter ended before it listened")


def test_node_exporter_gives_prometheus_every_value_of_the_file(tmp_path):
    samples = samples_of(whole_status())
    write_textfile(tmp_path / "scims.prom", text_of(samples, AT))
    with node_exporter(tmp_path) as address, urllib.request.urlopen(address) as answer:  # noqa: S310  our own
        lines = answer.read().decode().splitlines()
    ours = [line for line in lines if line.startswith("scims_backup_")]
    assert "node_textfile_scrape_error 0" in lines
    assert len(ours) == len(samples) + 1
    found = {line.split(" ")[0]: float(line.split(" ")[1]) for line in ours}
    assert found['scims_backup_last_success_timestamp_seconds{source="scims-db"}'] == next(
        sample.value for sample in samples if sample.gauge is Gauge.LAST_SUCCESS
    )
