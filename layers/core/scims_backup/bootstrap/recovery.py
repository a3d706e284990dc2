"""What brings vault and catalog back, chosen by the settings. Loads boto3, which is slow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from scims_backup.adapters.s3.client import new_client
from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.s3.versioned import S3VersionedPlace
from scims_backup.adapters.vaults.restic.s3_place import S3Repository
from scims_backup.bootstrap.clock_and_ids import clock
from scims_backup.domain.errors import UsageError
from scims_backup.domain.recovery import Rule
from scims_backup.domain.recovery_scope import rule_in_archives, rule_in_repository
from scims_backup.ports import Progress, VersionedPlace
from scims_backup.settings.model import Settings
from scims_backup.usecases.stored.recover import Recover

_CURE = "recover it from whatever keeps its older states: disk snapshots, or a copy elsewhere"


def new_recovery(settings: Settings, progress: Progress) -> Recover:
    """Make ready to bring the source back. Raise UsageError where vault or catalog do not lie in S3."""
    if not isinstance(settings.catalog, S3Place):
        raise UsageError(
            f"the catalog {settings.catalog} is a folder, which keeps no versions to recover from", _CURE
        )
    vault, in_vault = _vault(settings)
    return Recover(
        source=settings.source,
        catalog=S3VersionedPlace(new_client(), settings.catalog, clock),
        vault=vault,
        in_vault=in_vault,
        shares_vault=not isinstance(settings.vault, S3Place),
        clock=clock,
        progress=progress,
    )


def _vault(settings: Settings) -> tuple[VersionedPlace, Callable[[str], Rule | None]]:
    if isinstance(settings.vault, S3Place):
        in_archives = partial(rule_in_archives, source=settings.source)
        return S3VersionedPlace(new_client(), settings.vault, clock), in_archives
    repository = S3Repository.of(settings.vault or "")
    if repository is None:
        raise UsageError("the restic vault is not in S3 and keeps no versions to recover from", _CURE)
    return S3VersionedPlace(repository.client, repository.place, clock), rule_in_repository
