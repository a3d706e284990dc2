"""What each role may not do, and what services and other accounts may not: who, what in words, and the act.

An act is forbidden in every stack of support/stacks.py that has such a role and such a thing.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.template.acts.here import STRANGER, Act, Here
from tests.template.acts.rds import RDS_FORBIDDEN
from tests.template.acts.words import (
    ask,
    assume,
    bucket_call,
    by_http,
    bypass,
    create,
    delete,
    delete_version,
    export_call,
    list_like,
    lock_for_longer,
    lock_in_another_mode,
    overwrite,
    pass_role,
    publish,
    put_event,
    read,
    read_secret,
    retain,
    run_task,
    task_call,
    trail_call,
)
from tests.template.support.operators import OPERATOR
from tests.template.support.stacks import ACCOUNT


class Forbidden(NamedTuple):
    """One act. who: a role, a service, a 'stranger' or 'anybody'."""

    who: str
    what: str
    act: Act

    def is_possible(self, here: Here) -> bool:
        """Say whether a stack allows it."""
        return here.refused(self.who, self.act) is False


_DUMP = "arn:aws:lambda:{place}:function:{stack}-dump"
_FAR = f"arn:aws:{{}}:eu-central-1:{STRANGER}:{{}}"
_ACL, _OWNERS = "s3:x-amz-acl", "bucket-owner-full-control"
_QUEUE = "arn:aws:sqs:{place}:{stack}-undelivered"
_TOPIC = "arn:aws:sns:{place}:{stack}-alerts"
_TOLD_TOPIC = "kms:EncryptionContext:aws:sns:topicArn"
_TOPIC_KEY = "arn:aws:kms:{place}:key/AlertKey"

DUMP = [
    Forbidden("DumpRole", "delete an archive", delete("archive")),
    Forbidden("DumpRole", "delete a snapshot of restic", delete("snapshot")),
    Forbidden("DumpRole", "delete a key of restic", delete("repository's key")),
    Forbidden("DumpRole", "delete a version of an archive", delete_version("archive")),
    Forbidden("DumpRole", "lock in another mode", lock_in_another_mode("plain archive")),
    Forbidden("DumpRole", "lock for longer than was told", lock_for_longer("plain archive")),
    Forbidden("DumpRole", "delete a proof", delete("proof")),
    Forbidden("DumpRole", "delete a hold", delete("hold")),
    Forbidden("DumpRole", "delete a tombstone", delete("tombstone")),
    Forbidden("DumpRole", "put a tombstone", create("tombstone")),
    Forbidden("DumpRole", "put a report", create("report")),
    Forbidden("DumpRole", "put a verdict", create("verdict")),
    Forbidden("DumpRole", "put a hold", create("hold")),
    Forbidden("DumpRole", "say that a mail was sent", create("sent mail")),
    Forbidden("DumpRole", "say that a condition is over", create("condition")),
    Forbidden("DumpRole", "read the escrow", read_secret("escrow")),
    Forbidden("DumpRole", "read the secret of restores", read_secret("restore")),
    Forbidden("DumpRole", "publish", publish()),
    Forbidden("DumpRole", "run a drill", run_task()),
    Forbidden("DumpRole", "pass the task's role", pass_role("DrillTaskRole")),
    Forbidden("DumpRole", "invoke itself", ask("lambda:InvokeFunction", _DUMP)),
]

DUMP_TASK = [
    *(one._replace(who="DumpTaskRole") for one in DUMP),
    Forbidden("DumpTaskRole", "ask for a task", create("request of a task")),
    Forbidden("DumpTaskRole", "run a long dump", run_task("dump")),
    Forbidden("DumpRole", "run a long dump", run_task("dump")),
    Forbidden("DumpRole", "leave a dump to the function", create("dump left")),
    Forbidden("DrillOrchestrateRole", "ask for a task that dumps", create("request of a task")),
    Forbidden("DrillOrchestrateRole", "claim a run", create("claim")),
]
"""A long dump is asked for by the function alone, and started by the orchestrator alone."""

PRUNE = [
    Forbidden("PruneRole", "read the source's secret", read_secret("source")),
    Forbidden("PruneRole", "read the escrow", read_secret("escrow")),
    Forbidden("PruneRole", "read the secret of restores", read_secret("restore")),
    Forbidden("PruneRole", "put a proof", create("proof")),
    Forbidden("PruneRole", "overwrite a proof", overwrite("proof")),
    Forbidden("DrillTaskRole", "renew the status page", overwrite("status page")),
    Forbidden("PruneRole", "put a report", create("report")),
    Forbidden("PruneRole", "put a verdict", create("verdict")),
    Forbidden("PruneRole", "ask for a drill", create("drill request")),
    Forbidden("PruneRole", "put a hold", create("hold")),
    Forbidden("PruneRole", "delete the vault's marker", delete("vault's marker")),
    Forbidden("PruneRole", "put the vault's marker", create("vault's marker")),
    Forbidden("PruneRole", "delete the plain vault's mark", delete("plain vault's mark")),
    Forbidden("PruneRole", "say that a mail was sent", create("sent mail")),
    Forbidden("PruneRole", "say that a condition is over", create("condition")),
    Forbidden("PruneRole", "publish", publish()),
    Forbidden("PruneRole", "run a drill", run_task()),
    Forbidden("PruneRole", "pass the task's role", pass_role("DrillTaskRole")),
    Forbidden("PruneRole", "lock in another mode", lock_in_another_mode("archive")),
    Forbidden("PruneRole", "lock for longer than was told", lock_for_longer("archive")),
    Forbidden("PruneRole", "lock a record in another mode", lock_in_another_mode("manifest")),
    Forbidden("PruneRole", "lock a record for longer than was told", lock_for_longer("manifest")),
    Forbidden("PruneRole", "lock what happened", retain("event", "GOVERNANCE", 1)),
    Forbidden("PruneRole", "lift a lock", retain("archive", "GOVERNANCE", 1, BypassGovernanceRetention=True)),
]

ORCHESTRATOR = [
    *(Forbidden("DrillOrchestrateRole", what, act) for what, act in RDS_FORBIDDEN),
    *(Forbidden("DrillTaskRole", what, act) for what, act in RDS_FORBIDDEN),
    Forbidden("DrillOrchestrateRole", "read an archive", read("archive")),
    Forbidden("DrillOrchestrateRole", "list the vault", bucket_call("ListObjectsV2", "vault")),
    Forbidden("DrillOrchestrateRole", "read the vault's password", read_secret("password")),
    Forbidden("DrillOrchestrateRole", "read the source's secret", read_secret("source")),
    Forbidden("DrillOrchestrateRole", "read the escrow", read_secret("escrow")),
    Forbidden("DrillOrchestrateRole", "put a manifest", create("manifest")),
    Forbidden("DrillOrchestrateRole", "put a proof", create("proof")),
    Forbidden("DrillOrchestrateRole", "put a tombstone", create("tombstone")),
    Forbidden("DrillOrchestrateRole", "delete a manifest", delete("manifest")),
    Forbidden("DrillOrchestrateRole", "delete a hold", delete("hold")),
    Forbidden("DrillOrchestrateRole", "delete a request", delete("drill request")),
    Forbidden("DrillOrchestrateRole", "run a task that restores", run_task("restore")),
    Forbidden("DrillOrchestrateRole", "run a drill in another cluster", run_task(cluster="web")),
    Forbidden("DrillOrchestrateRole", "stop a task of another cluster", task_call("StopTask", "web")),
    Forbidden("DrillOrchestrateRole", "look at tasks of another cluster", task_call("DescribeTasks", "web")),
    Forbidden("DrillOrchestrateRole", "list tasks of another cluster", task_call("ListTasks", "web")),
    Forbidden("DrillOrchestrateRole", "pass the role of dump", pass_role("DumpRole")),
    Forbidden("DrillOrchestrateRole", "pass the role of restores", pass_role("RestoreTaskRole")),
    Forbidden(
        *("DrillOrchestrateRole", "pass the task's role to a function"),
        pass_role("DrillTaskRole", "lambda.amazonaws.com"),
    ),
    Forbidden(
        *("DrillOrchestrateRole", "tag a task that runs"),
        ask("ecs:TagResource", "arn:aws:ecs:{place}:task/{stack}-drills/0af0"),
    ),
    Forbidden("DrillOrchestrateRole", "publish", publish()),
]

DRILL = [
    Forbidden("DrillTaskRole", "delete an archive", delete("archive")),
    Forbidden("DrillTaskRole", "overwrite an archive", overwrite("archive")),
    Forbidden("DrillTaskRole", "put a snapshot of restic", overwrite("snapshot")),
    Forbidden("DrillTaskRole", "put a key of restic", overwrite("repository's key")),
    Forbidden("DrillTaskRole", "delete a manifest", delete("manifest")),
    Forbidden("DrillTaskRole", "put a manifest", create("manifest")),
    Forbidden("DrillTaskRole", "put a proof", create("proof")),
    Forbidden("DrillTaskRole", "delete a proof", delete("proof")),
    Forbidden("DrillTaskRole", "put a claim", create("claim")),
    Forbidden("DrillTaskRole", "put a tombstone", create("tombstone")),
    Forbidden("DrillTaskRole", "say what happened", create("event")),
    Forbidden("DrillTaskRole", "say that a mail was sent", create("sent mail")),
    Forbidden("DrillTaskRole", "say that a condition is over", create("condition")),
    Forbidden("DrillTaskRole", "read the source's secret", read_secret("source")),
    Forbidden("DrillTaskRole", "read the escrow", read_secret("escrow")),
    Forbidden("DrillTaskRole", "read the secret of restores", read_secret("restore")),
    Forbidden("DrillTaskRole", "put an event on the bus", put_event("scims.backup")),
    Forbidden("DrillTaskRole", "run a drill", run_task()),
    Forbidden("DrillTaskRole", "stop a task", task_call("StopTask")),
    Forbidden("DrillTaskRole", "pass its role", pass_role("DrillTaskRole")),
    Forbidden("DrillTaskRole", "publish", publish()),
]

RESTORE = [
    Forbidden(who, what, act)
    for who in ("RestoreRole", "RestoreTaskRole")
    for what, act in (
        ("delete an archive", delete("archive")),
        ("overwrite an archive", overwrite("archive")),
        ("put a snapshot of restic", overwrite("snapshot")),
        ("delete a manifest", delete("manifest")),
        ("put a manifest", create("manifest")),
        ("put a proof", create("proof")),
        ("put a report", create("report")),
        ("put a tombstone", create("tombstone")),
        ("read the source's secret", read_secret("source")),
        ("read the escrow", read_secret("escrow")),
        ("run a drill", run_task()),
        ("stop a task", task_call("StopTask")),
        ("publish", publish()),
    )
] + [
    Forbidden("RestoreTaskRole", "run a task that restores", run_task("restore")),
    Forbidden("RestoreTaskRole", "note a task", create("request of a restore")),
    Forbidden("RestoreRole", "delete the note of a task", delete("request of a restore")),
    Forbidden("RestoreRole", "run a restore in another cluster", run_task("restore", cluster="web")),
    Forbidden("RestoreRole", "pass the task's role of drills", pass_role("DrillTaskRole")),
    Forbidden(
        *("RestoreRole", "pass the task's role to a function"),
        pass_role("RestoreTaskRole", "lambda.amazonaws.com"),
    ),
    Forbidden(
        *("RestoreRole", "tag a task that runs"),
        ask("ecs:TagResource", "arn:aws:ecs:{place}:task/{stack}-drills/0af0"),
    ),
]

COPY = [
    *(
        Forbidden(who, what, act)
        for who in ("CopyRole", "CopyTaskRole")
        for what, act in (
            ("delete an archive", delete("archive")),
            ("overwrite an archive", overwrite("archive")),
            ("put a snapshot of restic", overwrite("snapshot")),
            ("delete a manifest", delete("manifest")),
            ("put a manifest", create("manifest")),
            ("put a proof", create("proof")),
            ("put a claim", create("claim")),
            ("put a report", create("report")),
            ("put a verdict", create("verdict")),
            ("put a tombstone", create("tombstone")),
            ("put another's hold", create("drill's hold")),
            ("delete another's hold", delete("hold")),
            ("delete a drill's hold", delete("drill's hold")),
            ("delete the record of a copy", delete("record of a copy")),
            ("read the source's secret", read_secret("source")),
            ("read the escrow", read_secret("escrow")),
            ("read the secret of restores", read_secret("restore")),
            ("run a drill", run_task()),
            ("stop a task", task_call("StopTask")),
            ("publish", publish()),
        )
    ),
    Forbidden("CopyTaskRole", "run a task that copies", run_task("copy")),
    Forbidden("CopyRole", "run a copy in another cluster", run_task("copy", cluster="web")),
    Forbidden("CopyRole", "list tasks of another cluster", task_call("ListTasks", "web")),
    Forbidden("CopyRole", "pass the task's role of drills", pass_role("DrillTaskRole")),
    Forbidden(
        *("CopyRole", "pass the task's role to a function"),
        pass_role("CopyTaskRole", "lambda.amazonaws.com"),
    ),
    Forbidden(
        *("CopyRole", "tag a task that runs"),
        ask("ecs:TagResource", "arn:aws:ecs:{place}:task/{stack}-drills/0af0"),
    ),
    *(
        Forbidden(who, "read the password of copies", read_secret("copies"))
        for who in (
            "DumpRole",
            "PruneRole",
            "DrillOrchestrateRole",
            "DrillTaskRole",
            "RestoreRole",
            "AlertRole",
        )
    ),
]

ALERT = [
    Forbidden("AlertRole", "publish to another topic", publish("others")),
    Forbidden("AlertRole", "publish by plain http", by_http(publish())),
    Forbidden("AlertRole", "put a manifest", create("manifest")),
    Forbidden("AlertRole", "forget that a condition was there", delete("condition")),
    Forbidden("AlertRole", "delete a manifest", delete("manifest")),
    Forbidden("AlertRole", "delete a hold", delete("hold")),
    Forbidden("AlertRole", "put a hold", create("hold")),
    Forbidden("AlertRole", "put a report", create("report")),
    Forbidden("AlertRole", "read an archive", read("archive")),
    Forbidden("AlertRole", "list the vault", bucket_call("ListObjectsV2", "vault")),
    Forbidden("AlertRole", "read the vault's password", read_secret("password")),
    Forbidden("AlertRole", "read the source's secret", read_secret("source")),
    Forbidden("AlertRole", "run a drill", run_task()),
]

ENROL = [
    Forbidden("EnrolRole", what, act)
    for what, act in (
        ("delete an archive", delete("archive")),
        ("delete a snapshot of restic", delete("snapshot")),
        ("delete a key of restic", delete("repository's key")),
        ("delete a manifest", delete("manifest")),
        ("put a manifest", create("manifest")),
        ("put a proof", create("proof")),
        ("put a tombstone", create("tombstone")),
        ("put a hold", create("hold")),
        ("put a report", create("report")),
        ("say what happened", create("event")),
        ("read the source's secret", read_secret("source")),
        ("read the secret of restores", read_secret("restore")),
        ("put an event on the bus", put_event("scims.backup")),
        ("tell of a failure", put_event("lambda")),
        ("publish", publish()),
        ("run a drill", run_task()),
    )
]

VPC = [
    Forbidden(
        who,
        "delete a network interface from its code",
        ask("ec2:DeleteNetworkInterface", "*", {"lambda:SourceFunctionArn": f"{_DUMP[:-4]}{function}"}),
    )
    for who, function in (("DumpRole", "dump"), ("RestoreRole", "restore"))
]

BUS = [
    *(
        Forbidden(who, "put an event in another's name", put_event(source))
        for who in ("DumpRole", "PruneRole", "DrillOrchestrateRole", "RestoreRole", "CopyRole")
        for source in ("aws.ecs", "scims.backup")
    ),
    Forbidden("AlertRole", "put an event in another's name", put_event("aws.ecs")),
    Forbidden("AlertRole", "put an event of another program", put_event("scims.other")),
    Forbidden("TaskImageRole", "tell of a failure", put_event("lambda")),
]
"""Whose name an event may not bear."""

STARTERS = [
    *(
        Forbidden(who, what, act)
        for who in (
            *("DrillExecutionRole", "DumpExecutionRole", "RestoreExecutionRole", "CopyExecutionRole"),
            *("SchedulerRole", "TaskImageRole"),
        )
        for what, act in (
            ("read a manifest", read("manifest")),
            ("read an archive", read("archive")),
            ("put a manifest", create("manifest")),
            ("delete an archive", delete("archive")),
            ("read the source's secret", read_secret("source")),
            ("read the vault's password", read_secret("password")),
            ("publish", publish()),
            ("run a drill", run_task()),
        )
    ),
    Forbidden(
        *("DrillExecutionRole", "write into another log"),
        ask("logs:PutLogEvents", "arn:aws:logs:{place}:log-group:/aws/lambda/{stack}-dump:log-stream:x"),
    ),
    Forbidden(
        "DrillExecutionRole", "put an image", ask("ecr:PutImage", "arn:aws:ecr:{place}:repository/scims")
    ),
    Forbidden(
        *("DrillExecutionRole", "fetch another account's image"),
        ask("ecr:BatchGetImage", _FAR.format("ecr", "repository/x")),
    ),
    Forbidden("SchedulerRole", "invoke the restore", ask("lambda:InvokeFunction", f"{_DUMP[:-4]}restore")),
    Forbidden("SchedulerRole", "invoke another function", ask("lambda:InvokeFunction", f"{_DUMP}-other")),
    Forbidden("SchedulerRole", "fill another queue", ask("sqs:SendMessage", "arn:aws:sqs:{place}:other")),
    Forbidden("TaskImageRole", "look up prune", ask("lambda:GetFunction", f"{_DUMP[:-4]}prune:3")),
    Forbidden("TaskImageRole", "invoke the dump", ask("lambda:InvokeFunction", f"{_DUMP}:3")),
    Forbidden("TaskImageRole", "list the vault", bucket_call("ListObjectsV2", "vault")),
    Forbidden("TaskImageRole", "list the vault's keys", list_like("repository's key")),
    Forbidden("TaskImageRole", "read the vault's config", read("repository's config")),
]

OTHERS = [
    Forbidden(
        *("cloudwatch.amazonaws.com", "publish for another account's alarm"),
        ask(
            "sns:Publish",
            _TOPIC,
            {"aws:SourceArn": _FAR.format("cloudwatch", "alarm:scims-backup-no-backup")},
        ),
    ),
    Forbidden("cloudwatch.amazonaws.com", "publish for no alarm", ask("sns:Publish", _TOPIC)),
    Forbidden(
        *("cloudwatch.amazonaws.com", "use the topic's key for another account"),
        ask("kms:Decrypt", _TOPIC_KEY, {"aws:SourceAccount": STRANGER, _TOLD_TOPIC: _TOPIC}),
    ),
    Forbidden(
        *("cloudwatch.amazonaws.com", "use the topic's key for another topic"),
        ask("kms:Decrypt", _TOPIC_KEY, {"aws:SourceAccount": ACCOUNT, _TOLD_TOPIC: f"{_TOPIC}-other"}),
    ),
    Forbidden(
        "events.amazonaws.com", "use the topic's key for another topic", ask("kms:Decrypt", _TOPIC_KEY)
    ),
    Forbidden(
        *("events.amazonaws.com", "leave what another account's rule could not deliver"),
        ask(
            "sqs:SendMessage",
            _QUEUE,
            {"aws:SourceArn": _FAR.format("events", "rule/scims-backup-report-stored")},
        ),
    ),
    *(
        Forbidden(
            *("events.amazonaws.com", f"invoke {function} for another account's rule {rule}"),
            ask(
                *("lambda:InvokeFunction", f"{_DUMP[:-4]}{function}"),
                {"aws:SourceArn": _FAR.format("events", f"rule/scims-backup-{rule}")},
            ),
        )
        for function, rule in (
            ("prune", "manifest-stored"),
            ("prune", "run-recorded"),
            ("drill-orchestrate", "report-stored"),
            ("drill-orchestrate", "task-stopped"),
            ("alert", "event-stored"),
            ("dump", "export-stored"),
            ("dump", "snapshot-made"),
        )
    ),
    Forbidden(
        *("cloudtrail.amazonaws.com", "write another trail's records"),
        trail_call("PutObject", {"aws:SourceArn": _FAR.format("cloudtrail", "trail/x"), _ACL: _OWNERS}),
    ),
    Forbidden(
        *("cloudtrail.amazonaws.com", "look at the bucket for another trail"),
        trail_call("GetBucketAcl", {"aws:SourceArn": _FAR.format("cloudtrail", "trail/x")}),
    ),
    Forbidden(
        *("cloudtrail.amazonaws.com", "write what the bucket's owner may not read"),
        trail_call("PutObject", {"aws:SourceArn": "arn:aws:cloudtrail:{place}:trail/{stack}-access"}),
    ),
    Forbidden("Administrator", "read who did what by plain http", by_http(trail_call("GetObject", {}))),
    Forbidden("Administrator", "read an export by plain http", by_http(export_call("GetObject"))),
    Forbidden("events.amazonaws.com", "invoke the dump", ask("lambda:InvokeFunction", _DUMP)),
    Forbidden("s3.amazonaws.com", "publish", ask("sns:Publish", _TOPIC)),
    Forbidden("s3.amazonaws.com", "read a manifest", read("manifest")),
    Forbidden("lambda.amazonaws.com", "take the scheduler's role", assume("SchedulerRole")),
    Forbidden("ecs-tasks.amazonaws.com", "take prune's role", assume("PruneRole")),
    *(
        Forbidden(
            *("ecs-tasks.amazonaws.com", f"take {name} for another account"),
            assume(name, STRANGER, _FAR.format("ecs", "task/x")),
        )
        for name in ("DrillTaskRole", "DumpTaskRole", "RestoreTaskRole", "CopyTaskRole")
    ),
    Forbidden(
        *("scheduler.amazonaws.com", "take the scheduler's role for another account"),
        assume("SchedulerRole", STRANGER),
    ),
    Forbidden("stranger", "read a manifest", read("manifest")),
    Forbidden("stranger", "read an archive", read("archive")),
    Forbidden("stranger", "publish", publish()),
    Forbidden("stranger", "fill the queue", ask("sqs:SendMessage", _QUEUE)),
    Forbidden("stranger", "take the dump's role", assume("DumpRole")),
    Forbidden("anybody", "read a manifest", read("manifest")),
    Forbidden("anybody", "read an archive", read("archive")),
    Forbidden("anybody", "publish", publish()),
    Forbidden("Administrator", "publish by plain http", by_http(publish())),
    Forbidden("Administrator", "fill the queue by plain http", by_http(ask("sqs:SendMessage", _QUEUE))),
]
"""Services, other accounts, and what not even an administrator may do."""

RECORDS = [
    Forbidden("DumpRole", "delete a manifest", delete("manifest")),
    Forbidden("DumpRole", "claim a prune", create("prune's claim")),
    Forbidden("PruneRole", "claim a run", create("claim")),
    Forbidden("DrillTaskRole", "put a verdict", create("verdict")),
    Forbidden("DrillTaskRole", "ask for a drill", create("drill request")),
    Forbidden("DrillOrchestrateRole", "sign a drill off", create("sign-off")),
    *(
        Forbidden(who, "delete another's hold", delete("hold"))
        for who in ("DrillTaskRole", "RestoreRole", "RestoreTaskRole")
    ),
]
"""Whose record each is in the catalog."""

RECOVERER = [
    Forbidden(OPERATOR, "remove a version past its lock", bypass("archive")),
    *(
        Forbidden(OPERATOR, f"{what} of the {place}", bucket_call(operation, place))
        for place in ("catalog", "vault")
        for operation, what in (
            ("PutBucketVersioning", "suspend the versions"),
            ("PutBucketLifecycleConfiguration", "let versions expire"),
            ("PutObjectLockConfiguration", "end the lock"),
            ("PutBucketPolicy", "change the policy"),
            ("DeleteBucketPolicy", "drop the policy"),
        )
    ),
]

FORBIDDEN = [
    *DUMP,
    *DUMP_TASK,
    *PRUNE,
    *ORCHESTRATOR,
    *DRILL,
    *RESTORE,
    *COPY,
    *ALERT,
    *ENROL,
    *VPC,
    *BUS,
    *STARTERS,
    *OTHERS,
    *RECORDS,
    *RECOVERER,
]
