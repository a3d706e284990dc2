"""docs/alerts.md shows real mails: of each kind of event, of the life of a condition, of a failed function.

`SCIMS_REWRITE_ALERTS=1` writes them into the page: review the difference before you commit it.
"""

import json
import os
import re
from datetime import timedelta

import pytest

from scims_backup.domain.alert import mail_for
from scims_backup.domain.conditions import LIVES, cause_of
from scims_backup.domain.events import Event, Kind
from tests.support.alerting import HOUR, Watched
from tests.support.pages import ROOT
from tests.support.sample_events import NIGHT, SAMPLES
from tests.template.support.loading import source
from tests.template.support.stacks import stacks

PAGE = ROOT / "docs" / "alerts.md"
STACK = "scims"


def mail_of(event):
    mail = mail_for(event, STACK)
    assert mail is not None, event.kind
    return mail


def rows():
    yield "| event | condition | subject | what it means for the data | next command |"
    yield "|---|---|---|---|---|"
    for event in SAMPLES:
        mail, cause = mail_of(event), cause_of(event)
        document = json.loads(mail.document)
        opens = f"`{cause}`" if cause else "none: a notice"
        command = f"`{document['commands'][0]}`"
        yield f"| `{event.kind}` | {opens} | `{mail.subject}` | {document['meaning']} | {command} |"
    mailed = {event.kind for event in SAMPLES}
    silent = ", ".join(f"`{kind}`" for kind in Kind if kind not in mailed)
    yield f"| {silent} | | no mail | | |"


def ends():
    yield "| condition | opened by | ended by |"
    yield "|---|---|---|"
    for cause, life in LIVES.items():
        opened = ", ".join(f"`{kind}`" for kind in life.opened_by)
        ended = ", ".join(f"`{kind}`" for kind in (*life.ended_by, Kind.CONDITION_RECOVERED))
        yield f"| `{cause}` | {opened} | {ended} |"


def as_mail(mail):
    return f"```mail\nSubject: {mail.subject}\n\n{mail.body}```"


def life():
    """What was mailed of a night without a backup."""
    watched = Watched(NIGHT, stack=STACK)
    watched.happens(Kind.BACKUP_FAILED, message="the vault is full", cure="free space in the vault")
    watched.passes(NIGHT + 3 * HOUR)
    overdue = {"newest": "scims-db-20261121T020000Z", "hours_allowed": 26.0}
    watched.happens(Kind.BACKUP_OVERDUE, NIGHT + 2 * HOUR, NIGHT - timedelta(days=1), **overdue)
    watched.passes(NIGHT + 30 * HOUR)
    watched.happens(Kind.BACKUP_COMPLETED)
    assert watched.letters.states == ["opened", "followed", "reminder", "recovered"]
    return watched.letters.mails


def failed_function():
    """The text of the rule that mails past the alert function, with the values of a crash."""
    target = stacks(source())[0].properties("FunctionFailed")["Targets"][0]["InputTransformer"]
    values = {
        "time": "2026-11-22T02:00:41Z",
        "function": "arn:aws:lambda:eu-central-1:123456789012:function:scims-backup-dump:$LATEST",
        "request": "8f507cfc-1b2c-4697-b07a-ac58fc914c95",
        "condition": "RetriesExhausted",
        "kind": "Runtime.ExitError",
        "message": "RequestId: 8f507cfc-1b2c-4697-b07a-ac58fc914c95 Error: Runtime exited",
    }
    text = re.sub(r"<(\w+)>", lambda match: values[match[1]], target["InputTemplate"])
    return f"```mail\n{json.loads(text)}\n```"


def generated():
    mails = life()
    return {
        "mails": "\n".join(rows()),
        "conditions": "\n".join(ends()),
        "drill": as_mail(
            mail_of(Event.from_bytes((ROOT / "events/event-drill-failed.document.json").read_bytes(), "x"))
        ),
        "followed": as_mail(mails[1]),
        "recovered": as_mail(mails[3]),
        "function": failed_function(),
    }


def _put(page, name, text):
    """Return a page with a text between the markers of its name."""
    marked = re.compile(rf"(<!-- {name}: real -->\n)(?:.*?\n)??(<!-- end -->)", re.DOTALL)
    replaced, count = marked.subn(lambda match: f"{match[1]}{text}\n{match[2]}", page)
    assert count == 1, f"docs/alerts.md has no place for {name}"
    return replaced


def test_every_mail_on_the_page_is_real():
    page = written = PAGE.read_text()
    for name, text in generated().items():
        page = _put(page, name, text)
    if os.environ.get("SCIMS_REWRITE_ALERTS"):
        PAGE.write_text(page)
        return
    assert written == page


def test_every_kind_that_opens_a_condition_has_a_sample():
    sampled = {event.kind for event in SAMPLES}
    assert {kind for life in LIVES.values() for kind in life.opened_by} <= sampled


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: f"{event.id[-2:]} {event.kind}")
def test_every_sample_can_be_read_by_somebody_at_night(event):
    mail = mail_of(event)
    assert len(mail.subject) < 100
    parts = ["What to do:", "Logs:", "In the catalog:"]
    assert [line for line in mail.body.splitlines() if line in parts] == parts
    assert max(map(len, mail.body.splitlines())) < 400
