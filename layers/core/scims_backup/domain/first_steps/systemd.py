"""The systemd units that `init` writes: a service and a timer for each command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scims_backup.domain.first_steps.jobs import Job, Running
from scims_backup.domain.first_steps.times import Daily

_PREFIX = "scims-"
FAILED = f"{_PREFIX}failed@.service"
UNITS = (FAILED, *(f"{_PREFIX}{name}.service" for name in ("backup", "prune", "drill", "reclaim")))
"""All services that there can be."""


def unit_name(job: Job) -> str:
    """Return the name of a job's units, without what follows the dot."""
    return f"{_PREFIX}{job.command}"


def systemd_units(jobs: Sequence[Job], running: Running) -> Mapping[str, str]:
    """Return the text of each unit by the name of its file."""
    units = {FAILED: _failed(running)} if running.notifies else {}
    for job in jobs:
        units[f"{unit_name(job)}.service"] = _service(job, running)
        units[f"{unit_name(job)}.timer"] = _timer(job)
    return units


def _service(job: Job, running: Running) -> str:
    return _unit(
        ["[Unit]", f"Description={job.title}"],
        ["Wants=network-online.target", "After=network-online.target"] if running.system else [],
        ["OnFailure=scims-failed@%n.service"] if running.notifies else [],
        ["", "[Service]", *_run_as(running), f"ExecStart={_command(running.arguments(job.command))}"],
    )


def _failed(running: Running) -> str:
    """The service that runs when another failed: it sends what the failed run could not send."""
    notify = [*running.program, "notify", "--config", running.config]
    return _unit(
        ["[Unit]", "Description=Send the notifications that %i could not send"],
        ["", "[Service]", *_run_as(running), f"ExecStart={_command(notify)}"],
    )


def _timer(job: Job) -> str:
    when = f"*-*-* {job.when}:00" if isinstance(job.when, Daily) else f"{job.when}:00"
    return _unit(
        ["[Unit]", f"Description={job.title}: when"],
        ["", "[Timer]", f"OnCalendar={when}", "Persistent=true"],
        ["", "[Install]", "WantedBy=timers.target"],
    )


def _run_as(running: Running) -> Iterator[str]:
    yield "Type=oneshot"
    if running.system:
        yield f"User={running.user}"
    yield from (f"Environment={_quoted(f'{name}={value}')}" for name, value in running.environment.items())


def _unit(*parts: Sequence[str]) -> str:
    lines = ["# Written by `scims-backup init`.", *(line for part in parts for line in part)]
    return "\n".join([*lines, ""])


def _command(arguments: Sequence[str]) -> str:
    # systemd replaces $NAME in arguments, but not in the path of the program
    program, *others = arguments
    return " ".join([_quoted(program), *(_quoted(one.replace("$", "$$")) for one in others)])


def _quoted(text: str) -> str:
    """A word as systemd reads it: percent signs would be specifiers."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"' if any(char in escaped for char in " '\"\\;") else escaped
