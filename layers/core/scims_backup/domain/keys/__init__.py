"""The catalog's keys: a contract that other programs rely on (docs/architecture.md lists them)."""

from scims_backup.domain.keys.of_backups import *
from scims_backup.domain.keys.of_drills import *
from scims_backup.domain.keys.of_events import *
from scims_backup.domain.keys.of_history import *
from scims_backup.domain.keys.of_holds import *
from scims_backup.domain.keys.of_runs import *
