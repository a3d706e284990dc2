"""The commands within a sentence that says what to do, so that a page can set them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_COMMAND = re.compile(r"(?:^|(?<=: )|(?<=\())scims-backup [^,;()]+(?=[,;)]|$)")


@dataclass(frozen=True)
class Piece:
    """A part of a sentence."""

    text: str
    is_command: bool


def pieces(sentence: str) -> Iterator[Piece]:
    """Split a sentence into prose and commands: those at its start, after a colon, or in brackets."""
    end = 0
    for found in _COMMAND.finditer(sentence):
        if found.start() > end:
            yield Piece(sentence[end : found.start()], is_command=False)
        yield Piece(found[0], is_command=True)
        end = found.end()
    if end < len(sentence):
        yield Piece(sentence[end:], is_command=False)
