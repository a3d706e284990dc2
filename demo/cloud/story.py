"""The story: the stack is deployed, nights pass, a Sunday proves them, and what goes wrong is mailed."""

import json
import time
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from demo.cloud.application import application
from demo.cloud.calendar import Calendar
from demo.cloud.faults import show_faults, show_loss
from demo.cloud.redis import drill_redis, show_lost_key
from demo.cloud.stage import Stage, dumped, shortened
from demo.cloud.summary import write_summary
from demo.shell import StoryError
from localcloud.cloud import LocalCloud
from localcloud.deployment import SOURCE, TEMPLATE, Deployment
from localcloud.errors import LocalCloudError
from scims_backup.runtime.progress import text

_STACK = "scims"
_KEEPING = {"DailyBackups": "2", "WeeklyBackups": "2", "MonthlyBackups": "0"}
_KEEPING_REDIS = {"RedisDailyBackups": "2"}


def tell(console: Console, count: int, users: int) -> None:
    """Play all of it. Raise StoryError if something does not go as told."""
    began = time.monotonic()
    console.print(Text("starting AWS on this machine …", "dim italic"))
    try:
        with LocalCloud(users=users) as cloud:
            _play(console, cloud, count, users, began)
    except LocalCloudError as error:
        raise StoryError(str(error)) from None
    console.print(Text("Everything created for this demo has been removed.", "dim italic"))


def _play(console: Console, cloud: LocalCloud, count: int, users: int, began: float) -> None:
    up = text.duration(time.monotonic() - began)
    console.print(Text(f"It is up after {up}, in {cloud.home}.", "dim italic"))
    stage = _deployed(console, cloud, up)
    with application(cloud.source, users) as writers:
        stamps = _nights(stage, count)
        stage.facts["nights"] += f", {writers.committed:,} transactions by the application meanwhile"
    _retention(stage, stamps)
    _sunday(stage, stamps[-1])
    show_loss(stage)
    show_lost_key(stage)
    show_faults(stage)
    write_summary(console, stage.facts, time.monotonic() - began)


def _deployed(console: Console, cloud: LocalCloud, up: str) -> Stage:
    with console.status("deploying template.yaml …"):
        began = time.monotonic()
        stack = Deployment.with_redis(cloud, _STACK, **_KEEPING, **_KEEPING_REDIS)
        took = text.duration(time.monotonic() - began)
    stage = Stage(console, cloud, stack, Calendar.before(datetime.now(UTC)))
    resources = len(cloud.stacks.resources(_STACK))
    stage.chapter(
        "1  A cloud, and the stack in it",
        "LocalStack simulates S3, EventBridge, Lambda, SNS and the rest; ECS with Fargate and Scheduler "
        "are simulated separately; PostgreSQL contains the SCIMS tables, to which the application writes, "
        "and Redis its sessions, caches and queue. template.yaml was deployed in "
        f"{took}: {resources} resources. The deployed copy differs only in this, "
        "so that artefacts are found on this machine:",
    )
    stage.lines(_difference(cloud))
    stage.say("What triggers it, according to EventBridge Scheduler:")
    shown = ("dump", "redis-dump", "drill", "redis-drill", "tick")
    stage.lines((stage.schedule(name) for name in shown), "cyan")
    stage.facts["the cloud"] = f"up in {up}; template.yaml deployed in {took}, {resources} resources"
    return stage


def _difference(cloud: LocalCloud) -> list[str]:
    lines = cloud.stacks.difference(TEMPLATE).splitlines()
    return [shortened(line) for line in lines if line[:1] in "+-" and line[:3] not in ("---", "+++")]


