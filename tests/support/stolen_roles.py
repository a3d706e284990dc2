"""A thief at work on a stack: he has a role's rights and secrets, and knows all keys and versions."""

from __future__ import annotations

import hashlib

from localcloud.iam.evaluation import Request
from tests.support.stack_on_s3 import CATALOG, PASSWORD, StackOnS3
from tests.support.thieves import Thief

_IN_CATALOG = (
    "manifests/{source}/{later}.json",
    "proofs/{source}/{later}.json.zst",
    "tombstones/{source}/{later}.json",
    "runs/{source}/prune~{role}.json",
    "runs/{source}/{later}/claim.json",
    "runs/{source}/{later}/stored-forged.json",
    "runs/{source}/{later}/condemned.json",
    "holds/{source}/{later}/thief-until-{later}.json",
    "holds/{source}/{later}/drill-until-{later}.json",
    "holds/{source}/{later}/restore-until-{later}.json",
    "drills/{source}/{later}/{later}/request.json",
    "drills/{source}/{later}/{later}/report.json",
    "drills/{source}/{later}/{later}/verdict.passed.json",
    "vaults/{source}~{role}.json",
    "history/{source}/2099/12/{later}-backup-{role}.json",
    "history/{source}/2099/12/{later}-restore-{role}.json",
    "events/2099/12/31/{later}-BackupCompleted-{role}.json",
    "alerted/2099/12/31/{later}-BackupCompleted-{role}/sent.json",
    "conditions/{source}/no-new-backup/9999/{role}.json",
)
_IN_VAULT = {
    "restic": [
        f"{{source}}/{folder}/{{role}}" for folder in ("data/00", "index", "keys", "snapshots", "locks")
    ],
    "plain": ["archives/{source}/{later}-0123456789abcdef.dump.zst"],
}


def steal(stack: StackOnS3, role: str) -> Thief:
    """Destroy all that somebody with a role can; return the thief, who knows what he got through."""
    with stack.as_role(role) as door:
        thief = Thief(door)
        _runs_restic(stack, thief, role)
        thief.destroys(stack.known(), _forgeries(stack, role))
    return thief


def _runs_restic(stack: StackOnS3, thief: Thief, role: str) -> None:
    """With restic itself: another password in, the first out, and all but one snapshot gone with their packs.

    What he may not do he need not try: restic asks again for a minute, and the script tries all of it anyhow.
    """

    def may(action: str, folder: str) -> bool:
        arn = f"arn:aws:s3:::{stack.vault_bucket}/{stack.source}/{folder}/any"
        return stack.kind == "restic" and stack.policies.allows(Request(f"s3:{action}", arn), role)

    repository, another = stack.repository(thief.server), stack.home / "thief"
    another.write_text("mine")
    if may("PutObject", "keys"):
        thief.runs_restic(repository, PASSWORD, "key", "add", "--new-password-file", str(another))
    if may("DeleteObject", "snapshots"):
        thief.runs_restic(repository, "mine", "forget", "--group-by", "", "--keep-last", "1", "--prune")
        (first, *_) = [one.key for one in stack.known() if one.key.startswith(f"{stack.source}/keys/")]
        thief.runs_restic(repository, "mine", "key", "remove", first.rpartition("/")[2])


def _forgeries(stack: StackOnS3, role: str) -> list[tuple[str, str]]:
    """Keys that are not there, and that would do harm if they were; each role has its own."""
    day = hashlib.sha256(role.encode()).digest()[0] % 28 + 1
    words = {"source": stack.source, "role": role, "later": f"209912{day:02}T000000Z"}
    return [
        *((CATALOG, key.format(**words)) for key in _IN_CATALOG),
        *((stack.vault_bucket, key.format(**words)) for key in _IN_VAULT[stack.kind]),
    ]
