"""The buckets' own policies alone: the stack's roles, had they every right, and an operator, who has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from localcloud.iam.policies import Policies
from tests.template.acts.here import ALL, Act, Here
from tests.template.acts.words import (
    bucket_call,
    bypass,
    delete_version,
    lock,
    lock_for_longer,
    lock_in_another_mode,
)


class Overpowered(Here):
    """A stack whose roles may do everything that no bucket's policy denies."""

    @cached_property
    def policies(self) -> Policies:
        """As of any stack, but for the roles' own."""
        found = Here(self.stack).policies
        for name in list(found.roles):
            found.add_role(name, [("all", ALL)])
        return found


_SETTINGS = (
    *("PutBucketPolicy", "DeleteBucketPolicy", "PutBucketVersioning", "PutBucketLifecycleConfiguration"),
    *("PutObjectLockConfiguration", "PutBucketNotificationConfiguration", "DeleteBucket"),
)
FOR_THE_OPERATOR_ALONE: dict[str, list[tuple[str, Act]]] = {
    "catalog": [
        ("delete a version of a manifest", delete_version("manifest")),
        ("delete a manifest in spite of its lock", bypass("manifest")),
        ("lock a manifest in another mode", lock_in_another_mode("manifest")),
        ("lock a manifest for longer", lock_for_longer("manifest")),
        *((f"{operation} of the catalog", bucket_call(operation, "catalog")) for operation in _SETTINGS),
    ],
    "vault": [
        ("delete a version of an archive", delete_version("archive")),
        ("delete an archive in spite of its lock", bypass("archive")),
        ("lock an archive in another mode", lock_in_another_mode("archive")),
        ("lock an archive for longer", lock_for_longer("archive")),
        *((f"{operation} of the vault", bucket_call(operation, "vault")) for operation in _SETTINGS),
    ],
}
"""What a bucket that the stack makes refuses to the stack's roles, whatever their own policies say."""
FOR_ALL: dict[str, list[tuple[str, Act]]] = {
    "catalog": [("lock a manifest as was told", lock("manifest"))],
    "vault": [("lock an archive as was told", lock("archive"))],
}


def let_through(here: Here) -> Iterator[str]:
    """Say what the policies of a stack's own buckets let through, or refuse, though they should not."""
    stack, ours = Overpowered(here.stack), {role.id for role in here.stack.of("AWS::IAM::Role")}
    for place in ("catalog", "vault"):
        if not stack.makes(place):
            continue
        for what, act in FOR_THE_OPERATOR_ALONE[place]:
            for who in stack.policies.roles:
                is_outside = who not in stack.roles
                if stack.refused(who, act) is is_outside:
                    yield f"{who} {'cannot' if is_outside else 'may'} {what}"
        for what, act in FOR_ALL[place]:
            yield from (f"{who} cannot {what}" for who in stack.policies.roles if stack.refused(who, act))
