"""Wrong parameters are refused before anything is made, and right ones are not."""

from __future__ import annotations

import pytest

from tests.template.support.loading import REGION, source
from tests.template.support.rules import NotForRulesError, refused_by, value_of
from tests.template.support.stacks import ACCOUNT, KEY, NEEDED, REDIS, RESTORER, VARIANTS, WRITER

TEMPLATE = source()
PASSWORD = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:password-AbCdEf"
ESCROW = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:escrow-AbCdEf"
DATABASE = {"DatabaseSubnetIds": "subnet-1", "DatabaseSecurityGroupIds": "sg-1"}
ROUTES = {"RouteTableIds": "rtb-1"}
ADDRESS = "postgresql://{}db.example.org:5432/scims{}"

TAKEN = {
    "nothing but what is needed": {},
    "a public subnet": {"AssignPublicIp": "ENABLED"},
    "S3 past the NAT gateway": {"CreateEndpoints": "s3", **ROUTES},
    "only the dump is closed in": {"CreateEndpoints": "secrets", **ROUTES, **DATABASE},
    "all is closed in": {"CreateEndpoints": "all", **ROUTES, **DATABASE, "S3PrefixListId": "pl-1"},
    "all endpoints, and not closed": {"CreateEndpoints": "all", "RouteTableIds": "rtb-1,rtb-2"},
    "endpoints that were there": {"S3PrefixListId": "pl-1", "EndpointSecurityGroupId": "sg-1"},
    "endpoints that are restricted": {"CreateEndpoints": "s3", **ROUTES, "RestrictEndpoints": "yes"},
    "some of both": {
        "CreateEndpoints": "s3",
        **ROUTES,
        "S3PrefixListId": "pl-1",
        "EndpointSecurityGroupId": "sg-1",
    },
    "two subnets of the database": {
        "DatabaseSubnetIds": "subnet-1,subnet-2",
        "DatabaseSecurityGroupIds": "sg-1,sg-2",
    },
    "an address without a password": {"SourceUrl": ADDRESS.format("role@", "?sslmode=require")},
    "a plain vault under a key": {"VaultKind": "s3", "EncryptionKeyArn": KEY},
    "a plain vault without, knowingly": {"VaultKind": "s3", "PlainVaultWithoutKey": "accept"},
    "a plain vault without locks": {"VaultKind": "s3", "EncryptionKeyArn": KEY, "ObjectLockMode": "none"},
    "restic under a key": {"EncryptionKeyArn": KEY},
    "coming back": {"VaultPasswordArn": PASSWORD, "VaultEscrowArn": ESCROW, "VaultBucketName": "own-vault"},
    "an escrow alone": {"VaultEscrowArn": ESCROW},
    "nothing is removed": {"DailyBackups": "0", "WeeklyBackups": "0", "MonthlyBackups": "0"},
    "somebody restores": {"RestoreSecretArn": RESTORER},
    "Redis too": REDIS,
    "a cache of ElastiCache": {"RedisElastiCache": "sessions", "RedisServer": "valkey/valkey:8"},
    "a serverless cache": {"RedisElastiCache": "serverless/sessions", "RedisServer": "valkey/valkey:8"},
    "Redis too, by its address, and restored": {
        **REDIS,
        "RedisUrl": "rediss://scims_backup@redis.example.org:6379",
        "RedisRestoreSecretArn": RESTORER,
        "RedisSecurityGroupId": "sg-1",
    },
    "a small drill": {"DrillCpu": "1024", "DrillMemory": "2048"},
    "the largest drill": {"DrillCpu": "16384", "DrillMemory": "65536", "DrillStorage": "200"},
}

