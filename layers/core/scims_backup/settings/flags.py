"""What the user typed, and what the command needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Flags:
    """What the user typed after the command; None where nothing was typed.

    Every option is declared as a key, but `selector`: a backup id, `newest` or `newest-proven`.
    """

    source: str | None = None
    source_url: str | None = None
    catalog: str | None = None
    vault: str | None = None
    config: str | None = None
    selector: str | None = None
    expect: str | None = None
    probe: str | None = None
    target_url: str | None = None
    stack: str | None = None
    after_restore: str | None = None
    label: tuple[str, ...] | None = None
    otlp: str | None = None


@dataclass(frozen=True)
class Needs:
    """What a command needs besides the source's name and the catalog.

    url: the source's address
    vault: the vault, and its password
    expectations: the text of the SQL expectations
    target: the address that was typed
    restore: the address of the server that is restored to
    after_restore: the text of the SQL, not only whether there is some
    copy: where the second copy lies
    vault_if_named: the vault, but only where one is named
    """

    url: bool = False
    vault: bool = False
    expectations: bool = False
    target: bool = False
    restore: bool = False
    after_restore: bool = False
    copy: bool = False
    vault_if_named: bool = False
