"""The mail about an event: its texts for every kind, and facts that are hostile, many, or unknown."""

import json
import re
import shlex
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scims_backup.adapters.notifiers.sns import by_protocol
from scims_backup.cli.main import _request
from scims_backup.cli.request import Request
from scims_backup.domain import keys
from scims_backup.domain.alert import mail_for
from scims_backup.domain.alert.wordings import WORDINGS
from scims_backup.domain.backup import BackupId
from scims_backup.domain.conditions import cause_of
from scims_backup.domain.events import MOST_FINDINGS, Event, Kind, Severity, drill_event
from scims_backup.domain.verdict import Finding, Report, Verdict

BACKUP = "scims-db-20261122T020000Z"
AT = datetime(2026, 11, 22, 4, 2, 11, 402731, tzinfo=UTC)
TOPIC = "arn:aws:sns:eu-central-1:123456789012:scims-alerts"
MOST_BYTES_OF_SNS = 256 * 1024

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=20,
)
USUAL = st.sampled_from(
    ["message", "cure", "reason", "findings", "findings_in_all", "warnings", "drill", "topic", "source_bytes"]
)


def an_event(kind, facts=None, severity=Severity.ERROR, backup=BACKUP, source="scims-db"):
    return Event("7f3a", kind, severity, AT, source, backup, facts or {})


def mail_of(event):
    mail = mail_for(event)
    assert mail is not None
    return mail


def subject(kind, facts=None, severity=Severity.ERROR, **about):
    return mail_of(an_event(kind, facts, severity, **about)).subject


def body(kind, facts=None, severity=Severity.ERROR, **about):
    return mail_of(an_event(kind, facts, severity, **about)).body


def commands(mail):
    """What to type next; the command that silences reminders stands apart."""
    lines = (line.strip() for line in mail.body.splitlines())
    typed = [shlex.split(line) for line in lines if line.startswith(("scims-backup ", "aws "))]
    return [one for one in typed if one[1] != "ack"]


def a_drill_that_failed(*findings):
    report = Report(Verdict.FAILED, findings, seconds={"fetch": 1.2, "restore": 12.93})
    return drill_event(BackupId.parse(BACKUP), "20261122T040000Z", report, AT)


ITEM_STOCKS = Finding("rows-differ", "table public.item_stocks", "160000 rows", "159999 rows")


def test_a_mail_says_everything_that_somebody_needs_at_night():
    event = a_drill_that_failed(ITEM_STOCKS)
    mail = mail_for(event, "scims")
    assert mail is not None
    assert (
        mail.body
        == f"""\
DRILL FAILED (critical)

The backup does not restore, or the restored data does not match the source. Do not rely on it.

Source: scims-db
Backup: scims-db-20261122T020000Z
Drill:  20261122T040000Z
When:   2026-11-22 04:02:11 UTC

Findings (1):
  - table public.item_stocks: 160000 rows expected, 159999 found

Seconds: fetch 1.2, restore 12.93

What to do:
  Find the newest proven backup and hold it (hold --until) so that pruning does not remove it. \
Then find the cause, take a new backup and drill it.
    scims-backup show scims-db-20261122T020000Z
    scims-backup show newest-proven --source scims-db

Logs:
  /aws/lambda/scims-drill-orchestrate
  /scims-backup/scims/drill

In the catalog:
  Report: drills/scims-db/20261122T020000Z/20261122T040000Z/report.json
  Event:  {keys.event(AT, "DrillFailed", event.id)}

A reminder follows each day until this has recovered. To silence the reminders:
    scims-backup ack not-proven --source scims-db
"""
    )


def test_a_mail_without_aws_promises_no_reminder():
    mail = mail_for(a_drill_that_failed(ITEM_STOCKS))
    assert mail is not None
    assert "reminder" not in mail.body


