"""Foreign texts in a mail: whatever they contain, they break no line, subject or limit."""

from __future__ import annotations

import unicodedata

LONGEST = 300
"""Characters of one text within a line."""
_MOST_LINES = 40
_CUT = " ..."
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2013\u2014\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u201a", "'"),
        **dict.fromkeys("\u201c\u201d\u201e", '"'),
        "ß": "ss",
    }
)
"""Frequent characters that do not decompose into ASCII: hyphens and dashes, quotation marks, one letter."""

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_THOUSAND = 1000


def one_line(text: str, longest: int = LONGEST) -> str:
    """Write a text in one line without control characters, cut if it is longer."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    clean = " ".join(printable.split())
    return clean if len(clean) <= longest else clean[: longest - len(_CUT)].rstrip() + _CUT


def lines(text: str) -> list[str]:
    """Write a text in several lines, without empty ones; a text that is too long is cut."""
    found = [clean for line in text.splitlines() if (clean := one_line(line))]
    return found if len(found) <= _MOST_LINES else [*found[:_MOST_LINES], _CUT.strip()]


def in_ascii(text: str) -> str:
    """Write a text in ASCII: letters lose their accents, and characters without an equivalent become `?`."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return bare.encode("ascii", "replace").decode()


def size(count: float) -> str:
    """Write a number of bytes with a decimal unit, e.g. `1.2 GB`."""
    unit = 0
    while abs(count) >= _THOUSAND and unit < len(_UNITS) - 1:
        count, unit = count / _THOUSAND, unit + 1
    return f"{count:.1f} {_UNITS[unit]}" if unit else f"{count} {_UNITS[unit]}"
