"""A stack's buckets on a real S3 server, where each role has the rights that template.yaml gives it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

from localcloud.iam.policies import Policies
from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.runtime.logs import Redactor
from scims_backup.settings.model import Flags, Needs
from tests.fakes import RecordedProgress
from tests.support.databases import Database
from tests.support.restic_keys import lay_repository
from tests.support.s3.clock import end_of_second
from tests.support.s3.gate import gate
from tests.support.s3.server import S3Server
from tests.support.thieves import Known
from tests.template.support.loading import REGION, transformed
from tests.template.support.loading import source as template
from tests.template.support.operators import OPERATOR, operators_policy
from tests.template.support.stacks import ACCOUNT, RECOVERER, RESTORER, stack_of

CATALOG = "scims-backup-catalogbucket"
VAULTS = {"restic": "scims-backup-resticvaultbucket", "plain": "scims-backup-plainvaultbucket"}
PASSWORD = "correct horse battery"

Key = tuple[str, str]
"""A bucket, and a key in it."""


class StackOnS3:
    """One source's stack, whose buckets it shares with those of other tests. kind: of its vault."""

    def __init__(self, kind: str, source: str, server: S3Server, database: Database, home: Path) -> None:
        self.kind, self.server, self.database, self.home = kind, server, database, home
        self.source, self.vault_bucket = source, VAULTS[kind]
        self.admin: Any = server.client()
        self.policies = self._policies()
        self._make_buckets()

    def _policies(self) -> Policies:
        parameters = {
            "SourceName": self.source,
            "RecoveryRoleArn": RECOVERER,
            "RestoreSecretArn": RESTORER,
            "SourceUrl": "postgresql://scims_backup@db.example.org/scims",
            "VaultKind": "s3" if self.kind == "plain" else "restic",
        }
        stack = stack_of(transformed(template()), self.kind, parameters)
        policies = Policies.of_template(stack.resources, ACCOUNT, REGION)
        policies.add_role(OPERATOR, [("recovery", operators_policy(CATALOG, self.vault_bucket))])
        return policies

    def _make_buckets(self) -> None:
        there = {bucket["Name"] for bucket in self.admin.list_buckets()["Buckets"]}
        for name in {CATALOG, self.vault_bucket} - there:
            self.admin.create_bucket(Bucket=name, ObjectLockEnabledForBucket=name == VAULTS["plain"])
            self.admin.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        if self.kind == "restic":
            here = self.home / "repository"
            lay_repository(here, PASSWORD)
            for path in filter(Path.is_file, here.rglob("*")):
                key = f"{self.source}/{path.relative_to(here)}"
                self.admin.put_object(Bucket=self.vault_bucket, Key=key, Body=path.read_bytes())

    def repository(self, server: S3Server) -> str:
        """How restic addresses the vault."""
        return f"s3:{server.url}/{self.vault_bucket}/{self.source}"

    def environment(self, server: S3Server) -> dict[str, str]:
        """What a program is told to work on the stack, as it reaches the store through a gate or without.

        Nothing is locked: versions alone must do.
        """
        vault = f"restic:{self.repository(server)}" if self.kind == "restic" else f"s3://{self.vault_bucket}"
        settings = f"""
            catalog = "s3://{CATALOG}"
            [sources.{self.source}]
            url = "{self.database.url}"
            vault = "{vault}"
        """
        return {
            **server.environment(),
            "SCIMS_SETTINGS": settings,
            "SCIMS_POSTGRESQL_BIN": str(self.database.server.programs),
            "RESTIC_PASSWORD": PASSWORD,
            "RESTIC_CACHE_DIR": str(self.home / "cache"),
        }

    @contextmanager
    def application(self, server: S3Server) -> Iterator[Application]:
        """Give the program's use cases, without the program's start."""
        with mock.patch.dict(os.environ, self.environment(server)):
            environment = dict(os.environ)
            settings = resolve(Flags(), environment, Needs(url=True, vault=True))
            redactor = Redactor.of_environment(environment)
            yield Application(settings, environment, RecordedProgress(), redactor)

    @contextmanager
    def as_role(self, role: str) -> Iterator[S3Server]:
        """Give the store as a role sees it."""
        caller = self.policies.caller(role)
        with gate(self.server, lambda request: self.policies.decide(request, caller)) as door:
            yield door

    def known(self) -> list[Known]:
        """What is there now, by its versions: all of the source's, and of others' one of each family."""
        found = [one for one in self.versions() if one.is_current]
        own = [one for one in found if self.source in one.key]
        others = {(one.bucket, one.key.partition("/")[0]): one for one in found if one not in own}
        return sorted([*own, *others.values()])

    def versions(self) -> set[Known]:
        """The versions of objects, without markers."""
        return {
            Known(bucket, one["Key"], one["VersionId"], one["IsLatest"])
            for bucket, page in self._pages()
            for one in page.get("Versions", [])
        }

    def current(self) -> dict[Key, str]:
        """What is there: the ETag of each object."""
        return {
            (bucket, one["Key"]): one["ETag"]
            for bucket, page in self._pages()
            for one in page.get("Versions", [])
            if one["IsLatest"]
        }

    def _pages(self) -> Iterator[tuple[str, Any]]:
        for bucket in (CATALOG, self.vault_bucket):
            for page in self.admin.get_paginator("list_object_versions").paginate(Bucket=bucket):
                yield bucket, page

    def family(self, key: Key) -> str:
        """What a key is called in docs/security.md: its folder in catalog or vault."""
        bucket, name = key
        inside = name.removeprefix(f"{self.source}/") if bucket == VAULTS["restic"] else name
        return inside.partition("/")[0]

    def end_of_second(self) -> datetime:
        """Wait until what is stored from now on is dated later; return the second that is over."""
        return end_of_second(self.admin, CATALOG)
