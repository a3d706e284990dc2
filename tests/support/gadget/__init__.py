"""PostgreSQL's programs with one more extension, which has one of everything that can be attached to."""

import shutil
from pathlib import Path

from tests.support.programs import programs_of

_HERE = Path(__file__).parent
FILES = ("gadget.control", "gadget--1.0.sql", "gadget--1.0--1.1.sql")


def programs_with_gadget(major: int, directory: Path) -> Path:
    """Copy the programs of a major below a directory, which others may enter; return the copy's bin/."""
    programs = directory / f"postgresql-{major}"
    shutil.copytree(programs_of(major).parent, programs, symlinks=True)
    (extensions,) = (control.parent for control in programs.rglob("pg_trgm.control"))
    for file in FILES:
        shutil.copy(_HERE / file, extensions)
    return programs / "bin"
