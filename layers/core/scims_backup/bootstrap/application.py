"""Every use case, with adapters and an engine chosen; nothing else knows which there are."""

from __future__ import annotations

from scims_backup.bootstrap.restore_cases import RestoreCases
from scims_backup.bootstrap.upkeep_cases import UpkeepCases


class Application(RestoreCases, UpkeepCases):
    """The use cases, ready to run on what the settings name."""
