"""localcloud's alarms on a CloudWatch that does not look by itself."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest

from localcloud.alarms import Alarms

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
OF_SOURCE = [{"Name": "source", "Value": "scims-db"}]


@pytest.fixture
def cloudwatch(moto):
    client = boto3.client(
        "cloudwatch",
        endpoint_url=moto.url,
        region_name="eu-central-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    client.put_metric_alarm(
        AlarmName="scims-backup-age",
        Namespace="ScimsBackup",
        MetricName="BackupAgeHours",
        Dimensions=OF_SOURCE,
        Statistic="Maximum",
        Period=3600,
        EvaluationPeriods=2,
        Threshold=26,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="breaching",
    )
    yield client
    client.delete_alarms(AlarmNames=["scims-backup-age"])


def write(cloudwatch, value, hours_ago):
    moment = NOW - timedelta(hours=hours_ago) - timedelta(minutes=30)
    cloudwatch.put_metric_data(
        Namespace="ScimsBackup",
        MetricData=[
            {"MetricName": "BackupAgeHours", "Dimensions": OF_SOURCE, "Timestamp": moment, "Value": value}
        ],
    )


def test_an_alarm_takes_the_state_of_its_last_periods(cloudwatch):
    alarms = Alarms(cloudwatch, "scims-")
    assert alarms.look(NOW) == {"backup-age": "ALARM"}  # nothing was ever written
    write(cloudwatch, 5, hours_ago=0)
    assert alarms.look(NOW) == {"backup-age": "OK"}
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["scims-backup-age"])["MetricAlarms"]
    assert (alarm["StateValue"], alarm["StateReason"]) == ("OK", "values [5.0, None], newest first")
    assert alarms.look(NOW + timedelta(hours=3)) == {"backup-age": "ALARM"}
