"""Alert rules and dashboards name metrics, labels and commands that there are."""

import json
import re

import pytest
import yaml

from scims_backup.cli.main import _request
from scims_backup.cli.request import Request
from scims_backup.domain.metrics.gauges import PREFIX, WRITTEN, Gauge
from tests.support.pages import ROOT

FOLDER = ROOT / "dashboards"
KNOWN = {WRITTEN.name: WRITTEN, **{gauge.value.name: gauge.value for gauge in Gauge}}
RULES = {
    rule["alert"]: rule
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
}
GRAFANA = json.loads((FOLDER / "grafana.json").read_text())
TARGETS = [
    (f"{panel['title']} {target['refId']}", target)
    for panel in GRAFANA["panels"]
    for target in panel["targets"]
]
OF_NO_SAMPLE = {"instance", "job"}


def _metrics(expression):
    return set(re.findall(rf"\b{PREFIX}[a-z0-9_]+", expression))


def _commands(text):
    return re.findall(r"scims-backup ([a-z]+(?: [a-z<-][^.:`]*)?)(?=[.`:)]|$)", text)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_names_metrics_of_the_registry_and_their_labels(rule):
    named = _metrics(rule["expr"])
    assert named
    assert named <= set(KNOWN)
    labels = {label for name in named for label in KNOWN[name].dimensions} | OF_NO_SAMPLE
    used = " ".join([rule["expr"], *rule["annotations"].values()])
    assert set(re.findall(r"\$labels\.(\w+)", used)) <= labels
    assert set(re.findall(r'(\w+)="', rule["expr"])) <= labels


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_has_a_severity_and_says_what_to_do(rule):
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert set(rule["annotations"]) == {"summary", "description"}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_command_of_a_rule_is_understood(rule):
    text = rule["annotations"]["description"].replace("{{ $labels.source }}", "scims-db")
    for command in _commands(text.replace("TIME", "2030-01-01")):
        assert isinstance(_request(command.split()), Request), command


@pytest.mark.parametrize("alert", RULES)
def test_a_test_of_promtool_shows_when_a_rule_rings_and_when_not(alert):
    tests = yaml.safe_load((FOLDER / "tests" / "alerts.test.yml").read_text())["tests"]
    expected = [
        bool(case["exp_alerts"])
        for test in tests
        for case in test["alert_rule_test"]
        if case["alertname"] == alert
    ]
    assert set(expected) == {True, False}


@pytest.mark.parametrize("target", [target for _, target in TARGETS], ids=[name for name, _ in TARGETS])
def test_a_panel_names_metrics_of_the_registry_and_their_labels(target):
    named = _metrics(target["expr"])
    assert named
    assert named <= set(KNOWN)
    labels = {label for name in named for label in KNOWN[name].dimensions} | OF_NO_SAMPLE
    assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= labels


def test_the_dashboard_shows_every_metric_that_scims_asks_for():
    shown = {name for _, target in TARGETS for name in _metrics(target["expr"])}
    asked = {
        *(Gauge.SUCCESS, Gauge.ARCHIVE_BYTES, Gauge.BACKUP_SECONDS, Gauge.VERDICT, Gauge.STORED_BYTES),
        *(Gauge.QUOTA_BYTES, Gauge.RESTORE_SECONDS, Gauge.LAST_SUCCESS, Gauge.PROOF_DUE_SINCE),
    }
    assert {gauge.value.name for gauge in asked} <= shown
