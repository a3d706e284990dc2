"""What is watched of a source, as its settings say it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from scims_backup.adapters.s3.place import S3Place
from scims_backup.bootstrap.watching import watched
from scims_backup.domain.status import Promised, Watched
from scims_backup.settings.copying import CopySettings
from scims_backup.settings.model import Objectives, Settings

SILENT = Settings(source="scims-db", catalog=Path("/backups/catalog"))


def test_a_source_that_promises_nothing_is_held_to_the_defaults() -> None:
    assert watched(SILENT, None) == Watched("scims-db")
    hours, days = timedelta(hours=26), timedelta(days=8)
    assert Promised() == Promised(hours, days, restore_time=None, quota=None, copy_age=days)


def test_every_objective_of_the_settings_is_what_is_promised() -> None:
    settings = Settings(
        source="scims-db",
        catalog=Path("/backups/catalog"),
        quota=1_000,
        objectives=Objectives(rpo_hours=2, proof_age_days=3, rto_minutes=4.5, copy_age_days=5),
        copy=CopySettings(S3Place("there", "catalog"), S3Place("there", "vault")),
    )
    promised = Promised(
        timedelta(hours=2), timedelta(days=3), timedelta(minutes=4.5), 1_000, timedelta(days=5)
    )
    assert watched(settings, "7f") == Watched("scims-db", promised, "7f", "s3://there/catalog")
