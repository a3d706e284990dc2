"""What functions and the task read from their environment, to the letter."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.settings.model import Flags, Needs
from tests.template.checks.contract import CLUSTER, FUNCTIONS, copies, promised
from tests.template.support.loading import REGION, Template
from tests.template.support.stacks import NEEDED, STACK, Stack, stacks

_SETTINGS_FOR = ("DumpFunction", "PruneFunction", "RestoreFunction", "EnrolFunction", "CopyFunction")
_OF_ONE_MAJOR = ("DumpFunction", "RestoreFunction")
_TASKS = ("DrillTaskDefinition", "DumpTaskDefinition", "RestoreTaskDefinition", "CopyTaskDefinition")


def check_environments_are_as_promised(source: Template) -> list[str]:
    """Every variable of every function, by name and value, but for the settings document."""
    problems = []
    for stack in stacks(source):
        for logical_id in promised(stack):
            found = environment(stack, logical_id)
            document = found.pop("SCIMS_SETTINGS", None)
            expected = _expected(stack, logical_id)
            if found != expected:
                differing = {name for name in {*found, *expected} if found.get(name) != expected.get(name)}
                problems.append(f"{stack.variant}: {logical_id} has other {sorted(differing)}")
            if (document is not None) != (logical_id in _SETTINGS_FOR):
                problems.append(f"{stack.variant}: {logical_id} has settings, or lacks them")
    return problems


def environment(stack: Stack, logical_id: str) -> dict[str, Any]:
    """Return a function's variables, or those of a task's container."""
    if logical_id in _TASKS:
        containers = stack.properties(logical_id).get("ContainerDefinitions", [{}])
        return {entry["Name"]: entry["Value"] for entry in containers[0].get("Environment", [])}
    return dict(stack.properties(logical_id).get("Environment", {}).get("Variables", {}))


def _expected(stack: Stack, logical_id: str) -> dict[str, Any]:
    common = {
        "SCIMS_SOURCE": "scims-db",
        "SCIMS_CATALOG": f"s3://{catalog(stack)}",
        "POWERTOOLS_METRICS_NAMESPACE": "ScimsBackup",
        "POWERTOOLS_SERVICE_NAME": FUNCTIONS[logical_id].service,
    }
    if logical_id in _SETTINGS_FOR:
        major = {"SCIMS_POSTGRESQL_MAJOR": "15"} if logical_id in _OF_ONE_MAJOR else {}
        is_told = logical_id == "DumpFunction" and stack.parameters["VaultKind"] == "restic"
        enrolling = {"SCIMS_ESCROW_BY": f"{STACK}-enrol"} if is_told else {}
        copying = _COPY_TASKS if logical_id == "CopyFunction" else {}
        restoring = _restore_tasks(stack) if logical_id == "RestoreFunction" else {}
        labels = stack.parameters["Labels"] if logical_id == "DumpFunction" else ""
        labelling = {"SCIMS_LABELS": labels} if labels else {}
        collector = stack.parameters["OtlpEndpoint"] if logical_id == "PruneFunction" else ""
        sending = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector} if collector else {}
        in_image = {"HOME": "/tmp", "RESTIC_CACHE_DIR": "/tmp/restic-cache"}
        return common | major | in_image | enrolling | copying | labelling | restoring | sending
    if logical_id == "TaskImageFunction":
        return common
    if logical_id == "AlertFunction":
        return common | {"SCIMS_TOPIC": stack.outputs.get("TopicArn"), "SCIMS_STACK": STACK}
    after_restore = stack.parameters["AfterRestore"]
    watched = {"SCIMS_COPIES": "s3://their-catalog", "SCIMS_COPY_AGE_DAYS": "9"}
    return common | {
        **({"SCIMS_AFTER_RESTORE_SQL": after_restore} if after_restore else {}),
        **(watched if copies(stack) else {}),
        **(_RDS if stack.parameters["SandboxKind"] == "rds" else {}),
        "SCIMS_CLUSTER": CLUSTER,
        "SCIMS_TASK_DEFINITION": f"{STACK}-drill",
        "SCIMS_CONTAINER": "drill",
        "SCIMS_SUBNETS": NEEDED["DrillSubnetIds"],
        "SCIMS_SECURITY_GROUPS": "DrillSecurityGroup.GroupId",
        "SCIMS_ASSIGN_PUBLIC_IP": "DISABLED",
        "SCIMS_LOG_GROUP": f"/scims-backup/{STACK}/drill",
        "SCIMS_LOG_PREFIX": "drill",
        **_dump_tasks(stack),
        "SCIMS_RPO_HOURS": "26",
        "SCIMS_PROOF_AGE_DAYS": "8",
        "SCIMS_DRILL_HOURS": "6",
    }


def _dump_tasks(stack: Stack) -> dict[str, Any]:
    """Where the function is, the task is too; where that is in no VPC, it is where drills are."""
    inside = stack.parameters["DatabaseSubnetIds"] != [""]
    subnets = ",".join(stack.parameters["DatabaseSubnetIds" if inside else "DrillSubnetIds"])
    groups = ",".join(stack.parameters["DatabaseSecurityGroupIds"])
    return {
        "SCIMS_DUMP_TASK_DEFINITION": f"{STACK}-dump",
        "SCIMS_DUMP_CONTAINER": "dump",
        "SCIMS_DUMP_SUBNETS": subnets,
        "SCIMS_DUMP_SECURITY_GROUPS": groups if inside else "DumpSecurityGroup.GroupId",
        "SCIMS_DUMP_ASSIGN_PUBLIC_IP": "DISABLED",
        "SCIMS_DUMP_LOG_GROUP": f"/scims-backup/{STACK}/dump",
    }


def _restore_tasks(stack: Stack) -> dict[str, Any]:
    """A task that restores runs where one that dumps does."""
    dumps = {name.replace("DUMP_", ""): value for name, value in _dump_tasks(stack).items()}
    return dumps | {
        "SCIMS_CLUSTER": CLUSTER,
        "SCIMS_TASK_DEFINITION": f"{STACK}-restore",
        "SCIMS_CONTAINER": "restore",
        "SCIMS_LOG_GROUP": f"/scims-backup/{STACK}/restore",
    }


_RDS = {
    "SCIMS_SANDBOX_KIND": "rds",
    "SCIMS_RDS_STACK": STACK,
    "SCIMS_RDS_SUBNET_GROUP": "RdsSandboxSubnets",
    "SCIMS_RDS_SECURITY_GROUPS": "RdsSandboxSecurityGroup.GroupId",
    "SCIMS_RDS_CLASS": "db.t4g.large",
    "SCIMS_RDS_PARAMETER_GROUP": "production-15",
}
_COPY_TASKS = {
    "SCIMS_CLUSTER": CLUSTER,
    "SCIMS_TASK_DEFINITION": f"{STACK}-copy",
    "SCIMS_CONTAINER": "copy",
    "SCIMS_SUBNETS": NEEDED["DrillSubnetIds"],
    "SCIMS_SECURITY_GROUPS": "CopySecurityGroup.GroupId",
    "SCIMS_ASSIGN_PUBLIC_IP": "DISABLED",
}


def catalog(stack: Stack) -> str:
    """The bucket of the catalog."""
    return stack.parameters["CatalogBucketName"] or f"{STACK}-catalogbucket"


def vault(stack: Stack) -> str:
    """The bucket of the vault."""
    made = "resticvaultbucket" if stack.parameters["VaultKind"] == "restic" else "plainvaultbucket"
    return stack.parameters["VaultBucketName"] or f"{STACK}-{made}"


def check_settings_are_read_as_meant(source: Template) -> list[str]:
    """The document is TOML, says what the parameters say, and the program takes it."""
    return [problem for stack in stacks(source) for problem in _misread(stack)]


def _misread(stack: Stack) -> Iterator[str]:
    who = [name for name in (*_SETTINGS_FOR, *_TASKS) if name in stack.resources]
    texts = {name: environment(stack, name).get("SCIMS_SETTINGS", "") for name in who}
    if len(set(texts.values())) != 1:
        yield f"{stack.variant}: the settings are not everywhere the same"
    for name, text in texts.items():
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            yield f"{stack.variant}: settings of {name}: {error}"
            continue
        if document != expected_settings(stack):
            yield f"{stack.variant}: settings of {name} say {document}"
        elif problem := _refused(text):
            yield f"{stack.variant}: settings of {name}: {problem}"


def _refused(text: str) -> str:
    try:
        resolve(
            Flags(),
            {"SCIMS_SETTINGS": text, "SCIMS_SOURCE": "scims-db"},
            Needs(url=True, vault=True, restore=True, copy="copy]" in text),
        )
    except Exception as error:  # noqa: BLE001  whatever it says is the problem
        return str(error)
    return ""


_AS_GIVEN = {
    "SourceUrl": "url",
    "Quota": "quota",
    "ApplicationRole": "application_role",
    "AfterRestore": "after_restore_sql",
}


def expected_settings(stack: Stack) -> Mapping[str, Any]:
    """What the settings document is to say, from a stack's parameters."""
    given = stack.parameters
    source: dict[str, Any] = {
        "secret": f"aws:{NEEDED['SourceSecretArn']}",
        "retention": {"daily": 7, "weekly": 4, "monthly": 3, "time_zone": "UTC"},
        "longest_run_hours": 6,
        "objectives": {"rpo_hours": 26, "proof_age_days": 8, "rto_minutes": 60},
    }
    if given["VaultKind"] == "restic":
        endpoint = f"https://s3.{NEEDED['SourceSecretArn'].split(':')[3]}.amazonaws.com"
        source["vault"] = f"restic:s3:{endpoint}/{vault(stack)}/scims-db"
        source["vault_secret"] = f"aws:{stack.outputs.get('VaultPasswordArn')}"
        source["escrow_secret"] = f"aws:{stack.outputs.get('VaultEscrowArn')}"
    else:
        source["vault"] = f"s3://{vault(stack)}"
        if given["EncryptionKeyArn"]:
            source["encryption_key"] = given["EncryptionKeyArn"]
    if given["ObjectLockMode"] != "none":
        source["object_lock"] = {"mode": given["ObjectLockMode"], "days": 35}
    if given["RestoreSecretArn"]:
        source["restore_secret"] = f"aws:{given['RestoreSecretArn']}"
    source |= {key: given[name] for name, key in _AS_GIVEN.items() if given[name]}
    if copies(stack):
        source["objectives"]["copy_age_days"] = 9
        source["copy"] = _expected_copy(given)
    return {"catalog": f"s3://{catalog(stack)}", "sources": {"scims-db": source}}


def _expected_copy(given: Mapping[str, Any]) -> Mapping[str, Any]:
    region = given["CopyRegion"] or REGION
    secret = given["CopyVaultSecretArn"]
    in_restic = f"restic:s3:https://s3.{region}.amazonaws.com/their-vault/scims-db"
    return {
        "catalog": "s3://their-catalog",
        "vault": in_restic if secret else "s3://their-vault",
        "which": "newest-proven",
        "role": given["CopyRoleArn"],
        "region": region,
        **({"vault_secret": f"aws:{secret}"} if secret else {}),
        **({"external_id": given["CopyExternalId"]} if given["CopyExternalId"] else {}),
    }
