"""Exchanging restored databases for the live ones: all of them in one transaction, or none."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import redis

from scims_backup.adapters.processes.uninterrupted import uninterrupted
from scims_backup.domain.errors import (
    InterruptedOperationError,
    SwapRefusedError,
    SwapUnknownError,
    TargetError,
)
from scims_backup.engines.redis.rules.marker import FUNCTIONS, KEY, PROOF, Marker
from scims_backup.engines.redis.rules.proof import RedisProof
from scims_backup.engines.redis.targets.claims import put
from scims_backup.engines.redis.targets.functions import installed
from scims_backup.engines.redis.targets.live_server import LiveServer, Numbers, Pipeline
from scims_backup.engines.redis.targets.target_errors import target_error

_AGAIN = "nothing was swapped: try again"


@dataclass(frozen=True)
class Exchange:
    """One database that changes places with a live one.

    marker: of what goes live.
    aside: the marker that its number gets then; None if nothing was live.
    beside: what is attached to that.
    """

    marker: Marker
    aside: Marker | None
    beside: Mapping[str, bytes] = field(default_factory=dict)

    def with_beside(self, name: str, data: bytes | None) -> Exchange:
        """Return the same exchange, with something attached to what is put aside; None for nothing."""
        if data is None or self.aside is None:
            return self
        return replace(self, aside=self.aside.attaching(name, data), beside={**self.beside, name: data})


def exchanges(markers: Sequence[Marker], aside: str | None, proof: RedisProof | None) -> list[Exchange]:
    """Return how databases take the live ones' places.

    markers: of what goes live.
    aside: what the live ones are called then; None if they are empty.
    proof: of what goes live; None if it is not known.
    """
    if aside is None:
        return [Exchange(marker, None) for marker in markers]
    first, *others = [Exchange(one, replace(one, name=aside, attached={})) for one in markers]
    return [first.with_beside(PROOF, None if proof is None else proof.to_bytes()), *others]


def whole_or_refused(server: LiveServer, numbers: Numbers, name: str) -> list[Marker]:
    """Return the databases of a name. Raise SwapRefusedError if one is gone, or may not go live."""
    try:
        markers = server.whole(numbers, name)
    except TargetError as error:
        raise SwapRefusedError(error.message, error.cure) from error
    for marker in markers:
        if marker.database >= numbers.all:
            raise SwapRefusedError(
                f"{server.live} has {numbers.all} databases, and {name} has a database {marker.database}",
                "start the server with more `databases`",
            )
        ours = numbers.ours.get(marker.database)
        if ours is not None:
            raise SwapRefusedError(
                f"database {marker.database} holds {ours.name}, and is not live",
                f"drop it (redis-cli -n {marker.database} FLUSHDB), then try again",
            )
    return markers


def exchange_all(server: LiveServer, exchanges: Sequence[Exchange]) -> float:
    """Exchange databases, or none of them; return for how many seconds the server did nothing else.

    Raise SwapRefusedError if the server refuses, or somebody changed the markers; SwapUnknownError if its
    answer is lost, and it does not answer any more.
    """
    with server.connected() as client, _refusing(exchanges), client.pipeline(transaction=True) as pipeline:
        _watch(server, pipeline, exchanges)
        with installed(server, exchanges[0].marker) as before:
            pipeline.multi()
            for one in [exchanges[0].with_beside(FUNCTIONS, before), *exchanges[1:]]:
                _queue(server, pipeline, one)
            begun = time.monotonic()
            _commit(server, pipeline, exchanges)
            return time.monotonic() - begun


def _watch(server: LiveServer, pipeline: Pipeline, exchanges: Sequence[Exchange]) -> None:
    """Let the transaction fail if a marker is not as it was, e.g. since somebody drops that database."""
    for one in exchanges:
        pipeline.immediate_execute_command("SELECT", one.marker.number)
        pipeline.watch(KEY)
        if server.marker_at(pipeline, one.marker.number) != one.marker:
            raise SwapRefusedError(
                f"database {one.marker.number} is not {one.marker.name} any more", "restore again"
            )


def _queue(server: LiveServer, pipeline: Pipeline, one: Exchange) -> None:
    pipeline.execute_command("SELECT", one.marker.number)
    pipeline.delete(KEY)
    pipeline.swapdb(one.marker.database, one.marker.number)
    if one.aside is not None:
        put(pipeline, server, one.aside, one.beside)


def _commit(server: LiveServer, pipeline: Pipeline, exchanges: Sequence[Exchange]) -> None:
    """Commit; a signal meanwhile is too late, and says so. If the answer is lost, see whether it was done."""
    try:
        uninterrupted(partial(_execute, pipeline))
    except InterruptedOperationError as late:
        if late.__cause__ is None or _was_done(server, exchanges):
            late.message, late.cure = f"{late.message}, too late: {_what(exchanges)} have been swapped", ""
        raise
    except redis.ResponseError:  # an answer, though not the one that was hoped for
        raise
    except redis.RedisError:
        if not _was_done(server, exchanges):
            raise


def _execute(pipeline: Pipeline) -> None:
    pipeline.execute()


def _was_done(server: LiveServer, exchanges: Sequence[Exchange]) -> bool:
    """Say whether a transaction whose answer is lost was done: then the marker of what went live is gone."""
    marker = exchanges[0].marker
    try:
        return server.marker(marker.number) != marker
    except TargetError as error:
        raise SwapUnknownError(
            "the connection was lost while databases were being swapped, and it is unknown whether they "
            f"were: {error.message}",
            f"once the server answers: if database {marker.number} still has the key {KEY.decode()} with the "
            f"name {marker.name}, nothing was swapped",
        ) from error


@contextmanager
def _refusing(exchanges: Sequence[Exchange]) -> Iterator[None]:
    """Turn what goes wrong inside into a SwapRefusedError."""
    what = f"swapping {_what(exchanges)}"
    try:
        yield
    except redis.WatchError:
        raise SwapRefusedError(f"{what}: somebody changed them, or the connection was lost", _AGAIN) from None
    except redis.RedisError as error:
        known = target_error(error, what)
        raise SwapRefusedError(known.message, known.cure or _AGAIN) from None
    except TargetError as error:
        raise SwapRefusedError(error.message, error.cure or _AGAIN) from error


def _what(exchanges: Sequence[Exchange]) -> str:
    return ", ".join(f"databases {one.marker.database} and {one.marker.number}" for one in exchanges)
