"""What the story says of Redis: its nights and Sundays are those of the database, and so are its mails."""

from demo.cloud.stage import Stage
from localcloud.deployment import REDIS
from localcloud.planted_archive import plant_lost_key
from scims_backup.runtime.progress import text


def drill_redis(stage: Stage) -> None:
    """Drill the Redis of the stack on the same Sunday."""
    stage.say("Redis is drilled at the same time, in a task of its own:")
    drill = stage.fire("redis-drill", stage.calendar.drill)
    stage.outcome("drill-orchestrate", "passed")
    stage.insist(stage.stack.verdicts(drill, REDIS) == ["passed"], "the drill of Redis did not pass")
    report = stage.stack.report(drill, REDIS)
    phases = ", ".join(f"{name} {text.duration(took)}" for name, took in report["seconds"].items())
    stage.facts["drill of Redis"] = (
        f"{report['verdict']}: {report['compared']['keys']:,} keys match; {phases}"
    )


def show_lost_key(stage: Stage) -> None:
    """Show a backup of Redis that lost a key, and how that is found."""
    stage.chapter(
        "6  A backup of Redis that lost a key",
        "The same for Redis: the archive of the next night lacks a session that its proof has. The file is "
        "whole, its checksum is correct, and a server starts with it. Names of keys may be secrets (this one "
        "is a session's), so the mail has a prefix and a hash. The same Sunday:",
    )
    with stage.console.status("planting …"):
        poorer = plant_lost_key(stage.stack)
    stage.no_mail("planting")
    drill = stage.fire("redis-drill", stage.calendar.second_drill)
    stage.outcome("drill-orchestrate", "failed")
    stage.insist(stage.stack.verdicts(drill, REDIS) == ["failed"], "the lost key was not found")
    (finding,) = stage.stack.report(drill, REDIS)["findings"]
    stage.insist(finding["kind"] == "key-lost", f"a different finding was reported: {finding}")
    mail = stage.only_mail("a drill of Redis failed")
    stage.say("\nThe mail:")
    stage.show_mail(mail)
    stage.insist(stage.stack.left_running() == [], "part of the drill is still running")
    stage.facts["a lost key"] = f"{REDIS}-{poorer}: {finding['object']} is missing; a mail"