@pytest.mark.parametrize(
    ("kind", "severity", "facts", "expected"),
    [
        (
            Kind.BACKUP_COMPLETED,
            Severity.WARNING,
            {"warnings": ["a", "b"], "bytes": 5},
            "[WARNING] scims-db: backup completed with warnings: 2 warnings: a",
        ),
        (
            Kind.BACKUP_FAILED,
            Severity.ERROR,
            {"message": "the vault is full", "cure": "free space"},
            "[ERROR] scims-db: backup failed: the vault is full",
        ),
        (
            Kind.BACKUP_OVERDUE,
            Severity.ERROR,
            {"newest": BACKUP, "hours_allowed": 26.0},
            f"[ERROR] scims-db: backup overdue: none since {BACKUP}, limit 26 hours",
        ),
        (
            Kind.BACKUP_SIZE_ANOMALY,
            Severity.WARNING,
            {"bytes": 90_000_000, "expected_bytes": 207_000_000, "compared": 7},
            "[WARNING] scims-db: unusual backup size: 90.0 MB, usually 207.0 MB",
        ),
        (
            Kind.ROW_COUNT_ANOMALY,
            Severity.WARNING,
            {"rows": 9000, "expected_rows": 20000, "tables": [], "compared_with": BACKUP},
            "[WARNING] scims-db: unusual row count: 9000 in total, usually 20000",
        ),
        (
            Kind.ROW_COUNT_ANOMALY,
            Severity.WARNING,
            {"rows": 9, "tables": [{"table": "public.items", "expected": 5000, "found": None}]},
            "[WARNING] scims-db: unusual row count: table public.items: 5000 expected, nothing found",
        ),
        (
            Kind.ROW_COUNT_ANOMALY,
            Severity.WARNING,
            {"keys": 9, "expected_keys": 20, "databases": [], "unit": "key", "namespace": "database"},
            "[WARNING] scims-db: unusual key count: 9 in total, usually 20",
        ),
        (
            Kind.ROW_COUNT_ANOMALY,
            Severity.WARNING,
            {
                "keys": 9,
                "databases": [{"object": "database 0, session:", "expected": 5000, "found": 3}],
                "unit": "key",
                "namespace": "database",
            },
            "[WARNING] scims-db: unusual key count: database 0, session:: 5000 expected, 3 found",
        ),
        (
            Kind.PRUNE_FAILED,
            Severity.ERROR,
            {"removed": [], "refused": ["x: held", "y: held"], "refused_in_all": 70, "problems": []},
            "[ERROR] scims-db: prune failed: 70 refused: x: held",
        ),
        (
            Kind.STORAGE_QUOTA_EXCEEDED,
            Severity.WARNING,
            {"source_bytes": 221_000_000_000, "quota_bytes": 200_000_000_000},
            "[WARNING] scims-db: storage quota exceeded: 221.0 GB stored, quota 200.0 GB",
        ),
        (
            Kind.DRILL_INCONCLUSIVE,
            Severity.WARNING,
            {"drill": "20261122T040000Z", "reason": "no space left", "findings": []},
            "[WARNING] scims-db: drill inconclusive: no space left",
        ),
        (
            Kind.DRILL_OVERDUE,
            Severity.ERROR,
            {"newest": BACKUP, "hours_allowed": 192.0},
            f"[ERROR] scims-db: drill overdue: none proven since {BACKUP}, limit 192 hours",
        ),
        (
            Kind.SUBSCRIPTION_UNCONFIRMED,
            Severity.ERROR,
            {"topic": TOPIC, "unconfirmed": 1, "confirmed": 0, "endpoints": ["email o…@example.org"]},
            "[ERROR] scims-db: alert subscription not confirmed: 1 unconfirmed, 0 confirmed",
        ),
    ],
)
def test_the_subject_says_what_matters_most_first(kind, severity, facts, expected):
    assert subject(kind, facts, severity) == expected


def test_the_subject_of_a_failed_drill_names_the_first_finding_and_how_many_there_are():
    one = mail_of(a_drill_that_failed(ITEM_STOCKS)).subject
    assert one.endswith("drill failed: table public.item_stocks: 160000 rows expected, 159999 found")
    others = [Finding("table-missing", f"table {name}", "a table", "nothing") for name in "abc"]
    assert (
        mail_of(a_drill_that_failed(*others)).subject
        == "[CRITICAL] scims-db: drill failed: 3 findings: table a: a table expected, nothing found"
    )


def test_a_mail_says_how_many_findings_there_are_in_all():
    findings = [Finding("rows-differ", f"table t{number:04}", "1 rows", "2 rows") for number in range(1234)]
    mail = mail_of(a_drill_that_failed(*findings))
    assert f"Findings ({MOST_FINDINGS} of 1234):" in mail.body
    assert "1234 findings" in mail.subject
    assert mail.body.count("\n  - table") == MOST_FINDINGS


def test_a_list_longer_than_it_may_be_is_cut():
    text = body(Kind.PRUNE_FAILED, {"problems": [f"problem {number}" for number in range(60)]})
    assert "Problems (50 of 60):" in text
    assert text.count("\n  - problem") == 50


