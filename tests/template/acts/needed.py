"""What each role does for its job, but for what services do by themselves (services.py).

The end-to-end suite judges every call that the programs really make; this says it for all variants.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.template.acts.here import Act, Here
from tests.template.acts.rds import DRILLS_PASSWORD, RDS_NEEDED
from tests.template.acts.words import (
    abort_upload,
    ask,
    bucket_call,
    copy_over,
    create,
    delete,
    delete_version,
    export_call,
    if_made,
    list_keys,
    list_like,
    lock,
    overwrite,
    publish,
    put_event,
    read,
    read_log,
    read_secret,
    run_task,
    secret_call,
    task_call,
    topic_call,
    upload,
)
from tests.template.support.operators import OPERATOR


class Needed(NamedTuple):
    """One act that a role must be able to do, wherever there is such a role and such a thing."""

    who: str
    what: str
    act: Act

    def is_refused(self, here: Here) -> bool:
        """Say whether a stack refuses it."""
        return here.refused(self.who, self.act) is True


_DUMPERS = ("DumpRole", "DumpTaskRole")
_READERS = (
    *_DUMPERS,
    "PruneRole",
    "DrillOrchestrateRole",
    "DrillTaskRole",
    "AlertRole",
    "RestoreRole",
    "RestoreTaskRole",
    "EnrolRole",
    "CopyRole",
    "CopyTaskRole",
)
_RESTORERS, _COPIERS = ("RestoreRole", "RestoreTaskRole"), ("CopyRole", "CopyTaskRole")
_TELLERS = (*_DUMPERS, "PruneRole", "DrillOrchestrateRole", "AlertRole", *_RESTORERS, *_COPIERS)
_OF_PLAIN_VAULT = (*_DUMPERS, "PruneRole", "DrillTaskRole", *_RESTORERS, *_COPIERS)
_OF_VAULT = (*_OF_PLAIN_VAULT, "EnrolRole")

NEEDED = [
    *(Needed(who, "list the catalog", list_keys("catalog")) for who in _READERS),
    *(Needed(who, "read a manifest", read("manifest")) for who in _READERS),
    *(Needed(who, "say what happened", create("event")) for who in _TELLERS),
    *(Needed(who, "list the vault", list_keys("vault")) for who in _OF_VAULT),
    *(Needed(who, "see that the vault is there", bucket_call("HeadBucket", "vault")) for who in _OF_VAULT),
    *(Needed(who, "read an archive", read("archive")) for who in _OF_VAULT),
    *(Needed(who, "read the plain vault's mark", read("plain vault's mark")) for who in _OF_PLAIN_VAULT),
    *(Needed(who, "lock the repository", overwrite("lock")) for who in _OF_VAULT),
    *(Needed(who, "unlock the repository", delete("lock")) for who in _OF_VAULT),
    *(Needed(who, "read the vault's password", read_secret("password")) for who in _OF_VAULT),
    *(
        Needed(who, what, act)
        for who in _DUMPERS
        for what, act in {
            "read the source's secret": read_secret("source"),
            "read an export": export_call("GetObject"),
            "remove an export": export_call("DeleteObject"),
            "claim a run": create("claim"),
            "give a claim back": delete("claim"),
            "put a proof": create("proof"),
            "put a manifest": create("manifest"),
            "say that a vault is in use": create("vault's marker"),
            "add to the repository": overwrite("snapshot"),
            "mark a plain vault": create("plain vault's mark"),
            "upload an archive, locked where asked": upload("plain archive"),
            "give an upload up": abort_upload("plain archive"),
        }.items()
    ),
    Needed("DumpRole", "ask for a task", create("request of a task")),
    Needed("EnrolRole", "read the escrow", read_secret("escrow")),
    Needed("EnrolRole", "add a key of restic", overwrite("repository's key")),
    Needed("EnrolRole", "say that it is done", create("vault's marker")),
    Needed("EnrolRole", "give a claim to initialise back", delete("vault's marker")),
    Needed("PruneRole", "put a tombstone", create("tombstone")),
    Needed("PruneRole", "bring a manifest back", create("manifest")),
    Needed("PruneRole", "claim the prune", create("prune's claim")),
    Needed("PruneRole", "renew the status page", overwrite("status page")),
    *(
        Needed("PruneRole", f"remove {'an' if name == 'archive' else 'a'} {name}", delete(name))
        for name in ("tombstone", "manifest", "proof", "hold", "claim", "archive", "snapshot")
    ),
    Needed("PruneRole", "write a repository's data anew", overwrite("pack")),
    Needed("PruneRole", "lock an archive", lock("archive")),
    Needed("PruneRole", "lock a manifest", lock("manifest")),
    Needed("PruneRole", "lock a proof", lock("proof")),
    Needed("PruneRole", "measure older versions", bucket_call("ListObjectVersions", "vault")),
    Needed("PruneRole", "give a dead upload up", abort_upload("plain archive")),
    *(
        Needed("DrillOrchestrateRole", f"put a {name}", create(name))
        for name in ("drill request", "report", "verdict")
    ),
    Needed("DrillOrchestrateRole", "run a drill", run_task(tagged=True)),
    Needed("DrillOrchestrateRole", "run a long dump", run_task("dump", tagged=True)),
    Needed("DrillOrchestrateRole", "leave a dump to the function", create("dump left")),
    Needed("DrillOrchestrateRole", "read a long dump's last lines", read_log("dump", "dump/dump/0af0")),
    Needed("DrillOrchestrateRole", "follow a drill", task_call("DescribeTasks")),
    Needed("DrillOrchestrateRole", "stop a drill", task_call("StopTask")),
    Needed("DrillOrchestrateRole", "find drills", task_call("ListTasks")),
    Needed("DrillOrchestrateRole", "read a drill's last lines", read_log("drill", "drill/drill/0af0")),
    *(Needed("DrillOrchestrateRole", what, if_made("RdsSandboxSubnets", act)) for what, act in RDS_NEEDED),
    Needed("DrillTaskRole", "read its server's password", if_made("RdsSandboxSubnets", DRILLS_PASSWORD)),
    Needed("DrillTaskRole", "hold its backup", create("drill's hold")),
    Needed("DrillTaskRole", "give its hold back", delete("drill's hold")),
    Needed("DrillTaskRole", "report", create("report")),
    *(Needed(who, "hold a backup", create("restore's hold")) for who in _RESTORERS),
    *(Needed(who, "give a hold back", delete("restore's hold")) for who in _RESTORERS),
    *(Needed(who, "read the administrator's secret", read_secret("restore")) for who in _RESTORERS),
    Needed("RestoreRole", "note a task that restores", create("request of a restore")),
    Needed("RestoreRole", "run a task that restores", run_task("restore", tagged=True)),
    Needed("RestoreRole", "follow a task that restores", task_call("DescribeTasks")),
    *(Needed(who, "hold a backup", create("copy's hold")) for who in _COPIERS),
    *(Needed(who, "give a hold back", delete("copy's hold")) for who in _COPIERS),
    *(Needed(who, "note a copy", create("record of a copy")) for who in _COPIERS),
    *(Needed(who, "read the password of copies", read_secret("copies")) for who in _COPIERS),
    Needed("CopyRole", "run a task that copies", run_task("copy", tagged=True)),
    Needed("CopyRole", "find tasks that copy", task_call("ListTasks")),
    Needed("AlertRole", "say that a mail was sent", create("sent mail")),
    Needed("AlertRole", "give a lease back", delete("sent mail")),
    Needed("AlertRole", "say that a condition is over", create("condition")),
    Needed("AlertRole", "give a condition's lease back", delete("condition's lease")),
    Needed("AlertRole", "mail", publish()),
    Needed("AlertRole", "look who is subscribed", topic_call("ListSubscriptionsByTopic")),
    Needed("AlertRole", "forward events to the bus", put_event("scims.backup")),
    Needed(
        "TaskImageRole",
        "look up the dump's image",
        ask("lambda:GetFunction", "arn:aws:lambda:{place}:function:{stack}-dump:3"),
    ),
    Needed(
        *("TaskImageRole", "see when the vault was made"),
        if_made("VaultPassword", list_like("repository's config")),
    ),
    *(Needed(OPERATOR, f"put an older {name} on top", copy_over(name)) for name in ("manifest", "archive")),
    Needed(OPERATOR, "remove a marker", delete_version("manifest")),
    Needed(
        *("TaskImageRole", "see when the vault's password was made"),
        if_made("VaultPassword", secret_call("DescribeSecret", "password")),
    ),
]
