"""One command as it was typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scims_backup.cli.invocation import Output
from scims_backup.settings.flags import Flags, Needs

if TYPE_CHECKING:
    from scims_backup.cli.answer import Answer
    from scims_backup.cli.session import Session


@dataclass(frozen=True)
class Request:
    """A command whose options were read.

    run: does the work
    needs: which settings the command needs
    flags: options that stand for settings
    output: how to answer
    reported_as: what pings and notifications call the run; empty for a command that they do not follow
    """

    run: Callable[[Session], Answer]
    needs: Needs = field(default_factory=Needs)
    flags: Flags = field(default_factory=Flags)
    output: Output = field(default_factory=Output)
    reported_as: str = ""
