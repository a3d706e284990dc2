"""What the alert function works with, from its environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scims_backup.adapters.s3.place import Place
from scims_backup.settings.problems import Problems
from scims_backup.settings.variables import Variables

_TOPIC = re.compile(r"arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+", re.ASCII)


@dataclass(frozen=True)
class AlertingSettings:
    """catalog: where the events are; topic: the ARN of the topic that mails go to."""

    source: str
    catalog: Place
    topic: str


def alerting_in(environment: Mapping[str, str]) -> AlertingSettings:
    """Read the settings. Raise UsageError that tells all that is missing or wrong."""
    variables = Variables(environment, Problems())
    settings = AlertingSettings(variables.source(), variables.catalog(), _topic(variables))
    variables.problems.raise_any()
    return settings


def _topic(variables: Variables) -> str:
    text = variables.needed("SCIMS_TOPIC", "the ARN of the topic for alerts")
    if text and not _TOPIC.fullmatch(text):
        variables.problems.add(
            f"SCIMS_TOPIC is {text!r}, which is not the ARN of a topic",
            "set it to arn:aws:sns:REGION:ACCOUNT:NAME",
        )
    return text
