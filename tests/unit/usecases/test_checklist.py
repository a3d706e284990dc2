"""The checklist: each line in each of its states, from documents of the catalog; and what makes each."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.checklist import State
from scims_backup.domain.errors import CatalogUnreachableError, NothingToWorkOnError
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.retention import Policy
from scims_backup.domain.verdict import Report, Verdict
from tests.faults import Calls, FaultyCatalog
from tests.support.pages import ROOT
from tests.unit.usecases.checklisting import (
    COMPARED,
    DAY,
    HOUR,
    MIB,
    NOW,
    SOURCE,
    Records,
    a_finding,
    unlooked,
)

YES, NO, UNKNOWN = State.YES, State.NO, State.UNKNOWN
WARNING, ERROR = Severity.WARNING, Severity.ERROR
BACKUP = (
    "backup-runs",
    "backup-created",
    "backup-compressed",
    "backup-uploaded",
    "old-backups-pruned",
    "backup-size-reasonable",
    "backup-holds-expected-data",
)
RESTORE = (
    "restore-runs",
    "restore-correct",
    "restore-all-tables",
    "restore-row-counts",
    "restore-foreign-keys",
    "restore-indexes",
    "restore-application-connects",
)
AUTOMATION = (
    "drill-runs-weekly",
    "drill-queries-pass",
    "failure-alerts-sent",
    "sandbox-removed",
    "full-restore-monthly",
)


@pytest.fixture
def records():
    return Records().as_it_should_be()


def damage(records, prefix, data=b"{"):
    records.catalog.objects[max(records.catalog.keys(prefix))] = data


def told(*arguments, **more):
    """Tell an event in the catalog; the newest backup's if `newest`."""

    def change(records):
        about = {"backup": records.newest} if more.pop("newest", False) else {}
        records.tell(*arguments, **more, **about)

    return change


def drilled(*findings, **more):
    return lambda records: records.drilled(*findings, **more)


def only_nights(*sizes, rows=5000):
    """So many backups and nothing else, the oldest first, the newest of this night."""

    def change(records):
        for key in [*records.catalog.keys("manifests/"), *records.catalog.keys("proofs/")]:
            records.catalog.delete(key)
        for days, size in zip(range(len(sizes) - 1, -1, -1), sizes, strict=True):
            records.night(days, size=size, rows=rows)

    return change


def rows_tonight(rows):
    def change(records):
        key = max(records.catalog.keys("manifests/"))
        records.catalog.delete(key)
        for proof in list(records.catalog.keys(keys.proofs_of(keys.backup_of(key)))):
            records.catalog.delete(proof)
        records.night(rows=rows)

    return change


def policy(**counts):
    return lambda records: setattr(records, "policy", Policy(**counts))


def both(*changes):
    def change(records):
        for one in changes:
            one(records)

    return change


def test_a_deployment_that_is_as_it_should_be_is_yes_in_every_line(records):
    read = records.read()
    assert {name: tuple(line.id for line in lines) for name, lines in read.lists.items()} == {
        "backup": BACKUP,
        "restore": RESTORE,
        "automation": AUTOMATION,
    }
    assert records.otherwise() == {}
    assert read.state is YES
    assert (read.backup, read.drill) == (records.newest, (records.newest, "20261122T040000Z"))


