"""A catalog that is as it should be in every line of the checklist, to be made otherwise in one respect."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.checklist import Line, State
from scims_backup.domain.drill_run import Request, started_note
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.retention import Policy
from scims_backup.domain.sign_off import SignOff
from scims_backup.domain.status import Promised, Watched
from scims_backup.domain.verdict import Finding, NotChecked, Report, Verdict
from scims_backup.engines.postgresql.rules.proof import Rows
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.reports.checklist import Checklist, ReadChecklist
from scims_backup.usecases.stored.proofs import keep_proof
from tests.fakes import MemoryCatalog, a_manifest, put_backup
from tests.faults import a_proof

SOURCE = "scims-db"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIB = 1 << 20
COMPARED = {"tables": 41, "rows": 160_000, "sequences": 7, "objects": 178, "expectations": 3}
KEEPS_ALL = Policy(daily=30)


class Records:
    """One source's catalog; each method adds to it or changes it."""

    def __init__(self):
        self.catalog = MemoryCatalog()
        self.policy = KEEPS_ALL
        self._numbers = 0

    def as_it_should_be(self):
        """Eight nights, a drill of the last one by a task, and a failure that was told by mail."""
        for days in range(7, -1, -1):
            self.night(days)
        self.drill(Report(Verdict.PASSED, compared={**COMPARED, "roles": 1}, sandbox_removed=True), task=True)
        self.sign_off()
        self.tell(Kind.BACKUP_OVERDUE, Severity.ERROR, 3 * DAY, mailed=True)
        return self

    def night(self, days=0, *, size=100 * MIB, rows=5000):
        """Add the backup of 02:00 so many days ago."""
        backup = BackupId(SOURCE, stamp_of(NOW.replace(hour=2) - days * DAY))
        manifest = a_manifest(backup.stamp)
        archive = replace(manifest.archive, bytes=size, stored_bytes=size // 5)
        kept = keep_proof(self.catalog, backup, _proof_of(rows))
        put_backup(self.catalog, replace(manifest, archive=archive, proof=kept))
        return backup

    def newest_is(self, **archive):
        """Change what the manifest of the newest backup says of its archive."""
        key = max(self.catalog.keys("manifests/"))
        manifest = Manifest.from_bytes(self.catalog.get(key), key)
        sizes = {"bytes": 100 * MIB, "stored_bytes": 20 * MIB}
        changed = replace(manifest.archive, **{**sizes, **archive})
        self.catalog.objects[key] = replace(manifest, archive=changed).to_bytes()

    @property
    def newest(self):
        return keys.backup_of(max(self.catalog.keys("manifests/")))

    def drill(self, report, *, ago=8 * HOUR, task=False, backup=None, verdict=None):
        """Add a drill that ended so long ago."""
        of, name = backup or self.newest, stamp_of(NOW - ago)
        request = Request(NOW - ago, NOW).to_bytes("7f") if task else started_note("7f", NOW - ago)
        self.catalog.put_new(keys.drill_request(of, name), request)
        data = report if isinstance(report, bytes) else replace(report, ended=NOW - ago).to_bytes()
        self.catalog.put_new(keys.drill_report(of, name), data)
        self.catalog.put_new(keys.drill_verdict(of, name, verdict or report.verdict), data)
        return keys.drill_report(of, name)

    def sign_off(self, *, ago=8 * HOUR, data=None):
        """Let somebody answer for the newest drill."""
        about = keys.drill_of_key(max(self.catalog.keys("drills/")))
        assert about is not None
        backup, drill = about
        signed = SignOff("ada", NOW - ago, "scims at db.example.org:5432")
        self.catalog.objects[keys.drill_signed_off(backup, drill)] = data or signed.to_bytes()

    def without_drills(self):
        for key in list(self.catalog.keys("drills/")):
            self.catalog.delete(key)
        return self

    def drilled(self, *findings, not_checked=(), compared=None, sandbox_removed=True):
        """Have another drill than the one that is there."""
        counts = {**COMPARED, "roles": 1} if compared is None else compared
        report = Report.judged(findings, not_checked, counts)
        self.without_drills().drill(replace(report, sandbox_removed=sandbox_removed))

    def tell(self, kind, severity, ago, *, mailed=False, facts=None, backup=None, source=SOURCE):
        """Add an event of so long ago."""
        self._numbers += 1
        about = str(backup) if backup else None
        event = Event(f"{self._numbers:x}", kind, severity, NOW - ago, source, about, facts or {})
        key = keys.event(event.time, kind, event.id)
        self.catalog.put_new(key, event.to_bytes())
        if mailed:
            self.catalog.put_new(keys.alert_sent(key), b"{}")
        return key

    def read(self, *, after_restore=None, copies="", **ages) -> Checklist:
        watched = Watched(SOURCE, Promised(**ages), after_restore, copies)
        return ReadChecklist(watched, self.catalog, ENGINES, self.policy).run(NOW)

    def lines(self, **ages) -> dict[str, Line]:
        return {line.id: line for lines in self.read(**ages).lists.values() for line in lines}

    def otherwise(self, **ages) -> dict[str, State]:
        """The lines that are not `yes`, but for that of the drill by hand, which the others do not need."""
        lines = self.lines(**ages).items()
        states = {name: line.state for name, line in lines if name != "full-restore-monthly"}
        return {name: state for name, state in states.items() if state is not State.YES}


def _proof_of(rows):
    return replace(a_proof(), tables={"public.items": Rows(rows, None)}, schema={})


def a_finding(kind):
    return Finding(kind, "table public.items", "41 rows", "40 rows")


def unlooked(what):
    return NotChecked(what, "it could not be read")
