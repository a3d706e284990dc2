"""Taking out of an archive the options of columns that the server keeps for itself.

pg_dump of an older minor than the server's does not know them, and writes `ALTER COLUMN … SET (pg_attver=…)`,
which does not restore. Blanks take the place of what is taken out, so that nothing in the archive moves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path

from scims_backup.engines.postgresql.rules.server_options import KEPT_BY_THE_SERVER
from scims_backup.engines.postgresql.targets.archive_head import read_contents

_HAVE_COLUMNS = frozenset({b"TABLE", b"FOREIGN TABLE", b"MATERIALIZED VIEW"})
_FIRST_LOOK_BYTES = 1 << 18
_NAME = rb'(?:"(?:[^"]|"")*"|[^\s".;()\']+)'
_SETS = re.compile(
    rb"\s*(?P<statement>ALTER (?:FOREIGN )?TABLE (?:ONLY )?"
    + rb"(?:%b\.)?%b" % (_NAME, _NAME)
    + rb" ALTER COLUMN %b SET \((?P<options>[^()'\";]*)\);)" % _NAME
)
_STATEMENT = re.compile(rb"""(?:'(?:[^']|'')*+'|"(?:[^"]|"")*+"|[^'";]++)*+;""")
"""Up to a semicolon that is in no text and no name. In both, a quote of their own is doubled."""
_BETWEEN = b", "

Edit = tuple[int, bytes]
"""Where in the archive, and the bytes that are to stand there instead."""


def edits(archive: bytes | mmap, names: Iterable[str] = KEPT_BY_THE_SERVER) -> Iterator[Edit]:
    """Yield what is to be replaced in an archive's head, so that columns' options of these names are gone."""
    kept = frozenset(name.encode() for name in names)
    for definition in read_contents(archive).definitions:
        if definition.kind in _HAVE_COLUMNS:
            text = archive[definition.start : definition.end]
            if any(name in text for name in kept):
                yield from ((definition.start + at, new) for at, new in _edits(text, kept))


def clean(path: Path) -> None:
    """Take the options out of an archive, or its head, in a file. Raise OSError."""
    if path.stat().st_size == 0:  # nothing can be mapped
        return
    with path.open("r+b") as file:
        with mmap(file.fileno(), 0, access=ACCESS_READ) as archive:
            found = list(edits(archive))
        for at, new in found:
            file.seek(at)
            file.write(new)


def cleaned(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Take the options out of an archive that comes in chunks; its head is held back until it is whole."""
    head, look_at = bytearray(), _FIRST_LOOK_BYTES
    coming = iter(chunks)
    for chunk in coming:
        head += chunk
        if len(head) >= look_at:
            look_at = 2 * len(head)
            if read_contents(bytes(head)).whole:
                break
    for at, new in list(edits(bytes(head))):
        head[at : at + len(new)] = new
    yield bytes(head)
    yield from coming


def _edits(definition: bytes, kept: frozenset[bytes]) -> Iterator[Edit]:
    for statement in _statements(definition):
        sets = _SETS.fullmatch(statement[0])
        if sets is None:
            continue
        options = sets["options"].split(_BETWEEN)
        left = [option for option in options if option.partition(b"=")[0].strip(b'"') not in kept]
        if len(left) == len(options):
            continue
        whole = sets["statement"]
        before, after = whole[: sets.start("options") - sets.start("statement")], b");"
        new = before + _BETWEEN.join(left) + after if left else b""
        yield statement.start() + sets.start("statement"), new.ljust(len(whole))


def _statements(definition: bytes) -> Iterator[re.Match[bytes]]:
    found = _STATEMENT.match(definition)
    while found is not None:
        yield found
        found = _STATEMENT.match(definition, found.end())