PRUNED = {"removed_in_all": 1}
PRUNED_SINCE = told(Kind.BACKUPS_PRUNED, Severity.INFO, HOUR, facts=PRUNED)
OF_BACKUP = [
    # backup-runs
    (told(Kind.BACKUP_FAILED, ERROR, HOUR, mailed=True), {"backup-runs": NO}),
    (told(Kind.BACKUP_FAILED, ERROR, DAY, mailed=True), {}),
    (told(Kind.BACKUP_FAILED, ERROR, HOUR, mailed=True, source="other"), {}),
    # created, compressed, uploaded
    (lambda records: records.newest_is(bytes=0, stored_bytes=0), {
        "backup-created": NO, "backup-compressed": NO, "backup-size-reasonable": NO}),
    (lambda records: records.newest_is(stored_bytes=100 * MIB), {"backup-compressed": NO}),
    (lambda records: records.newest_is(vault="s3", ref="archives/x.dump", stored_bytes=1), {
        "backup-compressed": NO}),
    (lambda records: records.newest_is(vault="s3", ref="archives/x.dump.zst", stored_bytes=999 * MIB), {}),
    (lambda records: damage(records, "manifests/"), {
        "backup-created": NO, "backup-compressed": UNKNOWN, "backup-uploaded": UNKNOWN,
        "backup-size-reasonable": UNKNOWN, "backup-holds-expected-data": UNKNOWN}),
    # pruned
    (policy(), {"old-backups-pruned": UNKNOWN}),
    (policy(last=8), {}),
    (policy(last=7), {"old-backups-pruned": NO}),
    (both(policy(last=7), PRUNED_SINCE), {}),
    (both(policy(last=7), told(Kind.BACKUPS_PRUNED, Severity.INFO, 2 * DAY, facts=PRUNED)), {
        "old-backups-pruned": NO}),
    (told(Kind.BACKUPS_PRUNED, Severity.INFO, 2 * DAY, facts=PRUNED), {}),
    (told(Kind.PRUNE_FAILED, ERROR, DAY, mailed=True), {"old-backups-pruned": NO}),
    (both(told(Kind.PRUNE_FAILED, ERROR, DAY, mailed=True), PRUNED_SINCE), {}),
    # size
    (only_nights(MIB * 9, MIB * 9, MIB * 9), {"backup-size-reasonable": UNKNOWN}),
    (only_nights(MIB * 9, MIB * 9, MIB * 9, MIB * 9), {}),
    (only_nights(MIB * 9, MIB * 9, MIB * 9, MIB * 90), {"backup-size-reasonable": UNKNOWN}),
    (only_nights(*[MIB * 9] * 7, MIB * 90), {"backup-size-reasonable": NO}),
    (told(Kind.BACKUP_SIZE_ANOMALY, WARNING, HOUR, mailed=True, newest=True), {"backup-size-reasonable": NO}),
    (told(Kind.BACKUP_SIZE_ANOMALY, WARNING, HOUR, mailed=True, backup="scims-db-20261121T020000Z"), {}),
    # data
    (rows_tonight(2000), {"backup-holds-expected-data": NO}),
    (rows_tonight(4000), {}),
    (told(Kind.ROW_COUNT_ANOMALY, WARNING, HOUR, mailed=True, newest=True), {
        "backup-holds-expected-data": NO}),
    (lambda records: damage(records, "proofs/"), {"backup-holds-expected-data": NO}),
    (lambda records: records.catalog.delete(max(records.catalog.keys("proofs/"))), {
        "backup-holds-expected-data": NO}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "otherwise"), OF_BACKUP)
def test_the_backup_list(records, change, otherwise):
    change(records)
    assert {name: state for name, state in records.otherwise().items() if name in BACKUP} == otherwise


WITHOUT_QUERIES = {**COMPARED, "roles": 1, "expectations": 0}


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (only_nights(MIB), UNKNOWN),
        (only_nights(MIB, MIB), YES),
        (only_nights(MIB, MIB, rows=0), UNKNOWN),
        (lambda records: damage(records, "proofs/scims-db/20261121"), YES),
    ],
)
def test_data_are_known_beside_an_earlier_backup_or_by_expectations(records, change, state):
    change(records)
    records.drilled()
    assert records.lines()["backup-holds-expected-data"].state is YES
    records.drilled(compared=WITHOUT_QUERIES)
    assert records.lines()["backup-holds-expected-data"].state is state


def test_a_backup_that_is_too_old_is_a_no_by_the_deployment_s_own_objective(records):
    assert records.otherwise(backup_age=10 * HOUR) == {}
    assert records.otherwise(backup_age=9 * HOUR) == {"backup-runs": NO}


