"""The judgement as `doctor` reports it."""

from __future__ import annotations

from scims_backup.domain.health import Observed, fine, not_checked, problem
from scims_backup.domain.status.standing import Judged, Standing


def observed(judged: Judged) -> Observed:
    """Return a judgement as the result of a check: a warning is a problem too."""
    if not judged.is_known:
        return not_checked(judged.message, judged.cure)
    if judged.standing is Standing.FINE:
        return fine(judged.message)
    return problem(judged.message, judged.cure)
