"""Which checks there are for which settings, and that docs/cli.md describes each."""

import re
from pathlib import Path
from typing import Any, cast

import pytest

from scims_backup.adapters.s3.place import S3Place
from scims_backup.bootstrap.engines import OfEngine
from scims_backup.bootstrap.examination import Examination, Places
from scims_backup.bootstrap.secrets import Secrets
from scims_backup.domain.errors import SandboxError
from scims_backup.domain.object_lock import ObjectLock
from scims_backup.engines.registry import ENGINES
from scims_backup.runtime.logs import Redactor
from scims_backup.settings.model import CopySettings, Secret, Settings
from tests.support import cli_schemas

LOCAL = Settings("scims-db", Path("/backups/catalog"), vault="/backups/vault", url="postgresql://u@db/x")
SECRETS = dict.fromkeys(("secret", "vault_secret", "escrow_secret"), Secret("env", "X"))
IN_S3: dict[str, Any] = {
    "catalog": S3Place("catalog"),
    "vault": S3Place("vault"),
    "object_lock": ObjectLock("GOVERNANCE", 7),
    "stack": "scims-backup",
}


def _checks(settings):
    nowhere = cast("Places", None)  # making the list looks at nothing
    secrets = Secrets({}, Redactor())
    of_source = OfEngine(ENGINES.of_address(settings.url), settings, {}, secrets)
    return Examination(settings, secrets, nowhere, of_source).checks()


def _names(settings):
    return {check.name for check in _checks(settings)}


def _settings(**given):
    return Settings(**{**vars(LOCAL), **given})


def test_every_check_is_documented_and_every_documented_check_is_one():
    table = cli_schemas.DOCUMENT.read_text().partition("## What doctor checks")[2].partition("\n## ")[0]
    first_cells = re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)
    documented = {name for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)}
    copied = _names(_settings(copy=CopySettings(S3Place("there"), S3Place("there"))))
    of_redis = _names(_settings(url="redis://cache")) | _names(_settings(url="elasticache://c?bucket=b"))
    in_use = _names(_settings(**SECRETS)) | _names(_settings(**IN_S3)) | copied | of_redis
    assert documented == in_use | {"receiver", "unsent-notifications", "ping"}  # see test_notify.py


def test_what_is_not_in_use_is_left_out():
    names = _names(LOCAL)
    assert not {name for name in names if "bucket" in name or "secret" in name}
    assert not names & {"stack", "schedule", "functions", "subscriptions", "copy"}
    assert not _names(_settings(**IN_S3)) & {"restic-version", "vault-locks"}


def test_with_a_catalog_in_s3_and_no_stack_what_belongs_to_one_is_told_of():
    names = _names(_settings(catalog=S3Place("catalog")))
    assert names >= {"schedule", "functions", "subscriptions", "catalog-bucket-notification"}
    assert "stack" not in names


@pytest.mark.parametrize("settings", [_settings(**SECRETS), _settings(**IN_S3)], ids=["local", "aws"])
def test_what_a_check_needs_comes_before_it(settings):
    before: set[str] = set()
    applying = _names(settings)
    for check in _checks(settings):
        assert set(check.needs) & applying <= before, check.name
        before.add(check.name)


def test_a_sandbox_directory_that_is_not_there_is_a_problem_by_name(tmp_path):
    nowhere = tmp_path / "nowhere"
    (room,) = [one for one in _checks(_settings(sandbox_dir=nowhere)) if one.name == "disk-space"]
    with pytest.raises(SandboxError, match=f"no sandbox can be created in {nowhere}: No such file"):
        list(room.look())
