"""The part of RDS's API that servers for drills need, in its own words and refusals."""

import re
from collections.abc import Mapping
from typing import Any

from localcloud.clients import ACCOUNT, REGION
from localcloud.listening import address
from localcloud.query_api import Action, Form, QueryApi, RefusedError
from localcloud.rds.records import AVAILABLE, Instances, Record

_NAME = re.compile(r"[a-z](?:-?[a-z0-9])*")
_LONGEST_NAME, _LEAST_GIB = 63, 20
_PASSWORD = re.compile(r"[!#-.0-?A-~]{8,128}")
"""All of ASCII that is seen, but for `/`, `"` and `@`."""


class RdsApi(QueryApi):
    """Answers requests."""

    def __init__(self, instances: Instances, version: str) -> None:
        super().__init__("rds")
        self._instances, self._version = instances, version

    def actions(self) -> Mapping[str, Action]:
        """Return what answers each action."""
        return {
            "CreateDBInstance": self._create,
            "DescribeDBInstances": self._describe,
            "DeleteDBInstance": self._delete,
            "DescribeDBEngineVersions": self._versions,
        }

    def told(self, form: Form) -> dict[str, Any]:
        """Return what IAM is told of a request."""
        tags = [{"Key": key, "Value": value} for key, value in _tags(form).items()]
        return {**form, **({"Tags": tags} if tags else {})}

    def _create(self, form: Form) -> dict[str, Any]:
        name = form["DBInstanceIdentifier"]
        if name in self._instances.there:
            raise RefusedError("DBInstanceAlreadyExists", "DB instance already exists")
        if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
            raise RefusedError("InvalidParameterValue", "DBInstanceIdentifier is not a valid identifier")
        if not _PASSWORD.fullmatch(form["MasterUserPassword"]):
            raise RefusedError("InvalidParameterValue", "MasterUserPassword is not a valid password")
        if form["EngineVersion"] != self._version:
            raise RefusedError("InvalidParameterCombination", "Cannot find version for postgres")
        if int(form["AllocatedStorage"]) < _LEAST_GIB:
            raise RefusedError("InvalidParameterCombination", "Invalid storage size for gp3")
        kept = {key: value for key, value in form.items() if key != "MasterUserPassword"}
        self._instances.add(name, Record(kept, _tags(form), form["MasterUserPassword"]))
        return {"DBInstance": self._told(name)}

    def _describe(self, form: Form) -> dict[str, Any]:
        name = form.get("DBInstanceIdentifier")
        names = list(self._instances.there) if name is None else [self._known(name)]
        return {"DBInstances": [self._told(one) for one in names]}

    def _delete(self, form: Form) -> dict[str, Any]:
        name = self._known(form["DBInstanceIdentifier"])
        if form.get("SkipFinalSnapshot") != "true":
            raise RefusedError("InvalidParameterCombination", "FinalDBSnapshotIdentifier is required")
        told = self._told(name)
        self._instances.remove(name)
        return {"DBInstance": {**told, "DBInstanceStatus": "deleting"}}

    def _versions(self, _form: Form) -> dict[str, Any]:
        return {"DBEngineVersions": [{"Engine": "postgres", "EngineVersion": self._version}]}

    def _known(self, name: str) -> str:
        if name not in self._instances.there:
            raise RefusedError("DBInstanceNotFound", f"DBInstance {name} not found.")
        return name

    def _told(self, name: str) -> dict[str, Any]:
        record = self._instances.there[name]
        server = record.server
        endpoint = {"Endpoint": {"Address": address(), "Port": server.port}} if server else {}
        return {
            "DBInstanceIdentifier": name,
            "DBInstanceArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{name}",
            "DBInstanceStatus": record.status,
            "Engine": "postgres",
            "TagList": [{"Key": key, "Value": value} for key, value in record.tags.items()],
            **(endpoint if record.status == AVAILABLE else {}),
        }


def _tags(form: Form) -> dict[str, str]:
    """Return the tags of a request, which its form has as `Tags.Tag.1.Key`."""
    keys = {name: value for name, value in form.items() if re.fullmatch(r"Tags\.\w+\.\d+\.Key", name)}
    return {value: form[name.removesuffix("Key") + "Value"] for name, value in keys.items()}
