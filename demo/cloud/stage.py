"""What the story of the stack is played with."""

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import shorten
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from demo.cloud.calendar import Calendar
from demo.shell import Shell, StoryError
from localcloud.cloud import LocalCloud
from localcloud.deployment import SOURCE, Deployment
from localcloud.mailboxes import Mail

_METRICS = "ScimsBackup"
_DAY = timedelta(days=1)
_LONGEST = 100


@dataclass
class Stage:
    """The cloud, the stack in it, and where the story is told. facts: for the summary."""

    console: Console
    cloud: LocalCloud
    stack: Deployment
    calendar: Calendar
    facts: dict[str, str] = field(default_factory=dict)

    def chapter(self, title: str, text: str) -> None:
        """Begin a part of the story."""
        self.console.print()
        self.console.print(Rule(Text(title, "bold cyan"), align="left", style="cyan"))
        self.console.print(Text(text))

    def lines(self, lines: Iterable[str], style: str = "blue") -> None:
        """Show what the cloud holds, line by line."""
        self.console.print(Padding(Text("\n".join(lines), style), (1, 0, 1, 2), expand=False))

    def say(self, text: str) -> None:
        """Say something in between."""
        self.console.print(Text(text))

    def aside(self, text: str) -> None:
        """Say what the reader may take along."""
        self.console.print(Text(text, "dim italic"))

    def fire(self, schedule: str, at: datetime, times: int = 1) -> str:
        """Fire a schedule, show it, wait until all that follows is over, and return the stamp of its time."""
        self.show_firing(schedule, at, f", delivered {times} times" if times > 1 else "")
        with self.console.status("until nothing is running …"):
            return self.stack.fire(schedule, at=at, times=times)

    def show_firing(self, schedule: str, at: datetime, how: str = "") -> None:
        """Show that a schedule is fired."""
        fired = f"   as at {at:%a %Y-%m-%d %H:%M} UTC{how}"
        self.console.print(
            Text.assemble(("\n▶ ", "green"), (f"{self.stack.name}-{schedule}", "bold"), (fired, "dim"))
        )

    def schedule(self, name: str) -> str:
        """When a schedule fires and what its target gets, as Scheduler tells it."""
        found = self.cloud.client("scheduler").get_schedule(Name=f"{self.stack.name}-{name}")
        zone = found.get("ScheduleExpressionTimezone", "UTC")
        return f"{found['Name']}: {found['ScheduleExpression']} {zone}, input {found['Target']['Input']}"

    def outcome(self, function: str, expected: str) -> Mapping[str, Any]:
        """Show what a function returned last, and return it. Raise StoryError if that is something else."""
        ended = self.cloud.function_calls()[f"{self.stack.name}-{function}"].ended
        answer = ended[-1].answer if ended else None
        if not isinstance(answer, dict) or answer.get("outcome") != expected:
            raise StoryError(f"{function} should return {expected!r}; it returned {answer}")
        self.console.print(
            Text.assemble(("  ↳ ", "green"), (function, "bold"), f" returned {_plain(answer)}")
        )
        return answer

    def catalog(self, *parts: str) -> None:
        """Show the keys of the catalog that have one of these in them."""
        self.lines(key for key in self.stack.keys("") if any(part in key for part in parts))

    def metrics(self, service: str) -> list[str]:
        """The sums of a function's metrics, as CloudWatch has them."""
        watch = self.cloud.client("cloudwatch")
        found = watch.list_metrics(Namespace=_METRICS, Dimensions=[{"Name": "service", "Value": service}])[
            "Metrics"
        ]
        now = datetime.now(UTC)
        return [
            f"{metric['MetricName']}: {_number(point['Sum'])} in {point['SampleCount']:.0f} values"
            for metric in sorted(found, key=lambda metric: str(metric["MetricName"]))
            for point in watch.get_metric_statistics(
                **metric,
                StartTime=now - _DAY,
                EndTime=now + _DAY,
                Period=int(2 * _DAY.total_seconds()),
                Statistics=["Sum", "SampleCount"],
            )["Datapoints"]
        ]

    def shell(self) -> Shell:
        """The command line, with the settings that the stack gives out."""
        settings = self.stack.outputs["Settings"]
        variables = {**self.cloud.environment(), "SCIMS_SETTINGS": settings, "SCIMS_SOURCE": SOURCE}
        programs = [Path(sys.executable).parent, self.cloud.source.programs.directory]
        return Shell(self.console, self.cloud.home, variables, programs)

    def insist(self, is_so: bool, otherwise: str) -> None:
        """Raise StoryError if something is not as told."""
        if not is_so:
            raise StoryError(otherwise)

    def no_mail(self, why: str) -> None:
        """Raise StoryError if anybody got a mail."""
        mails = self.stack.new_mails()
        self.insist(not mails, f"{why} sent unexpected mail: {[mail.subject for mail in mails]}")

    def only_mail(self, why: str) -> Mail:
        """The one mail that came. Raise StoryError if there are none or more."""
        mails = self.stack.new_mails()
        self.insist(len(mails) == 1, f"{why}: {len(mails)} mails arrived instead of one")
        return mails[0]

    def show_mail(self, mail: Mail) -> None:
        """Show a mail in full, as a subscriber gets it."""
        subject = f"Subject: {mail.subject or '(none: SNS adds its own)'}"
        self.lines([subject, "", *mail.message.strip().splitlines()], "red")


def dumped(stamp: str) -> str:
    """The id of a backup of the demo's source."""
    return f"{SOURCE}-{stamp}"


def shortened(line: str) -> str:
    """A line with its digests cut short."""
    return re.sub(r"([0-9a-f]{8})[0-9a-f]{56}", r"\1…", line)


def _plain(answer: Mapping[str, Any]) -> str:
    told = {name: value for name, value in answer.items() if value not in ([], "", None)}
    return ", ".join(f"{name}: {_words(value)}" for name, value in told.items())


def _words(value: object) -> str:
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return shorten(words, _LONGEST, placeholder=" …")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.1f}"
