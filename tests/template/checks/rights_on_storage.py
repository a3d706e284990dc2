"""What each role may do with objects, key by key: neither more nor less than these tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.template.checks.environments import catalog, vault
from tests.template.checks.roles import known_roles
from tests.template.support.loading import Template
from tests.template.support.policies import may
from tests.template.support.stacks import Resource, Stack, stacks

_STAMP = "20261122T020000Z"
_DRILL = f"drills/scims-db/{_STAMP}/{_STAMP}"
_HOLD = f"holds/scims-db/{_STAMP}"
_HISTORY = f"history/scims-db/2026/11/{_STAMP}"
_KEYS = {
    "manifest": f"manifests/scims-db/{_STAMP}.json",
    "proof": f"proofs/scims-db/{_STAMP}.json.zst",
    "claim": f"runs/scims-db/{_STAMP}/claim.json",
    "failed run": f"runs/scims-db/{_STAMP}/failed-x.json",
    "order": f"runs/scims-db/{_STAMP}/order.json",
    "stored record": f"runs/scims-db/{_STAMP}/stored-x.json",
    "condemned run": f"runs/scims-db/{_STAMP}/condemned.json",
    "task asked": f"runs/scims-db/{_STAMP}/task-asked.json",
    "dump's start": f"runs/scims-db/{_STAMP}/task-started-1.json",
    "dump's task": f"runs/scims-db/{_STAMP}/task-task-1.json",
    "dump's refusal": f"runs/scims-db/{_STAMP}/task-refused-1.json",
    "dump left": f"runs/scims-db/{_STAMP}/task-left.json",
    "prune lease": "runs/scims-db/prune~2.json",
    "marker": "vaults/scims-db.json",
    "event": "events/2026/11/22/x.json",
    "tombstone": f"tombstones/scims-db/{_STAMP}.json",
    "drill's hold": f"{_HOLD}/drill-7-until-x.json",
    "restore's hold": f"{_HOLD}/restore-7-until-x.json",
    "operator's hold": f"{_HOLD}/operator-until-x.json",
    "lost rows' hold": f"{_HOLD}/lost-rows-until-x.json",
    "backup's record": f"{_HISTORY}-backup-{_STAMP}.json",
    "drill's record": f"{_HISTORY}-drill-{_STAMP}.json",
    "restore's record": f"{_HISTORY}-restore-7.json",
    "prune's record": f"{_HISTORY}-prune-7.json",
    "request": f"{_DRILL}/request.json",
    "start": f"{_DRILL}/started-1.json",
    "task": f"{_DRILL}/task-1.json",
    "refusal": f"{_DRILL}/refused-1.json",
    "report": f"{_DRILL}/report.json",
    "verdict": f"{_DRILL}/verdict.passed.json",
    "sign-off": f"{_DRILL}/signed-off.json",
    "since": "drills/scims-db/since.json",
    "summary": "summaries/scims-db/0123456789abcdef.json",
    "page": "page/sources/scims-db.html",
    "mail": "alerted/2026/11/22/x/lease.json",
    "condition": "conditions/scims-db/not-proven/0001/opened.json",
    "condition's lease": "conditions/scims-db/not-proven/lease~2.json",
    "copy's hold": f"{_HOLD}/copy-7-until-x.json",
    "copy": f"copies/scims-db/{_STAMP}/0123456789abcdef.json",
    "restore asked": f"restores/scims-db/{_STAMP}/0123456789abcdef/asked-1.json",
    "restore's task": f"restores/scims-db/{_STAMP}/0123456789abcdef/task-1.json",
    "another": f"manifests/other/{_STAMP}.json",
}

_TASKS_OF_DUMPS = {"dump's start", "dump's task", "dump's refusal", "dump left"}
_OF_DUMPS = {
    "manifest",
    "proof",
    "claim",
    "failed run",
    "order",
    "stored record",
    "marker",
    "event",
    "backup's record",
}
_RECORDS = {"backup's record", "drill's record", "restore's record", "prune's record"}
PUTS: Mapping[str, set[str]] = {
    "dump": {*_OF_DUMPS, "task asked"},
    "dump-task": _OF_DUMPS,
    "prune": {
        *("tombstone", "manifest", "prune lease", "condemned run", "event", "summary", "page"),
        "lost rows' hold",
        *_RECORDS,
    },
    "orchestrate": {
        *("request", "start", "task", "refusal", "report", "verdict", "since", "event", "drill's record"),
        *_TASKS_OF_DUMPS,
    },
    "alert": {"mail", "event", "condition", "condition's lease"},
    "task": {"report", "drill's hold"},
    "restore": {"restore's hold", "event", "restore's record", "restore asked", "restore's task"},
    "restore-task": {"restore's hold", "event", "restore's record"},
    "enrol": {"marker"},
    "copy": {"copy's hold", "copy", "event"},
    "copy-task": {"copy's hold", "copy", "event"},
}
_OF_RUNS = {
    *("claim", "failed run", "order", "stored record", "condemned run", "prune lease", "task asked"),
    *_TASKS_OF_DUMPS,
}
_HOLDS = {"drill's hold", "restore's hold", "copy's hold", "operator's hold", "lost rows' hold"}
DELETES: Mapping[str, set[str]] = {
    "dump": {"claim", "marker"},
    "dump-task": {"claim", "marker"},
    "prune": {"tombstone", "manifest", "proof", "summary", *_HOLDS, *_OF_RUNS, *_RECORDS},
    "orchestrate": set(),
    "alert": {"mail", "condition's lease"},
    "task": {"drill's hold"},
    "restore": {"restore's hold"},
    "restore-task": {"restore's hold"},
    "enrol": {"marker"},
    "copy": {"copy's hold"},
    "copy-task": {"copy's hold"},
}
"""Whose objects in the catalog each may put and delete, and no others; all may read and list all of it."""


def check_rights_on_the_catalog(source: Template) -> list[str]:
    """Neither more nor less than the table above."""
    return [problem for stack in stacks(source) for problem in _catalog_rights(stack)]


def _catalog_rights(stack: Stack) -> Iterator[str]:
    bucket = f"arn:aws:s3:::{catalog(stack)}"
    for who, role in known_roles(stack):
        for action, on in (("s3:ListBucket", bucket), ("s3:GetObject", f"{bucket}/{_KEYS['proof']}")):
            if not may(role, action, on):
                yield f"{stack.variant}: {who} may not {action} the catalog"
        for key, path in _KEYS.items():
            for action, table in (("s3:PutObject", PUTS), ("s3:DeleteObject", DELETES)):
                if may(role, action, f"{bucket}/{path}") != (key in table[who]):
                    yield f"{stack.variant}: {who} may {action} a {key}, or may not"


def check_prune_alone_locks_records(source: Template) -> list[str]:
    """Manifests and proofs, if there is a lock at all; it sees how they are locked, and if they can be."""
    return [problem for stack in stacks(source) for problem in _locking_rights(stack)]


def _locking_rights(stack: Stack) -> Iterator[str]:
    bucket = f"arn:aws:s3:::{catalog(stack)}"
    for who, role in known_roles(stack):
        locks = who == "prune" and stack.parameters["ObjectLockMode"] != "none"
        if may(role, "s3:GetBucketObjectLockConfiguration", bucket) != locks:
            yield f"{stack.variant}: {who} may see whether the catalog locks, or may not"
        for key, path in _KEYS.items():
            for action in ("s3:GetObjectRetention", "s3:PutObjectRetention"):
                allowed = may(role, action, f"{bucket}/{path}", _within(stack))
                if allowed != (locks and key in {"manifest", "proof"}):
                    yield f"{stack.variant}: {who} may {action} of a {key}, or may not"


_READERS = ("task", "restore", "restore-task", "copy", "copy-task")
_LOCKING = {
    "Locking",
    "SeeLock data",
    "SeeLock lock",
    "Lock data",
    "Lock lock",
    "SeeLock archive",
    "Lock archive",
}
"""Only where there is a lock."""
_DUMPERS = ("dump", "dump-task")
_RESTIC = {
    **{
        who: {"List", "Get data", "Put data", "Get lock", "Put lock", "Delete lock", "Locate"}
        for who in _DUMPERS
    },
    "prune": {
        *("List", "ListVersions", "Locate", "Get data", "Put data", "Delete data"),
        *("Get lock", "Put lock", "Delete lock"),
        *("Locking", "SeeLock data", "SeeLock lock", "Lock data", "Lock lock"),
    },
    **{who: {"List", "Get data", "Get lock", "Put lock", "Delete lock", "Locate"} for who in _READERS},
    "enrol": {"List", "Get data", "Put data", "Get lock", "Put lock", "Delete lock", "Locate"},
}
_PLAIN = {
    **{
        who: {
            "List",
            "Get archive",
            "Put archive",
            "Get marker",
            "Put marker",
            "Abort archive",
            "Lock archive",
        }
        for who in _DUMPERS
    },
    "prune": {
        *("List", "ListVersions", "ListUploads", "Get archive", "Get marker", "Abort archive"),
        *("Versioning", "Lifecycle", "Delete archive", "Locking", "SeeLock archive", "Lock archive"),
    },
    **{who: {"List", "Get archive", "Get marker"} for who in _READERS},
}
_ACTIONS = {
    "List": "s3:ListBucket",
    "Locate": "s3:GetBucketLocation",
    "ListVersions": "s3:ListBucketVersions",
    "ListUploads": "s3:ListBucketMultipartUploads",
    "Versioning": "s3:GetBucketVersioning",
    "Lifecycle": "s3:GetLifecycleConfiguration",
    "Locking": "s3:GetBucketObjectLockConfiguration",
    "Get": "s3:GetObject",
    "GetVersion": "s3:GetObjectVersion",
    "SeeLock": "s3:GetObjectRetention",
    "Put": "s3:PutObject",
    "Delete": "s3:DeleteObject",
    "DeleteVersion": "s3:DeleteObjectVersion",
    "Abort": "s3:AbortMultipartUpload",
    "Lock": "s3:PutObjectRetention",
    "Bypass": "s3:BypassGovernanceRetention",
}
_BUCKET_ACTIONS = {"List", "Locate", "ListVersions", "ListUploads", "Versioning", "Lifecycle", "Locking"}


def _within(stack: Stack) -> Mapping[str, str]:
    """What a request says that locks as the stack was told."""
    mode = stack.parameters["ObjectLockMode"].upper()
    return {"s3:object-lock-mode": mode, "s3:object-lock-remaining-retention-days": "34.9"}


def check_rights_on_the_vault(source: Template) -> list[str]:
    """Dump cannot remove an archive, drills and restores change none, orchestrator and alert see none."""
    return [problem for stack in stacks(source) for problem in _vault_rights(stack)]


def _vault_rights(stack: Stack) -> Iterator[str]:
    restic = stack.parameters["VaultKind"] == "restic"
    table = _RESTIC if restic else _PLAIN
    things = {"data": "scims-db/data/00/00ff", "lock": "scims-db/locks/00ff"}
    if not restic:
        things = {"archive": f"archives/scims-db/{_STAMP}-x.dump.zst", "marker": "vault.json"}
    foreign = {"another": "other/data/00/00ff" if restic else f"archives/other/{_STAMP}-x.dump.zst"}
    for who, role in known_roles(stack):
        expected = table.get(who, set())
        if stack.parameters["ObjectLockMode"] == "none":
            expected = expected - _LOCKING
        found = set(_may_in_vault(stack, role, {**things, **foreign}))
        if found != expected:
            yield f"{stack.variant}: {who} in the vault: {sorted(found ^ expected)}"


def _may_in_vault(stack: Stack, role: Resource, things: Mapping[str, str]) -> Iterator[str]:
    bucket, context = f"arn:aws:s3:::{vault(stack)}", _within(stack)
    for name, action in _ACTIONS.items():
        if name in _BUCKET_ACTIONS:
            if may(role, action, bucket):
                yield name
            continue
        yield from (
            f"{name} {thing}"
            for thing, key in things.items()
            if may(role, action, f"{bucket}/{key}", context)
        )
