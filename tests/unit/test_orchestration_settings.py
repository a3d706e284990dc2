"""What the orchestrating function is told by its environment: all that is wrong is told at once."""

from datetime import timedelta

import pytest

from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain.errors import UsageError
from scims_backup.settings.orchestration import orchestration_in

WHOLE = {
    "SCIMS_SOURCE": "scims-db",
    "SCIMS_CATALOG": "s3://scims-catalog",
    "SCIMS_CLUSTER": "arn:aws:ecs:eu-central-1:123456789012:cluster/scims-drills",
    "SCIMS_TASK_DEFINITION": "scims-drill",
    "SCIMS_CONTAINER": "drill",
    "SCIMS_SUBNETS": "subnet-1, subnet-2",
    "SCIMS_SECURITY_GROUPS": "sg-1",
    "SCIMS_ASSIGN_PUBLIC_IP": "ENABLED",
    "SCIMS_LOG_GROUP": "/scims-backup/scims/drill",
    "SCIMS_LOG_PREFIX": "drill",
    "SCIMS_DUMP_TASK_DEFINITION": "scims-dump",
    "SCIMS_DUMP_CONTAINER": "dump",
    "SCIMS_DUMP_SUBNETS": "subnet-3",
    "SCIMS_DUMP_SECURITY_GROUPS": "sg-2",
    "SCIMS_DUMP_LOG_GROUP": "/scims-backup/scims/dump",
    "SCIMS_RPO_HOURS": "26",
    "SCIMS_PROOF_AGE_DAYS": "8",
    "SCIMS_DRILL_HOURS": "2.5",
}


def test_everything_is_read():
    read = orchestration_in(WHOLE)
    assert (read.source, read.catalog) == ("scims-db", S3Place("scims-catalog", ""))
    assert (read.subnets, read.security_groups) == (("subnet-1", "subnet-2"), ("sg-1",))
    assert (read.dump_subnets, read.dump_security_groups) == (("subnet-3",), ("sg-2",))
    assert (read.assign_public_ip, read.dump_assign_public_ip) == ("ENABLED", "DISABLED")
    assert (read.patience, read.backup_age, read.proof_age) == (
        timedelta(hours=2.5),
        timedelta(hours=26),
        timedelta(days=8),
    )


def test_what_is_not_promised_is_not_watched_and_a_report_is_waited_for_six_hours():
    left_out = ("SCIMS_RPO_HOURS", "SCIMS_PROOF_AGE_DAYS", "SCIMS_DRILL_HOURS", "SCIMS_ASSIGN_PUBLIC_IP")
    read = orchestration_in({name: value for name, value in WHOLE.items() if name not in left_out})
    assert (read.backup_age, read.proof_age, read.patience) == (None, None, timedelta(hours=6))
    assert read.assign_public_ip == "DISABLED"


def test_everything_that_is_missing_is_told_at_once():
    with pytest.raises(UsageError) as caught:
        orchestration_in({})
    for name in set(WHOLE) - {"SCIMS_RPO_HOURS", "SCIMS_PROOF_AGE_DAYS", "SCIMS_DRILL_HOURS"}:
        assert name == "SCIMS_ASSIGN_PUBLIC_IP" or f"{name} is not set" in str(caught.value)


@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan", "inf"])
def test_a_time_that_is_no_positive_number_is_refused(text):
    with pytest.raises(UsageError, match="SCIMS_RPO_HOURS is invalid"):
        orchestration_in({**WHOLE, "SCIMS_RPO_HOURS": text})
