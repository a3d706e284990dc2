"""The story: the stack is deployed, nights pass, a Sunday proves them, and what goes wrong is mailed."""

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from rich.console import Console
from rich.text import Text

from demo.cloud.stage import Stage, dumped, left, nights
from demo.cloud.summary import write_summary
from demo.writers import Writers
from localcloud.cloud import LocalCloud
from localcloud.deployment import SOURCE, TEMPLATE, Deployment
from localcloud.source import Source
from scims_backup.progress import text

STACK = "scims"
CLIENTS = 2
_KEEPING = {"DailyBackups": "2", "WeeklyBackups": "1", "MonthlyBackups": "1"}
_HANDLER = "functions.dump.handler.handler"


class _AsApplication:
    """The source's server, for clients that write as the application does."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def connect(self, database: str, user: str) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect with autocommit."""
        connection = self._source.connect(database)
        connection.execute(f'SET ROLE "{user}"'.encode())
        return connection


def tell(console: Console, count: int, users: int) -> None:
    """Play all of it. Raise StoryError if something does not go as told."""
    began = time.monotonic()
    console.print(Text("AWS is coming up on this machine …", "dim italic"))
    with LocalCloud(users=users) as cloud:
        up = time.monotonic() - began
        stage = _deployed(console, cloud)
        stage.facts["the cloud"] = f"up in {text.duration(up)}, {stage.facts['the cloud']}"
        with Writers(_AsApplication(cloud.source), "scims", users, CLIENTS) as writers:
            stamps = _nights(stage, nights(count))
            stage.facts["nights"] += f", {writers.committed:,} transactions by the application meanwhile"
        _retention(stage, stamps)
        _sunday(stage, nights(1)[0] + timedelta(hours=1))
        _loss(stage)
        _faults(stage)
        write_summary(console, stage.facts, time.monotonic() - began)
    console.print(Text("Everything that was made for this demo has been removed.", "dim italic"))


def _deployed(console: Console, cloud: LocalCloud) -> Stage:
    began = time.monotonic()
    stack = Deployment.of(cloud, STACK, **_KEEPING)
    stage = Stage(console, cloud, stack)
    took = text.duration(time.monotonic() - began)
    stage.chapter(
        "1  A cloud, and the stack in it",
        "LocalStack plays S3, EventBridge, Lambda, SNS and the rest; ECS with Fargate and Scheduler are"
        " played beside it; PostgreSQL holds the SCIMS tables. template.yaml was deployed in"
        f" {took}; the copy differs in where its artefacts lie:",
    )
    difference = cloud.stacks.difference(TEMPLATE).splitlines()
    stage.lines(line for line in difference if line.startswith(("- ", "+ ")) and "Uri" in line)
    stage.lines(sorted(f"schedule  {name}" for name in cloud.schedules.names()), "cyan")
    stage.facts["the cloud"] = f"template.yaml deployed in {took}"
    return stage


def _nights(stage: Stage, moments: list[datetime]) -> list[str]:
    stage.chapter(
        f"2  {len(moments)} nights",
        "Each night at two the schedule wakes the dump function, while the application writes: one snapshot,"
        " pg_dump, the proof of every row beside it, and the manifest last, which is what makes it a backup.",
    )
    stamps, began = [], time.monotonic()
    for moment in moments:
        stamps.append(stage.fire("dump", moment))
        outcome = stage.outcome("dump")
        stage.insist(outcome["outcome"] == "completed", "a night brought no backup")
    stage.catalog("manifests/", f"{stamps[-1]}.json.zst", "BackupCompleted")
    stage.facts["nights"] = f"{len(moments)} in {text.duration(time.monotonic() - began)}"
    stage.insist(stage.stack.new_mails() == [], "somebody was woken by a night on which all went well")
    stage.aside("Nobody gets a mail for a night on which all went well.")
    return stamps


def _retention(stage: Stage, stamps: list[str]) -> None:
    stage.chapter(
        "3  What is kept, and why",
        "Each manifest is an event of S3, which wakes prune: here 2 daily, 1 weekly and 1 monthly are kept."
        " The command line tells the reasons; it takes the settings that the stack gives out.",
    )
    stage.outcome("prune")
    stage.shell().run("scims-backup", "prune", "--dry-run", "--quiet")
    stage.insist(stamps[-1] in stage.stack.backups(), "the newest backup is gone")


