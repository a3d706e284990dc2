"""The second half of the story: what is wrong is found, and told."""

import os
import signal
import time

from demo.cloud.stage import Stage, dumped
from localcloud.deployment import SOURCE
from localcloud.processes import running_function

_HANDLER = "functions.dump.handler.handler"
_WAITS = """
SELECT count(*) > 0 FROM pg_locks JOIN pg_stat_activity USING (pid)
 WHERE usename = 'scims_backup' AND NOT granted AND relation = 'item_stocks'::regclass
"""
_WAIT_SECONDS, _GLANCE_SECONDS = 60, 0.02


def show_loss(stage: Stage) -> None:
    """Show a backup that lost a row, and how that is found."""
    stage.chapter(
        "5  A backup that lost a row",
        "Now a bad backup is planted: its archive lacks one row that its proof contains. One row is deleted "
        "between two dumps, and the second archive gets the first one's proof. Its checksum is correct, it "
        "restores without errors, and its list of tables is complete. The next Sunday:",
    )
    stage.stack.begun = stage.calendar.loss
    with stage.console.status("planting …"):
        poorer = stage.stack.plant_loss()
    stage.no_mail("planting")
    drill = stage.fire("drill", stage.calendar.second_drill)
    stage.outcome("drill-orchestrate", "failed")
    stage.insist(stage.stack.verdicts(drill) == ["failed"], "the loss was not found")
    (finding,) = stage.stack.report(drill)["findings"]
    stage.insist(
        finding["object"] == "table public.item_stocks", f"a different finding was reported: {finding}"
    )
    mail = stage.only_mail("a drill failed")
    stage.say("\nThe mail that a subscriber of the topic receives:")
    stage.show_mail(mail)
    stage.insist(stage.stack.left_running() == [], "part of the drill is still running")
    stage.facts["a lost row"] = (
        f"{dumped(poorer)}: {finding['object']}, {finding['expected']} expected,"
        f" {finding['found']} found; a mail"
    )


def show_faults(stage: Stage) -> None:
    """Show what else goes wrong, and who is told."""
    stage.chapter(
        "7  Other failures",
        "Each failure ends in one mail, or in none where nothing is lost. First a privilege is revoked "
        f"from {SOURCE}'s backup role: the function recognizes this failure and records it as an event, "
        "which the alert function mails.",
    )
    _refused(stage)
    _crashed(stage)
    _repeated(stage)


def _refused(stage: Stage) -> None:
    with stage.cloud.source.connect() as connection:
        connection.execute("REVOKE pg_read_all_data FROM scims_backup")
        try:
            stamp = stage.fire("dump", stage.calendar.after(1))
        finally:
            connection.execute("GRANT pg_read_all_data TO scims_backup")
    stage.outcome("dump", "failed")
    stage.insist(stamp not in stage.stack.backups(), "a backup exists that should not")
    mail = stage.only_mail("a dump failed")
    stage.lines([f"Subject: {mail.subject}"], "red")
    stage.facts["a revoked right"] = mail.subject


def _crashed(stage: Stage) -> None:
    stage.say(
        "Then the dump function is killed halfway. It cannot report anything itself: Lambda sends its "
        "failure to the event bus (OnFailure), and a rule mails it without the alert function."
    )
    with stage.cloud.source.connect() as locking, locking.transaction():
        locking.execute("LOCK TABLE item_stocks IN ACCESS EXCLUSIVE MODE")
        stage.show_firing("dump", stage.calendar.after(2), ", and killed")
        stage.cloud.schedules.fire(f"{stage.stack.name}-dump", at=stage.calendar.after(2))
        _await_dump(stage)
        for process in running_function(_HANDLER):
            os.kill(process, signal.SIGKILL)
        stage.cloud.settle()
    mail = stage.only_mail("a function crashed")
    stage.show_mail(mail)
    errors = stage.cloud.function_calls()[f"{stage.stack.name}-dump"].errors
    stage.insist(len(errors) == 1, f"a crashed dump was retried: {errors}")
    stage.facts["a crash"] = f"{errors[0]}, not retried; one mail, sent without the alert function"


def _await_dump(stage: Stage) -> None:
    """Wait until the dump waits for the locked table."""
    last = time.monotonic() + _WAIT_SECONDS
    with stage.cloud.source.connect() as looking:
        while looking.execute(_WAITS).fetchone() != (True,):
            stage.insist(time.monotonic() < last, "the dump never reached the locked table")
            time.sleep(_GLANCE_SECONDS)


def _repeated(stage: Stage) -> None:
    stage.say("Last, the schedule is delivered twice, which Scheduler may do:")
    stamp = stage.fire("dump", stage.calendar.after(3), times=2)
    calls = stage.cloud.function_calls()[f"{stage.stack.name}-dump"].ended[-2:]
    outcomes = sorted(call.answer["outcome"] for call in calls)
    stage.lines((f"dump returned {outcome}" for outcome in outcomes), "cyan")
    stage.insist(stage.stack.backups()[-1] == stamp, "the night has no backup")
    stage.insist(outcomes.count("completed") == 1, f"two deliveries ended with {outcomes}")
    stage.no_mail("a repeated delivery")
    stage.facts["delivered twice"] = f"one backup, no mail: {', '.join(outcomes)}"