NOTHING_RESTORED = dict.fromkeys(RESTORE[1:], UNKNOWN)
OF_DRILL = [
    (drilled(a_finding("restore-failed")), {"restore-runs": NO, **NOTHING_RESTORED}),
    (drilled(a_finding("archive-missing")), {"restore-runs": NO, "backup-uploaded": NO, **NOTHING_RESTORED}),
    (drilled(a_finding("archive-damaged")), {"restore-runs": NO, "backup-uploaded": NO, **NOTHING_RESTORED}),
    (drilled(a_finding("content-differs")), {"restore-correct": NO}),
    (drilled(a_finding("view-changed")), {"restore-correct": NO}),
    (drilled(a_finding("table-damaged")), {"restore-correct": NO}),
    (drilled(a_finding("rows-differ")), {"restore-correct": NO, "restore-row-counts": NO}),
    (drilled(a_finding("large-objects-differ")), {"restore-correct": NO, "restore-row-counts": NO}),
    (drilled(a_finding("table-missing")), {
        "restore-correct": NO, "restore-all-tables": NO, "restore-row-counts": NO}),
    (drilled(a_finding("foreign-key-violated")), {"restore-foreign-keys": NO}),
    (drilled(a_finding("foreign-key-missing")), {"restore-correct": NO, "restore-foreign-keys": NO}),
    (drilled(a_finding("index-damaged")), {"restore-indexes": NO}),
    (drilled(a_finding("index-missing")), {"restore-correct": NO, "restore-indexes": NO}),
    (drilled(a_finding("primary-key-changed")), {"restore-correct": NO, "restore-indexes": NO}),
    (drilled(a_finding("role-cannot-log-in")), {"restore-application-connects": NO}),
    (drilled(a_finding("probe-failed")), {"restore-application-connects": NO}),
    (drilled(a_finding("expectation-not-met")), {
        "drill-queries-pass": NO, "backup-holds-expected-data": NO}),
    # what was not looked at
    (drilled(not_checked=[unlooked("content of rows")]), {"restore-correct": UNKNOWN}),
    (drilled(not_checked=[unlooked("table public.far")]), {
        "restore-correct": UNKNOWN, "restore-row-counts": UNKNOWN}),
    (drilled(not_checked=[unlooked("sequence public.items_id_seq")]), {"restore-correct": UNKNOWN}),
    (drilled(not_checked=[unlooked("foreign key public.items.fk")]), {"restore-foreign-keys": UNKNOWN}),
    (drilled(not_checked=[unlooked("structure of indexes and tables")]), {"restore-indexes": UNKNOWN}),
    (drilled(not_checked=[unlooked("index public.i")]), {"restore-indexes": UNKNOWN}),
    (drilled(not_checked=[unlooked("log-in of role app")]), {"restore-application-connects": UNKNOWN}),
    (drilled(a_finding("view-missing"), not_checked=[unlooked("probe")]), {
        "restore-correct": NO, "restore-application-connects": UNKNOWN}),
    (drilled(a_finding("rows-differ"), not_checked=[unlooked("table public.far")]), {
        "restore-correct": NO, "restore-row-counts": NO}),
    (drilled(not_checked=[unlooked("version of extension hstore")]), {}),
    # what was asked for
    (drilled(compared=COMPARED), {"restore-application-connects": UNKNOWN}),
    (drilled(compared={**COMPARED, "probes": 1}), {}),
    (drilled(compared=WITHOUT_QUERIES), {"drill-queries-pass": UNKNOWN}),
    (drilled(compared={}), {"restore-application-connects": UNKNOWN, "drill-queries-pass": UNKNOWN}),
    # what became of the sandbox
    (drilled(sandbox_removed=None), {"sandbox-removed": UNKNOWN}),
    (drilled(sandbox_removed=False), {"sandbox-removed": NO}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "otherwise"), OF_DRILL)
def test_the_newest_drill_decides_the_restore_list(records, change, otherwise):
    change(records)
    assert records.otherwise() == otherwise


INCONCLUSIVE = Report(Verdict.INCONCLUSIVE, reason="no space", sandbox_removed=True)
NO_RESTORE = dict.fromkeys(RESTORE, UNKNOWN)


def test_without_a_drill_nothing_of_it_is_known(records):
    records.without_drills()
    unknown = {**NO_RESTORE, "drill-queries-pass": UNKNOWN, "sandbox-removed": UNKNOWN}
    assert records.otherwise() == {**unknown, "drill-runs-weekly": UNKNOWN}
    assert records.otherwise(proof_age=7 * DAY) == {**unknown, "drill-runs-weekly": NO}
    assert records.read().drill is None


