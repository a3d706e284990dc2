"""What a secret's text says: a password, and for a database perhaps where it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scims_backup.domain.errors import SecretError

_HIGHEST_PORT = 65_535
_SHAPES = (
    "store the password as plain text, or as JSON with password and either host, port, dbname and username, "
    "as RDS does, or url; a plain password that begins with '{' must be stored as JSON too"
)


@dataclass(frozen=True)
class Credentials:
    """What a secret holds for a database.

    name: where it is, for messages.
    entries: of its JSON, which the engine reads; empty for a plain password.
    """

    name: str
    password: str = field(repr=False)
    entries: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def text(self, key: str) -> str:
        """Return an entry that is there. Raise SecretError unless it is a text that a program could take."""
        value = self.entries[key]
        if isinstance(value, str) and value and is_usable(value):
            return value
        raise self.invalid(key, "write a text that is not empty")

    def port(self, default: int) -> int:
        """Return the port that is named, else the default. Raise SecretError if it is none."""
        value = self.entries.get("port", default)
        number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
        if type(number) is int and 0 < number <= _HIGHEST_PORT:
            return number
        raise self.invalid("port", f"write a number from 1 to {_HIGHEST_PORT}")

    def invalid(self, key: str, cure: str) -> SecretError:
        """Return the error about an entry, without what it says."""
        return SecretError(f"{key} in the secret {self.name} is invalid", cure)


def credentials_in(text: str, name: str) -> Credentials:
    """Read a secret of a database: a plain password, or JSON. name: where the secret is, for messages.

    Raise SecretError, without anything of the text, if it is damaged or has no password.
    """
    if not text.lstrip().startswith("{"):
        return Credentials(name, password_in(text, name))
    entries = _parsed(text)
    if entries is None:
        raise SecretError(f"the secret {name} starts like JSON but is not valid JSON", _SHAPES)
    password = entries.get("password")
    if not isinstance(password, str):
        raise SecretError(f"the secret {name} is JSON, but contains no password", _SHAPES)
    return Credentials(name, _usable(password, name), entries)


def password_in(text: str, name: str) -> str:
    """Read a secret that is nothing but a password; line breaks at its end are not part of it.

    name: where the secret is, for messages. Raise SecretError if there is none that a program could take.
    """
    return _usable(text.rstrip("\r\n"), name)


def _parsed(text: str) -> Mapping[str, Any] | None:
    """Parse a JSON object; None if it is none: the parser's own error would carry the whole text along."""
    try:
        entries: Mapping[str, Any] = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return entries


def _usable(password: str, name: str) -> str:
    if not password:
        raise SecretError(f"the password in the secret {name} is empty", "store it there")
    if not is_usable(password):
        raise SecretError(
            f"the password in the secret {name} contains a NUL character, which no program accepts",
            "store one without NUL characters",
        )
    return password


def is_usable(text: str) -> bool:
    """Say whether a text can be an argument: JSON can hold NUL, and halves of letters."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
