"""What docs/notify.md shows of what receivers get; `python -m tests.support.shown_receivers` writes it."""

from __future__ import annotations

import json
import re
import secrets
import tempfile
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

from scims_backup.adapters.notifiers.apprise_receiver import AppriseReceiver
from scims_backup.adapters.notifiers.pings import OutsidePinger
from scims_backup.domain.alert import Mail, mail_for
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.domain.ping import Signal, ping_url
from tests.support.receivers import internet, mailbox

PAGE = Path(__file__).parents[2] / "docs" / "notify.md"
_BLOCK = re.compile(r"(?<=<!-- what receivers get -->\n).*?(?=<!-- end of what receivers get -->)", re.DOTALL)
_FACTS = {
    "error": "SourceUnreachableError",
    "message": "the source db.example.org:5432 cannot be reached: connection refused",
    "cure": "check that the server runs and accepts connections from here",
}
_TOKENS = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"  # apprise's own example
_WHEN = datetime(2026, 11, 22, 2, 0, 3, tzinfo=UTC)
_EVENT = Event(
    "7f3a", Kind.BACKUP_FAILED, Severity.ERROR, _WHEN, "scims-db", "scims-db-20261122T020000Z", _FACTS
)
_OUTCOME = "backup of scims-db: {error}: {message}\n{cure}".format_map(_FACTS)


def received() -> str:
    """Send to an SMTP server, Slack and healthchecks.io as they are played, and return what they got."""
    with tempfile.TemporaryDirectory() as folder:
        parts = (_by_mail(Path(folder)), _by_slack(Path(folder)), _by_healthchecks(Path(folder)))
    return "\n".join(parts) + "\n"


def shown() -> str:
    """Return what the page shows."""
    found = _BLOCK.search(PAGE.read_text())
    assert found
    return found[0]


def _mail_of_event() -> Mail:
    mail = mail_for(_EVENT)
    assert mail
    return mail


def _by_mail(folder: Path) -> str:
    with mailbox("scims", secrets.token_hex(8), folder) as box:
        server = f"{box.user}:{box.password}@127.0.0.1:{box.port}"
        url = f"mailtos://{server}?from=scims@example.org&to=ops@example.org"
        AppriseReceiver(url, "operators", box.environment).send(_mail_of_event())
    mail = message_from_bytes(box.mails[0], policy=policy.default)
    heads = "".join(f"{name}: {mail[name]}\n" for name in ("From", "To", "Subject", "Content-Type"))
    return _fenced(f"{heads}\n{mail.get_content()}")


def _by_slack(folder: Path) -> str:
    with internet(folder) as world:
        AppriseReceiver(f"slack://{_TOKENS}/#backups", "chat", world.environment).send(_mail_of_event())
    (got,) = world.got
    said, url = json.loads(got.body), got.url.replace(_TOKENS, "TOKEN_A/TOKEN_B/TOKEN_C")
    del said["attachments"][0]["ts"]  # the time at which it was sent
    return _fenced(f"{got.method} {url}\n\n{json.dumps(said, indent=2)}")


def _by_healthchecks(folder: Path) -> str:
    with internet(folder) as world:
        for signal, says in ((Signal.START, ""), (Signal.FAIL, _OUTCOME)):
            url = ping_url("https://hc-ping.com/PING-KEY/{source}-backup", signal, "scims-db")
            with OutsidePinger(world.environment).sending(url, says, "ping.backup") as wait:
                wait()
    return _fenced("\n\n".join(f"{got.method} {got.url}\n{got.body}".rstrip() for got in world.got))


def _fenced(text: str) -> str:
    text = text.replace("\r\n", "\n").rstrip("\n")
    return f"```text\n{text}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(_BLOCK.sub(lambda _: received(), PAGE.read_text()))
