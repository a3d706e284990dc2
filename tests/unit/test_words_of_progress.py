"""Progress counts in the words of the engine that is at work."""

from datetime import UTC, datetime

from scims_backup.bootstrap.application import Application
from scims_backup.domain.words import Words
from scims_backup.runtime.logs import Redactor
from scims_backup.settings.model import Settings
from tests.fakes import RecordedProgress

OF_A_BACKUP = Words("key", "database")


def test_asking_for_the_retention_leaves_them_as_they_are(tmp_path):
    """A vault may ask for it in the midst of a drill, where no address says the engine of the source."""
    progress = RecordedProgress()
    progress.words = OF_A_BACKUP
    application = Application(Settings(source="cache", catalog=tmp_path), {}, progress, Redactor([]))
    application.plan_prune(datetime(2026, 11, 29, tzinfo=UTC))
    assert progress.words is OF_A_BACKUP