def test_a_drill_that_could_not_look_is_no_drill_and_says_why(records):
    key = records.without_drills().drill(INCONCLUSIVE)
    otherwise = {**NO_RESTORE, "drill-queries-pass": UNKNOWN, "drill-runs-weekly": UNKNOWN}
    assert records.otherwise() == otherwise
    for name in ("restore-runs", "drill-runs-weekly"):
        evidence = records.lines()[name].evidence[-1]
        assert (evidence.key, evidence.fact) == (key, "inconclusive: no space")


def test_a_drill_that_could_not_look_does_not_hide_the_one_before(records):
    records.drill(replace(INCONCLUSIVE, sandbox_removed=False), ago=HOUR)
    assert records.otherwise() == {"sandbox-removed": NO}


def test_a_drill_that_is_under_way_or_is_none_does_not_count(records):
    records.catalog.put_new(keys.drill_request(records.newest, "20261122T110000Z"), b"{}")
    for name in ("by-hand", "20261132T000000Z"):
        records.catalog.put_new(keys.drill_verdict(records.newest, name, "failed"), b"{}")
    assert records.otherwise() == {}


def test_a_drill_that_is_too_old_is_a_no(records):
    assert records.otherwise(proof_age=10 * HOUR) == {}
    assert records.otherwise(proof_age=9 * HOUR) == {"drill-runs-weekly": NO}, "as doctor says"
    assert len(records.lines(proof_age=7 * HOUR)["drill-runs-weekly"].evidence) == 1
    key = records.drill(INCONCLUSIVE, ago=HOUR)
    evidence = records.lines(proof_age=7 * HOUR)["drill-runs-weekly"].evidence
    assert [one.key for one in evidence[1:]] == [key], "and what kept the newer one from looking"


@pytest.mark.parametrize(("ended", "state"), [(NOW - HOUR, YES), (None, NO)])
def test_a_drill_is_as_old_as_its_report_says_else_as_its_name(records, ended, state):
    report = Report(Verdict.PASSED, ended=ended).to_bytes()
    records.without_drills().drill(report, ago=9 * DAY, verdict=Verdict.PASSED)
    assert records.lines()["drill-runs-weekly"].state is state


def test_a_line_names_the_first_of_several_and_says_how_many_more_there_are(records):
    records.drilled(*[a_finding("rows-differ")] * 3, not_checked=[unlooked("index a"), unlooked("index b")])
    lines = records.lines()
    said = "table public.items: 41 rows expected, 40 rows found, and 2 more"
    assert lines["restore-row-counts"].evidence[0].fact == said
    said = "not checked: index a: it could not be read, and 1 more"
    assert lines["restore-indexes"].evidence[0].fact == said


def test_a_failure_is_told_in_its_own_words(records):
    key = records.tell(Kind.BACKUP_FAILED, ERROR, HOUR, facts={"message": "connection refused"})
    (evidence,) = records.lines()["backup-runs"].evidence
    assert (evidence.key, evidence.fact) == (key, "connection refused")


@pytest.mark.parametrize(("task", "said"), [(True, "as a task"), (False, "from the command line")])
def test_a_drill_says_how_it_ran(records, task, said):
    records.drill(Report(Verdict.PASSED), ago=HOUR, task=task)
    assert records.lines()["drill-runs-weekly"].evidence[0].fact.endswith(f"it ran {said}")


def test_the_newest_drill_counts_also_that_of_an_older_backup(records):
    older = keys.backup_of(min(records.catalog.keys("manifests/")))
    key = records.drill(Report.judged([a_finding("archive-missing")], (), {}), ago=HOUR, backup=older)
    lines = records.lines()
    assert lines["restore-runs"].state is NO
    assert lines["restore-runs"].evidence[0].key == key
    assert lines["backup-uploaded"].state is YES, "it is another archive that is missing"


def test_a_report_that_cannot_be_read_is_evidence_of_nothing(records):
    records.without_drills().drill(b"{", verdict=Verdict.PASSED)
    assert records.otherwise() == {**NO_RESTORE, "drill-queries-pass": UNKNOWN, "sandbox-removed": UNKNOWN}
    assert "is damaged" in records.lines()["restore-correct"].evidence[0].fact


