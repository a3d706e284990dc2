"""Acts about what the template is still to get, by what that is: LANDED says which are judged already.

What has landed belongs into forbidden.py, nobody.py and needed.py; this file goes with the last of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.template.acts.forbidden import Forbidden
from tests.template.acts.here import ADMINISTRATOR, STRANGER
from tests.template.acts.needed import Needed
from tests.template.acts.nobody import Nobody
from tests.template.acts.words import (
    ask,
    assume,
    bucket_call,
    create,
    delete,
    delete_version,
    lock_as_told,
    pass_role,
    put_event,
    read,
    read_secret,
    retain,
    run_task,
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
}
NOBODY: Mapping[str, list[Nobody]] = {
    "older versions stay": [Nobody("delete a version of an archive", delete_version("archive"))],
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
    "a second copy": [
        *(Needed(who, "read an archive", read("archive")) for who in _COPIERS),
        *(Needed(who, "hold a backup", create("copy's hold")) for who in _COPIERS),
        *(Needed(who, "say what happened", create("event")) for who in _COPIERS),
        Needed("CopyRole", "run a copy", run_task("copy", tagged=True)),
        Needed("CopyRole", "find copies", task_call("ListTasks")),
    ],
}
VARIANTS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "older versions stay": {
        "own buckets with locks": {
            "VaultKind": "s3",
            "CatalogBucketName": "own-catalog",
            "VaultBucketName": "own-vault",
        },
    },
}
