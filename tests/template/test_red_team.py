"""A red team takes one thing out of the template at a time: the named check sees it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
from samtranslator.model.exceptions import InvalidDocumentException  # type: ignore[import-untyped]

from localcloud.iam.errors import PolicyError
from tests.template.checks.everything import CHECKS
from tests.template.support.intrinsics import UnresolvedError
from tests.template.support.loading import Template, source

pytestmark = pytest.mark.no_cover  # it judges the template, not the package: tracing takes as long again

TEMPLATE = source()


def _without(*path: Any) -> Callable[[Template], None]:
    def attack(template: Template) -> None:
        place: Any = template["Resources"]
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]

    return attack


def _with(value: Any, *path: Any) -> Callable[[Template], None]:
    def attack(template: Template) -> None:
        place: Any = template["Resources"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return attack


def _with_output(value: Any) -> Callable[[Template], None]:
    def attack(template: Template) -> None:
        template["Outputs"]["More"] = {"Value": value}

    return attack


def _with_condition(name: str, value: Any) -> Callable[[Template], None]:
    def attack(template: Template) -> None:
        template["Conditions"][name] = value

    return attack


def _without_statement(resource: str, sid: str) -> Callable[[Template], None]:
    def attack(template: Template) -> None:
        found = _drop(template["Resources"][resource]["Properties"], sid)
        assert found, f"{resource} has no statement {sid}"

    return attack


def _drop(value: Any, sid: str) -> int:
    """Take every statement of that name out, wherever conditions have put it."""
    if isinstance(value, dict):
        return sum(_drop(item, sid) for item in value.values())
    if not isinstance(value, list):
        return 0
    gone = [place for place, item in enumerate(value) if isinstance(item, dict) and item.get("Sid") == sid]
    for place in gone:
        value[place] = {"Ref": "AWS::NoValue"}
    return len(gone) + sum(_drop(item, sid) for item in value)


def _without_condition(resource: str, sid: str, operator: str) -> Callable[[Template], None]:
    def attack(template: Template) -> None:
        statements = template["Resources"][resource]["Properties"]["PolicyDocument"]["Statement"]
        found = next(one for one in statements if one.get("Sid") == sid)
        del found["Condition"][operator]

    return attack


def _more(resource: str, statement: dict[str, Any]) -> Callable[[Template], None]:
    def attack(template: Template) -> None:
        policies = template["Resources"][resource]["Properties"]["Policies"]
        policies[0]["PolicyDocument"]["Statement"].append({"Sid": "More", "Effect": "Allow", **statement})

    return attack


_ARCHIVES = {"Fn::Sub": "arn:${AWS::Partition}:s3:::${AWS::StackName}-resticvaultbucket/*"}
_MANIFESTS = {"Fn::Sub": "arn:${AWS::Partition}:s3:::${AWS::StackName}-catalogbucket/manifests/*"}
_DRILLING = ("DrillTaskDefinition", "Properties", "ContainerDefinitions", 0)
_BUS = {"Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"}
_OURS = {"ForAllValues:StringEquals": {"events:source": "scims.backup"}}
_ESCROW = {"Fn::Sub": "arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:VaultEscrow-AbCdEf"}


def _in_catalog(key: str) -> dict[str, str]:
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::${{AWS::StackName}}-catalogbucket/{key}"}


_WHERE_REDIS_IS = [
    _in_catalog("manifests/other/*"),
    {"Fn::If": ["HasRedis", _in_catalog("manifests/scims-redis/*"), {"Ref": "AWS::NoValue"}]},
]
_RESTORING = ("RestoreTaskDefinition", "Properties", "ContainerDefinitions", 0)
_COPYING = ("CopyTaskDefinition", "Properties", "ContainerDefinitions", 0)
_OLD_VERSIONS = ("CatalogBucket", "Properties", "LifecycleConfiguration", "Rules", 1)
_REDIS_DIMENSION = ("NoRedisBackupAlarm", "Properties", "Dimensions", 1)
_STATEMENTS = ("Properties", "PolicyDocument", "Statement")
_OF_CACHES = ("Properties", "PolicyDocument", "Fn::If", 1, "Statement")
_ANY_SNAPSHOT = {
    "Action": "elasticache:DeleteSnapshot",
    "Resource": {"Fn::Sub": "arn:aws:elasticache:${AWS::Region}:${AWS::AccountId}:snapshot:*"},
}
_ANY_RESTORE = {
    "Fn::Sub": "arn:aws:ecs:${AWS::Region}:${AWS::AccountId}:task-definition/${AWS::StackName}-restore:*"
}
_ANYONE = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "10.0.0.0/8"}
_ANY_SERVER = {
    "Action": "rds:DeleteDBInstance",
    "Resource": {"Fn::Sub": "arn:aws:rds:${AWS::Region}:${AWS::AccountId}:db:*"},
}
_EVENT_STORED = ("Properties", "Events", "EventStored", "Properties")

ATTACKS = [
    (
        "check_every_function_has_a_log_group_that_forgets",
        _without("AlertLogs", "Properties", "RetentionInDays"),
    ),
    (
        "check_every_function_has_a_log_group_that_forgets",
        _without("TaskImageFunction", "Properties", "LoggingConfig"),
    ),
    ("check_failures_are_retried_as_promised_and_told", _without("DumpOnce")),
    (
        "check_failures_are_retried_as_promised_and_told",
        _without("AlertFunction", "Properties", "EventInvokeConfig"),
    ),
    ("check_functions_are_what_was_promised", _without("DumpFunction", "Properties", "Timeout")),
    *(
        ("check_no_output_restates_a_name", _with_output(value))
        for value in (
            {"Ref": "DumpFunction"},
            {"Ref": "DrillLogs"},
            {"Fn::Sub": "${AWS::StackName}-drill"},
            {"Fn::Sub": "${AWS::StackName}-drills"},
            {"Fn::GetAtt": ["UndeliveredQueue", "QueueName"]},
        )
    ),
    (
        "check_functions_are_what_was_promised",
        _with("index.handler", "TaskImageFunction", "Properties", "Handler"),
    ),
    *(
        ("check_cloudformation_is_answered_before_it_gives_up", attack)
        for attack in (
            _without("TaskImage", "Properties", "ServiceTimeout"),
            _with("60", "VaultPasswordFits", "Properties", "ServiceTimeout"),
            _with("900", "EscrowEnrolment", "Properties", "ServiceTimeout"),
            _with(30, "TaskImageFunction", "Properties", "Timeout"),
            _with("arn:aws:lambda:eu-central-1:1:function:other", "TaskImage", "Properties", "ServiceToken"),
        )
    ),
    (
        "check_every_function_has_a_role_of_its_own",
        _with({"Fn::GetAtt": ["DumpRole", "Arn"]}, "PruneFunction", "Properties", "Role"),
    ),
    ("check_services_may_use_the_topics_key", _without_statement("AlertKey", "AlarmsPublish")),
    ("check_services_may_use_the_topics_key", _without_statement("AlertKey", "RulesPublish")),
    ("check_services_may_use_the_topics_key", _without("AlertTopic", "Properties", "KmsMasterKeyId")),
    ("check_services_may_publish", _without_statement("AlertTopicPolicy", "RulesPublish")),
    ("check_services_may_publish", _without("AlertTopicPolicy")),
    ("check_somebody_is_subscribed", _without("AlertSubscription")),
    ("check_failed_functions_are_told_past_the_alert_function", _without("FunctionFailed")),
    ("check_a_missing_backup_alarms", _without("NoBackupAlarm")),
    ("check_a_missing_backup_alarms", _without("NoBackupAlarm", "Properties", "TreatMissingData")),
    ("check_undelivered_alarms", _without("UndeliveredAlarm")),
    ("check_each_objective_alarms", _without("ProofAgeAlarm")),
    ("check_each_objective_alarms", _with("missing", "RecoveryTimeAlarm", "Properties", "TreatMissingData")),
    ("check_each_objective_alarms", _with(26, "RedisBackupAgeAlarm", "Properties", "Period")),
    ("check_each_objective_alarms", _with(25, "BackupAgeAlarm", "Properties", "Threshold")),
    ("check_a_quota_that_is_exceeded_alarms", _without("QuotaAlarm", "Condition")),
    ("check_a_quota_that_is_exceeded_alarms", _with(90, "QuotaAlarm", "Properties", "Threshold")),
    ("check_failed_calls_alarm", _without("CopyErrorsAlarm", "Properties", "Dimensions")),
    (
        "check_only_the_watching_itself_mails",
        _with([{"Ref": "AlertTopic"}], "BackupAgeAlarm", "Properties", "AlarmActions"),
    ),
    ("check_nothing_undelivered_is_lost", _without("UndeliveredQueuePolicy")),
    (
        "check_nothing_undelivered_is_lost",
        _without("DrillWeekly", "Properties", "Target", "DeadLetterConfig"),
    ),
    ("check_what_cannot_be_made_again_is_kept", _without("VaultPassword", "DeletionPolicy")),
    ("check_what_cannot_be_made_again_is_kept", _without("ResticVaultBucket", "UpdateReplacePolicy")),
    ("check_buckets_are_closed_and_encrypted", _without("CatalogBucketPolicy")),
    (
        "check_buckets_are_closed_and_encrypted",
        _without("PlainVaultBucket", "Properties", "BucketEncryption"),
    ),
    (
        "check_buckets_are_closed_and_encrypted",
        _without("ResticVaultBucket", "Properties", "PublicAccessBlockConfiguration"),
    ),
    ("check_nothing_is_overwritten", _without_statement("CatalogBucketPolicy", "NeverOverwriteRecords")),
    (
        "check_every_bucket_keeps_versions_for_as_long_as_it_was_told",
        _without("CatalogBucket", "Properties", "VersioningConfiguration"),
    ),
    (
        "check_no_bucket_is_replaced_for_its_lock",
        _without("PlainVaultBucket", "Properties", "ObjectLockEnabled"),
    ),
    (
        "check_the_catalog_tells_its_news",
        _without("CatalogBucket", "Properties", "NotificationConfiguration"),
    ),
    ("check_what_is_left_over_goes", _without("CatalogBucket", "Properties", "LifecycleConfiguration")),
    ("check_schedules_wake_whom_they_should", _without("TickHourly")),
    (
        "check_schedules_wake_whom_they_should",
        _without("DumpNightly", "Properties", "ScheduleExpressionTimezone"),
    ),
    ("check_schedules_wake_whom_they_should", _without("ReclaimWeekly", "Condition")),
    ("check_schedules_may_wake", _without_statement("SchedulerRole", "InvokeFunctions")),
    (
        "check_rules_wake_whom_they_should",
        _without("PruneFunction", "Properties", "Events", "ManifestStored"),
    ),
    (
        "check_rules_take_their_events_alone",
        _without("AlertFunction", *_EVENT_STORED, "Pattern", "detail", "object"),
    ),
    (
        "check_rules_take_their_events_alone",
        _without("AlertFunction", *_EVENT_STORED, "Pattern", "detail", "bucket"),
    ),
    ("check_environments_are_as_promised", _without("DrillOrchestrateFunction", "Properties", "Environment")),
    ("check_the_task_is_what_was_promised", _without("DrillTaskDefinition")),
    ("check_a_new_image_reaches_the_task", _without("DumpFunction", "Properties", "AutoPublishAlias")),
    ("check_nothing_gets_into_the_task", _without("DrillSecurityGroup", "Properties", "SecurityGroupEgress")),
    ("check_rights_on_the_catalog", _without_statement("PruneRole", "RecordRemovals")),
    ("check_rights_on_the_vault", _without_statement("DrillTaskRole", "RemoveLocks")),
    ("check_rights_on_the_vault", _without_statement("DumpRole", "LockArchives")),
    (
        "check_rights_on_the_vault",
        _more("DumpRole", {"Action": ["s3:DeleteObject"], "Resource": _ARCHIVES}),
    ),
    (
        "check_only_the_orchestrator_passes_roles",
        _more("AlertRole", {"Action": "iam:PassRole", "Resource": {"Fn::GetAtt": ["DumpRole", "Arn"]}}),
    ),
    (
        "check_no_statement_is_wider_than_its_reason",
        _more("PruneRole", {"Action": "s3:*", "Resource": "*"}),
    ),
    ("check_each_reads_its_own_secrets", _without_statement("DumpRole", "ReadSourceSecret")),
    ("check_keys_are_used_by_who_needs_them", _without_statement("AlertRole", "EncryptMails")),
    (
        "check_the_orchestrator_runs_its_own_tasks_alone",
        _without_statement("DrillOrchestrateRole", "RunDrillsAndDumps"),
    ),
    ("check_each_may_log_and_tell_its_failure", _without_statement("DumpRole", "TellFailure")),
    ("check_there_are_restores_where_somebody_may_restore", _without("RestoreTaskRole", "Condition")),
    (
        "check_failures_are_retried_as_promised_and_told",
        _without("RestoreFunction", "Properties", "EventInvokeConfig", "DestinationConfig"),
    ),
    (
        "check_failures_are_retried_as_promised_and_told",
        _with(2, "RestoreFunction", "Properties", "EventInvokeConfig", "MaximumRetryAttempts"),
    ),
    (
        "check_every_function_has_a_log_group_that_forgets",
        _without("RestoreFunction", "Properties", "LoggingConfig"),
    ),
    (
        "check_every_function_has_a_role_of_its_own",
        _with({"Fn::GetAtt": ["RestoreRole", "Arn"]}, "RestoreTaskDefinition", "Properties", "TaskRoleArn"),
    ),
    (
        "check_rules_take_their_events_alone",
        _with(
            {"Ref": "AWS::NoValue"},
            *("FunctionFailed", "Properties", "EventPattern", "detail", "requestContext", "functionArn", 3),
        ),
    ),
    (
        "check_the_restoring_function_has_the_dumps_size",
        _without("RestoreFunction", "Properties", "MemorySize"),
    ),
    ("check_the_restoring_task_is_what_was_promised", _without(*_RESTORING, "Command")),
    ("check_the_restoring_task_is_what_was_promised", _without(*_RESTORING, "ReadonlyRootFilesystem")),
    ("check_the_restoring_task_is_told_what_it_needs", _without(*_RESTORING, "Environment")),
    ("check_the_restoring_tasks_log_is_kept", _without("RestoreTaskLogs", "Properties", "RetentionInDays")),
    (
        "check_whoever_needs_the_database_may_be_in_the_vpc",
        _without("RestoreFunction", "Properties", "VpcConfig"),
    ),
    ("check_each_reads_its_own_secrets", _without_statement("RestoreTaskRole", "ReadRestoreSecret")),
    (
        "check_each_reads_its_own_secrets",
        _more(
            "RestoreRole", {"Action": "secretsmanager:GetSecretValue", "Resource": {"Ref": "SourceSecretArn"}}
        ),
    ),
    ("check_keys_are_used_by_who_needs_them", _without_statement("RestoreRole", "DecryptRestoreSecret")),
    (
        "check_rights_on_the_vault",
        _more("RestoreTaskRole", {"Action": ["s3:DeleteObject"], "Resource": _ARCHIVES}),
    ),
    (
        "check_rights_on_the_catalog",
        _more("RestoreRole", {"Action": ["s3:DeleteObject", "s3:PutObject"], "Resource": _MANIFESTS}),
    ),
    ("check_the_tasks_can_be_started", _without_statement("RestoreExecutionRole", "FetchImage")),
    (
        "check_the_restoring_function_runs_its_own_task_alone",
        _without_statement("RestoreRole", "RunRestores"),
    ),
    *(
        (
            "check_the_restoring_function_runs_its_own_task_alone",
            _more(role, {"Action": "ecs:RunTask", "Resource": _ANY_RESTORE}),
        )
        for role in ("DrillOrchestrateRole", "RestoreTaskRole", "DumpRole")
    ),
    ("check_there_are_copies_where_somebody_may_write_them", _without("CopyTaskLogs", "Condition")),
    ("check_the_copying_function_has_the_dumps_size", _without("CopyFunction", "Properties", "MemorySize")),
    ("check_the_copying_task_is_what_was_promised", _without(*_COPYING, "ReadonlyRootFilesystem")),
    ("check_the_copying_task_is_told_what_it_needs", _without(*_COPYING, "Environment")),
    (
        "check_the_copying_task_lets_nobody_in",
        _with([{"CidrIp": "0.0.0.0/0"}], "CopySecurityGroup", "Properties", "SecurityGroupIngress"),
    ),
    ("check_copiers_become_the_writer_alone", _without_statement("CopyTaskRole", "BecomeTheWriterThere")),
    (
        "check_copiers_become_the_writer_alone",
        _more("CopyRole", {"Action": "sts:AssumeRole", "Resource": "arn:aws:iam::210987654321:role/*"}),
    ),
    ("check_the_copying_function_runs_its_own_task_alone", _without_statement("CopyRole", "RunCopies")),
    (
        "check_rights_on_the_vault",
        _more("CopyTaskRole", {"Action": ["s3:DeleteObject"], "Resource": _ARCHIVES}),
    ),
    (
        "check_every_bucket_keeps_versions_for_as_long_as_it_was_told",
        _without("ResticVaultBucket", "Properties", "VersioningConfiguration"),
    ),
    (
        "check_every_bucket_keeps_versions_for_as_long_as_it_was_told",
        _without(*_OLD_VERSIONS, "NoncurrentVersionExpiration"),
    ),
    (
        "check_every_bucket_keeps_versions_for_as_long_as_it_was_told",
        _without(*_OLD_VERSIONS, "ExpiredObjectDeleteMarker"),
    ),
    (
        "check_no_bucket_is_replaced_for_its_lock",
        _with(True, "ResticVaultBucket", "Properties", "ObjectLockEnabled"),
    ),
    (
        "check_no_bucket_is_replaced_for_its_lock",
        _with({"ObjectLockEnabled": "Enabled"}, "CatalogBucket", "Properties", "ObjectLockConfiguration"),
    ),
    *(
        ("check_buckets_refuse_every_role_what_would_unmake_them", _without_statement(policy, sid))
        for policy in ("CatalogBucketPolicy", "ResticVaultBucketPolicy", "PlainVaultBucketPolicy")
        for sid in ("KeepVersionsAndSettings", "LockInOneModeAlone", "LockForSoManyDaysAlone")
    ),
    *(
        (
            "check_no_role_may_unmake_what_keeps_backups",
            _more("PruneRole", {"Action": [action], "Resource": _ARCHIVES}),
        )
        for action in ("s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutObjectLegalHold")
    ),
    (
        "check_locks_have_one_mode_and_an_end",
        _more("DumpRole", {"Action": "s3:PutObjectRetention", "Resource": _ARCHIVES}),
    ),
    ("check_no_task_has_rights_on_its_machine", _without(*_DRILLING, "User")),
    ("check_no_task_has_rights_on_its_machine", _with("0:999", *_RESTORING, "User")),
    ("check_no_task_has_rights_on_its_machine", _without(*_DRILLING, "LinuxParameters", "Capabilities")),
    (
        "check_no_task_has_rights_on_its_machine",
        _with({"Drop": ["ALL"], "Add": ["SYS_PTRACE"]}, *_RESTORING, "LinuxParameters", "Capabilities"),
    ),
    ("check_no_task_has_rights_on_its_machine", _with(False, *_DRILLING, "ReadonlyRootFilesystem")),
    ("check_the_restoring_task_is_what_was_promised", _with("root", *_RESTORING, "User")),
    (
        "check_the_restoring_task_is_what_was_promised",
        _without(*_RESTORING, "LinuxParameters", "Capabilities"),
    ),
    (
        "check_each_may_log_and_tell_its_failure",
        _more("DumpRole", {"Action": "events:PutEvents", "Resource": _BUS}),
    ),
    (
        "check_each_may_log_and_tell_its_failure",
        _more("PruneRole", {"Action": "events:PutEvents", "Resource": _BUS, "Condition": _OURS}),
    ),
    ("check_each_may_log_and_tell_its_failure", _without_statement("AlertRole", "PassEventsOn")),
    (
        "check_each_reads_its_own_secrets",
        _more("DumpRole", {"Action": "secretsmanager:GetSecretValue", "Resource": _ESCROW}),
    ),
    ("check_each_reads_its_own_secrets", _without_statement("EnrolRole", "ReadVaultEscrow")),
    ("check_the_escrow_password_is_enrolled_once", _without("EnrolLogs", "Condition")),
    ("check_the_escrow_password_is_enrolled_once", _with([], "EscrowEnrolment", "DependsOn")),
    ("check_the_escrow_password_is_enrolled_once", _with([], "EscrowEnrolment", "Properties", "After")),
    ("check_the_escrow_password_is_enrolled_once", _without("EscrowEnrolment", "DependsOn")),
    (
        "check_the_escrow_password_is_enrolled_once",
        _with({"Fn::GetAtt": ["TaskImageFunction", "Arn"]}, "EscrowEnrolment", "Properties", "ServiceToken"),
    ),
    (
        "check_environments_are_as_promised",
        _without("DumpFunction", "Properties", "Environment", "Variables", "SCIMS_ESCROW_BY"),
    ),
    *(
        (
            "check_restricted_endpoints_lead_to_our_own_alone",
            _without(f"{name}Endpoint", "Properties", "PolicyDocument"),
        )
        for name in ("S3Gateway", "Secrets", "EcrApi", "EcrImages", "Logs")
    ),
    (
        "check_restricted_endpoints_let_our_own_work_through",
        _without_statement("S3GatewayEndpoint", "UseVault"),
    ),
    (
        "check_restricted_endpoints_let_our_own_work_through",
        _without_statement("S3GatewayEndpoint", "FetchLayers"),
    ),
    ("check_restricted_endpoints_let_our_own_work_through", _without_statement("EcrImagesEndpoint", "LogIn")),
    ("check_access_is_recorded_where_it_was_asked_for", _without("Trail", "Properties", "IsLogging")),
    (
        "check_access_is_recorded_where_it_was_asked_for",
        _without("Trail", "Properties", "AdvancedEventSelectors"),
    ),
    (
        "check_access_is_recorded_where_it_was_asked_for",
        _with(False, "Trail", "Properties", "EnableLogFileValidation"),
    ),
    ("check_access_is_recorded_where_it_was_asked_for", _without("Trail", "DependsOn")),
    (
        "check_access_is_recorded_where_it_was_asked_for",
        _without_statement("TrailBucketPolicy", "CloudTrailWrites"),
    ),
    (
        "check_access_is_recorded_where_it_was_asked_for",
        _without_statement("TrailBucketPolicy", "CloudTrailLooks"),
    ),
    ("check_buckets_are_closed_and_encrypted", _without_statement("TrailBucketPolicy", "RefusePlainHttp")),
    ("check_what_cannot_be_made_again_is_kept", _without("TrailBucket", "DeletionPolicy")),
    (
        "check_what_is_left_over_goes",
        _without("TrailBucket", "Properties", "LifecycleConfiguration", "Rules", 2),
    ),
    ("check_what_cannot_be_made_again_is_kept", _with("Retain", "CatalogBucket", "DeletionPolicy")),
    (
        "check_nothing_that_stays_has_a_name_of_ours",
        _with("x-vault-password", "VaultPassword", "Properties", "Name"),
    ),
    (
        "check_nothing_that_stays_has_a_name_of_ours",
        _with("x-catalog", "CatalogBucket", "Properties", "BucketName"),
    ),
    ("check_no_update_replaces_what_stays", _with("x-escrow", "VaultEscrow", "Properties", "Name")),
    ("check_no_update_replaces_what_stays", _with("x-catalog", "CatalogBucket", "Properties", "BucketName")),
    ("check_no_update_replaces_what_stays", _with("RSA_2048", "AlertKey", "Properties", "KeySpec")),
    *(
        ("check_keys_are_used_by_who_needs_them", _without_statement(role, statement))
        for role, statement in [
            ("DumpRole", "DecryptVaultPassword"),
            ("EnrolRole", "DecryptVaultPassword"),
            ("EnrolRole", "DecryptVaultEscrow"),
            ("PruneRole", "DecryptVaultPassword"),
            ("DrillTaskRole", "DecryptVaultPassword"),
            ("RestoreTaskRole", "DecryptVaultPassword"),
        ]
    ),
    *(
        (
            "check_roles_trust_their_service_alone",
            _with(
                {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
                *(role, "Properties", "AssumeRolePolicyDocument", "Statement", 0, "Condition"),
            ),
        )
        for role in ("DrillExecutionRole", "RestoreExecutionRole")
    ),
    (
        "check_names_and_descriptions_fit",
        _with(
            {"Fn::Sub": "${AWS::StackName}-drill-orchestrator"},
            *("DrillOrchestrateFunction", "Properties", "FunctionName"),
        ),
    ),
    (
        "check_names_and_descriptions_fit",
        _with("The task's way", "DrillSecurityGroup", "Properties", "GroupDescription"),
    ),
    (
        "check_policies_of_a_role_fit",
        _more("PruneRole", {"Action": ["s3:GetObject"] * 1000, "Resource": _ARCHIVES}),
    ),
    (
        "check_environments_fit",
        _with("x" * 4000, "AlertFunction", "Properties", "Environment", "Variables", "MORE"),
    ),
    *(
        ("check_logs_and_the_tasks_disks_are_under_the_key_that_was_given", _without(*path))
        for path in [
            ("DumpLogs", "Properties", "KmsKeyId"),
            ("DrillLogs", "Properties", "KmsKeyId"),
            ("DrillCluster", "Properties", "Configuration"),
        ]
    ),
    (
        "check_a_password_that_is_not_the_vaults_ends_the_update",
        _with({"Ref": "CatalogBucket"}, "VaultPasswordFits", "Properties", "Bucket"),
    ),
    (
        "check_a_password_that_is_not_the_vaults_ends_the_update",
        _without("VaultPasswordFits", "Properties", "PasswordArn"),
    ),
    (
        "check_a_password_that_is_not_the_vaults_ends_the_update",
        _without("EscrowEnrolment", "Properties", "After"),
    ),
    *(
        ("check_rights_on_the_catalog", _more(role, {"Action": action, "Resource": _in_catalog(key)}))
        for role, action, key in (
            ("DumpRole", "s3:DeleteObject", "manifests/scims-db/*"),
            ("DumpRole", "s3:PutObject", "runs/scims-db/*"),
            ("DumpRole", "s3:PutObject", "tombstones/scims-db/*"),
            ("DrillTaskRole", "s3:PutObject", "drills/scims-db/*"),
            ("DrillTaskRole", "s3:DeleteObject", "holds/scims-db/*"),
            ("DrillOrchestrateRole", "s3:PutObject", "drills/scims-db/*"),
            ("RestoreRole", "s3:DeleteObject", "holds/scims-db/*"),
        )
    ),
    (
        "check_nothing_is_overwritten",
        _without_condition("PlainVaultBucketPolicy", "NeverOverwriteArchives", "ArnNotEquals"),
    ),
    (
        "check_nothing_is_overwritten",
        _without_condition("CatalogBucketPolicy", "NeverOverwriteRecords", "ArnNotEquals"),
    ),
    ("check_a_missing_backup_alarms", _without("NoRedisBackupAlarm", "Properties", "TreatMissingData")),
    ("check_a_missing_backup_alarms", _with("scims", *_REDIS_DIMENSION, "Value")),
    ("check_the_escrow_password_is_enrolled_once", _without("RedisEscrowEnrolment", "DependsOn")),
    ("check_the_escrow_password_is_enrolled_once", _without("RedisEscrowEnrolment", "Properties", "Source")),
    (
        "check_a_password_that_is_not_the_vaults_ends_the_update",
        _with({"Ref": "SourceName"}, "RedisVaultPasswordFits", "Properties", "Repository"),
    ),
    (
        "check_nothing_undelivered_is_lost",
        _without("SnapshotMade", "Properties", "Targets", 0, "RetryPolicy"),
    ),
    ("check_rules_wake_whom_they_should", _without("ExportStoredWakes")),
    (
        "check_rules_take_their_events_alone",
        _without("ExportStored", "Properties", "EventPattern", "detail"),
    ),
    (
        "check_news_of_an_export_has_it_collected",
        _without("SnapshotMade", "Properties", "Targets", 0, "Input"),
    ),
    (
        "check_roles_may_do_for_redis_what_they_may_for_the_database",
        _more("DumpRole", {"Action": "s3:DeleteObject", "Resource": _WHERE_REDIS_IS}),
    ),
    (
        "check_the_dump_alone_exports_the_cache",
        _more("PruneRole", {"Action": "elasticache:DescribeSnapshots", "Resource": "*"}),
    ),
    ("check_the_dump_alone_exports_the_cache", _more("DumpRole", _ANY_SNAPSHOT)),
    (
        "check_elasticache_may_write_exports_and_remove_none",
        _with("*", "ExportBucketPolicy", *_STATEMENTS, 1, "Principal"),
    ),
    (
        "check_an_export_that_was_left_behind_goes_after_three_days",
        _with(30, "ExportBucket", "Properties", "LifecycleConfiguration", "Rules", 0, "ExpirationInDays"),
    ),
    (
        "check_every_bucket_keeps_versions_for_as_long_as_it_was_told",
        _with({"Status": "Enabled"}, "ExportBucket", "Properties", "VersioningConfiguration"),
    ),
    (
        "check_the_dump_is_let_into_redis_at_its_port_alone",
        _with("0", "RedisFromDump", "Properties", "FromPort"),
    ),
    (
        "check_restricted_endpoints_let_our_own_work_through",
        _without_statement("S3GatewayEndpoint", "TakeExports"),
    ),
    (
        "check_restricted_endpoints_lead_to_our_own_alone",
        _with("*", "CacheEndpoint", *_OF_CACHES, 1, "Resource"),
    ),
    *(
        ("check_between_task_and_server_is_5432_and_nothing_else", attack)
        for attack in (
            _with(0, "RdsSandboxFromDrill", "Properties", "FromPort"),
            _with(65535, "DrillToRdsSandbox", "Properties", "ToPort"),
            _with({"Ref": "VpcId"}, "RdsSandboxFromDrill", "Properties", "SourceSecurityGroupId"),
            _with([_ANYONE], "RdsSandboxSecurityGroup", "Properties", "SecurityGroupIngress"),
            _without("RdsSandboxSecurityGroup", "Properties", "SecurityGroupEgress"),
        )
    ),
    *(
        ("check_the_orchestrator_alone_makes_and_deletes_servers", attack)
        for attack in (
            _more("DrillTaskRole", _ANY_SERVER),
            _more("DrillOrchestrateRole", _ANY_SERVER),
        )
    ),
    (
        "check_there_is_of_rds_what_drills_need_and_nothing_without_them",
        _with({"Ref": "DrillSubnetIds"}, "RdsSandboxSubnets", "Properties", "SubnetIds"),
    ),
    (
        "check_without_a_parameter_group_servers_use_those_of_rds",
        _with_condition("HasRdsParameterGroup", {"Fn::Equals": ["a", "a"]}),
    ),
    ("check_rules_wake_whom_they_should", _without("RdsSandboxChangedWakes")),
    (
        "check_rules_take_their_events_alone",
        _without("RdsSandboxChanged", "Properties", "EventPattern", "detail", "SourceIdentifier"),
    ),
]


@pytest.mark.parametrize(("check", "attack"), ATTACKS, ids=[f"{n}-{one[0]}" for n, one in enumerate(ATTACKS)])
def test_the_check_sees_what_was_taken(check, attack):
    assert CHECKS[check](_attacked(attack)) != []


def _attacked(attack: Callable[[Template], None]) -> Template:
    template = copy.deepcopy(TEMPLATE)
    attack(template)
    return template


@pytest.mark.parametrize("resource", sorted(TEMPLATE["Resources"]))
def test_no_resource_can_be_taken_unseen(resource):
    template = _attacked(_without(resource))
    assert _seen(template), f"nobody misses {resource}"


def _seen(template: Template) -> bool:
    try:
        return any(check(template) for check in CHECKS.values())
    except (UnresolvedError, InvalidDocumentException, PolicyError, KeyError):
        return True  # CloudFormation or IAM would say so itself


STATEMENTS = [
    (role, statement)
    for role, resource in TEMPLATE["Resources"].items()
    if resource["Type"] == "AWS::IAM::Role"
    for statement in sorted(set(re.findall(r"'Sid': '(\w+)'", str(resource["Properties"]["Policies"]))))
]


@pytest.mark.parametrize(("role", "statement"), STATEMENTS)
def test_no_statement_of_a_role_can_be_taken_unseen(role, statement):
    assert _seen(_attacked(_without_statement(role, statement)))
