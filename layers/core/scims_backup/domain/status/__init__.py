"""What is known of a source at a moment, and the one judgement of it that every report gives."""

from scims_backup.domain.status.judgement import judged
from scims_backup.domain.status.source_status import (
    NextRun,
    OpenAlert,
    Promised,
    Seen,
    SourceStatus,
    Watched,
)
from scims_backup.domain.status.standing import Judged, Standing, Topic, worst

__all__ = [
    "Judged",
    "NextRun",
    "OpenAlert",
    "Promised",
    "Seen",
    "SourceStatus",
    "Standing",
    "Topic",
    "Watched",
    "judged",
    "worst",
]
