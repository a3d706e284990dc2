"""Running `init`: ask, try out, write, and say what comes next."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from scims_backup.bootstrap.first_steps import Trials, kept_secret, refuse_existing, write_files
from scims_backup.cli.answer import Answer
from scims_backup.cli.commands.init.machine import Machine, short_program, typed_program
from scims_backup.cli.commands.init.terminal import Nobody, Terminal
from scims_backup.cli.progress_display import watching
from scims_backup.domain.errors import UsageError
from scims_backup.domain.first_steps.answers import Answers, Scheduler, Secrets
from scims_backup.domain.first_steps.files import (
    Folders,
    NewFile,
    document_file,
    overwritten,
    schedule_files,
    secret_files,
)
from scims_backup.domain.first_steps.jobs import Running
from scims_backup.domain.first_steps.next_commands import next_commands
from scims_backup.runtime.progress.text import printable
from scims_backup.usecases.first_steps.interview import Interview
from scims_backup.usecases.first_steps.set_up import Defaults, SetUp

if TYPE_CHECKING:
    from scims_backup.cli.session import Session


@dataclass(frozen=True)
class Begun:
    """What `init` has written.

    commands: what a person types next
    """

    answers: Answers
    files: tuple[NewFile, ...]
    commands: tuple[str, ...]
    folders: Folders


def begin(
    session: Session, typed: dict[str, str], schedule_dir: str | None, *, yes: bool, force: bool
) -> Answer:
    """Ask, try out, and write.

    typed: answers by their option. Raise UsageError if settings are there already.
    """
    machine = Machine.of(session.invocation.environment)
    folders = machine.folders(machine.document(session.request.flags.config), schedule_dir)
    if not force:
        refuse_existing(overwritten(folders, scheduled=typed.get("--scheduler") != Scheduler.NONE))
    password_file = folders.secret(Secrets.VAULT)
    kept = kept_secret(password_file)
    set_up = _set_up(session, machine, _answered(session, typed), kept, yes=yes)
    answers = set_up.run()
    _refuse_other_password(kept, set_up.secrets, password_file)
    running = _running(session, machine, answers, folders)
    files = (
        *secret_files(set_up.secrets, folders),
        document_file(answers, folders),
        *schedule_files(answers, running, folders),
    )
    write_files(files)
    typed_as = short_program(running.program)
    begun = Begun(answers, files, tuple(next_commands(answers, running, folders, typed_as)), folders)
    return Answer(_result(begun), partial(_write, begun=begun))


def _running(session: Session, machine: Machine, answers: Answers, folders: Folders) -> Running:
    return Running(
        typed_program(session.invocation.program),
        folders.document,
        machine.user,
        machine.passed_on,
        system=machine.is_root,
        notifies=Secrets.NOTIFY in answers.secrets,
    )


def _answered(session: Session, typed: dict[str, str]) -> dict[str, str]:
    """Return the answers together with those of options that every command has."""
    flags = session.request.flags
    of_all = {"--source": flags.source, "--source-url": flags.source_url}
    return {**typed, **{option: text for option, text in of_all.items() if text is not None}}


def _refuse_other_password(kept: str | None, secrets: Mapping[Secrets, str], file: str) -> None:
    """Raise UsageError if the password of another vault would be overwritten, and that vault lost."""
    if kept and secrets.get(Secrets.VAULT, kept) != kept:
        raise UsageError(
            f"{file} is the password of another vault",
            "write another settings document with --config, in a folder of its own",
        )


def _set_up(
    session: Session, machine: Machine, typed: dict[str, str], kept: str | None, *, yes: bool
) -> SetUp:
    invocation = session.invocation
    trace = partial(_trace, session)
    asker = _asker(session, yes=yes)
    with watching(quiet=True, invocation=invocation) as progress:
        trials = Trials(invocation.environment, session.engines, progress, invocation.redactor, trace)
    endpoint = invocation.environment.get("AWS_ENDPOINT_URL_S3") or invocation.environment.get(
        "AWS_ENDPOINT_URL", ""
    )
    defaults = Defaults(machine.place, machine.scheduler, endpoint, _chosen_places(session), kept)
    return SetUp(Interview(asker, typed, trials.read_secret), trials, defaults)


def _chosen_places(session: Session) -> tuple[str, str] | None:
    catalog, vault = session.request.flags.catalog, session.request.flags.vault
    if catalog is None and vault is None:
        return None
    if catalog is None or vault is None:
        raise UsageError("only one of --catalog and --vault is given", "give both, or --place")
    return catalog, vault


def _asker(session: Session, *, yes: bool) -> Terminal | Nobody:
    redact = session.invocation.redactor.redact
    if yes:
        return Nobody(redact)
    if not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask at", "add --yes, and an option for each answer (--help)"
        )
    return Terminal(redact)


def _trace(session: Session, error: BaseException) -> None:
    if session.invocation.wants_tracebacks(session.request.output):
        print(session.invocation.redactor.traceback(error), file=sys.stderr, flush=True)  # noqa: T201


def _result(begun: Begun) -> dict[str, Any]:
    answers = begun.answers
    return {
        "document": begun.folders.document,
        "source": answers.source,
        "catalog": answers.catalog,
        "vault": answers.vault,
        "scheduler": answers.scheduler,
        "files": [{"path": file.path, "mode": f"{file.mode:04o}"} for file in begun.files],
        "next": list(begun.commands),
    }


def _write(console: Console, begun: Begun) -> None:
    """Write which files there are now, and what to type next; lines that are copied are not broken."""
    console.print(Text("written", "bold green"))
    for file in begun.files:
        console.print(Text(f"  {file.mode:04o}  {printable(file.path)}"), soft_wrap=True)
    if Secrets.VAULT in begun.answers.secrets:
        kept = printable(begun.folders.secret(Secrets.VAULT))
        warning = f"Keep a copy of {kept} elsewhere: without it, nobody can read the backups."
        console.print(Text(warning, "yellow"), soft_wrap=True)
    console.print(Text("next", "bold green"))
    for command in begun.commands:
        console.print(Text(f"  {printable(command)}"), soft_wrap=True)
