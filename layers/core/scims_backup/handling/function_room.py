"""Whether a function has nearly filled its /tmp or its memory: said once a week, while it still fits."""

from __future__ import annotations

import resource
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from scims_backup.bootstrap.application import Application
from scims_backup.domain.errors import CatalogError
from scims_backup.domain.room import DUMP_MEMORY, DUMP_STORAGE, GIB, MIB, Medium, Parameter, Room
from scims_backup.domain.room_event import facts_of_room
from scims_backup.handling.function_run import Run

_SIZE = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
_LARGEST_TMP = 11 * GIB
"""What a function has at most, and some: a larger disk is a machine's, and says nothing."""
_PARAMETERS: Mapping[Medium, Parameter] = {Medium.DISK: DUMP_STORAGE, Medium.MEMORY: DUMP_MEMORY}


def tell_short_room(service: str, application: Application, this: Run) -> None:
    """Record which of its places a function has nearly filled; that it cannot be recorded undoes nothing."""
    now = datetime.now(UTC)
    monday = (now - timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    for room in rooms_of_function(this.environment):
        if not room.is_short:
            continue
        where = f"the {room.medium} of the function {service}"
        try:
            application.record_short_room(facts_of_room(where, room, _PARAMETERS[room.medium]), monday, where)
        except CatalogError as error:
            this.progress.note(f"{where} is nearly full, which could not be recorded: {error}")


def rooms_of_function(environment: Mapping[str, str]) -> Iterator[Room]:
    """Yield what this function takes of its /tmp and its memory; nothing outside of Lambda."""
    size = environment.get(_SIZE, "")
    if not size.isdigit():
        return
    disk = shutil.disk_usage(tempfile.gettempdir())
    if disk.total <= _LARGEST_TMP:
        yield Room(Medium.DISK, disk.used, disk.total)
    yield Room(Medium.MEMORY, _peak_bytes(), int(size) * MIB)


def _peak_bytes() -> int:
    """The most that this process has had at once, and the largest of its programs."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(kind).ru_maxrss for kind in kinds) * 1024
