"""What the event bus is told, how addresses are shortened, and the keys of alerts."""

import json
from datetime import UTC, datetime

import pytest

from scims_backup.domain import keys
from scims_backup.domain.alert import detail_for, shortened

EVENT = keys.event(datetime(2026, 11, 22, 4, tzinfo=UTC), "DrillFailed", "7f3a")


def test_the_bus_is_told_the_document_as_it_is_stored():
    document = '{"version": 1, "added_later": "größer", "facts": {}}\n'
    assert detail_for(document.encode(), EVENT) == document


def test_a_document_too_large_for_the_bus_loses_its_facts_and_says_where_they_are():
    document = {"version": 1, "kind": "DrillFailed", "facts": {"message": "ä" * 200_000}}
    detail = detail_for(json.dumps(document, ensure_ascii=False).encode(), EVENT)
    assert len(detail) < 1000
    told = json.loads(detail)
    assert (told["version"], told["kind"], told["facts"]["key"]) == (1, "DrillFailed", EVENT)


@pytest.mark.parametrize(
    ("protocol", "endpoint", "expected"),
    [
        ("email", "oncall@example.org", "o…@example.org"),
        ("email-json", "a@b@example.org", "a…@example.org"),
        ("email", "no address", "email …ss"),
        ("https", "https://user:secret@hooks.example.org/T0/secret?token=x", "https://hooks.example.org/…"),
        ("https", "https://[", "https:///…"),
        ("sms", "+4915112345678", "sms …78"),
        ("email", "", "email …"),
        ("email", "o\nx@exa\nmple.org", "o…@exa mple.org"),
    ],
)
def test_an_address_is_shortened_so_that_it_cannot_be_used(protocol, endpoint, expected):
    assert shortened(protocol, endpoint) == expected


def test_the_keys_of_an_alert_are_under_those_of_its_event():
    alert = "alerted/2026/11/22/20261122T040000Z-DrillFailed-7f3a"
    assert keys.alert_lease(EVENT) == f"{alert}/lease.json"
    assert keys.alert_sent(EVENT) == f"{alert}/sent.json"


def test_the_keys_of_notifications_are_under_those_of_their_event_and_its_day():
    notice = "notified/2026/11/22/20261122T040000Z-DrillFailed-7f3a"
    assert keys.notice_lease(EVENT, "ops") == f"{notice}/ops/lease.json"
    assert keys.notice_sent(EVENT, "ops") == f"{notice}/ops/sent.json"
    assert keys.needs_no_notice(EVENT) == f"{notice}/none.json"
    assert notice.startswith(keys.notices_of(keys.moment_of_event(EVENT)))


def test_the_keys_of_a_condition_are_under_its_source_and_cause():
    opened = keys.condition_record("scims-db", "not-proven", 3, "opened")
    assert opened == "conditions/scims-db/not-proven/0003/opened.json"
    assert keys.condition_of_key(opened) == ("scims-db", "not-proven", 3, "opened")
    assert keys.condition_lease("scims-db", "not-proven") == "conditions/scims-db/not-proven/lease.json"
    assert [keys.conditions(), keys.conditions("a"), keys.conditions("a", "b")] == [
        *("conditions/", "conditions/a/", "conditions/a/b/"),
    ]


@pytest.mark.parametrize(
    "key",
    [
        keys.condition_lease("scims-db", "not-proven"),
        "conditions/scims-db/not-proven/1/opened.json",
        "conditions/scims-db/not-proven/0001/opened.json.tmp",
        "conditions/scims-db/0001/opened.json",
        "p/conditions/scims-db/not-proven/0001/opened.json",
    ],
)
def test_what_is_no_record_of_a_condition_is_not_taken_for_one(key):
    assert keys.condition_of_key(key) is None


def test_an_events_key_is_known_from_others():
    assert keys.is_event(EVENT)
    for other in (
        "events/",
        "events/2026/11/22/",
        "events/2026/11/22/x.json",
        "events/2026/11/22/20261322T040000Z-DrillFailed-7f3a.json",
        "events/2026/11/22/20261122T040000Z-DrillFailed-7f3a.json.tmp",
        f"p/{EVENT}",
        keys.alert_sent(EVENT),
    ):
        assert not keys.is_event(other), other
