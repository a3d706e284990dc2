"""`scims-backup metrics`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from scims_backup.adapters.metrics.prometheus import text_of, write_textfile
from scims_backup.cli.answer import Answer
from scims_backup.cli.exits import Exit
from scims_backup.cli.request import Request
from scims_backup.cli.writing import write_problems
from scims_backup.domain.errors import UsageError
from scims_backup.domain.metrics.samples import Sample
from scims_backup.runtime.progress.text import printable
from scims_backup.settings.flags import Flags
from scims_backup.settings.metrics import metrics_keys

if TYPE_CHECKING:
    from scims_backup.cli.session import Session
    from scims_backup.usecases.reports.gauges import Gauges

_ENDING = ".prom"


def metrics(
    *,
    textfile: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Write them to this file for node_exporter, in one step."),
    ] = None,
    otlp: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Send them to this collector of OpenTelemetry too [OTEL_EXPORTER_OTLP_ENDPOINT].",
        ),
    ] = None,
    no_storage: Annotated[
        bool,
        typer.Option("--no-storage", help="Do not measure the vaults: take what the catalog says."),
    ] = False,
) -> Request:
    """Read the options of `metrics`."""
    path = None if textfile is None else _checked(textfile)
    run = partial(_run, textfile=path, with_storage=not no_storage)
    return Request(run, flags=Flags(otlp=otlp))


def _checked(textfile: str) -> Path:
    if not textfile.endswith(_ENDING):
        raise UsageError(f"--textfile {textfile} does not end with {_ENDING}", "node_exporter reads no other")
    return Path(textfile)


def _run(session: Session, textfile: Path | None, *, with_storage: bool) -> Answer:
    """Read the sources, write the file, and only then send: a collector that is away delays no file."""
    collector = metrics_keys(session.request.flags, session.invocation.environment).otlp
    with session.gauges() as cases:
        gauges = cases.gauges(with_storage=with_storage)
        if textfile:
            write_textfile(textfile, text_of(gauges.samples, gauges.at))
        if collector:
            cases.send(gauges, collector)
    write = partial(_write, gauges=gauges, textfile=textfile)
    code = Exit.FAILED if gauges.problems else Exit.DONE
    if not textfile and not session.request.output.json:
        session.warn(gauges.problems)  # standard output is for Prometheus alone
    return Answer(_result(gauges, textfile, collector), write, code)


def _result(gauges: Gauges, textfile: Path | None, collector: str | None) -> dict[str, Any]:
    return {
        "at": gauges.at.isoformat(),
        "samples": [_sample(one) for one in gauges.samples],
        "problems": gauges.problems,
        "textfile": None if textfile is None else str(textfile),
        "sent_to": collector,
    }


def _sample(one: Sample) -> dict[str, Any]:
    return {
        "metric": one.gauge.value.name,
        "unit": one.gauge.value.unit,
        "labels": one.labels,
        "value": one.value,
    }


def _write(console: Console, gauges: Gauges, textfile: Path | None) -> None:
    if textfile is None:
        console.out(printable(text_of(gauges.samples, gauges.at)), end="")
        return
    sources = len({one.source for one in gauges.samples})
    console.print(Text(f"{len(gauges.samples)} values of {sources} sources are in {textfile}"))
    write_problems(console, gauges.problems)
