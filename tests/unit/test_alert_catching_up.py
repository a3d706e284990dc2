"""The hourly look: an event that cannot be told of keeps no other back, nor the look at subscriptions."""

from types import SimpleNamespace

import pytest

from functions.alert import handler as alert
from scims_backup.domain.errors import DocumentError
from scims_backup.usecases.alerts.live_alerts import Ticked
from scims_backup.usecases.alerts.raise_alert import SubscriptionCount

DAMAGED, WHOLE = "events/2026/11/24/20261124T020000Z-BackupFailed-a.json", "events/2026/11/24/whole.json"


@pytest.fixture
def looked(monkeypatch):
    """Give what was done; the alerts themselves are played."""
    done = []

    def raise_alert(_alerting, key):
        if key == DAMAGED:
            raise DocumentError(f"{key} is damaged")
        done.append(key)
        return {"event": key}

    def look():
        done.append("subscriptions")
        return SubscriptionCount(1, 0)

    def tick():
        done.append("conditions")
        return Ticked((), ())

    monkeypatch.setattr(alert, "_alert", raise_alert)
    monkeypatch.setattr(alert, "emit", lambda *_: None)
    alerting = SimpleNamespace(
        unsent=lambda: [DAMAGED, WHOLE],
        watch_subscriptions=lambda: SimpleNamespace(run=look),
        live_alerts=SimpleNamespace(tick=tick),
        settings=SimpleNamespace(source="scims-db"),
    )
    return alerting, done


def test_the_others_are_sent_and_subscriptions_looked_at_before_it_is_told(looked):
    alerting, done = looked
    with pytest.raises(DocumentError):
        alert._watch(alerting)
    assert done == [WHOLE, "subscriptions", "conditions"]
