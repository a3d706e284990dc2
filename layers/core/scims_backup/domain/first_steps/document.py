"""The settings document that `init` writes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from scims_backup.domain.first_steps.answers import Answers, Secrets

_RECEIVER = "operator"
_BARE = re.compile(r"[\w-]+", re.ASCII)
"""Keys that TOML takes without quotes."""


def settings_document(answers: Answers) -> str:
    """Return the document as TOML."""
    return "\n".join([*_top(answers), "", *_source(answers), ""])


def _top(answers: Answers) -> Iterator[str]:
    secrets = answers.secrets
    yield f"catalog = {_text(answers.catalog)}"
    if Secrets.NOTIFY in secrets:
        yield f"notify.{_RECEIVER}.url = {_text(secrets[Secrets.NOTIFY])}"
    pings = {"backup": Secrets.PING_BACKUP, "drill": Secrets.PING_DRILL}
    entries = [f"{name} = {_text(secrets[ping])}" for name, ping in pings.items() if ping in secrets]
    if entries:
        yield f"ping = {{ {', '.join(entries)} }}"


def _source(answers: Answers) -> Iterator[str]:
    secrets = answers.secrets
    name = answers.source
    yield f"[sources.{name if _BARE.fullmatch(name) else _text(name)}]"
    yield f"url = {_text(answers.url)}"
    if Secrets.DATABASE in secrets:
        yield f"secret = {_text(secrets[Secrets.DATABASE])}"
    yield f"vault = {_text(answers.vault)}"
    if Secrets.VAULT in secrets:
        yield f"vault_secret = {_text(secrets[Secrets.VAULT])}"
    kept = ", ".join(f"{period} = {count}" for period, count in answers.retention.items())
    yield f"retention = {{ {kept} }}" if kept else "retention = {}"


def _text(value: str) -> str:
    """A basic string of TOML, whose escapes are JSON's; but DEL it does not take as it is."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
