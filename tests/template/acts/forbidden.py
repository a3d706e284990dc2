"""What each role may not do: who, what in words, and the act.

An act is forbidden in every stack of support/stacks.py that has such a role and such a thing.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.template.acts.here import STRANGER, Act, Here
from tests.template.acts.words import (
    ask,
    bucket_call,
    by_http,
    create,
    delete,
    delete_version,
    list_keys,
    overwrite,
    pass_role,
    publish,
    put_event,
    read,
    read_secret,
    retain,
    run_task,
    task_call,
)


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

DUMP = [
    Forbidden("DumpRole", "delete an archive", delete("archive")),
    Forbidden("DumpRole", "delete a snapshot of restic", delete("snapshot")),
    Forbidden("DumpRole", "delete a key of restic", delete("repository's key")),
    Forbidden("DumpRole", "delete a version of an archive", delete_version("archive")),
    Forbidden("DumpRole", "delete a proof", delete("proof")),
    Forbidden("DumpRole", "delete a hold", delete("hold")),
    Forbidden("DumpRole", "delete a tombstone", delete("tombstone")),
    Forbidden("DumpRole", "put a tombstone", create("tombstone")),
    Forbidden("DumpRole", "put a report", create("report")),
    Forbidden("DumpRole", "put a verdict", create("verdict")),
    Forbidden("DumpRole", "put a hold", create("hold")),
    Forbidden("DumpRole", "say that a mail was sent", create("sent mail")),
    Forbidden("DumpRole", "read the secret of restores", read_secret("restore")),
    Forbidden("DumpRole", "read the escrow", read_secret("escrow")),
    Forbidden("DumpRole", "publish", publish()),
    Forbidden("DumpRole", "run a drill", run_task()),
    Forbidden("DumpRole", "pass the task's role", pass_role("DrillTaskRole")),
    Forbidden("DumpRole", "invoke itself", ask("lambda:InvokeFunction", _DUMP)),
]

PRUNE = [
    Forbidden("PruneRole", "read the source's secret", read_secret("source")),
    Forbidden("PruneRole", "read the escrow", read_secret("escrow")),
    Forbidden("PruneRole", "read the secret of restores", read_secret("restore")),
    Forbidden("PruneRole", "put a proof", create("proof")),
    Forbidden("PruneRole", "overwrite a proof", overwrite("proof")),
    Forbidden("PruneRole", "put a report", create("report")),
    Forbidden("PruneRole", "put a verdict", create("verdict")),
    Forbidden("PruneRole", "ask for a drill", create("drill request")),
    Forbidden("PruneRole", "put a hold", create("hold")),
    Forbidden("PruneRole", "delete the vault's marker", delete("vault's marker")),
    Forbidden("PruneRole", "put the vault's marker", create("vault's marker")),
    Forbidden("PruneRole", "delete the plain vault's mark", delete("plain vault's mark")),
    Forbidden("PruneRole", "say that a mail was sent", create("sent mail")),
    Forbidden("PruneRole", "publish", publish()),
    Forbidden("PruneRole", "run a drill", run_task()),
    Forbidden("PruneRole", "pass the task's role", pass_role("DrillTaskRole")),
    Forbidden("PruneRole", "lock in another mode", retain("archive", "COMPLIANCE", 5)),
    Forbidden("PruneRole", "lock for longer than was told", retain("archive", "GOVERNANCE", 36500)),
    Forbidden("PruneRole", "lift a lock", retain("archive", "GOVERNANCE", 1, BypassGovernanceRetention=True)),
]

ORCHESTRATOR = [
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
        ("run a task", run_task("restore")),
        ("publish", publish()),
    )
]

ENROL = [
    Forbidden("EnrolRole", "delete an archive", delete("archive")),
    Forbidden("EnrolRole", "delete a snapshot", delete("snapshot")),
    Forbidden("EnrolRole", "read the source's secret", read_secret("source")),
    Forbidden("EnrolRole", "put a manifest", create("manifest")),
    Forbidden("EnrolRole", "delete a manifest", delete("manifest")),
    Forbidden("EnrolRole", "say what happened", create("event")),
]

ALERT = [
    Forbidden("AlertRole", "publish to another topic", publish("others")),
    Forbidden("AlertRole", "publish by plain http", by_http(publish())),
    Forbidden("AlertRole", "put a manifest", create("manifest")),
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

STARTERS = [
    *(
        Forbidden(who, what, act)
        for who in ("DrillExecutionRole", "RestoreExecutionRole", "SchedulerRole", "TaskImageRole")
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
    Forbidden("TaskImageRole", "look at prune", ask("lambda:GetFunction", f"{_DUMP[:-4]}prune:3")),
    Forbidden("TaskImageRole", "list what else the vault has", list_keys("vault")),
    Forbidden("TaskImageRole", "invoke the dump", ask("lambda:InvokeFunction", f"{_DUMP}:3")),
]

RECORDS = [
    Forbidden("DumpRole", "delete a manifest", delete("manifest")),
    Forbidden("DumpRole", "claim a prune", overwrite("prune's claim")),
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

EVENTS = [
    Forbidden(who, "put an event in another's name", put_event("aws.ecs"))
    for who in ("DumpRole", "PruneRole", "DrillOrchestrateRole", "AlertRole", "RestoreRole")
]

FORBIDDEN = [
    *DUMP,
    *PRUNE,
    *ORCHESTRATOR,
    *DRILL,
    *RESTORE,
    *ENROL,
    *ALERT,
    *RECORDS,
    *EVENTS,
    *STARTERS,
]
