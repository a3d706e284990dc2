"""Restores that a task does: asked for once, started once, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_run import task_in, task_note
from scims_backup.domain.drill_steps import Gone, Running, Stopped
from scims_backup.domain.errors import DocumentError, KeyTakenError
from scims_backup.domain.events import Event, Kind
from scims_backup.domain.restore_task import RestoreAsked, RestoreTask
from scims_backup.ports import Catalog, RestoreTasks

_ENDED_WITHIN = timedelta(days=8)
"""Events are searched for so long after the request: no restore takes longer."""
_ENDS = (Kind.RESTORE_COMPLETED, Kind.RESTORE_FAILED)


@dataclass(frozen=True)
class AskTask:
    """Asks for restores by tasks. The catalog keeps each request: one that is repeated starts nothing new."""

    catalog: Catalog
    tasks: RestoreTasks
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    def last(self, backup: BackupId, database: str) -> RestoreTask | None:
        """Return the last request for a backup and database; None if there was none. Raise DocumentError."""
        found, number = set(self.catalog.keys(keys.restores_of(backup, database))), 0
        while keys.restore_attempt(backup, database, "asked", number + 1) in found:
            number += 1
        if not number:
            return None
        asked, task = (keys.restore_attempt(backup, database, word, number) for word in ("asked", "task"))
        return RestoreTask(
            backup,
            number,
            RestoreAsked.from_bytes(self.catalog.get(asked), asked),
            task_in(self.catalog.get(task), task) if task in found else None,
        )

    def start(self, backup: BackupId, database: str, into: str | None, seconds: float) -> RestoreTask:
        """Start a task, unless one of another call is being started: then that is the same.

        into: the database's name, if it is not the usual one.
        Raise SandboxError if no task can be started; the next call tries the same request again.
        """
        wanted = self.last(backup, database)
        if wanted is None or wanted.task is not None:
            wanted = self._reserved(backup, database, seconds, wanted.number + 1 if wanted else 1)
        task = self.tasks.start(backup, into, wanted.request)
        note = keys.restore_attempt(backup, database, "task", wanted.number)
        self.catalog.put_new(note, task_note(task))
        return replace(wanted, task=task)

    def _reserved(self, backup: BackupId, database: str, seconds: float, number: int) -> RestoreTask:
        key = keys.restore_attempt(backup, database, "asked", number)
        asked = RestoreAsked(self.new_id(), database, seconds, self.clock())
        try:
            self.catalog.put_new(key, asked.to_bytes())
        except KeyTakenError:  # of another call, for the same
            asked = RestoreAsked.from_bytes(self.catalog.get(key), key)
        return RestoreTask(backup, number, asked)

    def became(self, restore: RestoreTask) -> Event | Running | Stopped | Gone:
        """Say what became of a request: the event of its end, else what its task does. Raise SandboxError."""
        ended = next(self._ends(restore), None)
        if ended is not None:
            return ended
        return Gone() if restore.task is None else self.tasks.look(restore.task)

    def _ends(self, restore: RestoreTask) -> Iterator[Event]:
        begun = restore.asked.asked
        last = min(self.clock(), begun + _ENDED_WITHIN)
        for days in range((last.date() - begun.date()).days + 1):
            for key in self.catalog.keys(keys.events_of(begun + timedelta(days=days))):
                if keys.is_event(key) and keys.kind_of_event(key) in _ENDS:
                    yield from self._if_of(restore, key)

    def _if_of(self, restore: RestoreTask, key: str) -> Iterator[Event]:
        try:
            event = Event.from_bytes(self.catalog.get(key), key)
        except DocumentError:
            return
        if (event.backup, event.facts.get("request")) == (str(restore.backup), restore.request):
            yield event
