"""Make the catalog and the vault beside this file: what the version before engines left behind.

Made by commit 46bd1f1, and never again by a newer one: later versions must read what that one wrote.
    git worktree add /tmp/before 46bd1f1 && cd /tmp/before && make setup-tests
    PYTHONPATH=. .venv/bin/python THIS-FILE FOLDER
The program itself makes all but a drill that ran as a task and a removal that was interrupted.
"""

import json
import sys
import tarfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.support.cli import Cli
from tests.support.databases import Database
from tests.support.restic_keys import lay_repository
from tests.support.scims import load_scims
from tests.support.servers import PostgresServer

PASSWORD = "of the version before engines"
SOURCE = "scims-db"
HOME = Path("/tmp/scims-before-engines")
SETTINGS = """
catalog = "file://{home}/catalog"
[sources.scims-db]
url = "{url}"
vault = "restic:{home}/vault"
vault_secret = "file:{home}/password"
retention = {{ last = 1 }}
[sources.scims-db.copy]
catalog = "file://{home}/copies/catalog"
vault = "restic:{home}/copies/vault"
vault_secret = "file:{home}/password"
"""


def main(into: Path) -> None:
    """Back up, drill, hold and copy, then pack what that left."""
    HOME.mkdir()
    (HOME / "password").touch(mode=0o600)
    (HOME / "password").write_text(PASSWORD)
    with PostgresServer() as server:
        server.create_database("scims")
        database = Database(server, "scims")
        load_scims(database, users=20)
        (HOME / "scims.toml").write_text(SETTINGS.format(home=HOME, url=database.url))
        for vault in (HOME / "vault", HOME / "copies" / "vault"):
            vault.parent.mkdir(exist_ok=True)
            lay_repository(vault, PASSWORD)
        cli = Cli({"SCIMS_CONFIG": str(HOME / "scims.toml"), "SCIMS_POSTGRESQL_BIN": str(server.programs)})
        _backups(cli, database)
    _pack(into)


def _backups(cli: Cli, database: Database) -> None:
    _backup(cli)
    _begin_removal(_stamps()[0])
    prunable = _backup(cli)
    _drill_as_a_task(prunable[-16:])
    held = _backup(cli)
    _done(cli, "hold", held, "--until", "2099-01-01T00:00:00Z")
    assert (
        cli.run("backup", SCIMS_SOURCE_URL="postgresql://nobody@127.0.0.1:1/scims", SCIMS_SOURCE=SOURCE).code
        == 1
    )
    database.execute("DELETE FROM public.crafts WHERE ctid = (SELECT min(ctid) FROM public.crafts)")
    proven = _backup(cli)
    _done(cli, "drill", proven)
    _done(cli, "drill", proven, "--full", "--target-url", database.url, "--signed-by", "Ada")
    _done(cli, "copy", proven)
    _backup(cli, "--level", "counts")


def _backup(cli: Cli, *options: str) -> str:
    taken: str = _done(cli, "backup", *options)["id"]
    return taken


def _done(cli: Cli, *arguments: str) -> Any:
    ended = cli.run(*arguments, "--json")
    assert ended.code == 0, ended.out + ended.err
    time.sleep(1.1)  # stamps are whole seconds
    return ended.document


def _stamps() -> list[str]:
    return sorted(path.stem for path in (HOME / "catalog" / "manifests" / SOURCE).iterdir())


def _begin_removal(stamp: str) -> None:
    """Leave a backup as a prune does that is killed before the bytes go."""
    manifest = HOME / "catalog" / "manifests" / SOURCE / f"{stamp}.json"
    tombstone = {"version": 1, "manifest": manifest.read_text()}
    _write(f"tombstones/{SOURCE}/{stamp}.json", json.dumps(tombstone, sort_keys=True))
    manifest.unlink()


def _drill_as_a_task(stamp: str) -> None:
    """Leave a drill that a task was asked for, twice in vain, as the orchestrator gives it up."""
    now = datetime.now(UTC).replace(microsecond=0)
    drill = f"drills/{SOURCE}/{stamp}/{now:%Y%m%dT%H%M%SZ}"
    started = {"version": 1, "run": "7f", "started": now.isoformat()}
    report = {
        "version": 1,
        "verdict": "inconclusive",
        "reason": "no task could be started",
        "findings": [],
        "not_checked": [],
        "seconds": {},
        "compared": {},
        "ended": now.isoformat(),
    }
    documents = {
        "request": {**started, "deadline": now.replace(year=now.year + 1).isoformat()},
        "started-1": started,
        "task-1": {"version": 1, "task": "arn:aws:ecs:eu-central-1:000000000000:task/drills/7f"},
        "started-2": started,
        "refused-2": {"version": 1, "reason": "no capacity", "temporary": False},
        "report": report,
        "verdict.inconclusive": report,
    }
    for name, document in documents.items():
        _write(f"{drill}/{name}.json", json.dumps(document, indent=2))


def _write(key: str, text: str) -> None:
    path = HOME / "catalog" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


def _pack(into: Path) -> None:
    with tarfile.open(into / "deployment.tar.xz", "w:xz") as packed:
        for name in ("catalog", "vault"):
            packed.add(HOME / name, name, filter=_anonymous)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    main(Path(sys.argv[1]))
