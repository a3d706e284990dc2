"""Messages of servers, clients and probes without the names of keys and the values that they may quote."""

from __future__ import annotations

import re
from collections.abc import Iterator

_COMMAND = re.compile(r"'([a-z]+(?:\|[a-z-]+)?)' command", re.IGNORECASE)
"""A command's name is no secret: `no permissions to run the 'psync' command`."""
_KEPT = re.compile(r"«([^»]*)» command")
_TO_THE_END = re.compile(r"(with args beginning with:).*", re.DOTALL)
_OF_PIPELINE = re.compile(r"(Command # \d+ )\(.*\)( of pipeline caused error)", re.DOTALL)
_OPENING = re.compile(r"(?<![^\W_])['\"`]")
"""Not the apostrophe of a word: `can't`."""
_HIDDEN = "…"


def without_values(text: str) -> str:
    """Drop whatever stands in quotes, and the arguments that some messages repeat without them.

    Whatever stands between a line's first quote and its last one of that sort goes, since a value may hold
    quotes itself; where only one is found, all up to the next line that has another.
    """
    text = _OF_PIPELINE.sub(rf"\1({_HIDDEN})\2", _TO_THE_END.sub(rf"\1 {_HIDDEN}", text))
    return "\n".join(_scrubbed(_COMMAND.sub(r"«\1» command", text.replace("«", "").replace("»", ""))))


def _scrubbed(text: str) -> Iterator[str]:
    awaited = ""
    for line in text.splitlines():
        rest = line
        if awaited:
            _, found, rest = line.rpartition(awaited)
            if not found:
                continue
        kept, awaited = _without_quoted(rest)
        yield _KEPT.sub(r"'\1' command", kept)


def _without_quoted(line: str) -> tuple[str, str]:
    """Return a line without what it quotes, and the quote that is still open at its end, '' if none is."""
    opening = _OPENING.search(line)
    if opening is None:
        return line, ""
    quote, start = opening[0], opening.start()
    _, found, after = line[start + 1 :].rpartition(quote)
    if not found:
        return f"{line[:start]}{quote}{_HIDDEN}", quote
    rest, still_open = _without_quoted(after)
    return f"{line[:start]}{quote}{_HIDDEN}{quote}{rest}", still_open
