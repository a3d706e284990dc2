"""The function that has backups drilled: triggered by schedules, reports, tasks that stop, or by hand.

It also starts the tasks of dumps that are too long for a function: an object asks for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial

from scims_backup.adapters.tasks.ecs_task import became, whose
from scims_backup.bootstrap.orchestration import Orchestrator
from scims_backup.domain import keys
from scims_backup.domain.drill_steps import DrillStatus, Stopped
from scims_backup.domain.dump_run import DUMP
from scims_backup.domain.errors import DocumentError
from scims_backup.domain.events import Kind
from scims_backup.domain.sandbox_server import PREFIX
from scims_backup.domain.verdict import Verdict
from scims_backup.handling import triggers
from scims_backup.handling.function_run import Context, Outcome, Run, run
from scims_backup.handling.metrics import Metric, emit
from scims_backup.handling.outcomes import Result, outcome
from scims_backup.usecases.backups.orchestrate_dumps import DumpAdvanced
from scims_backup.usecases.drills.orchestrate_drills import Advanced

SERVICE = "drill-orchestrate"
_COUNTED = {
    Verdict.PASSED: Metric.DRILLS_PASSED,
    Verdict.FAILED: Metric.DRILLS_FAILED,
    Verdict.INCONCLUSIVE: Metric.DRILLS_INCONCLUSIVE,
}


class Action(StrEnum):
    """What a schedule requests: a drill, or a check of everything that may be late."""

    DRILL = "drill"
    TICK = "tick"


def handler(event: triggers.Trigger, context: Context) -> Outcome:
    """Request a drill, continue one, or check everything that may be late."""
    return run(SERVICE, context, partial(_woken, event))


def _woken(event: triggers.Trigger, this: Run) -> Outcome:
    orchestrator = Orchestrator(this.environment, this.progress)
    if triggers.detail_type(event) == triggers.OBJECT_CREATED:
        return _created(orchestrator, triggers.created_key(event))
    if triggers.detail_type(event) == triggers.TASK_CHANGED:
        return _task_changed(orchestrator, event["detail"])
    if triggers.detail_type(event) == triggers.SERVER_CHANGED:
        return _server_changed(orchestrator, str(event["detail"].get("SourceIdentifier", "")))
    if triggers.action(event, Action, Action.DRILL) is Action.TICK:
        return _look(orchestrator, triggers.scheduled(event) or datetime.now(UTC))
    source = orchestrator.settings.named(triggers.source_named(event))
    selector = str(event.get("backup", "newest"))
    return _answer(source, orchestrator.drills(source).ask(triggers.scheduled(event), selector))


def _created(orchestrator: Orchestrator, key: str) -> Outcome:
    """Go on with what an object is about: a dump that asks for a task, or a drill that has its report."""
    if keys.is_task_asked(key):
        backup = keys.backup_of_run(key)
        if backup.source not in orchestrator.settings.every:
            return outcome(Result.NOT_OURS, key=key)
        return _of_dump(orchestrator.dumps(backup.source).advance(backup))
    about = keys.drill_of_key(key)
    if about is None or about[0].source not in orchestrator.settings.every:
        return outcome(Result.NOT_OURS, key=key)
    source = about[0].source
    return _answer(source, orchestrator.drills(source).advance(*about))


def _task_changed(orchestrator: Orchestrator, task: triggers.Trigger) -> Outcome:
    about = whose(task)
    if about is None or about[0].source not in orchestrator.settings.every:
        return outcome(Result.NOT_OURS, task=task.get("taskArn"))
    backup, drill, attempt = about
    state = became(task, attempt)
    if not isinstance(state, Stopped):
        return outcome(DrillStatus.WAITS, drill=drill)
    if drill == DUMP:
        dumps = orchestrator.dumps(backup.source)
        return _of_dump(dumps.task_stopped(backup, str(task["taskArn"]), state))
    drills = orchestrator.drills(backup.source)
    return _answer(backup.source, drills.task_stopped(backup, drill, str(task["taskArn"]), state))


def _server_changed(orchestrator: Orchestrator, server: str) -> Outcome:
    """Look at the first source's drills: the event does not say which of them a server was made for."""
    if not server.startswith(PREFIX):
        return outcome(Result.NOT_OURS, server=server)
    source = orchestrator.settings.source
    advanced, problems = orchestrator.drills(source).look(datetime.now(UTC))
    _refuse_unreadable(problems)
    return outcome(Result.LOOKED, drills=[_answer(source, one) for one in advanced])


def _look(orchestrator: Orchestrator, now: datetime) -> Outcome:
    overdue, drills, dumps, problems = list[Kind](), list[Outcome](), list[Outcome](), list[str]()
    for source in orchestrator.settings.every:
        overdue += orchestrator.objectives(source).look(now)
        advanced, unreadable = orchestrator.drills(source).look(now)
        drills += [_answer(source, one) for one in advanced]
        problems += unreadable
        advanced_dumps, unreadable = orchestrator.dumps(source).look(now)
        dumps += [_of_dump(one) for one in advanced_dumps]
        problems += unreadable
    reaper = orchestrator.reaper()
    reaped = {} if reaper is None else {"reaped": list(reaper.look(now))}
    for source, values in orchestrator.gauges(now).items():
        emit(SERVICE, source, values)
    _refuse_unreadable(problems)
    overdue_kinds = [str(kind) for kind in overdue]
    return outcome(Result.LOOKED, drills=drills, dumps=dumps, overdue=overdue_kinds, **reaped)


def _refuse_unreadable(problems: Sequence[str]) -> None:
    if problems:
        raise DocumentError(f"tasks that cannot be followed: {'; '.join(problems)}", "check their records")


def _of_dump(advanced: DumpAdvanced | None) -> Outcome:
    if advanced is None:
        return outcome(Result.NOT_KNOWN)
    return outcome(advanced.step, backup=str(advanced.backup))


def _answer(source: str, advanced: Advanced | None) -> Outcome:
    """Return what was done, and count a drill when it is concluded."""
    if advanced is None:
        return outcome(Result.NOT_KNOWN)
    if advanced.news is not None:
        values = {
            _COUNTED[advanced.news.verdict]: 1.0,
            Metric.DRILL_SECONDS: sum(advanced.news.seconds.values()),
        }
        emit(SERVICE, source, values)
    return outcome(advanced.step, backup=str(advanced.backup), drill=advanced.drill)