@pytest.mark.parametrize("in_all", [0, -5, "many", None, [], 1.5])
def test_a_number_that_cannot_be_how_many_there_are_is_not_believed(in_all):
    facts = {"problems": ["a", "b"], "problems_in_all": in_all}
    assert "Problems (2):" in body(Kind.PRUNE_FAILED, facts)
    assert subject(Kind.PRUNE_FAILED, facts).endswith(": 2 problems: a")


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.ERROR, Severity.CRITICAL])
def test_every_kind_has_a_mail_when_it_is_severe(kind, severity):
    mail = mail_of(an_event(kind, {"topic": TOPIC, "held": BACKUP}, severity))
    assert mail.subject.startswith(f"[{severity.upper()}] scims-db: {WORDINGS[kind].title}")
    assert WORDINGS[kind].meaning in mail.body
    assert WORDINGS[kind].advice in mail.body
    state = "opened" if cause_of(an_event(kind, {}, severity)) else "notice"
    assert mail.attributes == {"kind": kind, "severity": severity, "source": "scims-db", "state": state}
    assert len(commands(mail)) == len(WORDINGS[kind].commands) > 0


@pytest.mark.parametrize("kind", Kind)
def test_every_command_in_a_mail_is_understood(kind):
    for command in commands(mail_of(an_event(kind))):
        if command[0] == "scims-backup":
            assert isinstance(_request(command[1:]), Request), command


@pytest.mark.parametrize("kind", Kind)
def test_what_is_only_said_for_information_is_not_mailed(kind):
    assert mail_for(an_event(kind, severity=Severity.INFO)) is None


def test_a_backup_with_warnings_is_mailed_whatever_its_severity():
    mail = mail_of(an_event(Kind.BACKUP_COMPLETED, {"warnings": ["no proof of x"]}, Severity.INFO))
    assert mail.subject == "[INFO] scims-db: backup completed with warnings: no proof of x"
    assert "Manifest: manifests/scims-db/20261122T020000Z.json" in mail.body


DIGEST = "5f0c" * 8


def test_a_prune_that_waits_for_a_person_says_what_would_go_and_how_to_look_and_confirm():
    facts = {
        "error": "MuchAtOnceError",
        "message": f"nothing was removed: 6 of 10 backups would be removed at once. The digest is {DIGEST}",
        "digest": DIGEST,
        "would_remove": [f"{BACKUP} a-ref"],
        "would_remove_in_all": 6,
    }
    mail = mail_of(an_event(Kind.PRUNE_FAILED, facts))
    assert mail.subject == (
        "[ERROR] scims-db: prune refused: nothing was removed: 6 of 10 backups would be removed at once"
    )
    assert f"Would remove (1 of 6):\n  - {BACKUP} a-ref" in mail.body
    assert [command[1:] for command in commands(mail)] == [
        ["prune", "--dry-run", "--source", "scims-db"],
        ["prune", "--confirm", DIGEST, "--source", "scims-db"],
    ]
    assert all(isinstance(_request(command[1:]), Request) for command in commands(mail))
    assert "docs/security.md" in mail.body
    for wrong in ("Space may run short", "Fix the cause", "tries again"):
        assert wrong not in mail.body


@pytest.mark.parametrize("digest", ["x; reboot", "$(reboot)", "", 5, None, "5f0c", f"{DIGEST} --now"])
def test_a_digest_that_is_none_gets_into_no_command(digest):
    mail = mail_of(an_event(Kind.PRUNE_FAILED, {"message": "m", "digest": digest}))
    assert [command[2] for command in commands(mail)] == ["--dry-run"]


def test_the_cure_stands_before_the_advice():
    text = body(Kind.BACKUP_FAILED, {"message": "m", "cure": "free space\nin the vault"})
    assert "What to do:\n  free space\n  in the vault\n  Fix the cause" in text


def test_a_text_of_several_lines_stays_so_and_is_cut_when_it_is_too_long():
    facts = {"message": "\n".join(f"line {number}" for number in range(100))}
    assert "What happened:\n  line 0\n  line 1\n" in body(Kind.BACKUP_FAILED, facts)
    assert "  line 39\n  ...\n\n" in body(Kind.BACKUP_FAILED, facts)


def test_a_count_is_described_in_the_words_of_its_engine():
    text = body(Kind.ROW_COUNT_ANOMALY, {"keys": 9, "unit": "key", "namespace": "database"})
    assert "but it has far more or far fewer keys than" in text
    assert "Find out whether keys were deleted" in text
    assert not re.search(r"\b(row|rows|table|tables)\b", text)


