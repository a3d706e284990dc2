"""What libpq's variables add to an address, and which of them would lead it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from psycopg import pq

from scims_backup.domain.errors import UsageError
from scims_backup.engines.postgresql.connect.service_file import service_in

VARIABLES: Final[Mapping[str, str]] = {
    option.keyword.decode(): option.envvar.decode()
    for option in pq.Conninfo.get_defaults()
    if option.envvar is not None
}
"""The variable of each of libpq's parameters, as the libpq at hand lists them."""

_SAYS_WHERE = ("host", "hostaddr", "port", "dbname", "user", "options")
"""What every libpq knows; that of pg_dump may not know all others, and gets those as variables."""
_NOT_FILLED = ("service", "password", "client_encoding", "application_name")
"""Ours to decide: how values are written, and what the session is called. A password goes its own way."""
_UNSAFE = {
    "role": "changes which role reads",
    "session_authorization": "changes which role reads",
    "row_security": "changes which rows are seen",
    "search_path": "changes which tables a name means",
    "session_replication_role": "changes what a write sets off",
    "session_preload_libraries": "loads code into the session",
    "local_preload_libraries": "loads code into the session",
    "default_table_access_method": "changes what is created",
    "zero_damaged_pages": "hides rows",
    "ignore_checksum_failure": "hides damage",
    "ignore_invalid_pages": "hides damage",
    "ignore_system_indexes": "changes how the catalog is read",
    "allow_system_table_mods": "changes what may be written",
    "transaction_deferrable": "changes the transaction",
    "transaction_isolation": "changes the transaction",
    "transaction_read_only": "changes the transaction",
}


@dataclass(frozen=True)
class Completed:
    """A completed address.

    parameters: what was given, and all that says where and who
    filled: the other options
    """

    parameters: Mapping[str, str]
    filled: Mapping[str, str]
    password: str | None


def completed(given: Mapping[str, str], environment: Mapping[str, str]) -> Completed:
    """Fill what an address leaves out, as libpq does: from its service, then from the environment.

    Raise UsageError if a variable contradicts the address or leads elsewhere.
    """
    parameters = {key: value for key, value in given.items() if key != "service"}
    told: Mapping[str, str] = {}
    if "service" in given:
        told = service_in(given["service"], environment)
    elif environment.get("PGSERVICE"):
        raise _contradiction(
            "PGSERVICE", "names a service in addition to the URL, which could lead elsewhere", ""
        )
    found = {key: value for key, value in told.items() if key not in parameters} | parameters
    variables = {key: environment[name] for key, name in VARIABLES.items() if environment.get(name)}
    extra = {key: value for key, value in variables.items() if key not in found and key not in _NOT_FILLED}
    _refuse_other_host(found, extra)
    _refuse_unsafe(extra.get("options", ""))
    placed = {key: extra.pop(key) for key in _SAYS_WHERE if key in extra}
    password = found.pop("password", None) or environment.get("PGPASSWORD") or None
    return Completed({**placed, **found}, extra, password)


def settings_in(options: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of each setting in libpq's `options`. Raise UsageError for other switches."""
    words = iter(_words(options))
    for word in words:
        if word == "-c":
            setting = next(words, "")
        elif word.startswith(("-c", "--")):
            setting = word[2:]
        else:
            raise UsageError(f"the server option {word} cannot be parsed", "write settings as -c name=value")
        name, _, value = setting.partition("=")
        yield name.strip().replace("-", "_").lower(), value


def _refuse_other_host(found: Mapping[str, str], extra: dict[str, str]) -> None:
    """An address wins over a host's name without a word: libpq would go there, and call it by that name."""
    if "hostaddr" not in extra or "host" not in found:
        return
    if extra["hostaddr"] != found["host"]:
        raise _contradiction(
            VARIABLES["hostaddr"],
            f"={extra['hostaddr']} leads elsewhere than the URL's host {found['host']}",
            ", or write hostaddr into the URL if both are meant",
        )
    del extra["hostaddr"]


def _refuse_unsafe(options: str) -> None:
    for name, _ in settings_in(options):
        if name in _UNSAFE:
            raise _contradiction(VARIABLES["options"], f" sets {name}, which {_UNSAFE[name]}", "")


def _contradiction(variable: str, what: str, otherwise: str) -> UsageError:
    separator = "" if what.startswith(("=", " ")) else " "
    return UsageError(
        f"{variable}{separator}{what}", f"unset {variable} for scims-backup (env -u {variable} …){otherwise}"
    )


def _words(options: str) -> list[str]:
    """Split as the server does: at blanks; a backslash takes away the next character's meaning."""
    words, word, begun, escaped = [], "", False, False
    for character in options:
        if not escaped and character.isspace():
            words += [word] if begun else []
            word, begun = "", False
        elif not escaped and character == "\\":
            escaped = begun = True
            continue
        else:
            word, begun = word + character, True
        escaped = False
    return [*words, word] if begun else words