def _sunday(stage: Stage, moment: datetime) -> None:
    stage.chapter(
        "4  A Sunday",
        "At three the drill is asked for: a Fargate task restores the newest backup into a server of its own,"
        " takes the proof again, compares, looks further, and leaves a report. The orchestrator makes the"
        " verdict of it.",
    )
    drill = stage.fire("drill", moment)
    stage.outcome("drill-orchestrate")
    stage.lines(_messages(stage.cloud.log(stage.stack.outputs["DrillLogGroup"])), "magenta")
    stage.catalog(f"/{drill}/")
    stage.insist(stage.stack.verdicts(drill) == ["passed"], "the drill did not pass")
    report = stage.stack.report(drill)
    compared, seconds = report["compared"], report["seconds"]
    phases = ", ".join(f"{name} {text.duration(took)}" for name, took in seconds.items())
    stage.facts["drill"] = (
        f"passed: {compared['rows']:,} rows of {compared['tables']} tables and {compared['objects']} objects"
        f" equal, in {text.duration(sum(seconds.values()))}: {phases}"
    )
    stage.insist(stage.stack.left_running() == [], "something of the drill still runs")
    stage.aside("Nothing of the task is left running, and nobody got a mail.")


def _messages(lines: list[str]) -> list[str]:
    return [line.partition('"message":"')[2].partition('","timestamp')[0] or line for line in lines]


def _loss(stage: Stage) -> None:
    stage.chapter(
        "5  A backup that lost a row",
        "Now a backup is planted whose archive lacks one row that its proof has. It restores without a"
        " complaint; a look at its size or its list of tables shows nothing. The next drill:",
    )
    with stage.console.status("planting …"):
        poorer = stage.stack.plant_loss()
    drill = stage.fire("drill", stage.stack.next_time())
    stage.insist(stage.stack.verdicts(drill) == ["failed"], "the loss was not found")
    (mail,) = stage.stack.new_mails()
    stage.console.print(Text(f"\nThe mail, as {SOURCE}'s operator gets it:", "bold"))
    stage.lines([f"Subject: {mail.subject}", "", *mail.message.splitlines()], "red")
    stage.facts["loss"] = (
        f"{dumped(poorer)}: {stage.stack.report(drill)['findings'][0]['object']}: found by name"
    )
    stage.fire("dump", stage.stack.next_time())
    stage.stack.new_mails()


def _faults(stage: Stage) -> None:
    stage.chapter(
        "6  Other things that go wrong",
        "A right is taken from the backup's role; the dump function is killed in the middle; the schedule is"
        " delivered twice. Each ends in one mail, or none where nothing is lost.",
    )
    stage.facts["refused"] = _refused(stage)
    stage.facts["killed"] = _killed(stage)
    before = len(stage.stack.backups())
    stage.fire("dump", stage.stack.next_time(), times=2)
    stage.insist(stage.stack.new_mails() == [], "a repeated delivery woke somebody")
    stage.insist(len(stage.stack.backups()) <= before + 1, "a repeated delivery made two backups")
    stage.facts["twice"] = "one backup, no mail"


def _refused(stage: Stage) -> str:
    with stage.cloud.source.connect() as connection:
        connection.execute("REVOKE pg_read_all_data FROM scims_backup")
        stage.fire("dump", stage.stack.next_time())
        connection.execute("GRANT pg_read_all_data TO scims_backup")
    return _only_mail(stage)


def _killed(stage: Stage) -> str:
    moment = datetime.now(UTC)
    with stage.cloud.source.connect() as connection, connection.transaction():
        connection.execute("LOCK TABLE item_stocks IN ACCESS EXCLUSIVE MODE")
        stage.cloud.schedules.fire(f"{STACK}-dump", at=stage.stack.next_time())
        waits = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'item_stocks'::regclass"
        while connection.execute(waits).fetchone() != (True,):
            time.sleep(0.02)
            stage.insist(
                datetime.now(UTC) - moment < timedelta(minutes=1), "the dump never came to that table"
            )
        for process in left(_HANDLER):
            os.kill(process, signal.SIGKILL)
        stage.cloud.settle()
    return _only_mail(stage)


def _only_mail(stage: Stage) -> str:
    mails = stage.stack.new_mails()
    stage.insist(len(mails) == 1, f"{len(mails)} mails came instead of one")
    said = mails[0].subject or _first_lines(mails[0].message)
    stage.lines([said], "red")
    return said


def _first_lines(message: str) -> str:
    """The first lines of a mail that no function wrote, and that has no subject therefore."""
    plain = message.strip('"').replace("\\n", "\n").splitlines()
    return " ".join(line.strip() for line in plain[:3] if line.strip())