LOST = {"tables": [{"table": "public.items", "expected": 5000, "found": 0}], "tables_in_all": 1}


def test_lost_rows_are_mailed_with_the_table_and_the_command_that_brings_them_back():
    mail = mail_of(an_event(Kind.ROWS_LOST, {**LOST, "held": "scims-db-20261121T020000Z"}, Severity.ERROR))
    assert mail.subject.startswith("[ERROR] scims-db: rows lost: ")
    assert "public.items" in mail.subject
    assert ["scims-backup", "restore", "scims-db-20261121T020000Z"] in commands(mail)


@pytest.mark.parametrize("held", [None, 7, "scims-db; rm -rf /"])
def test_a_held_backup_that_is_none_is_in_no_command(held):
    mail = mail_of(an_event(Kind.ROWS_LOST, {**LOST, "held": held}, Severity.ERROR))
    assert [command[1] for command in commands(mail)] == ["show"]


@pytest.mark.parametrize("kind", [Kind.ROWS_LOST, Kind.ROWS_FROZEN])
def test_lost_and_frozen_keys_are_described_in_their_own_words(kind):
    text = body(kind, {"keys": 9, "unit": "key", "namespace": "database"})
    assert not re.search(r"\b(row|rows|table|tables)\b", text)


@pytest.mark.parametrize(
    "words", [{"unit": "key"}, {"unit": 7, "namespace": "x"}, {"unit": "{x}", "namespace": "y"}]
)
def test_words_that_are_none_are_not_used(words):
    assert "far more or far fewer rows" in body(Kind.ROW_COUNT_ANOMALY, {"rows": 9, **words})


@pytest.mark.parametrize(
    ("expected", "found", "shown"),
    [
        ("160000 rows", "159999 rows", "160000 rows expected, 159999 found"),
        ("1,000 keys", "999 keys", "1,000 keys expected, 999 found"),
        ("5 keys", "no such database", "5 keys expected, no such database found"),
        ("hash index", "btree index", "hash index expected, btree index found"),
        ("present", "missing", "missing"),
        ("missing", "present", "not expected"),
    ],
)
def test_a_difference_of_numbers_names_its_unit_once(expected, found, shown):
    finding = {"kind": "x", "object": "y", "expected": expected, "found": found}
    assert f"  - y: {shown}\n" in body(Kind.DRILL_FAILED, {"findings": [finding]})


def test_facts_that_nobody_foresaw_are_shown():
    facts = {"tables": [{"table": "t", "before": 5, "now": 0}], "usual_bytes": 1500, "since": "yesterday"}
    text = body(Kind.ROW_COUNT_ANOMALY, facts)
    assert "Tables (1):\n  - table t, before 5, now 0\n" in text
    assert "Usual bytes: 1.5 kB\nSince:       yesterday\n" in text


@pytest.mark.parametrize(
    "text",
    ["a\nb", "a\r\nBcc: x@example.org", "a\x00b", "a\x1b[31mb", "a\u2028b", "a\u202eb", "a\tb", "\ud800"],
)
def test_control_characters_reach_neither_subject_nor_body(text):
    facts = {"message": text, "findings": [text], "cure": text, text: text}
    mail = mail_of(an_event(Kind.BACKUP_FAILED, facts, source=f"s{text}", backup=f"b{text}"))
    assert mail.subject.isprintable()
    assert all(line.isprintable() for line in mail.body.split("\n"))
    assert all(value.isprintable() for value in mail.attributes.values())


def test_what_a_fact_says_cannot_be_taken_for_a_part_of_the_mail():
    text = body(Kind.BACKUP_FAILED, {"message": "x\n\nWhat to do:\n  pay"})
    assert text.count("\nWhat to do:") == 1


def test_a_subject_is_ascii_whatever_the_names_are():
    said = subject(Kind.BACKUP_FAILED, {"message": "Größe \u2013 \u201eMenge\u201c … 数量 é"})
    assert said == '[ERROR] scims-db: backup failed: Grosse - "Menge" ... ?? e'


def test_a_subject_is_shorter_than_a_hundred_characters_and_says_that_it_was_cut():
    said = subject(Kind.BACKUP_FAILED, {"message": "x" * 10_000}, source="s" * 63)
    assert len(said) == 99
    assert said.endswith(" ...")
    assert ": backup failed:" in said


