"""The event that says that a place has little room left, while what runs there still fits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from scims_backup.domain.alert.texts import size
from scims_backup.domain.backup import BackupId
from scims_backup.domain.events import Event, Kind, Severity, event_id
from scims_backup.domain.room import Parameter, Room
from scims_backup.domain.verdict import Report


def facts_of_room(where: str, room: Room, parameter: Parameter) -> Mapping[str, object]:
    """Return the facts of the event. where: e.g. `the drill's disk`."""
    return {
        "message": f"{where} was filled with {size(room.needed)} of {size(room.free)}",
        "cure": f"in AWS set {parameter.at_least(room.wanted)}; elsewhere give it more {room.medium}",
        "needed_bytes": room.needed,
        "free_bytes": room.free,
    }


def drill_room_event(backup: BackupId, drill: str, report: Report, ended: datetime) -> Event | None:
    """The event for a drill whose sandbox nearly did not fit; every process makes the same one."""
    room = report.room
    if room is None or not room.is_short:
        return None
    facts = {"drill": drill, **facts_of_room(f"the drill's {room.medium}", room, room.drill_parameter)}
    kind = Kind.ROOM_RUNS_SHORT
    identity = event_id(str(backup), drill, kind)
    return Event(identity, kind, Severity.WARNING, ended, backup.source, str(backup), facts)
