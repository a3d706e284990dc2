"""What the last drills of a source say of how much time and room its next backup needs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, is_stamp
from scims_backup.domain.drill_history import drills_by_stamp
from scims_backup.domain.errors import DocumentError, KeyMissingError
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.ports import Catalog
from scims_backup.usecases.stored.manifests import read_manifest

_LOOKED_AT = 5


def passed_drills(catalog: Catalog, like: Manifest) -> Iterator[tuple[Manifest, Report]]:
    """Yield the last drills that passed of backups like this one, the newest backup first.

    What cannot be read is left out. Raise CatalogError if the catalog cannot be read.
    """
    source = like.backup.source
    found = drills_by_stamp(source, catalog.keys(keys.drills(source)))
    passed = (
        (BackupId(source, stamp), drill.name)
        for stamp in sorted(filter(is_stamp, found), reverse=True)
        for drill in reversed(found[stamp])
        if drill.verdict is Verdict.PASSED
    )
    for backup, drill in islice(passed, _LOOKED_AT):
        key = keys.drill_report(backup, drill)
        try:
            manifest, report = read_manifest(catalog, backup), Report.from_bytes(catalog.get(key), key)
        except (DocumentError, KeyMissingError):
            continue
        if manifest.is_like(like):
            yield manifest, report
