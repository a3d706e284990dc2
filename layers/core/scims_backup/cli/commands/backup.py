"""`scims-backup backup`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from scims_backup.cli.all_sources import for_all_sources
from scims_backup.cli.answer import Answer
from scims_backup.cli.manifest_answers import manifest_result
from scims_backup.cli.request import Request
from scims_backup.cli.writing import write_facts, write_warnings
from scims_backup.domain.errors import UsageError
from scims_backup.domain.level import Level
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.moments import moment_typed
from scims_backup.runtime.progress import text
from scims_backup.settings.flags import Flags, Needs
from scims_backup.usecases.backups.claims import Repeated, Repetition

if TYPE_CHECKING:
    from scims_backup.cli.session import Session

_REPETITIONS = {
    Repetition.DONE: "already done",
    Repetition.RUNNING: "already being taken by another run",
    Repetition.ORDERED: "requested, but not delivered yet: run the same command again, or with --collect",
}


@for_all_sources()
def backup(
    *,
    level: Annotated[
        Level, typer.Option(help="What the proof covers: row counts only, or the content of all rows.")
    ] = Level.FULL,
    scheduled: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="The scheduled time of this run; repeating it does nothing."),
    ] = None,
    collect: Annotated[
        bool,
        typer.Option(help="Only take what an earlier run requested, if it is there; request nothing new."),
    ] = False,
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE", help="A note in the manifest, e.g. git_commit=…; repeatable [SCIMS_LABELS]."
        ),
    ] = None,
) -> Request:
    """Read the options of `backup`."""
    if collect and scheduled is not None:
        raise UsageError(
            "--collect and --scheduled cannot be combined",
            "what is collected has the time of the run that requested it",
        )
    flags = Flags(label=tuple(label) if label else None)
    run = partial(_run, level=level, scheduled=scheduled, collect=collect)
    # what collects runs often, and mostly finds nothing: its success must not stand for that of a backup
    return Request(run, Needs(url=True, vault=True), flags, reported_as="collect" if collect else "backup")


def _run(session: Session, level: Level, scheduled: str | None, *, collect: bool) -> Answer:
    moment = None if scheduled is None else moment_typed(scheduled, "--scheduled")
    with session.application() as application:
        taking = application.take_backup()
        manifest = taking.collect(level) if collect else taking.run(level, moment)
        if manifest is None:
            return Answer({"already": "collected"}, _write_nothing)
        if isinstance(manifest, Repeated):
            return Answer(_repeated_result(manifest), partial(_write_repeated, repeated=manifest))
        anomalies = application.watch_sizes(manifest.backup).warnings
    session.warn(anomalies)
    return Answer(_result(manifest, anomalies), partial(_write, manifest=manifest))


def _result(manifest: Manifest, anomalies: Sequence[str]) -> dict[str, Any]:
    return {**manifest_result(manifest), "anomalies": list(anomalies)}


def _repeated_result(repeated: Repeated) -> dict[str, Any]:
    return {"id": str(repeated.backup), "source": repeated.backup.source, "already": repeated.why}


def _write(console: Console, manifest: Manifest) -> None:
    console.print(Text.assemble("backup ", (str(manifest.backup), "bold"), " is complete"))
    write_facts(
        console,
        {
            "archive": text.size(manifest.archive.bytes),
            "stored": f"{text.size(manifest.archive.stored_bytes)} new in the vault",
            "vault": manifest.archive.vault_ref,
            "proof": f"{manifest.proof.level}, {manifest.proof.key}",
            "took": text.duration((manifest.finished - manifest.started).total_seconds()),
        },
    )
    write_warnings(console, manifest.warnings)


def _write_nothing(console: Console) -> None:
    console.print("nothing is requested that has not been collected")


def _write_repeated(console: Console, repeated: Repeated) -> None:
    said = _REPETITIONS[repeated.why]
    console.print(Text.assemble("backup ", (str(repeated.backup), "bold"), f" is {said}"))