def _nights(stage: Stage, count: int) -> list[str]:
    stage.chapter(
        "2  Nights" if count > 1 else "2  A night",
        "At two o'clock the schedule triggers the dump function while the application writes: one snapshot, "
        "pg_dump, the proof of every row, and last the manifest, which makes it a backup. Storing that "
        "object is an S3 event, which triggers prune. Redis has the same nights: one RDB of one moment, and "
        "a proof of each key. (To save time, the schedules are fired here as if it were "
        "two o'clock on past days.)",
    )
    stamps, began = [], time.monotonic()
    for moment in stage.calendar.nights(count):
        stamps.append(stage.fire("dump", moment))
        stage.outcome("dump", "completed")
        stage.outcome("prune", "completed")
        stage.fire("redis-dump", moment)
        stage.outcome("dump", "completed")
    took = text.duration((time.monotonic() - began) / count)
    stage.say("\nWhat the last night left in the catalog:")
    stage.catalog(stamps[-1], stage.stack.events("BackupCompleted")[-1]["id"])
    stage.say("And what CloudWatch has counted over all nights:")
    stage.lines([*stage.metrics("dump"), *stage.metrics("prune")], "cyan")
    stage.no_mail("a night without failures")
    stage.aside("Nights without failures send no mail.")
    stage.facts["nights"] = f"{count}, {took} on average including the prune"
    return stamps


def _retention(stage: Stage, stamps: list[str]) -> None:
    keeping = [f"{number} {name.removesuffix('Backups').lower()}" for name, number in _KEEPING.items()]
    stage.chapter(
        "3  What is kept, and why",
        f"This stack was deployed with {', '.join(keeping)}. The command line shows the reasons, using the "
        "settings that the stack outputs.",
    )
    stage.shell().run("scims-backup", "prune", "--dry-run", "--quiet")
    kept = stage.stack.backups()
    stage.insist(stamps[-1] in kept, "the newest backup is gone")
    gone = [dumped(stamp) for stamp in stamps if stamp not in kept]
    stage.facts["retention"] = (
        f"{len(kept)} kept, {len(gone)} removed by the nights: {', '.join(gone) or '-'}"
    )


def _sunday(stage: Stage, newest: str) -> None:
    stage.chapter(
        "4  A Sunday",
        "At three o'clock the drill is requested: a Fargate task restores the newest backup into its own "
        "server, takes the proof again, compares the two, runs further checks and leaves a report. That "
        "report is an object too: it triggers the orchestrator once more, which turns it into a verdict.",
    )
    drill = stage.fire("drill", stage.calendar.drill)
    stage.outcome("drill-orchestrate", "passed")
    _show_task(stage)
    stage.say("What the drill left in the catalog:")
    stage.catalog(f"/{drill}/")
    stage.insist(stage.stack.verdicts(drill) == ["passed"], "the drill did not pass")
    report = stage.stack.report(drill)
    compared, seconds = report["compared"], report["seconds"]
    phases = ", ".join(f"{name} {text.duration(took)}" for name, took in seconds.items())
    stage.facts["drill"] = (
        f"{report['verdict']}: {compared['rows']:,} rows of {compared['tables']} tables and"
        f" {compared['objects']} schema objects match; {phases}"
    )
    drill_redis(stage)
    stage.insist(stage.stack.left_running() == [], "part of a drill is still running")
    stage.no_mail("drills that passed")
    stage.aside(f"No part of the tasks is still running. {SOURCE}-{newest} is proven, and no mail was sent.")


def _show_task(stage: Stage) -> None:
    task = stage.cloud.fargate.tasks()[-1]
    took = (task["stoppedAt"] - task["createdAt"]).total_seconds()
    stage.say(
        f"\nThe task {task['startedBy']}: {task['launchType']}, {task['cpu']} units of processor,"
        f" {task['memory']} MB; {task['lastStatus']} after {text.duration(took)} with exit code"
        f" {task['containers'][0]['exitCode']}. Its log:"
    )
    log = stage.stack.task_log("drill")
    stage.lines((_message(line) for line in log), "magenta")


def _message(line: str) -> str:
    return str(json.loads(line)["message"])
