"""Names and definitions that are no UTF-8, as texts that every document and terminal takes.

A database in SQL_ASCII holds bytes of any encoding, and so do the names of roles and databases on a server.
What is UTF-8 among them is read so. Each other byte becomes a character of Unicode's private use, U+EF80 to
U+EFFF for 0x80 to 0xFF, as OPTU-16 has it, and becomes that byte again on its way back to the server.
"""

from __future__ import annotations

import codecs
import re

_BASE = 0xEF00
_ERRORS = "scims-backup-bytes"
_OURS_AS_UTF8 = re.compile(rb"\xee(?:\xbe[\x80-\xbf]|\xbf[\x80-\xbf])")


def text_of(data: bytes) -> str:
    """Read bytes; nothing is lost, whatever they are."""
    if _OURS_AS_UTF8.search(data):  # characters that would be taken for bytes on the way back are bytes, too
        return "".join(text_of(part) for part in _parts(data))
    return data.decode("utf-8", _ERRORS)


def bytes_of(text: str) -> bytes:
    """Write the bytes that a text was read from."""
    return raw(text.encode())


def raw(data: bytes) -> bytes:
    """Replace our characters, in UTF-8, by the bytes that they stand for."""
    return _OURS_AS_UTF8.sub(lambda match: bytes([ord(match[0].decode()) - _BASE]), data)


def _parts(data: bytes) -> list[bytes]:
    """Cut bytes so that characters of ours lie apart, byte by byte."""
    parts: list[bytes] = []
    end = 0
    for match in _OURS_AS_UTF8.finditer(data):
        parts += [data[end : match.start()], *(bytes([byte]) for byte in match[0])]
        end = match.end()
    return [*parts, data[end:]]


def _as_characters(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(chr(_BASE + byte) for byte in wrong), error.end


codecs.register_error(_ERRORS, _as_characters)
