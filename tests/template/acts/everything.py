"""All acts that are judged, and the stacks that they are judged on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.template.acts.forbidden import FORBIDDEN
from tests.template.acts.here import Here
from tests.template.acts.needed import NEEDED
from tests.template.acts.nobody import BY_BUCKET_POLICY, NOBODY
from tests.template.acts.second_lock import let_through
from tests.template.acts.services import implied
from tests.template.support.loading import REGION, Template
from tests.template.support.stacks import ACCOUNT, VARIANTS, stack_of

_THEIRS = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:whoever-made-it"
MORE: Mapping[str, Mapping[str, str]] = {
    "a cache of ElastiCache": {"RedisElastiCache": "sessions", "RedisServer": "redis:7"},
    "own secrets": {"VaultPasswordArn": f"{_THEIRS}-AbCdEf", "VaultEscrowArn": f"{_THEIRS}-FeDcBa"},
    "own buckets with locks": {
        "VaultKind": "s3",
        "CatalogBucketName": "own-catalog",
        "VaultBucketName": "own-vault",
    },
}
"""Parameters that show what those of stacks.VARIANTS do not."""


def stacks_of(transformed: Template) -> dict[str, Here]:
    """Return the stacks of a transformed template, by variant."""
    variants = {**VARIANTS, **MORE}
    return {name: Here(stack_of(transformed, name, given)) for name, given in variants.items()}


def wrong(here: Here) -> Iterator[str]:
    """Say what a stack allows that is forbidden, and what it refuses that is needed."""
    yield from (f"{one.who} may {one.what}" for one in FORBIDDEN if one.is_possible(here))
    for one in (*NOBODY, *BY_BUCKET_POLICY):
        yield from (f"{who} may {one.what}" for who in one.possible_for(here))
    yield from let_through(here)
    yield from (f"{one.who} cannot {one.what}" for one in NEEDED if one.is_refused(here))
    yield from (
        f"{who} cannot {what}" for who, what, request in implied(here) if not here.judge(who, request).allowed
    )
