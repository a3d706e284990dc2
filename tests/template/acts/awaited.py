"""Acts of roles that are to come, to be moved to forbidden.py and needed.py when the template has them."""

from __future__ import annotations

from tests.template.acts.forbidden import Forbidden
from tests.template.acts.here import STRANGER
from tests.template.acts.needed import Needed
from tests.template.acts.words import (
    ask,
    assume,
    create,
    delete,
    pass_role,
    put_event,
    read,
    read_secret,
    run_task,
    task_call,
)

_COPIERS = ("CopyRole", "CopyTaskRole")
_FAR_TASK = f"arn:aws:ecs:eu-central-1:{STRANGER}:task/x"

AWAITED_FORBIDDEN = [
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
]
AWAITED_NEEDED = [
    *(Needed(who, "read an archive", read("archive")) for who in _COPIERS),
    *(Needed(who, "hold a backup", create("copy's hold")) for who in _COPIERS),
    *(Needed(who, "say what happened", create("event")) for who in _COPIERS),
    Needed("CopyRole", "run a copy", run_task("copy", tagged=True)),
    Needed("CopyRole", "find copies", task_call("ListTasks")),
]
