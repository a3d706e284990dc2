"""What the alert function works with, from its environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain.errors import UsageError
from scims_backup.ports.settings_keys import Keys, Written, key
from scims_backup.settings.variables import CATALOG, SOURCE, read_catalog_in_s3, read_source, read_variables

_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_TOPIC = re.compile(r"arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+", re.ASCII)


def _topic(written: Written) -> str:
    if _TOPIC.fullmatch(written.text()):
        return written.text()
    raise UsageError(
        f"{written} is {written.text()!r}, which is not the ARN of a topic",
        "set it to arn:aws:sns:REGION:ACCOUNT:NAME",
    )


def _stack(written: Written) -> str:
    if _STACK.fullmatch(written.text()):
        return written.text()
    raise UsageError(
        f"{written} is {written.text()!r}, which is not the name of a stack", "name the AWS stack"
    )


@dataclass(frozen=True)
class AlertingSettings(Keys):
    """The variables of the alert function."""

    source: str = key(read_source, "the source's name", default="", variable="SCIMS_SOURCE", missing=SOURCE)
    catalog: S3Place = key(
        read_catalog_in_s3,
        "where the events are",
        default=S3Place(""),
        variable="SCIMS_CATALOG",
        missing=CATALOG,
    )
    topic: str = key(
        _topic,
        "the ARN of the topic that mails go to",
        default="",
        variable="SCIMS_TOPIC",
        missing="set it to the ARN of the topic for alerts",
    )
    stack: str = key(
        _stack, "the AWS stack whose log groups the mails name", default="", variable="SCIMS_STACK"
    )


def alerting_in(environment: Mapping[str, str]) -> AlertingSettings:
    """Read the settings. Raise UsageError with everything that is missing or wrong."""
    return read_variables(AlertingSettings, environment)
