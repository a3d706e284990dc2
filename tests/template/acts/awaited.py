"""Acts about what the template is still to get, by what that is: LANDED says which are judged already.

What has landed belongs into forbidden.py, nobody.py and needed.py; this file goes with the last of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.template.acts.forbidden import Forbidden
from tests.template.acts.here import ADMINISTRATOR, RECOVERY, STRANGER
from tests.template.acts.needed import Needed
from tests.template.acts.nobody import Nobody
from tests.template.acts.words import (
    ask,
    assume,
    bucket_call,
    copy_over,
    create,
    delete,
    delete_version,
    if_made,
    list_keys,
    lock_as_told,
    overwrite,
    pass_role,
    put_event,
    read,
    read_secret,
    retain,
    run_task,
    secret_call,
    task_call,
)

LANDED: tuple[str, ...] = ()

_TELLERS = ("DumpRole", "PruneRole", "DrillOrchestrateRole", "AlertRole", "RestoreRole")
_COPIERS = ("CopyRole", "CopyTaskRole")
_RESTORERS = ("RestoreRole", "RestoreTaskRole")
_FAR_TASK = f"arn:aws:ecs:eu-central-1:{STRANGER}:task/x"

FORBIDDEN: Mapping[str, list[Forbidden]] = {
    "older versions stay": [
        *(
            Forbidden(who, f"lock {name} {how}", retain(name, mode, days))
            for who in ("DumpRole", "PruneRole")
            for name in ("archive", "manifest", "proof")
            for how, mode, days in (
                ("in another mode", "COMPLIANCE", 5),
                ("for longer than was told", "GOVERNANCE", 36500),
            )
        ),
    ],
    "records are narrow": [
        Forbidden("DumpRole", "delete a manifest", delete("manifest")),
        Forbidden("DumpRole", "claim a prune", overwrite("prune's claim")),
        Forbidden("PruneRole", "claim a run", create("claim")),
        Forbidden("DrillTaskRole", "put a verdict", create("verdict")),
        Forbidden("DrillTaskRole", "ask for a drill", create("drill request")),
        Forbidden("DrillOrchestrateRole", "sign a drill off", create("sign-off")),
        *(Forbidden(who, "delete another's hold", delete("hold")) for who in ("DrillTaskRole", *_RESTORERS)),
    ],
    "a first deployment works": [
        Forbidden("TaskImageRole", "list what else the vault has", list_keys("vault")),
        Forbidden("TaskImageRole", "read the vault's password", read_secret("password")),
    ],
    "a second copy": [
        *(
            Forbidden(who, what, act)
            for who in _COPIERS
            for what, act in (
                ("delete an archive", delete("archive")),
                ("delete a manifest", delete("manifest")),
                ("put a manifest", create("manifest")),
                ("put a tombstone", create("tombstone")),
                ("put a report", create("report")),
                ("read the source's secret", read_secret("source")),
                ("read the escrow", read_secret("escrow")),
                ("take another role", ask("sts:AssumeRole", f"arn:aws:iam::{STRANGER}:role/other")),
            )
        ),
        Forbidden("CopyRole", "put an event in another's name", put_event("aws.ecs")),
        Forbidden("CopyRole", "run a drill", run_task()),
        Forbidden("CopyRole", "run a copy in another cluster", run_task("copy", "web")),
        Forbidden("CopyRole", "list tasks of another cluster", task_call("ListTasks", "web")),
        Forbidden("CopyRole", "stop a task", task_call("StopTask")),
        Forbidden(
            "CopyRole",
            "pass its task's role to a function",
            pass_role("CopyTaskRole", "lambda.amazonaws.com"),
        ),
        Forbidden("CopyRole", "pass the role of dump", pass_role("DumpRole")),
        Forbidden(
            "CopyRole",
            "tag a task that runs",
            ask("ecs:TagResource", "arn:aws:ecs:{place}:task/{stack}-drills/0af0"),
        ),
        Forbidden("CopyExecutionRole", "read a manifest", read("manifest")),
        Forbidden(
            *("ecs-tasks.amazonaws.com", "take CopyTaskRole for another account"),
            assume("CopyTaskRole", STRANGER, _FAR_TASK),
        ),
    ],
    "recovery": [],
}
NOBODY: Mapping[str, list[Nobody]] = {
    "older versions stay": [Nobody("delete a version of an archive", delete_version("archive"))],
    "records are narrow": [
        Nobody(f"overwrite a {name}", overwrite(name), "catalog")
        for name in ("proof", "claim", "report", "verdict", "event", "tombstone", "hold", "sent mail")
    ],
}
NEEDED: Mapping[str, list[Needed]] = {
    "older versions stay": [
        *(
            Needed(
                ADMINISTRATOR,
                f"change the lifecycle of the {place}",
                bucket_call("PutBucketLifecycleConfiguration", place),
            )
            for place in ("catalog", "vault")
        ),
        *(
            Needed(ADMINISTRATOR, f"lock the {one} in a mode of its own", retain(one, "COMPLIANCE", 5))
            for one in ("manifest", "archive")
        ),
        *(
            Needed(ADMINISTRATOR, f"lock the {one} for long", retain(one, "GOVERNANCE", 36500))
            for one in ("manifest", "archive")
        ),
        *(
            Needed("PruneRole", f"lock the {one} on", lock_as_told(one))
            for one in ("archive", "manifest", "proof")
        ),
    ],
    "a first deployment works": [
        Needed(
            *("TaskImageRole", "see when the vault was made"),
            if_made("VaultPassword", list_keys("vault", "scims-db/config")),
        ),
        Needed(
            *("TaskImageRole", "see when its password was made"),
            if_made("VaultPassword", secret_call("DescribeSecret", "password")),
        ),
    ],
    "a second copy": [
        *(Needed(who, "read an archive", read("archive")) for who in _COPIERS),
        *(Needed(who, "hold a backup", create("copy's hold")) for who in _COPIERS),
        *(Needed(who, "say what happened", create("event")) for who in _COPIERS),
        Needed("CopyRole", "run a copy", run_task("copy", tagged=True)),
        Needed("CopyRole", "find copies", task_call("ListTasks")),
    ],
    "recovery": [
        Needed(RECOVERY, "put an older manifest on top", copy_over("manifest")),
        Needed(RECOVERY, "put an older archive on top", copy_over("archive")),
    ],
}
_THEIRS = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:whoever-made-it"
VARIANTS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "older versions stay": {
        "own buckets with locks": {
            "VaultKind": "s3",
            "CatalogBucketName": "own-catalog",
            "VaultBucketName": "own-vault",
        },
    },
    "a first deployment works": {
        "own secrets": {"VaultPasswordArn": f"{_THEIRS}-AbCdEf", "VaultEscrowArn": f"{_THEIRS}-FeDcBa"},
    },
}
