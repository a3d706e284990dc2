"""The program of two tasks: one drills the backup that its environment names, the other takes it.

`python3 -m scims_backup.fargate` leaves a drill's report in the catalog; with `dump`, a backup that a
function handed over.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.engines import ENGINES, keep_apart
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.domain.backup import BackupId
from scims_backup.domain.dump_run import DUMP
from scims_backup.domain.dump_time import Where
from scims_backup.domain.errors import SandboxError, UsageError
from scims_backup.domain.level import Level
from scims_backup.domain.sandbox_server import ServerAddress
from scims_backup.handling.backup_metrics import failed, measured
from scims_backup.handling.metrics import emit
from scims_backup.runtime.logs import Redactor, log_warnings, structured_logger
from scims_backup.runtime.progress.plain import PlainProgress
from scims_backup.runtime.signals import Interruption
from scims_backup.settings.model import Flags, Needs
from scims_backup.usecases.backups.claims import Repeated

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

_REPORTED, _FAILED = 0, 1


def main() -> int:
    """Drill or dump, and return the exit code: 0 if the catalog says what became of it, whatever that is."""
    environment, is_dump = dict(os.environ), sys.argv[1:] == [DUMP]
    keep_apart(os.environ, ENGINES)
    redactor = Redactor.of_environment(environment)
    log_warnings(redactor, structured=True)
    logger = structured_logger(redactor, service=DUMP if is_dump else "drill")
    interruption = Interruption()
    try:
        with interruption.watched():
            (_dump if is_dump else _drill)(environment, redactor, logger)
    except BaseException as error:  # noqa: BLE001  the last place that can report it without showing a secret
        _tell(error, redactor, logger)
        return interruption.exit_code or _FAILED
    return _REPORTED


def _drill(environment: Mapping[str, str], redactor: Redactor, logger: Logger) -> None:
    backup, drill = (_variable(environment, name) for name in ("SCIMS_BACKUP", "SCIMS_DRILL"))
    _refuse_without_disk()
    settings = resolve(
        Flags(selector=backup), environment, Needs(vault=True, expectations=True, after_restore=True)
    )
    progress = PlainProgress(logger.info, time.monotonic)
    application = Application(settings, environment, progress, redactor)
    progress.note(f"drill {drill} of {backup} starts")
    manifest = application.chosen()
    server = ServerAddress.in_variables(environment)
    report = application.run_drill(manifest, server).report(manifest, application.questions, drill)
    progress.note(f"drill {drill} of {backup}: {report.verdict}")
    progress.close()


def _dump(environment: Mapping[str, str], redactor: Redactor, logger: Logger) -> None:
    """Take the backup. Its failure is an event, and raised: the orchestrator looks whether there is one."""
    backup = BackupId.parse(_variable(environment, "SCIMS_BACKUP"))
    settings = resolve(Flags(source=backup.source), environment, Needs(url=True, vault=True))
    progress = PlainProgress(logger.info, time.monotonic)
    application = Application(settings, environment, progress, redactor)
    progress.note(f"the dump of {backup} starts")
    try:
        taken = application.take_backup(where=Where.TASK).take(Level.FULL, backup)
    except Exception:
        emit(DUMP, backup.source, failed())
        raise
    if isinstance(taken, Repeated):
        progress.note(f"there is nothing to do for {backup}: {taken.why}")
    else:
        progress.note(f"{backup} is complete")
        emit(DUMP, backup.source, measured(taken))
    progress.close()


def _refuse_without_disk() -> None:
    """Raise SandboxError if this user has nowhere to restore to: a mount may be root's alone."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        raise SandboxError(
            f"user {os.getuid()} has no directory for temporary files: neither /tmp nor any other place is "
            "writable",
            "deploy an image built from image/Dockerfile, which declares /tmp as a volume for the task's "
            "user; until then, remove User from the task definition",
        ) from None


def _tell(error: BaseException, redactor: Redactor, logger: Logger) -> None:
    """Report why there is no report; the orchestrator quotes the last line."""
    logger.error(redactor.frames(error))
    last_words = f"{type(error).__name__}: {redactor.message(error)}"
    logger.error(last_words)


def _variable(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise UsageError(f"{name} is not set", "this task must be started by the function drill_orchestrate")
    return value


if __name__ == "__main__":
    sys.exit(main())
