"""What services, other accounts and an administrator may not do, beside what buckets' policies forbid."""

from __future__ import annotations

from tests.template.acts.forbidden import Forbidden
from tests.template.acts.here import STRANGER
from tests.template.acts.words import (
    ask,
    assume,
    by_http,
    if_made,
    publish,
    read,
)
from tests.template.support.stacks import ACCOUNT

_DUMP = "arn:aws:lambda:{place}:function:{stack}-dump"
_FAR = f"arn:aws:{{}}:eu-central-1:{STRANGER}:{{}}"
_QUEUE = "arn:aws:sqs:{place}:{stack}-undelivered"
_TOPIC = "arn:aws:sns:{place}:{stack}-alerts"
_TOLD_TOPIC = "kms:EncryptionContext:aws:sns:topicArn"
_TOPIC_KEY = "arn:aws:kms:{place}:key/AlertKey"

OTHERS = [
    Forbidden(
        *("cloudtrail.amazonaws.com", "write for another account's trail"),
        ask(
            *("s3:PutObject", "arn:aws:s3:::{stack}-trailbucket/AWSLogs/{account}/x"),
            {
                "aws:SourceArn": f"arn:aws:cloudtrail:eu-central-1:{STRANGER}:trail/{{stack}}-access",
                "s3:x-amz-acl": "bucket-owner-full-control",
            },
        ),
    ),
    Forbidden(
        *("cloudtrail.amazonaws.com", "look for another account's trail"),
        ask(
            *("s3:GetBucketAcl", "arn:aws:s3:::{stack}-trailbucket"),
            {"aws:SourceArn": f"arn:aws:cloudtrail:eu-central-1:{STRANGER}:trail/{{stack}}-access"},
        ),
    ),
    Forbidden(
        *("Administrator", "read the trail by plain http"),
        if_made("TrailBucket", by_http(ask("s3:GetObject", "arn:aws:s3:::{stack}-trailbucket/x"))),
    ),
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
            ("drill-orchestrate", "report-stored"),
            ("drill-orchestrate", "task-stopped"),
            ("alert", "event-stored"),
        )
    ),
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
        for name in ("DrillTaskRole", "RestoreTaskRole")
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
