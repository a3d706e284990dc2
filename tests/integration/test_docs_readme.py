"""README.md's quick start, run as it is written, and the output that the page shows beside the real one.

`SCIMS_REWRITE_README=1` writes the real output into the page: review the difference before you commit it.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scims_backup.domain.alert import mail_for
from scims_backup.domain.events import Event
from tests.support.cli import PROGRAM
from tests.support.databases import restic_place
from tests.support.pages import ROOT, blocks, sections
from tests.support.scims import load_scims

README = ROOT / "README.md"
INSTALLS, QUICK_START, *_ = blocks(README, "sh")
*EXPORTS, WORKS = QUICK_START.splitlines()
OF_REDIS = "Redis and Valkey"
INSTALLS_REDIS, *EXPORTS_OF_REDIS, WORKS_ON_REDIS = sections(README, "sh")[OF_REDIS][0].splitlines()
LOSS = "DELETE FROM public.item_stocks WHERE id = 7"
_CHANGING = re.compile(
    r"(?<=… \()[0-9a-f]{8}(?=\))|(?<=digest )[0-9a-f]{12}"
    r"|\d{8}T\d{6}Z|\d{4}/\d\d/\d\d|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|[0-9a-f]{32,64}"
    r"|(?:\d+ min )?\d[\d.]*(?= s\b)|(?<=start )[\d.]+|(?<=restore )[\d.]+|(?<=prove )[\d.]+"
)
"""Stamps, days in keys, moments, ids, durations: they differ from run to run."""


@dataclass(frozen=True)
class Newcomer:
    """A reader who types the quick start with a database of their own."""

    home: Path
    programs: Path
    places: dict[str, str]
    exports: tuple[str, ...] = tuple(EXPORTS)

    def types(self, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one command after the page's exports."""
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join([*self._exports(), command])],
            env={
                "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
                "HOME": str(self.home),
                "SCIMS_POSTGRESQL_BIN": str(self.programs),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def _exports(self) -> list[str]:
        text = "\n".join(self.exports)
        for name, place in self.places.items():
            text, count = re.subn(rf"\b{name}=\S+", f"{name}='{place}'", text)
            assert count == 1, f"the quick start does not set {name}"
        return text.splitlines()

    def mail(self, kind: str) -> str:
        """Return the mail about the one event of a kind in the catalog."""
        (event,) = (self.home / "catalog").glob(f"events/*/*/*/*-{kind}-*.json")
        mail = mail_for(Event.from_bytes(event.read_bytes(), str(event)), "scims-backup")
        assert mail is not None
        return f"Subject: {mail.subject}\n\n{mail.body}"


def _constant(text: str) -> str:
    """Text without what differs from run to run."""
    return re.sub(r" +", " ", _CHANGING.sub("…", text))


def _as_typed(command: str, output: str) -> str:
    return re.sub(r" +$", "", f"$ {command}\n{output}", flags=re.MULTILINE)


def _shown(section: str) -> list[str]:
    return sections(README, "console", "mail")[section]


def _rewrite(section: str, real: list[str]) -> None:
    before, title, rest = README.read_text().partition(f"\n## {section}\n")
    shown, following, after = rest.partition("\n## ")
    for old, new in zip(_shown(section), real, strict=True):
        head, shown_before, tail = shown.partition(f"\n{old}```")
        assert shown_before, f"{section} does not show {old!r}"
        shown = f"{head}\n{new}```{tail}"
    README.write_text(f"{before}{title}{shown}{following}{after}")


def _check(section: str, real: list[str]) -> None:
    """Compare what a section shows with the real outputs, or write them into it where that is asked for."""
    if os.environ.get("SCIMS_REWRITE_README"):
        _rewrite(section, real)
    assert [_constant(text) for text in _shown(section)] == [_constant(text) for text in real]


def test_the_quick_start_works_and_what_the_page_shows_is_what_the_program_says(server, database, tmp_path):
    load_scims(database)
    place = restic_place(tmp_path)
    newcomer = Newcomer(
        tmp_path,
        server.programs,
        {
            "SCIMS_SOURCE_URL": database.url,
            "SCIMS_CATALOG": f"file://{tmp_path}/catalog",
            "SCIMS_VAULT": place.vault,
            "RESTIC_PASSWORD_FILE": str(place.password_file),
        },
    )
    backup, _, drill = WORKS.partition(" && ")
    passed = (newcomer.types(backup), newcomer.types(drill))
    assert [done.returncode for done in passed] == [0, 0], [done.stderr for done in passed]
    failed = newcomer.types(drill, SCIMS_AFTER_RESTORE_SQL=LOSS)
    assert failed.returncode == 3, failed.stderr
    real = [
        _as_typed(drill, passed[1].stdout),
        _as_typed(drill, failed.stdout),
        newcomer.mail("DrillFailed"),
    ]
    assert blocks(ROOT / "docs/first-steps.md", "sh")[0] == INSTALLS
    _check("What a drill looks like", real)


def test_the_quick_start_of_redis_works_with_the_user_of_its_page(new_redis, tmp_path):
    live, copy = new_redis(), new_redis()
    for server in (live, copy):
        _fill(server)
    with live.client() as client:
        for line in blocks(ROOT / "docs/redis.md", "redis")[0].splitlines():
            client.execute_command(*line.replace("PASSWORD", "secret").split())
    place = restic_place(tmp_path)
    places = {
        "SCIMS_SOURCE_URL": f"redis://scims_backup@127.0.0.1:{live.port}",
        "SCIMS_CATALOG": f"file://{tmp_path}/catalog",
        "SCIMS_VAULT": place.vault,
        "RESTIC_PASSWORD_FILE": str(place.password_file),
        "REDISCLI_AUTH": "secret",
    }
    newcomer = Newcomer(tmp_path, live.program.path.parent, places, tuple(EXPORTS_OF_REDIS))
    programs = {"SCIMS_REDIS_BIN": str(live.program.path.parent)}
    backup, _, drill = WORKS_ON_REDIS.partition(" && ")
    passed = (newcomer.types(backup, **programs), newcomer.types(drill, **programs))
    assert [done.returncode for done in passed] == [0, 0], [done.stderr for done in passed]
    _lose(copy)
    compare = "scims-backup compare --target-url {}"
    failed = newcomer.types(f"unset REDISCLI_AUTH; {compare.format(copy.url)}", **programs)
    assert failed.returncode == 3, failed.stderr
    shown, real = "redis://copy.example.org", failed.stdout
    assert INSTALLS_REDIS == "sudo apt-get install redis-server"
    _check(
        OF_REDIS,
        [
            _as_typed(drill, passed[1].stdout),
            _as_typed(compare.format(shown), re.sub(r"redis://127\.0\.0\.1:\d+(/0)?", shown, real)),
        ],
    )


def _fill(server):
    """Make the same keys everywhere, with the same expiries."""
    with server.client() as client:
        for user in range(1, 1001):
            client.set(f"session:{user}", f"token of {user}", pxat=4_102_444_800_000 + user)
            client.hset(f"cache:user:{user}", mapping={"name": f"user{user}", "organization": user % 7})
        client.rpush("celery", *range(40))


def _lose(server):
    with server.client() as client:
        client.delete("session:7")
        first, second = client.mget("session:8", "session:9")
        client.set("session:8", second, keepttl=True)
        client.set("session:9", first, keepttl=True)
