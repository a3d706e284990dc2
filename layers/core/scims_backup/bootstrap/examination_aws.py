"""The checks of `doctor` on buckets and on the AWS stack. Loads boto3, which is slow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, NoReturn, cast

from scims_backup.adapters.aws.client import new_client
from scims_backup.adapters.notifiers.sns import SnsTopic
from scims_backup.adapters.s3.bucket import Bucket
from scims_backup.adapters.s3.client import new_client as new_s3_client
from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.stacks.cloudformation import TOPIC, Stack
from scims_backup.adapters.vaults.restic.s3_place import S3Repository
from scims_backup.adapters.vaults.s3 import refs
from scims_backup.bootstrap.clock_and_ids import clock
from scims_backup.domain.health import Check, NotCheckedError, Observed
from scims_backup.domain.health_rules import clock_beside
from scims_backup.domain.object_lock import ObjectLock
from scims_backup.settings.model import Settings
from scims_backup.usecases.reports.examine_subscriptions import look_at_subscriptions

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient

Look = Callable[[Bucket], Observed]

_OF_STACK = ("schedule", "functions", "subscriptions")


def checks_on_aws(settings: Settings) -> Iterator[Check]:
    """Yield the checks that apply: of buckets where one is used, of a stack where there may be one."""
    s3 = cache(new_s3_client)
    lock = settings.object_lock
    if isinstance(settings.catalog, S3Place):
        bucket = _Looking(settings.catalog.bucket, s3)
        yield from _of_catalog(bucket, settings.catalog, lock, with_stack=bool(settings.stack))
    if isinstance(settings.vault, S3Place):
        folder = settings.vault.key(refs.folder(settings.source))
        yield from _of_vault(
            _Looking(settings.vault.bucket, s3), folder, Bucket.object_lock if lock else None
        )
    elif repository := S3Repository.of(settings.vault or ""):
        bucket = _Looking(repository.place.bucket, lambda: repository.client)
        by_itself = partial(Bucket.default_lock, lock=lock) if lock else None
        yield from _of_vault(bucket, repository.place.key(""), by_itself)
    if settings.stack:
        yield from _of_stack(Stack(settings.stack, new_client))
    elif isinstance(settings.catalog, S3Place):
        yield from (Check(name, "the AWS stack", _no_stack) for name in _OF_STACK)


def _of_catalog(
    bucket: _Looking, place: S3Place, lock: ObjectLock | None, *, with_stack: bool
) -> Iterator[Check]:
    yield Check("clock", "this machine's clock", bucket.clocks)
    looks: dict[str, Look] = {
        "versioning": Bucket.versioning,
        "undelete": partial(Bucket.undelete, prefix=place.key("")),
        "encryption": Bucket.encryption,
        "public-access": Bucket.public_access,
        "notification": _no_stack,
    }
    if with_stack:
        looks["notification"] = Bucket.notification
    if lock:
        looks["object-lock"] = partial(Bucket.default_lock, lock=lock)
    for name, look in looks.items():
        yield Check(f"catalog-bucket-{name}", bucket.name, partial(bucket.look, look), needs=("catalog",))


def _of_vault(bucket: _Looking, folder: str, lock: Look | None) -> Iterator[Check]:
    looks: dict[str, Look] = {
        "versioning": Bucket.versioning,
        "undelete": partial(Bucket.undelete, prefix=folder),
    }
    if lock:
        looks["object-lock"] = lock
    for name, look in looks.items():
        yield Check(f"vault-bucket-{name}", bucket.name, partial(bucket.look, look))


def _of_stack(stack: Stack) -> Iterator[Check]:
    yield Check("stack", stack.name, stack.look)
    looks: tuple[Callable[[], Iterator[Observed]], ...] = (
        stack.schedules,
        stack.functions,
        partial(_subscriptions, stack),
    )
    for name, look in zip(_OF_STACK, looks, strict=True):
        yield Check(name, stack.name, look, needs=("stack",))
    yield Check("network", stack.name, stack.network)


def _subscriptions(stack: Stack) -> Iterator[Observed]:
    client = cast("SNSClient", new_client("sns"))
    for topic in stack.named(TOPIC):
        yield from look_at_subscriptions(SnsTopic(client, topic))


def _no_stack(*_: object) -> NoReturn:
    raise NotCheckedError(
        "no stack is named", "name it with --stack or SCIMS_STACK if template.yaml is deployed"
    )


@dataclass(frozen=True)
class _Looking:
    """A bucket, reached on the first check.

    client: makes the client.
    """

    name: str
    client: Callable[[], S3Client]

    def look(self, look: Look) -> Iterator[Observed]:
        yield look(self._bucket)

    def clocks(self) -> Iterator[Observed]:
        """Hold this machine's clock against the store's, at the middle of the question."""
        asked = clock()
        theirs = self._bucket.time()
        yield clock_beside(asked + (clock() - asked) / 2, theirs, "S3's")

    @cached_property
    def _bucket(self) -> Bucket:
        return Bucket(self.client(), self.name)
