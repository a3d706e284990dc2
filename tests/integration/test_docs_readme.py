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
from tests.support.pages import ROOT, blocks
from tests.support.scims import load_scims

README = ROOT / "README.md"
INSTALLS, *EXPORTS, WORKS = blocks(README, "sh")[0].splitlines()
LOSS = "DELETE FROM public.item_stocks WHERE id = 7"
_CHANGING = re.compile(
    r"\d{8}T\d{6}Z|\d{4}/\d\d/\d\d|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|[0-9a-f]{32,64}"
    r"|(?:\d+ min )?\d[\d.]*(?= s\b)|(?<=start )[\d.]+|(?<=restore )[\d.]+|(?<=prove )[\d.]+"
)
"""Stamps, days in keys, moments, ids, durations: they differ from run to run."""


@dataclass(frozen=True)
class Newcomer:
    """A reader who types the quick start with a database of their own."""

    home: Path
    programs: Path
    places: dict[str, str]

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
        text = "\n".join(EXPORTS)
        for name, place in self.places.items():
            text, count = re.subn(rf"\b{name}=\S+", f"{name}='{place}'", text)
            assert count == 1, f"the quick start does not set {name}"
        return text.splitlines()

    def mail(self, kind: str) -> str:
        """Return the mail about the one event of a kind in the catalog."""
        (event,) = (self.home / "catalog").glob(f"events/*/*/*/*-{kind}-*.json")
        mail = mail_for(Event.from_bytes(event.read_bytes(), str(event)))
        assert mail is not None
        return f"Subject: {mail.subject}\n\n{mail.body}"


def _constant(text: str) -> str:
    """Text without what differs from run to run."""
    return re.sub(r" +", " ", _CHANGING.sub("…", text))


def _as_typed(command: str, output: str) -> str:
    return f"$ {command}\n{output}"


def _shown() -> list[str]:
    return [*blocks(README, "console"), *blocks(README, "mail")]


def _rewrite(real: list[str]) -> None:
    page = README.read_text()
    for language, old, new in zip(("console", "console", "mail"), _shown(), real, strict=True):
        page = page.replace(f"```{language}\n{old}```", f"```{language}\n{new}```", 1)
    README.write_text(page)


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
    if os.environ.get("SCIMS_REWRITE_README"):
        _rewrite(real)
    assert INSTALLS.startswith("pip install .")
    assert [_constant(text) for text in _shown()] == [_constant(text) for text in real]
