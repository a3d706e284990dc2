"""The function that sends alerts: triggered by each event in the catalog, hourly, or by hand.

The hourly run sends what has become due: missed mails, what followed, reminders, and recoveries.
"""

from __future__ import annotations

from enum import StrEnum
from functools import partial

from scims_backup.bootstrap.alerting import Alerting
from scims_backup.domain.errors import ScimsBackupError, UsageError
from scims_backup.handling import triggers
from scims_backup.handling.function_run import Context, Outcome, Run, run
from scims_backup.handling.metrics import Metric, emit
from scims_backup.handling.outcomes import Result, outcome

SERVICE = "alert"


class Action(StrEnum):
    """What an event without an object asks for; the hourly schedule asks for `subscriptions`."""

    ALERT = "alert"
    SUBSCRIPTIONS = "subscriptions"


def handler(event: triggers.Trigger, context: Context) -> Outcome:
    """Raise the alert about an event; or check whether alerts reach people, and send missed ones."""
    return run(SERVICE, context, partial(_woken, event))


def _woken(event: triggers.Trigger, this: Run) -> Outcome:
    alerting = Alerting(this.environment, this.progress)
    if triggers.detail_type(event) == triggers.OBJECT_CREATED:
        return _alert(alerting, triggers.created_key(event))
    if triggers.action(event, Action) is Action.ALERT:
        return _alert(alerting, _named_key(event))
    return _watch(alerting)


def _named_key(event: triggers.Trigger) -> str:
    if not isinstance(event.get("key"), str):
        raise UsageError("action alert requires a key", 'give {"action": "alert", "key": "events/…"}')
    return str(event["key"])


def _alert(alerting: Alerting, key: str) -> Outcome:
    alerted = alerting.raise_alert().run(key)
    if alerted.message is not None:
        emit(SERVICE, alerting.settings.source, {Metric.ALERTS_SENT: 1})
    result = Result.ALREADY_DONE if alerted.already else Result.COMPLETED
    return outcome(result, event=key, message=alerted.message)


def _watch(alerting: Alerting) -> Outcome:
    caught_up, failures = _catch_up(alerting)
    watched = alerting.watch_subscriptions().run()  # an event that it records triggers this function
    ticked = alerting.live_alerts.tick()
    failures += ticked.failures
    values: dict[Metric, float] = {
        Metric.CONFIRMED_SUBSCRIPTIONS: watched.confirmed,
        Metric.UNCONFIRMED_SUBSCRIPTIONS: watched.unconfirmed,
        **({Metric.ALERTS_SENT: len(ticked.messages)} if ticked.messages else {}),
    }
    emit(SERVICE, alerting.settings.source, values)
    if failures:
        raise failures[0]
    return outcome(
        Result.COMPLETED,
        confirmed=watched.confirmed,
        unconfirmed=watched.unconfirmed,
        caught_up=caught_up,
        mails=list(ticked.messages),
    )


def _catch_up(alerting: Alerting) -> tuple[list[str], list[ScimsBackupError]]:
    """Send every alert that is still missing; one that fails does not keep the others back."""
    caught_up, failures = list[str](), list[ScimsBackupError]()
    for key in alerting.unsent():
        try:
            caught_up.append(_alert(alerting, key)["event"])
        except ScimsBackupError as failure:
            failures.append(failure)
    return caught_up, failures
