"""The settings of the alert function: everything that is missing is told at once."""

import pytest

from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain.errors import UsageError
from scims_backup.settings.alerting import AlertingSettings, alerting_in

TOPIC = "arn:aws:sns:eu-central-1:123456789012:scims-alerts"
GOOD = {"SCIMS_SOURCE": "scims-db", "SCIMS_CATALOG": "s3://scims-catalog", "SCIMS_TOPIC": TOPIC}


def test_settings_are_read_from_the_environment():
    assert alerting_in(GOOD) == AlertingSettings("scims-db", S3Place("scims-catalog"), TOPIC)


def test_the_stack_is_known_where_there_is_one():
    assert alerting_in({**GOOD, "SCIMS_STACK": "scims-backup"}).stack == "scims-backup"


def test_everything_that_is_missing_is_told_at_once():
    with pytest.raises(UsageError) as caught:
        alerting_in({})
    for name in GOOD:
        assert f"{name} is not set" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SCIMS_SOURCE", "SCIMS DB"),
        ("SCIMS_CATALOG", "file:///var/backups"),
        ("SCIMS_CATALOG", "s3://"),
        ("SCIMS_CATALOG", "scims-catalog"),
        ("SCIMS_TOPIC", "scims-alerts"),
        ("SCIMS_TOPIC", "arn:aws:sqs:eu-central-1:123456789012:scims-alerts"),
        ("SCIMS_TOPIC", f"{TOPIC}:0123-subscription"),
        ("SCIMS_STACK", "scims/../x"),
        ("SCIMS_STACK", "1scims"),
    ],
)
def test_what_is_wrong_is_told_by_name(name, value):
    with pytest.raises(UsageError) as caught:
        alerting_in({**GOOD, name: value})
    assert (name in str(caught.value)) or ("source name" in str(caught.value))
