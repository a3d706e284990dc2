"""What belongs to a server rather than to one of its databases: roles, which other databases use too."""

from __future__ import annotations

from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.ports import Checks

_OF_SERVER = ("role", "role-membership", "role-setting", "all-roles-setting")
_KINDS = frozenset(f"{kind}-{what}" for kind in _OF_SERVER for what in ("changed", "missing", "unexpected"))

_GRANTS = frozenset({"grant-missing", "grant-unexpected"})


def apart_from_server(checks: Checks) -> Checks:
    """Take what belongs to the server out of what speaks against a database.

    That roles were changed since the backup does not speak against what was restored. It is reported all the
    same, as not judged.
    """
    own = [finding for finding in checks.findings if not is_of_server(finding)]
    others = [_left(finding) for finding in checks.findings if is_of_server(finding)]
    return Checks(own, [*checks.not_checked, *others])


def is_of_server(finding: Finding) -> bool:
    """Say whether a finding is about what belongs to the server."""
    return finding.kind in _KINDS


def is_of_superuser(finding: Finding) -> bool:
    """Say whether a finding is about what only a superuser restores: the server's, and rights to that."""
    is_of_extension = finding.kind in _GRANTS and finding.object.startswith("extension ")
    return is_of_server(finding) or is_of_extension or finding.object.startswith("system grants ")


def _left(finding: Finding) -> NotChecked:
    expected, found = finding.expected, finding.found
    return NotChecked(finding.object, f"{expected} in the source, {found} on this server: left as it is")
