"""The settings of one command: flags over environment over a settings document."""

from scims_backup.settings.model import Flags, Needs, Objectives, Retention, Secret, Settings
from scims_backup.settings.resolution import resolve

__all__ = ["Flags", "Needs", "Objectives", "Retention", "Secret", "Settings", "resolve"]