REFUSED = {
    "endpoints without route tables": ({"CreateEndpoints": "all"}, "EndpointsNeedRouteTables"),
    "S3's endpoint without route tables": ({"CreateEndpoints": "s3"}, "EndpointsNeedRouteTables"),
    "the dump's endpoints without route tables": (
        {"CreateEndpoints": "secrets", **DATABASE},
        "EndpointsNeedRouteTables",
    ),
    "route tables that are blank": (
        {"CreateEndpoints": "s3", "RouteTableIds": ""},
        "EndpointsNeedRouteTables",
    ),
    "subnets of the database without groups": (
        {"DatabaseSubnetIds": "subnet-1,subnet-2"},
        "DatabaseSubnetsNeedSecurityGroups",
    ),
    "groups of the database without subnets": (
        {"DatabaseSecurityGroupIds": "sg-1"},
        "DatabaseSecurityGroupsNeedSubnets",
    ),
    "a prefix list without endpoints": ({"S3PrefixListId": "pl-1"}, "PrefixListNeedsEndpoints"),
    "a prefix list with S3's endpoint alone": (
        {"S3PrefixListId": "pl-1", "CreateEndpoints": "s3", **ROUTES},
        "PrefixListNeedsEndpoints",
    ),
    "a prefix list with too few endpoints": (
        {"S3PrefixListId": "pl-1", "CreateEndpoints": "secrets", **ROUTES},
        "PrefixListNeedsEndpoints",
    ),
    "a group of endpoints without a prefix list": (
        {"EndpointSecurityGroupId": "sg-1"},
        "EndpointGroupNeedsPrefixList",
    ),
    "a restriction of no endpoints": ({"RestrictEndpoints": "yes"}, "RestrictionNeedsEndpoints"),
    "a password in the address": ({"SourceUrl": ADDRESS.format("role:secret@", "")}, "SourceUrl"),
    "a password behind the address": (
        {"SourceUrl": ADDRESS.format("role@", "?password=secret")},
        "SourceUrl",
    ),
    "a password behind it, written otherwise": (
        {"SourceUrl": ADDRESS.format("role@", "?sslmode=require&p%61ssword=secret")},
        "SourceUrl",
    ),
    "a plain vault without a key": ({"VaultKind": "s3"}, "PlainVaultNeedsKey"),
    "a plain vault under locks without a key": (
        {"VaultKind": "s3", "ObjectLockMode": "compliance"},
        "PlainVaultNeedsKey",
    ),
    "a plain vault with restic's password": (
        {"VaultKind": "s3", "EncryptionKeyArn": KEY, "VaultPasswordArn": PASSWORD},
        "PasswordsAreOfRestic",
    ),
    "a plain vault with restic's escrow": (
        {"VaultKind": "s3", "EncryptionKeyArn": KEY, "VaultEscrowArn": ESCROW},
        "PasswordsAreOfRestic",
    ),
    "one secret for both passwords": (
        {"VaultPasswordArn": PASSWORD, "VaultEscrowArn": PASSWORD},
        "EscrowIsAnotherSecret",
    ),
    "copies without their catalog": (
        {"CopyRoleArn": WRITER, "CopyVaultBucket": "their-vault"},
        "CopyHasItsPlaces",
    ),
    "copies without their vault": (
        {"CopyRoleArn": WRITER, "CopyCatalogBucket": "their-catalog"},
        "CopyHasItsPlaces",
    ),
    "servers of RDS without subnets": ({"SandboxKind": "rds"}, "RdsSandboxHasSubnets"),
    "Redis without its server program": ({**REDIS, "RedisServer": "none"}, "RedisHasItsServer"),
    "a cache without its server program": ({"RedisElastiCache": "sessions"}, "RedisHasItsServer"),
    "a cache with a secret": ({**REDIS, "RedisElastiCache": "sessions"}, "ElastiCacheHasNoSecret"),
    "a cache by its address": (
        {"RedisElastiCache": "elasticache://sessions", "RedisServer": "redis:7"},
        "RedisElastiCache",
    ),
    "one name for both sources": ({**REDIS, "RedisSourceName": "scims-db"}, "RedisHasItsServer"),
    "an address of Redis alone": ({"RedisUrl": "redis://redis.example.org"}, "RedisNeedsItsSecret"),
    "restores of Redis alone": ({"RedisRestoreSecretArn": RESTORER}, "RedisNeedsItsSecret"),
    "a group of Redis alone": ({"RedisSecurityGroupId": "sg-1"}, "RedisNeedsItsSecret"),
    "a password in the address of Redis": (
        {**REDIS, "RedisUrl": "redis://role:secret@redis.example.org"},
        "RedisUrl",
    ),
    "a Redis of a version that is not known": ({**REDIS, "RedisServer": "redis:5"}, "RedisServer"),
    "too much memory for one core": ({"DrillCpu": "1024"} | {"DrillMemory": "16384"}, "OneCore"),
    "too little memory for two cores": ({"DrillMemory": "2048"}, "TwoCores"),
    "too little memory for four cores": ({"DrillCpu": "4096", "DrillMemory": "4096"}, "FourCores"),
    "too little memory for eight cores": ({"DrillCpu": "8192"}, "EightCores"),
    "too little memory for sixteen cores": ({"DrillCpu": "16384", "DrillMemory": "16384"}, "SixteenCores"),
    "a key by its alias": ({"EncryptionKeyArn": "alias/own"}, "EncryptionKeyArn"),
    "a database of a major that is not known": ({"PostgresqlMajor": "13"}, "PostgresqlMajor"),
    "a disk that Fargate does not have": ({"DrillStorage": "500"}, "DrillStorage"),
}

EMPTY_LISTS = pytest.mark.parametrize("empty", [[], [""]], ids=["no member", "an empty member"])


@EMPTY_LISTS
@pytest.mark.parametrize("given", [*TAKEN.values(), *VARIANTS.values()], ids=[*TAKEN, *VARIANTS])
def test_what_is_right_is_taken(given, empty):
    assert refused_by(TEMPLATE, {**NEEDED, **given}, empty) == []


@EMPTY_LISTS
@pytest.mark.parametrize(("given", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_refused_by_what_is_for_it_alone(given, why, empty):
    assert refused_by(TEMPLATE, {**NEEDED, **given}, empty) == [why]


def test_every_rule_refuses_something_and_says_which_parameters_to_set():
    refusing = {why for _, why in REFUSED.values()}
    for name, rule in TEMPLATE["Rules"].items():
        assert name in refusing, f"no set of parameters is refused by {name}"
        for one in rule["Assertions"]:
            assert any(parameter in one["AssertDescription"] for parameter in TEMPLATE["Parameters"])


def test_a_plain_vault_needs_a_word_for_having_no_key_in_every_environment():
    assert TEMPLATE["Parameters"]["PlainVaultWithoutKey"]["Default"] == "refuse"


@pytest.mark.parametrize(
    "expression",
    [
        {"Fn::Join": ["", {"Ref": "RouteTableIds"}]},
        {"Fn::If": ["Restores", "a", "b"]},
        {"Condition": "VaultIsRestic"},
        {"Fn::Sub": "${SourceName}"},
        {"Ref": "AWS::Region"},
        {"Ref": "CatalogBucket"},
        {"Fn::Not": [{"Fn::Equals": ["a", {"Fn::Select": [0, {"Ref": "RouteTableIds"}]}]}]},
        {"Fn::And": [{"Fn::Equals": ["a", "a"]}]},
        {"Fn::EachMemberEquals": [{"Ref": "SourceName"}, ""]},
    ],
)
def test_the_evaluator_knows_nothing_that_cloudformation_does_not(expression):
    with pytest.raises(NotForRulesError):
        value_of(expression, {"RouteTableIds": ["rtb-1"], "SourceName": "scims-db"})
