"""`--all` and `--at-once`: one command for every source of the settings document."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial, wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scims_backup.cli.options import keyword_only, with_parameters
from scims_backup.cli.request import Request
from scims_backup.domain.errors import UsageError

if TYPE_CHECKING:
    from scims_backup.cli.answer import Answer
    from scims_backup.cli.session import Session

MOST_AT_ONCE = 8
"""More dumps at once than this would only wait for the same disk, network and vault."""


def _of_all(
    every_source: Annotated[
        bool, typer.Option("--all", help="Do this for every source of the settings document.")
    ] = False,
    at_once: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=MOST_AT_ONCE,
            help=f"With --all: how many sources at once, 1 to {MOST_AT_ONCE}; 1 by default.",
        ),
    ] = None,
) -> tuple[bool, int | None]:
    return every_source, at_once


def for_all_sources(*alone: str) -> Callable[[Callable[..., Request]], Callable[..., Request]]:
    """Give a command the options `--all` and `--at-once`.

    alone: the command's parameters that only make sense for one source.
    """

    def given(command: Callable[..., Request]) -> Callable[..., Request]:
        own, of_all = keyword_only(command), keyword_only(_of_all)

        @wraps(command)
        def both(**given: Any) -> Request:  # noqa: ANN401
            every_source, at_once = _of_all(**{name: given.pop(name) for name in of_all})
            request = command(**given)
            if every_source:
                _refuse_alone(own, given, alone)
                typed = _typed_again(own, given)
                run = partial(_run, command=command.__name__, typed=typed, at_once=at_once or 1)
                return replace(request, run=run, reported_as="")  # each source reports its own run
            if at_once is not None:
                raise UsageError("--at-once needs --all", "add --all, or leave it out")
            return request

        return with_parameters(both, own | of_all)

    return given


def _run(session: Session, command: str, typed: Sequence[str], at_once: int) -> Answer:
    from scims_backup.cli.source_runs import run_all  # noqa: PLC0415  only where it is needed

    return run_all(session, command, typed, at_once)


def _refuse_alone(
    own: Mapping[str, inspect.Parameter], given: Mapping[str, Any], alone: Sequence[str]
) -> None:
    for name in alone:
        if given[name] != own[name].default:
            raise UsageError(
                f"--all and {_option(name)} cannot be combined",
                f"{_option(name)} is for one source: choose it with --source NAME",
            )


def _typed_again(own: Mapping[str, inspect.Parameter], given: Mapping[str, Any]) -> list[str]:
    """Return the options of a command as they can be typed once more; a default is left out."""
    typed: list[str] = []
    for name, parameter in own.items():
        value = given[name]
        if value == parameter.default or _is_argument(parameter):
            continue
        values = value if isinstance(value, list) else [value]
        typed += [_option(name) if one is True else f"{_option(name)}={one}" for one in values]
    return typed


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _is_argument(parameter: inspect.Parameter) -> bool:
    return any(isinstance(one, typer.models.ArgumentInfo) for one in parameter.annotation.__metadata__)
