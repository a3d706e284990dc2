"""What a person may write, and what the settings are then."""

import re
import tomllib

import pytest

from tests.template.checks.environments import environment
from tests.template.support.loading import source, transformed
from tests.template.support.stacks import stack_of

GOOD = {
    "SourceName": ["scims-db", "a", "scims.db_2"],
    "SourceSecretArn": ["arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-0f0e-AbCdEf"],
    "RestoreSecretArn": ["", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-0f0e-AbCdEf"],
    "SourceUrl": [
        "",
        "postgresql://db.example.org/scims",
        "postgresql://scims_backup@db.example.org:5432/scims?sslmode=require",
        "postgres://role@[::1]:5432,second:5433/scims?sslmode=verify-full&sslrootcert=/opt/rds.pem",
        "postgresql:///scims?host=/var/run/postgresql&user=role",
        "postgresql://role%40tenant@%2Fvar%2Frun/scims?options=-c%20search_path%3Dapp",
        "postgresql://role@db.example.org/scims?passfile=/opt/pass&sslkey=/opt/key.pem",
    ],
    "RedisSourceName": ["scims-redis", "a", "scims.redis_2"],
    "RedisSecretArn": ["", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:scims-redis-AbCdEf"],
    "RedisUrl": [
        "",
        "redis://redis.example.org",
        "rediss://scims_backup@redis.example.org:6379/0?ssl_ca_certs=/opt/ca.pem",
        "redis://backup%40tenant@[::1]:6380",
        "rediss://role@redis.example.org:6379?ssl_check_hostname=true&socket_timeout=10",
    ],
    "RedisSecurityGroupId": ["", "sg-0123456789abcdef0"],
    "RedisDumpSchedule": ["cron(0 2 * * ? *)", "rate(1 day)"],
    "ApplicationRole": ["", "scims_app", "app-role"],
    "AfterRestore": [
        "",
        "SELECT 1",
        "SELECT 'it''s', \"x\"",
        "COMMENT ON VIEW v IS ''",
        "SELECT $$it's$$;\n--",
    ],
    "Labels": ["", "git_commit=4b825dc", "a=,b.c-d_e=with = and spaces"],
    "S3PrefixListId": ["", "pl-6ea54007"],
    "BaseImageDigest": ["", f"sha256:{'0f' * 32}"],
    "ExtensionPackages": ["", "postgresql-15-cron", "postgresql-15-postgis-3,libc++1"],
    "EndpointSecurityGroupId": ["", "sg-0123456789abcdef0"],
    "AlertEmail": ["operator@example.org", "a+b@mail.example.org"],
    "AlertSubscription1Endpoint": [
        *("", "oncall@example.org", "+4915112345678", "https://hooks.example.org/x?y=1"),
        "arn:aws:sqs:eu-central-1:123456789012:alerts",
    ],
    "AlertSubscription1Severities": ["", "error", "critical"],
    "AlertSubscription2Sources": ["", "scims-db"],
    "AlertSubscription3Kinds": ["", "DrillFailed"],
    "DumpSchedule": ["cron(0 2 * * ? *)", "rate(1 day)"],
    "ScheduleTimeZone": ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+1"],
    "Quota": ["", "100GB", "1.5 TB", "200GiB", "5B", "500kB"],
    "S3Endpoint": ["", "https://s3.eu-central-1.amazonaws.com", "http://127.0.0.1:4566"],
    "CatalogBucketName": ["", "own-catalog"],
    "EncryptionKeyArn": [
        "",
        "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-1111-2222-333344445555",
    ],
}
BAD = {
    "SourceName": ["", "Scims", "-db", "a b", 'a"b', "x" * 64],
    "SourceSecretArn": ["", "scims-db", "arn:aws:secretsmanager:eu-central-1:1:secret:x"],
    "RestoreSecretArn": ["administrator", 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:x"'],
    "SourceUrl": [
        "db.example.org",
        "mysql://role@db/scims",
        'postgresql://role@db/scims"',
        "postgresql://role:secret@db/scims",
        "postgresql://role:@db/scims",
        "postgresql://:secret@db/scims",
        "postgresql://role@db:secret@db/scims",
        "postgresql://role%3Asecret@db/scims",
        "postgresql://role%3asecret@db/scims",
        "postgresql://role:secret%40db/scims",
        "postgresql://role@db/scims?password=secret",
        "postgresql://db?user=role&password=secret",
        "postgresql://role@db/scims?sslmode=require&password=secret",
        "postgresql://role@db/scims?pass%77ord=secret",
        "postgresql://role@db/scims?%70%61ssword=secret",
        "postgresql://role@db/scims&password=secret",
        "postgresql://role@db/scims?sslkey=/k&sslpassword=secret",
        "postgresql://role@db/scims?oauth_client_secret=secret",
        "postgresql://role@db/scims?scram_client_key=secret",
    ],
    "RedisSourceName": ["", "Scims", "-redis", "a b", 'a"b', "x" * 64],
    "RedisSecretArn": ["scims-redis", "arn:aws:secretsmanager:eu-central-1:1:secret:x"],
    "RedisUrl": [
        "redis.example.org",
        "unix:///run/redis.sock",
        "postgresql://role@redis.example.org",
        'redis://role@redis.example.org"',
        "redis://role:secret@redis.example.org",
        "redis://:secret@redis.example.org",
        "redis://role%3Asecret@redis.example.org",
        "redis://role:secret%40redis.example.org",
        "redis://redis.example.org?password=secret",
        "redis://redis.example.org/0?db=1&password=secret",
        "redis://redis.example.org?pass%77ord=secret",
        "redis://redis.example.org&password=secret",
        "rediss://redis.example.org?ssl_password=secret",
    ],
    "ApplicationRole": ['a"', "1a", "a b"],
    "AfterRestore": ["SELECT '''x'", "SELECT 'x'''"],
    "Labels": ["commit", "A=1", "a=1,", "a=1,b", "=x", "a=two\nlines", f"{'k' * 64}=x"],
    "ExtensionPackages": ["PostGIS", "a b", "a1,", "a1;reboot", "$(reboot)", "--yes"],
    "BaseImageDigest": ["latest", "0f" * 32, f"@sha256:{'0f' * 32}", f"sha256:{'0F' * 32}", "sha256:0f"],
    "AlertEmail": ["", "operator", "a@b.org,c@d.org"],
    "AlertSubscription1Endpoint": ["a@b.org,c@d.org", "a b", 'x"y'],
    "AlertSubscription1Severities": ["fatal", "Error"],
    "AlertSubscription2Sources": ["Scims"],
    "AlertSubscription3Kinds": ["drill-failed"],
    "DumpSchedule": ["", "0 2 * * *", "at(2026-11-22T02:00:00)"],
    "ScheduleTimeZone": ["", "Europe/", "Europe Berlin"],
    "Quota": ["100", "GB", "-1GB", '1GB"'],
    "S3Endpoint": ["s3.amazonaws.com", "https://x/y", "ftp://x"],
    "CatalogBucketName": ["Own", "a", "s3://own-catalog"],
    "EncryptionKeyArn": ["alias/x", "arn:aws:kms:eu-central-1:123456789012:alias/x"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in GOOD for value in GOOD[name]])
def test_what_is_right_is_taken(name, value):
    assert re.fullmatch(source()["Parameters"][name]["AllowedPattern"], value)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in BAD for value in BAD[name]])
def test_what_is_wrong_is_refused_before_anything_is_made(name, value):
    assert not re.fullmatch(source()["Parameters"][name]["AllowedPattern"], value)


def test_settings_follow_the_parameters():
    chosen = {
        "SourceName": "scims.eu",
        "DailyBackups": "1",
        "WeeklyBackups": "2",
        "MonthlyBackups": "0",
        "RetentionTimeZone": "Europe/Berlin",
        "RpoHours": "50",
        "ProofAgeDays": "3",
        "RtoMinutes": "15",
        "S3Endpoint": "http://127.0.0.1:4566",
        "VaultBucketName": "own-vault",
        "VaultPasswordArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:old-AbCdEf",
    }
    stack = stack_of(transformed(source()), "chosen", chosen)
    settings = tomllib.loads(environment(stack, "DumpFunction")["SCIMS_SETTINGS"])["sources"]["scims.eu"]
    assert settings["retention"] == {"daily": 1, "weekly": 2, "monthly": 0, "time_zone": "Europe/Berlin"}
    assert settings["objectives"] == {"rpo_hours": 50, "proof_age_days": 3, "rto_minutes": 15}
    assert settings["vault"] == "restic:s3:http://127.0.0.1:4566/own-vault/scims.eu"
    assert settings["vault_secret"] == f"aws:{chosen['VaultPasswordArn']}"
    assert "VaultPassword" not in stack.resources
    assert "VaultEscrow" in stack.resources


def test_the_objectives_alarms_follow_the_parameters():
    chosen = {"RpoHours": "50", "ProofAgeDays": "3", "RtoMinutes": "15"}
    stack = stack_of(transformed(source()), "chosen", chosen)
    thresholds = [
        str(stack.properties(f"{which}Alarm")["Threshold"])
        for which in ("BackupAge", "ProofAge", "RecoveryTime")
    ]
    assert thresholds == list(chosen.values())


def test_no_alarm_looks_back_further_than_cloudwatch_does():
    for alarm in stack_of(transformed(source()), "chosen", {}).of("AWS::CloudWatch::Alarm"):
        assert alarm.properties["Period"] * alarm.properties["EvaluationPeriods"] <= 7 * 24 * 3600
