"""What a mailbox shows of a message: a mail's text, and all else as it was published."""

import json

import pytest

from localcloud.mailboxes import Mail, _mail


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (json.dumps({"version": 1, "text": "BACKUP FAILED\n"}), "BACKUP FAILED\n"),
        ('"SCIMS backups: a function failed"', '"SCIMS backups: a function failed"'),
        (json.dumps({"AlarmName": "no-backup"}), '{"AlarmName": "no-backup"}'),
        ("no JSON", "no JSON"),
    ],
)
def test_the_text_of_a_mail_is_shown_and_other_messages_as_they_are(message, text):
    assert _mail({"Subject": "s", "Message": message}) == Mail("s", text)
