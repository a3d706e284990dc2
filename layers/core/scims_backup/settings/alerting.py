"""What the alert function works with, from its environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scims_backup.adapters.s3.place import Place
from scims_backup.domain.backup import checked_source_name
from scims_backup.settings.places import s3_place
from scims_backup.settings.problems import Problems

_TOPIC = re.compile(r"arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+", re.ASCII)
_NOWHERE = Place("")


@dataclass(frozen=True)
class AlertingSettings:
    """catalog: where the events are; topic: the ARN of the topic that mails go to."""

    source: str
    catalog: Place
    topic: str


def alerting_in(environment: Mapping[str, str]) -> AlertingSettings:
    """Read the settings. Raise UsageError that tells all that is missing or wrong."""
    reading = _Reading(environment, Problems())
    settings = AlertingSettings(reading.source(), reading.catalog(), reading.topic())
    reading.problems.raise_any()
    return settings


@dataclass(frozen=True)
class _Reading:
    environment: Mapping[str, str]
    problems: Problems

    def source(self) -> str:
        name = self._value("SCIMS_SOURCE", "the source's name, e.g. scims-db")
        return self.problems.attempt(lambda: checked_source_name(name), "") if name else ""

    def catalog(self) -> Place:
        text = self._value("SCIMS_CATALOG", "s3://BUCKET")
        if text and not text.startswith("s3://"):
            self.problems.add(f"SCIMS_CATALOG is {text!r}, which is no place in S3", "set it to s3://BUCKET")
            return _NOWHERE
        return self.problems.attempt(lambda: s3_place(text, "SCIMS_CATALOG"), _NOWHERE) if text else _NOWHERE

    def topic(self) -> str:
        text = self._value("SCIMS_TOPIC", "the ARN of the topic that alerts go to")
        if text and not _TOPIC.fullmatch(text):
            self.problems.add(
                f"SCIMS_TOPIC is {text!r}, which is no topic", "set it to arn:aws:sns:REGION:ACCOUNT:NAME"
            )
        return text

    def _value(self, name: str, what: str) -> str:
        value = self.environment.get(name, "")
        if not value:
            self.problems.add(f"{name} is not set", f"set it to {what}")
        return value
