"""Where a ping goes, and which events a receiver wants."""

from datetime import UTC, datetime

import pytest

from scims_backup.domain.alert import Wanted
from scims_backup.domain.errors import UsageError
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.domain.ping import Signal, checked_ping_url, host_and_port, ping_url

EVENT = Event("1", Kind.DRILL_FAILED, Severity.CRITICAL, datetime(2026, 11, 22, tzinfo=UTC), "db", None, {})


@pytest.mark.parametrize(
    ("url", "signal", "expected"),
    [
        ("https://hc-ping.com/uuid", Signal.START, "https://hc-ping.com/uuid/start"),
        ("https://hc-ping.com/uuid", Signal.SUCCESS, "https://hc-ping.com/uuid"),
        ("https://hc-ping.com/uuid", Signal.FAIL, "https://hc-ping.com/uuid/fail"),
        ("https://hc-ping.com/uuid/", Signal.FAIL, "https://hc-ping.com/uuid/fail"),
        (
            "https://hc-ping.com/key/{source}?create=1",
            Signal.START,
            "https://hc-ping.com/key/db/start?create=1",
        ),
        ("https://hc-ping.com/key/{source}?create=1", Signal.SUCCESS, "https://hc-ping.com/key/db?create=1"),
        ("http://127.0.0.1:8000/{source}-{source}", Signal.SUCCESS, "http://127.0.0.1:8000/db-db"),
        ("https://push.example.org", Signal.FAIL, "https://push.example.org/fail"),
    ],
)
def test_a_signal_is_the_end_of_the_path(url, signal, expected):
    assert ping_url(url, signal, "db") == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hc-ping.com/u",
        "ftp://h/u",
        "file:///etc/passwd",
        "https://",
        "https:///u",
        "https://h:99999/u",
        "https://h:x/u",
        "https://h/a b",
        "https://[::1/u",
        "https://h/u\n",
    ],
)
def test_what_cannot_be_pinged_is_refused_and_not_repeated(url):
    with pytest.raises(UsageError, match=r"ping\.backup is not a URL that can be pinged") as refused:
        checked_ping_url(url, "ping.backup")
    assert not url or url not in refused.value.message


@pytest.mark.parametrize(
    ("url", "server"),
    [("https://h/u", ("h", 443)), ("http://h/u", ("h", 80)), ("https://h:8443/u", ("h", 8443))],
)
def test_the_server_of_a_url(url, server):
    assert host_and_port(checked_ping_url(url, "")) == server


@pytest.mark.parametrize(
    ("wanted", "takes"),
    [
        (Wanted(), True),
        (Wanted(severities=[Severity.CRITICAL]), True),
        (Wanted(severities=[Severity.WARNING, Severity.ERROR]), False),
        (Wanted(sources=["db", "cache"]), True),
        (Wanted(sources=["cache"]), False),
        (Wanted(kinds=[Kind.DRILL_FAILED]), True),
        (Wanted(kinds=[Kind.BACKUP_FAILED]), False),
        (Wanted([Severity.CRITICAL], ["db"], [Kind.BACKUP_FAILED]), False),
    ],
)
def test_a_receiver_takes_what_passes_all_of_its_filters(wanted, takes):
    assert wanted.takes(EVENT) is takes
