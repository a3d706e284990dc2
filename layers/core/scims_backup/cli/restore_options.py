"""The options of `restore`, and those that a full drill shares with it."""

from __future__ import annotations

from typing import Annotated

import typer

At = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="The newest backup from before this moment.")
]
LiveUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL", help="The live database, there or not; else as restore_secret says, or the source."
    ),
]
Into = Annotated[
    str | None, typer.Option(metavar="NAME", help="Name of the restored database [LIVE_restored_STAMP].")
]
Swap = Annotated[bool, typer.Option("--swap", help="Let it take the live one's place once it is proven.")]
Undo = Annotated[bool, typer.Option("--undo", help="Bring back the database that the last swap put aside.")]
Confirm = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The live database's name, typed: --swap and --undo want it."),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only say what is on the target, and whether it suffices.")
]
Tables = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Only this table, into a schema of its own in the live database."),
]
WithParents = Annotated[
    bool, typer.Option("--with-parents", help="With --table: the tables that these refer to, too.")
]
Jobs = Annotated[
    int | None,
    typer.Option(metavar="NUMBER", min=1, help="Tables and indexes at once; else one per processor."),
]
Full = Annotated[
    bool, typer.Option("--full", help="On a server of your own, in a new database; signed off by you.")
]
TrialUrl = Annotated[
    str | None, typer.Option(metavar="URL", help="For --full: the live database to work beside.")
]
SignedBy = Annotated[
    str | None, typer.Option(metavar="NAME", help="For --full: who answers for it; else your login.")
]
