"""Refusing to remove much at once, or something else than was confirmed: what is said, and what helps."""

from __future__ import annotations

import json

from scims_backup.domain.errors import MuchAtOnceError
from scims_backup.usecases.retention.intent import Intent


def refused_intent(intent: Intent, confirm: str | None) -> MuchAtOnceError:
    """The error that says why a prune was refused, and how a person confirms it. confirm: what was given."""
    why = "; ".join(intent.much) or "this is not the plan that was confirmed"
    asked = f" ({confirm} was confirmed)" if confirm else ""
    message = f"nothing was removed: {why}. The digest of this plan is {intent.digest}{asked}"
    return MuchAtOnceError(message, confirming(intent.digest))


def confirming(digest: str) -> str:
    """How a person reviews and confirms a plan, on the command line or with the function."""
    asked = json.dumps({"action": "prune", "confirm": digest})
    return (
        "review the plan: scims-backup prune --dry-run. If it is right, confirm it: scims-backup prune "
        f"--confirm {digest}, or invoke the function prune with {asked}. If it is wrong, first find out who "
        "wrote the documents it is based on (docs/security.md)"
    )
