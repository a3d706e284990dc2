"""What no role may do, whichever it is: each act is judged for every role that a stack has."""

from __future__ import annotations

from typing import NamedTuple

from tests.template.acts.here import ADMINISTRATOR, Act, Here
from tests.template.acts.words import (
    ask,
    assume,
    bucket_call,
    by_http,
    bypass,
    copy_over,
    create,
    delete,
    delete_version,
    finish_upload_over,
    overwrite,
    pass_role,
    read,
    secret_call,
    topic_call,
    use_own_key,
)


class Nobody(NamedTuple):
    """An act of no role at all. made: the bucket whose policy forbids it, if the stack makes that bucket."""

    what: str
    act: Act
    made: str = ""

    def possible_for(self, here: Here) -> list[str]:
        """Say which roles a stack allows it; also an administrator, where a bucket's policy forbids it."""
        if self.made and not here.makes(self.made):
            return []
        roles = [*here.roles, ADMINISTRATOR] if self.made else here.roles
        return [role for role in roles if here.refused(role, self.act) is False]


_BUCKET_CHANGES = (
    *("PutBucketPolicy", "DeleteBucketPolicy", "PutBucketVersioning", "PutBucketLifecycleConfiguration"),
    *("PutObjectLockConfiguration", "PutBucketNotificationConfiguration", "DeleteBucket"),
)
_DUMP = "arn:aws:lambda:{place}:function:{stack}-dump"
_QUEUE = "arn:aws:sqs:{place}:{stack}-undelivered"
_TOPIC_KEY = "arn:aws:kms:{place}:key/AlertKey"

BY_BUCKET_POLICY = [
    *(
        Nobody(f"overwrite a {name}", overwrite(name), "catalog")
        for name in (
            "proof",
            "claim",
            "report",
            "verdict",
            "event",
            "tombstone",
            "hold",
            "sent mail",
            "condition",
        )
    ),
    Nobody("overwrite a manifest", overwrite("manifest"), "catalog"),
    Nobody("copy over a manifest", copy_over("manifest"), "catalog"),
    Nobody("end an upload over a manifest", finish_upload_over("manifest"), "catalog"),
    Nobody("overwrite a plain archive", overwrite("plain archive"), "vault"),
    Nobody("copy over a plain archive", copy_over("plain archive"), "vault"),
    Nobody("end an upload over a plain archive", finish_upload_over("plain archive"), "vault"),
    Nobody("read a manifest by plain http", by_http(read("manifest")), "catalog"),
    Nobody("put a report by plain http", by_http(create("report")), "catalog"),
    Nobody("read an archive by plain http", by_http(read("archive")), "vault"),
    Nobody("delete an archive by plain http", by_http(delete("archive")), "vault"),
]
"""What not even an administrator may do, since the policy of the bucket that the stack makes denies it."""

NOBODY = [
    *(
        Nobody(f"{operation} of the {place}", bucket_call(operation, place))
        for operation in _BUCKET_CHANGES
        for place in ("catalog", "vault")
    ),
    Nobody("delete a version of a manifest", delete_version("manifest")),
    Nobody("delete a version of a proof", delete_version("proof")),
    Nobody("delete a version of an archive", delete_version("archive")),
    Nobody("delete an archive in spite of its lock", bypass("archive")),
    Nobody("delete what happened", delete("event")),
    Nobody("delete a report", delete("report")),
    Nobody("delete a verdict", delete("verdict")),
    Nobody("delete another source's manifest", delete("another's manifest")),
    Nobody("delete another source's archive", delete("another's archive")),
    Nobody("overwrite another source's manifest", overwrite("another's manifest")),
    Nobody("overwrite another source's archive", overwrite("another's archive")),
    Nobody("read a secret that is none of the stack's", secret_call("GetSecretValue", "another")),
    Nobody("replace the vault's password", secret_call("PutSecretValue", "password")),
    Nobody("delete the escrow", secret_call("DeleteSecret", "escrow")),
    Nobody("decrypt with the key of the operator's secrets", use_own_key()),
    Nobody("end the vault's key", ask("kms:ScheduleKeyDeletion", "{key}")),
    Nobody("change the topic's key", ask("kms:PutKeyPolicy", _TOPIC_KEY)),
    Nobody("change rights", ask("iam:PutRolePolicy", "arn:aws:iam::{account}:role/PruneRole")),
    Nobody("change a function's code", ask("lambda:UpdateFunctionCode", _DUMP)),
    Nobody("take the role of prune", assume("PruneRole")),
    Nobody("hand the role of dump to a function", pass_role("DumpRole", "lambda.amazonaws.com")),
    Nobody("register a task definition", ask("ecs:RegisterTaskDefinition", "*")),
    Nobody("subscribe somebody to the mails", topic_call("Subscribe")),
    Nobody("change who may publish", topic_call("SetTopicAttributes")),
    Nobody("empty the queue of what was not delivered", ask("sqs:PurgeQueue", _QUEUE)),
    Nobody(
        "switch a schedule off",
        ask("scheduler:UpdateSchedule", "arn:aws:scheduler:{place}:schedule/default/x"),
    ),
    Nobody(
        "switch a rule off", ask("events:DisableRule", "arn:aws:events:{place}:rule/{stack}-event-stored")
    ),
    Nobody(
        "delete its log",
        ask("logs:DeleteLogGroup", "arn:aws:logs:{place}:log-group:/aws/lambda/{stack}-dump"),
    ),
    Nobody(
        "read what a drill logged, elsewhere",
        ask("logs:GetLogEvents", "arn:aws:logs:{place}:log-group:x:log-stream:y"),
    ),
]
"""What no role of any stack may do."""
