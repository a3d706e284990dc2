"""Running programs side by side, for the command line."""

from scims_backup.adapters.processes.side_by_side import Ended, Job, SideBySide

__all__ = ["Ended", "Job", "SideBySide"]
