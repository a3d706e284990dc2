"""The secrets of drills' servers: a password that nobody chose, in RDS's own JSON form."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from scims_backup.adapters.servers.rds_errors import asking
from scims_backup.domain.errors import TaskRefusedError
from scims_backup.domain.sandbox_server import PREFIX

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import TagTypeDef

MASTER = "scims_drill"
"""The role that a drill logs in as: of a name that no source is likely to have."""
_LETTERS = string.ascii_letters + string.digits
_LENGTH = 40


class DrillSecrets:
    """Makes and deletes them. Their passwords are in no log, no message and no document."""

    def __init__(self, client: SecretsManagerClient) -> None:
        self._client = client

    def password(self, name: str, tags: Mapping[str, str]) -> str:
        """Make a secret, and return its password; of one that is there already, the password that it has."""
        password = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        text = json.dumps({"engine": "postgres", "username": MASTER, "password": password})
        written: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in tags.items()]
        try:
            with asking(f"secret {name} cannot be made", "secretsmanager:CreateSecret"):
                self._client.create_secret(Name=name, SecretString=text, Tags=written)
        except TaskRefusedError:
            there = self._there(name)
            if there is None:
                raise
            return there
        return password

    def delete(self, name: str) -> None:
        """Delete a secret at once; one that is not there is deleted already."""
        with asking(f"secret {name} cannot be deleted", "secretsmanager:DeleteSecret"):
            if self._exists(name):
                self._client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)

    def tagged(self, tag: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yield the secrets of servers that have a tag, with all their tags."""
        with asking("the secrets of drills cannot be listed", "secretsmanager:ListSecrets"):
            pages = self._client.get_paginator("list_secrets").paginate(
                Filters=[{"Key": "name", "Values": [PREFIX]}, {"Key": "tag-key", "Values": [tag]}]
            )
            for page in pages:
                for one in page["SecretList"]:
                    yield (
                        one["Name"],
                        {tag.get("Key", ""): tag.get("Value", "") for tag in one.get("Tags", [])},
                    )

    def _there(self, name: str) -> str | None:
        """Return the password of a secret, None if it is not there: a run that died has made it."""
        with asking(f"secret {name} cannot be read", "secretsmanager:GetSecretValue"):
            if not self._exists(name):
                return None
            return str(json.loads(self._client.get_secret_value(SecretId=name)["SecretString"])["password"])

    def _exists(self, name: str) -> bool:
        """Say whether a secret is there. Where it is not, IAM refuses what it allows by tags."""
        try:
            found = self._client.describe_secret(SecretId=name)
        except self._client.exceptions.ResourceNotFoundException:
            return False
        return "DeletedDate" not in found