def test_the_largest_event_fits_into_a_message():
    finding = {"object": "\U0001f4a5" * 10_000, "expected": "\U0001f4a5" * 10_000, "found": "x" * 10_000}
    facts = {f"list{number}": [finding] * 50 for number in range(60)}
    mail = mail_of(
        an_event(Kind.DRILL_FAILED, {**facts, "message": "\U0001f4a5\n" * 10_000, "cure": "c\n" * 900})
    )
    assert len(by_protocol(mail).encode()) < MOST_BYTES_OF_SNS
    assert "(Truncated: read the rest of the event in the catalog.)" in mail.body
    assert "In the catalog:" in mail.body


@pytest.mark.parametrize("text", ["\U0001f4a5", '"', "\\", "a"])
def test_what_takes_more_room_when_it_is_quoted_twice_fits_too(text):
    facts = {f"list{number}": [text * 300] * 50 for number in range(60)}
    for few in ({"list": facts["list0"]}, facts):
        mail = mail_of(an_event(Kind.DRILL_FAILED, {**few, "message": f"{text * 300}\n" * 50}))
        assert len(by_protocol(mail).encode()) < MOST_BYTES_OF_SNS
        assert json.loads(by_protocol(mail))["email"] == mail.body


def test_programs_receive_a_document_with_the_facts_and_the_text():
    mail = mail_of(a_drill_that_failed(ITEM_STOCKS))
    document = json.loads(mail.document)
    assert document["text"] == mail.body
    assert document["facts"]["findings"][0]["object"] == "table public.item_stocks"
    assert document["commands"] == [" ".join(words) for words in commands(mail)]
    assert document["event"] in mail.body
    assert {name: document[name] for name in mail.attributes} == mail.attributes
    assert (document["version"], document["condition"], document["subject"]) == (
        1,
        "not-proven",
        mail.subject,
    )


def test_a_document_that_would_be_too_large_says_where_the_facts_are():
    findings = [Finding("rows-differ", "x" * 900, "1 rows", "2 rows")] * 50
    document = json.loads(mail_of(a_drill_that_failed(*findings)).document)
    assert "text" not in document
    assert document["facts"]["key"] == document["event"]


def test_nothing_hostile_gets_into_a_command():
    mail = mail_of(
        an_event(
            Kind.SUBSCRIPTION_UNCONFIRMED,
            {"topic": "arn:x; rm -rf /"},
            source="x; rm -rf /",
            backup="x; rm -rf /",
        )
    )
    assert commands(mail) == []
    mail = mail_of(an_event(Kind.DRILL_FAILED, source="x$(reboot)", backup="x$(reboot)"))
    assert commands(mail) == []


def test_facts_nested_deeply_are_cut():
    nested: object = "x"
    for _ in range(5000):
        nested = [nested]
    assert "..." in body(Kind.DRILL_FAILED, {"findings": nested})


@given(st.sampled_from(Kind), st.dictionaries(USUAL | st.text(), JSON, max_size=6), st.text(), st.text())
def test_no_facts_make_a_mail_fail_or_break_its_limits(kind, facts, source, backup):
    mail = mail_of(an_event(kind, facts, source=source, backup=backup))
    assert mail.subject.isascii()
    assert mail.subject.isprintable()
    assert len(mail.subject) < 100
    assert len(mail.body.encode()) < MOST_BYTES_OF_SNS
    assert all(mail.attributes.values())


def test_a_document_of_the_catalog_gives_the_same_mail_as_the_event_it_was_made_of():
    event = a_drill_that_failed(ITEM_STOCKS)
    again = Event.from_bytes(event.to_bytes(), "x")
    assert json.loads(again.to_bytes()) == json.loads(event.to_bytes())
    assert mail_of(again) == mail_of(event)


def test_an_undone_swap_is_not_called_restored_and_proven():
    facts = {"database": "scims", "swapped": True, "undone": True, "aside": "scims_undone_20261124t031500z"}
    mail = mail_of(an_event(Kind.RESTORE_COMPLETED, facts, Severity.WARNING))
    assert mail.subject == "[WARNING] scims-db: swap undone: scims is as it was before the swap"
    assert "was live before the last swap is live again" in mail.body
    assert "Nothing was restored or proven" in mail.body
    assert "A backup was restored and proven" not in mail.body
    assert "restore --undo" not in mail.body
    swapped = mail_of(an_event(Kind.RESTORE_COMPLETED, {**facts, "undone": False}, Severity.WARNING))
    assert "A backup was restored and proven" in swapped.body
