"""How objects of a database are called in proofs and findings."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")


def quoted(name: str) -> str:
    """One name, quoted as in SQL only where it would be read otherwise, so that names are unambiguous."""
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def unquoted(name: str) -> str:
    """One name as it is, from what `quoted` gives."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def qualified(*parts: str) -> str:
    """Schema, object, column … joined by dots, e.g. `public.item_stocks."Menge in kg"`."""
    return ".".join(quoted(part) for part in parts)


_PART = re.compile(r'"((?:[^"]|"")*)"|([^".(\s]+)')


def parts(name: str) -> list[str]:
    """The parts of a qualified name, unquoted, without what follows such as a function's arguments.

    name: as `qualified` writes it.
    """
    found: list[str] = []
    at = 0
    while match := _PART.match(name, at):
        found.append(match[2] if match[1] is None else match[1].replace('""', '"'))
        if name[match.end() : match.end() + 1] != ".":
            break
        at = match.end() + 1
    return found