def test_every_kind_of_finding_is_a_no_somewhere(records):
    page = (ROOT / "docs/manifest-format.md").read_text()
    text = page.partition("Kinds of findings: `")[2].partition("`.\n")[0]
    kinds = [word for word in text.replace("`", " ").replace(";", " ").split() if "-" in word.strip("-")]
    named = [kind for kind in kinds if not kind.startswith("-") and "<" not in kind]
    assert {"rows-differ", "probe-failed", "restore-failed"} <= set(named)
    for kind in [*named, "view-missing", "trigger-changed", "index-unexpected"]:
        records.drilled(a_finding(kind))
        assert NO in records.otherwise().values(), kind


def notified(records):
    """Without AWS: what `[notify]` sends is recorded under `notified/`."""
    key = records.tell(Kind.DRILL_FAILED, Severity.CRITICAL, HOUR)
    records.catalog.put_new(
        key.replace("events/", "notified/", 1).removesuffix(".json") + "/chat/sent.json", b""
    )


def only_good_news(records):
    """Nothing failed, and somebody who wants to hear of successes does."""
    for key in list(records.catalog.keys("events/")):
        records.catalog.delete(key)
    records.tell(Kind.BACKUP_COMPLETED, Severity.INFO, HOUR, mailed=True)


def test_without_aws_every_line_can_be_yes():
    """Drills run from the command line, and `[notify]` told of the last failure."""
    records = Records().as_it_should_be().without_drills()
    for key in [*records.catalog.keys("alerted/"), *records.catalog.keys("events/")]:
        records.catalog.delete(key)
    records.drill(Report(Verdict.PASSED, compared={**COMPARED, "roles": 1}, sandbox_removed=True))
    records.sign_off()
    notified(records)
    assert records.read().state is YES


MAILS = [
    (notified, YES),
    (only_good_news, YES),
    (told(Kind.DRILL_FAILED, Severity.CRITICAL, HOUR, mailed=True), YES),
    (told(Kind.DRILL_FAILED, Severity.CRITICAL, HOUR), NO),
    (told(Kind.DRILL_FAILED, Severity.CRITICAL, timedelta(minutes=14)), UNKNOWN),
    (told(Kind.DRILL_FAILED, Severity.CRITICAL, timedelta(minutes=15)), NO),
    (told(Kind.DRILL_FAILED, Severity.CRITICAL, HOUR, source="other"), YES),
    (told(Kind.BACKUP_COMPLETED, Severity.INFO, HOUR), YES),
    (told(Kind.BACKUP_COMPLETED, WARNING, HOUR, facts={"warnings": ["tried again"]}), NO),
    (told(Kind.SUBSCRIPTION_UNCONFIRMED, ERROR, HOUR, mailed=True, facts={"confirmed": 0}), NO),
    (told(Kind.SUBSCRIPTION_UNCONFIRMED, WARNING, HOUR, mailed=True, facts={"confirmed": 1}), YES),
    (told(Kind.SUBSCRIPTION_UNCONFIRMED, ERROR, 3 * DAY, mailed=True, facts={"confirmed": 0}), YES),
    (lambda records: [records.catalog.delete(key) for key in list(records.catalog.keys("events/"))], UNKNOWN),
]


@pytest.mark.parametrize(("change", "state"), MAILS)
def test_the_last_event_that_calls_for_a_mail_has_one(records, change, state):
    change(records)
    line = records.lines()["failure-alerts-sent"]
    assert line.state is state
    assert state is not YES or line.evidence[0].key.endswith("/sent.json")


def test_an_event_that_cannot_be_read_may_speak_against_a_line(records):
    key = records.tell(Kind.BACKUP_COMPLETED, Severity.INFO, HOUR)
    records.catalog.objects[key] = b"{"
    doubted = ("backup-runs", "old-backups-pruned", "backup-size-reasonable", "backup-holds-expected-data")
    assert records.otherwise() == dict.fromkeys((*doubted, "failure-alerts-sent"), UNKNOWN)
    assert records.lines()["backup-runs"].evidence[-1].key == key


