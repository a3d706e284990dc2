"""What was written since a swap, as far as the proof of what went live then shows it."""

from __future__ import annotations

from collections.abc import Iterator

from scims_backup.domain.errors import SourceError
from scims_backup.domain.words import Words
from scims_backup.engines.redis.rules.marker import PROOF, Marker
from scims_backup.engines.redis.rules.proof import Keys, RedisProof
from scims_backup.engines.redis.targets.live_proof import proof_of
from scims_backup.engines.redis.targets.live_server import LiveServer, beside
from scims_backup.engines.redis.targets.target_errors import targeting

_MOST = 20


class _Unwatched:
    """Nobody watches an undo; implements ports.Progress."""

    words = Words("key", "database")

    def phase(self, name: str, total_bytes: int = 0, total_rows: int = 0) -> None:
        """Show nothing."""

    def bytes(self, count: int) -> None:
        """Show nothing."""

    def rows(self, table: str, count: int) -> None:
        """Show nothing."""

    def note(self, message: str) -> None:
        """Show nothing."""


def written_since(server: LiveServer, aside: str) -> list[str]:
    """Say what was written since a swap. aside: what it put aside. Raise TargetError."""
    markers = server.numbers().of(aside)
    before = _proof_of(server, markers[0])
    if before is None:
        return ["what was written since the swap is not known: no proof of what went live was kept"]
    databases = {marker.database: marker.database for marker in markers}
    try:
        now = proof_of(server, databases, before.level, _Unwatched(), before)
    except SourceError as error:
        return [f"what was written since the swap is not known: {error.message}"]
    return changes(before, now) or ["nothing was written since the swap"]


def _proof_of(server: LiveServer, marker: Marker) -> RedisProof | None:
    """Return the proof beside a marker, None if it has none or that was changed."""
    with server.connected(marker.number) as client, targeting(f"checking database {marker.number}"):
        data = beside(client, PROOF)
    if data is None or not marker.is_attached(PROOF, data):
        return None
    return RedisProof.from_bytes(data, f"the proof in database {marker.number}")


def changes(before: RedisProof, now: RedisProof) -> list[str]:
    """Return in words where two proofs differ, by database, prefix and type."""
    said = list(_changes(before, now))
    more = [f"{len(said) - _MOST} more differences"] if len(said) > _MOST else []
    return [*said[:_MOST], *more]


def _changes(before: RedisProof, now: RedisProof) -> Iterator[str]:
    then, there = _by_group(before), _by_group(now)
    for group in sorted(then.keys() | there.keys()):
        was, found = then.get(group), there.get(group)
        keys, kept = (found.keys if found else 0), (was.keys if was else 0)
        database, prefix, kind = group
        what = f"database {database}, {kind}s, {f'prefix {prefix}' if prefix else 'other names'}"
        if keys != kept:
            yield f"{what}: {kept} keys when it went live, {keys} now"
        elif was and found and was.digest != found.digest:
            yield f"{what}: {keys} keys, some of which have changed"


def _by_group(proof: RedisProof) -> dict[tuple[int, str, str], Keys]:
    return {(one.database, one.prefix, str(one.kind)): one for one in proof.keys}
