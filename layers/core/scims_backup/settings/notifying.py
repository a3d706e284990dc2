"""Who is notified, and what is pinged: `[notify.NAME]` and `[ping]` of a settings document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import partial
from typing import TypeVar

from scims_backup.domain.alert import Wanted
from scims_backup.domain.backup import checked_source_name
from scims_backup.domain.errors import UsageError
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.ping import checked_ping_url
from scims_backup.domain.problems import nearest
from scims_backup.ports.settings_keys import Keys, Written, key
from scims_backup.settings.places import Secret, read_secret
from scims_backup.settings.toml_tables import as_table, table_of

Word = TypeVar("Word", bound=StrEnum)
_SECRETS = ("env:", "file:", "aws:")


@dataclass(frozen=True)
class PlainUrl:
    """A URL that stands in the settings document itself; it is not shown, as a secret is not."""

    text: str

    def __repr__(self) -> str:
        return "PlainUrl(...)"


PingUrl = Secret | PlainUrl


def _texts(written: Written) -> tuple[str, ...]:
    listed = written.value
    if not isinstance(listed, list) or not listed or not all(isinstance(one, str) for one in listed):
        raise written.unusable('write a list of texts: ["…", "…"]')
    return tuple(listed)


def _sources(written: Written) -> tuple[str, ...]:
    return tuple(map(checked_source_name, _texts(written)))


def _words(kind: type[Word]) -> Callable[[Written], tuple[Word, ...]]:
    def read(written: Written) -> tuple[Word, ...]:
        found = _texts(written)
        unknown = next((one for one in found if one not in set(kind)), None)
        if unknown is not None:
            message = f"{written} contains {unknown!r}, which is not known"
            raise UsageError(message, nearest(unknown, map(str, kind)))
        return tuple(map(kind, found))

    return read


def _ping_url(written: Written) -> PingUrl:
    text = written.text()
    if text.startswith(_SECRETS):
        return read_secret(written)
    return PlainUrl(checked_ping_url(text, str(written)))


@dataclass(frozen=True)
class Receiver(Keys):
    """One `[notify.NAME]` of a settings document."""

    url: Secret = key(
        read_secret,
        "location of the receiver's [URL](notify.md#receivers), which is a secret",
        default=Secret("env", ""),
        missing="write env:NAME, file:PATH or aws:NAME-OR-ARN: the location of the receiver's URL",
    )
    severities: tuple[Severity, ...] = key(
        _words(Severity), "only events of these severities, e.g. `error` and `critical`", default=()
    )
    sources: tuple[str, ...] = key(_sources, "only events of these sources", default=())
    kinds: tuple[Kind, ...] = key(
        _words(Kind), "only events of these [kinds](events.md), e.g. `DrillFailed`", default=()
    )

    @property
    def wanted(self) -> Wanted:
        """Which events the receiver wants."""
        return Wanted(self.severities, self.sources, self.kinds)


Receivers = Mapping[str, Receiver]


@dataclass(frozen=True)
class PingKeys(Keys):
    """The `[ping]` of a settings document or of a source."""

    backup: PingUrl | None = key(_ping_url, "[URL](notify.md#pings) that each backup pings, or its location")
    drill: PingUrl | None = key(_ping_url, "the same for drills")
    prune: PingUrl | None = key(_ping_url, "the same for prunes")

    def over(self, general: PingKeys) -> PingKeys:
        """Return these URLs, and those of all sources where this source has none of its own."""
        own = {one.name: url for one in fields(self) if (url := getattr(self, one.name)) is not None}
        return replace(general, **own)

    def of(self, command: str) -> PingUrl | None:
        """Return what a command pings; None for nothing."""
        url: PingUrl | None = getattr(self, command) if command in PINGED else None
        return url


PINGED = tuple(one.name for one in fields(PingKeys))
"""The commands that ping."""


def read_receivers(written: Written) -> Receivers:
    """Read `[notify]`: a table for each receiver. What is wrong goes to its problems."""
    tables, read = as_table(written), table_of(Receiver)
    for name in tables.table():
        tables.problems.attempt(partial(_checked_name, name), "")
    return {name: read(tables.under(name)) for name in tables.table()}


def _checked_name(name: str) -> str:
    try:
        return checked_source_name(name)
    except UsageError as error:
        raise UsageError(f"receiver name {name!r} is invalid", error.cure) from None


def unknown_sources(receivers: Receivers, known: Mapping[str, object], document: str) -> Iterator[UsageError]:
    """Yield the sources of filters that the settings document does not have: they would never match."""
    for name, receiver in receivers.items():
        for source in receiver.sources:
            if known and source not in known:
                message = f"notify.{name}.sources in {document} names {source!r}, which is not a source there"
                yield UsageError(message, nearest(source, known))