def test_an_old_backup_s_anomaly_is_still_known():
    records = Records()
    backup = records.night(days=20)
    assert records.lines()["backup-size-reasonable"].state is UNKNOWN
    finished = backup.moment + timedelta(seconds=42)
    key = records.tell(Kind.BACKUP_SIZE_ANOMALY, WARNING, NOW - finished, backup=backup)
    assert records.lines()["backup-size-reasonable"].evidence[0].key == key


def test_every_line_has_evidence_and_whatever_is_not_so_has_a_cure():
    for change, _ in (*OF_BACKUP, *OF_DRILL, *MAILS):
        changed = Records().as_it_should_be()
        change(changed)
        for line in changed.lines().values():
            assert line.evidence, line
            assert all(one.key and one.fact for one in line.evidence), line
            assert bool(line.cure) is (line.state is not YES), line


def test_evidence_reads_as_facts(records):
    facts = {name: line.evidence[0] for name, line in records.lines().items()}
    manifest, report = (
        keys.manifest(records.newest),
        "drills/scims-db/20261122T020000Z/20261122T040000Z/report.json",
    )
    assert (facts["backup-created"].key, facts["backup-created"].fact) == (manifest, "104.9 MB in 42 s")
    assert facts["backup-compressed"].fact == "restic 0.14.0: 21.0 MB new in the vault for 104.9 MB"
    assert facts["backup-runs"].fact == "scims-db-20261122T020000Z is 10 h old"
    assert facts["backup-size-reasonable"].fact == "104.9 MB, usually 104.9 MB (median of 7 earlier backups)"
    assert facts["old-backups-pruned"].fact == "8 backups kept by the policy, 0 due for removal"
    assert facts["backup-holds-expected-data"].fact == "1 table, 5,000 rows; usually 5,000 rows"
    assert (facts["restore-all-tables"].key, facts["restore-all-tables"].fact) == (report, "41 tables")
    assert facts["restore-row-counts"].fact == "160,000 rows, 41 tables"
    assert facts["restore-application-connects"].fact == "its role logged in"
    assert facts["drill-queries-pass"].fact == "3 expectations met"
    assert (
        facts["failure-alerts-sent"].fact
        == "the mail or notification about BackupOverdue of 2026-11-19 12:00 was sent"
    )


def test_a_source_without_a_backup_has_no_checklist():
    with pytest.raises(NothingToWorkOnError, match=f"source {SOURCE} has no backup yet"):
        Records().read()


@pytest.mark.parametrize("call", ["catalog keys", "catalog get events", "catalog get drills"])
def test_a_catalog_that_does_not_answer_has_no_checklist(records, call):
    faulty = FaultyCatalog(Calls(faults={call: CatalogUnreachableError("off")}))
    faulty.objects = records.catalog.objects
    records.catalog = faulty
    with pytest.raises(CatalogUnreachableError):
        records.read()


def test_reading_changes_nothing(records):
    before = dict(records.catalog.objects)
    records.read()
    assert records.catalog.objects == before


# --- the drill by hand ----------------------------------------------------------------------------


def monthly(records):
    line = records.lines()["full-restore-monthly"]
    return line.state, line.evidence[0].fact


def test_a_full_drill_by_hand_of_this_month_says_who_answers_for_it(records):
    state, fact = monthly(records)
    assert (state, fact) == (YES, "passed, 8 hours ago, on scims at db.example.org:5432, by ada")


def test_one_that_is_older_than_a_month_does_not_count(records):
    records.sign_off(ago=31 * DAY + HOUR)
    assert monthly(records)[0] is NO


def test_one_that_failed_does_not_count(records):
    records.drilled(a_finding("rows-differ"))
    records.sign_off()
    assert monthly(records) == (NO, "failed, 8 hours ago, on scims at db.example.org:5432, by ada")


def test_where_nobody_signed_it_is_unknown(records):
    records.drilled()
    assert monthly(records) == (UNKNOWN, "no drill was signed off")


def test_a_signature_that_cannot_be_read_is_told(records):
    records.sign_off(data=b"{")
    state, fact = monthly(records)
    assert (state, "damaged" in fact) == (UNKNOWN, True)
