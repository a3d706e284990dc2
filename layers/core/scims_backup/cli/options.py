"""The options that several commands share, stated once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from scims_backup.cli.invocation import Output
from scims_backup.cli.request import Request
from scims_backup.settings.flags import Flags

_SETTINGS = "Where things are"
_OUTPUT = "Output"

Backup = Annotated[
    str, typer.Argument(metavar="BACKUP", help="A backup id, newest or newest-proven.", show_default=False)
]
Expect = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="SQL expectations (TOML or YAML), in place of those in the settings."),
]
Probe = Annotated[
    str | None,
    typer.Option(
        metavar="COMMAND",
        help="The application's own check: a shell command that gets DATABASE_URL [SCIMS_PROBE].",
    ),
]
AfterRestore = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="SQL to run after the restore and before the proof [SCIMS_AFTER_RESTORE]."
    ),
]


def _common(
    source: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the source [SCIMS_SOURCE].", rich_help_panel=_SETTINGS),
    ] = None,
    source_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Its address, e.g. postgresql://…, without a password [SCIMS_SOURCE_URL].",
            rich_help_panel=_SETTINGS,
        ),
    ] = None,
    catalog: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="file:///DIR or s3://BUCKET/PREFIX [SCIMS_CATALOG].",
            rich_help_panel=_SETTINGS,
        ),
    ] = None,
    vault: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="restic:REPOSITORY or s3://BUCKET/PREFIX [SCIMS_VAULT].",
            rich_help_panel=_SETTINGS,
        ),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Settings document (TOML) [SCIMS_CONFIG].", rich_help_panel=_SETTINGS
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as one JSON value.", rich_help_panel=_OUTPUT)
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show no progress.", rich_help_panel=_OUTPUT)
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show tracebacks of failures [SCIMS_DEBUG].", rich_help_panel=_OUTPUT),
    ] = False,
) -> tuple[Flags, Output]:
    flags = Flags(source=source, source_url=source_url, catalog=catalog, vault=vault, config=config)
    return flags, Output(json=as_json, quiet=quiet, debug=debug)


def with_common_options(command: Callable[..., Request]) -> Callable[..., Request]:
    """Give a command the options that every command has, besides its own.

    typer reads options from a function's signature: the result's signature is the sum of both.
    """
    common = keyword_only(_common)
    own = keyword_only(command)

    @wraps(command)
    def both(**given: Any) -> Request:  # noqa: ANN401
        flags, output = _common(**{name: given.pop(name) for name in common})
        request = command(**given)
        typed = {name: value for name, value in vars(flags).items() if value is not None}
        return replace(request, flags=replace(request.flags, **typed), output=output)

    return with_parameters(both, own | common)


def with_parameters(
    function: Callable[..., Request], parameters: Mapping[str, inspect.Parameter]
) -> Callable[..., Request]:
    """Return a function with the signature that typer reads the options from."""
    function.__signature__ = inspect.Signature(list(parameters.values()))  # type: ignore[attr-defined]
    function.__annotations__ = {name: parameter.annotation for name, parameter in parameters.items()}
    return function


def keyword_only(function: Callable[..., object]) -> dict[str, inspect.Parameter]:
    """Return the parameters of a function, each to be given by its name."""
    hints = get_type_hints(function, include_extras=True)
    return {
        name: parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[name])
        for name, parameter in inspect.signature(function).parameters.items()
    }
