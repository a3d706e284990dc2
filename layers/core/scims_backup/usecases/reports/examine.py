"""Examining what a night needs: each check by itself, so that one that fails hides no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scims_backup.domain.errors import ScimsBackupError
from scims_backup.domain.health import (
    Check,
    Examined,
    NotCheckedError,
    Observed,
    State,
    not_checked,
    problem,
    problem_of,
)

_UNFORESEEN = "this is unexpected; run it again with --debug and report it with the traceback"


class Examine:
    """Runs checks.

    redact: hides secrets.
    unforeseen: gets each exception of a check that is none of the domain's errors.
    """

    def __init__(self, redact: Callable[[str], str], unforeseen: Callable[[BaseException], None]) -> None:
        self._redact = redact
        self._unforeseen = unforeseen

    def run(self, checks: Sequence[Check]) -> list[Examined]:
        """Run the checks in their order, whatever each comes to."""
        examined: list[Examined] = []
        for check in checks:
            examined += [self._examined(check, seen) for seen in self._seen(check, examined)]
        return examined

    def _seen(self, check: Check, before: Sequence[Examined]) -> list[Observed]:
        lacking = next((one for one in before if one.check in check.needs and one.state != State.FINE), None)
        if lacking is not None:
            return [not_checked(f"it requires {lacking.check}, which {_IS[lacking.state]}")]
        seen: list[Observed] = []
        try:
            seen.extend(check.look())
        except NotCheckedError as error:
            seen.append(not_checked(error.reason, error.cure))
        except ScimsBackupError as error:
            seen.append(problem_of(error))
        except Exception as error:  # noqa: BLE001  the other checks go on, and this one is reported
            self._unforeseen(error)
            seen.append(problem(f"unexpected {type(error).__name__}", _UNFORESEEN))
        return seen

    def _examined(self, check: Check, seen: Observed) -> Examined:
        texts = map(self._redact, (seen.what or check.what, seen.message, seen.cure))
        return Examined(check.name, seen.state, *texts)


_IS = {State.PROBLEM: "has a problem", State.NOT_CHECKED: "was not checked"}
